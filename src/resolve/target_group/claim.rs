//! What does ECS say about a service's target groups, before anybody asks the listener?

use super::decided_by::DecidedBy;
use super::select::{counterpart, select};
use super::taken_back::TakenBack;
use super::{Query, TargetGroupArn};
use crate::resolve::Refusal;
use crate::resolve::arn::RouteArn;
use crate::resolve::inquiry::{Facts, Step};
use crate::resolve::kind::{Kind, is_between_controllers, kind};
use crate::resolve::model::{Beyond, CodeDeployDeployment, LoadBalancer, ServiceRevision};
use crate::resolve::native::{self, Registered, Word};
use crate::resolve::progress::Progress;
use crate::resolve::rolling;
use crate::resolve::task_sets::{self, TaskSets};
use crate::resolve::unsettled::End;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// The lifecycle stages of an ECS-native deployment after the shift of production traffic (ECS developer guide, "deployment
/// lifecycle stages").
const SHIFTED: [&str; 3] = ["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"];

/// ECS's word.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// How the service is deployed.
    pub kind: Kind,
    /// The target group that has the traffic; `None` where ECS does not know it.
    pub group: Option<TargetGroupArn>,
    /// Every target group that is known to be the service's.
    pub own: BTreeSet<TargetGroupArn>,
    /// True when `own` has those of the service revisions too.
    pub knows_revisions: bool,
    /// The production route that the service itself names.
    pub route: Option<RouteArn>,
    /// Routes that never count: those for tests.
    pub tests: BTreeSet<RouteArn>,
    /// True while a deployment is under way; `None` when AWS does not say it.
    pub in_progress: Option<bool>,
    /// What ECS says about traffic.
    pub word: Word,
    /// The fact behind the claim.
    pub decided_by: DecidedBy,
    /// How far the deployment has come, while there is one.
    pub progress: Option<Progress>,
    /// The shares of traffic that ECS asked for, in percent.
    pub shares: BTreeMap<TargetGroupArn, u16>,
    /// Where ECS would have the traffic, for an advice.
    pub should: Option<TargetGroupArn>,
    /// Where the tasks of the service are registered.
    pub registered: BTreeSet<TargetGroupArn>,
    /// Set when the deployment under way has shifted all of the traffic, and would now only wait before it cleans up.
    pub shifted: Option<TakenBack>,
}

impl Claim {
    fn new(kind: Kind, entry: &LoadBalancer, decided_by: DecidedBy) -> Self {
        Self {
            kind,
            group: entry.group().cloned(),
            own: entry.groups().cloned().collect(),
            knows_revisions: false,
            route: entry.production_route.clone(),
            tests: entry.test_route.iter().cloned().collect(),
            in_progress: Some(false),
            word: Word::One,
            decided_by,
            progress: None,
            shares: BTreeMap::new(),
            should: entry.group().cloned(),
            registered: BTreeSet::new(),
            shifted: None,
        }
    }

    /// What a deployment that goes forward has shifted; `None` when it is not told where to, or which deployment that is.
    fn shifted_by(&self, by: &'static str) -> Option<TakenBack> {
        let (group, progress) = (self.group.as_ref()?, self.progress.as_ref()?);
        (self.word != Word::Back).then(|| TakenBack::new(group, progress, by))
    }

    /// Who would end a split of traffic.
    pub fn end(&self) -> End {
        match (self.in_progress, self.kind) {
            (Some(false), _) => End::Nobody,
            (_, Kind::External) => End::Tool,
            _ => End::Deployment,
        }
    }

    /// The other one of a pair: by the weights, else by what the service alternates between. Three are no pair.
    pub fn standby(&self, live: &TargetGroupArn, weights: &BTreeMap<TargetGroupArn, u16>) -> Option<TargetGroupArn> {
        let other = |groups: Vec<&TargetGroupArn>| match groups.as_slice() {
            [only] => Some((*only).clone()),
            _ => None,
        };
        let by_weights = || other(weights.keys().filter(|group| *group != live).collect());
        let is_pair = self.kind != Kind::Rolling || self.own.len() > 1;
        let by_own = other(self.own.iter().filter(|group| *group != live).collect());
        by_own.or_else(|| is_pair.then(by_weights).flatten())
    }

    /// Adds what the service revisions know of the entry. False when they do not say where all of their tasks are.
    fn add_revisions<'a>(
        &mut self,
        selected: &LoadBalancer,
        revisions: impl Iterator<Item = Option<&'a ServiceRevision>>,
    ) -> bool {
        let mut told = true;
        for revision in revisions {
            let entries = revision.map(native::entries).unwrap_or_default();
            let Some(Registered { entry, group }) = counterpart(selected, &entries, |it| &it.entry) else {
                told = false;
                continue;
            };
            self.own.extend(entry.groups().chain(group).cloned());
            self.route = self.route.take().or_else(|| entry.production_route.clone());
            self.tests.extend(entry.test_route.clone());
            // Without a second target group there is no other place.
            let group = group.as_ref().or(entry.group().filter(|_| entry.alternate.is_none()));
            told &= group.is_some();
            self.registered.extend(group.cloned());
        }
        self.knows_revisions = true;
        told
    }
}

/// Collects ECS's word, or asks for one more fact. `None` when nothing at all brings traffic to the service.
pub(super) fn claim(query: &Query, facts: &Facts) -> Result<Step<Option<Claim>>, Refusal> {
    let step = match kind(&facts.service)? {
        Kind::Rolling => rolling(query, facts),
        Kind::Native => native(query, facts),
        Kind::CodeDeploy => code_deploy(query, facts),
        Kind::External => external(query, facts),
    }?;
    let Step::Done(Some(claim)) = step else { return Ok(step) };
    if !is_between_controllers(&facts.service) {
        return Ok(Step::Done(Some(claim)));
    }
    let groups = TaskSets::groups(facts.service.task_sets.iter()).chain(
        facts
            .service
            .current_revisions
            .iter()
            .filter_map(|it| facts.revision(&it.arn))
            .flat_map(|revision| revision.load_balancers.iter().flat_map(LoadBalancer::groups)),
    );
    let own = claim.own.iter().chain(groups).cloned().collect();
    Ok(Step::Done(Some(Claim { own, group: None, word: Word::Nothing, ..claim })))
}

/// The entries that something else than task sets brings: those of the service, or else those of its revisions.
fn base(facts: &Facts) -> Vec<LoadBalancer> {
    if !facts.service.load_balancers.is_empty() {
        return facts.service.load_balancers.clone();
    }
    let described = facts.service.current_revisions.iter().rev().filter_map(|it| facts.revision(&it.arn));
    let entries = described.map(native::entries).find(|entries| !entries.is_empty()).unwrap_or_default();
    entries.into_iter().map(|registered| registered.entry).collect()
}

/// What to answer for a service without any entry: nothing, unless traffic comes in by a way that is not told.
fn without_entries(facts: &Facts) -> Result<Step<Option<Claim>>, Refusal> {
    let lattice = facts.service.deployments.iter().any(|it| it.uses_lattice).then_some(Beyond::Lattice);
    let current = facts.service.current_revisions.iter().filter_map(|it| facts.revision(&it.arn));
    match lattice.or(current.filter_map(|revision| revision.beyond).next()) {
        Some(beyond) => Err(Refusal::Beyond(beyond)),
        None => Ok(Step::Done(None)),
    }
}

/// The entry that is meant; or the step that stands in its place: another fact to ask for, or the answer where there is none.
fn pick(
    query: &Query,
    facts: &Facts,
    entries: &[LoadBalancer],
) -> Result<ControlFlow<Step<Option<Claim>>, LoadBalancer>, Refusal> {
    if entries.is_empty() {
        return without_entries(facts).map(ControlFlow::Break);
    }
    Ok(match select(query, facts, entries)? {
        Step::Ask(ask) => ControlFlow::Break(Step::Ask(ask)),
        Step::Done(selected) => ControlFlow::Continue(selected),
    })
}

fn rolling(query: &Query, facts: &Facts) -> Result<Step<Option<Claim>>, Refusal> {
    let service = &facts.service;
    let current = || service.current_revisions.iter().map(|it| &it.arn);
    if service.load_balancers.is_empty()
        && let Some(ask) = facts.ask_revisions(current())
    {
        return Ok(Step::Ask(ask));
    }
    let selected = match pick(query, facts, &base(facts))? {
        ControlFlow::Continue(selected) => selected,
        ControlFlow::Break(step) => return Ok(step),
    };
    let mut claim = Claim::new(Kind::Rolling, &selected, DecidedBy::Service);
    claim.in_progress = rolling::in_progress(service);
    if let Some(primary) = service.primary_deployment().filter(|_| claim.in_progress != Some(false)) {
        let named = service.current_deployment.as_ref().and_then(|arn| facts.service_deployments.get(arn)?.as_ref());
        let named = named.filter(|deployment| !deployment.status.is_final());
        claim.progress = Some(named.map_or_else(|| Progress::from(primary), Progress::from));
    }
    // What is only configured may be the wrong side of a pair that another strategy left over, or a target group that no
    // task has reached yet.
    let is_sure = selected.alternate.is_none() && claim.in_progress == Some(false) && !query.unverified;
    if is_sure && current().any(|arn| !facts.revisions.contains_key(arn)) {
        return Ok(Step::Done(Some(claim)));
    }
    if let Some(ask) = facts.ask_revisions(current()) {
        return Ok(Step::Ask(ask));
    }
    let told = claim.add_revisions(&selected, current().map(|arn| facts.revision(arn)));
    claim.group = match claim.registered.iter().collect::<Vec<_>>().as_slice() {
        [only] if told => Some((*only).clone()),
        [] if claim.own.len() == 1 => claim.group,
        _ => None,
    };
    if claim.group.is_none() {
        claim.word = Word::Nothing;
    }
    if claim.own.len() > 1 {
        claim.decided_by = DecidedBy::ServiceRevision;
    }
    Ok(Step::Done(Some(claim)))
}

fn native(query: &Query, facts: &Facts) -> Result<Step<Option<Claim>>, Refusal> {
    let standing = match native::standing(facts)? {
        Step::Ask(ask) => return Ok(Step::Ask(ask)),
        Step::Done(standing) => standing,
    };
    let selected = match pick(query, facts, &base(facts))? {
        ControlFlow::Continue(selected) => selected,
        ControlFlow::Break(step) => return Ok(step),
    };
    let mut claim = Claim::new(Kind::Native, &selected, DecidedBy::ServiceRevision);
    let sources = standing.deployment.iter().flat_map(|it| it.shares.keys()).filter_map(|arn| facts.revision(arn));
    claim.add_revisions(&selected, standing.revisions.iter().copied().chain(sources).map(Some));
    claim.registered.clear();
    let group_of = |revision: &ServiceRevision| {
        let entries = native::entries(revision);
        counterpart(&selected, &entries, |it| &it.entry)?.group.clone()
    };
    for revision in &standing.revisions {
        let Some(group) = group_of(revision) else { continue };
        *claim.shares.entry(group.clone()).or_default() += standing.share(&revision.arn).unwrap_or(0);
        claim.registered.insert(group);
    }
    claim.group = standing.owner.and_then(group_of);
    claim.word = if standing.word == Word::One && claim.group.is_none() { Word::Nothing } else { standing.word };
    claim.in_progress = Some(standing.in_progress);
    claim.progress = match standing.deployment {
        Some(deployment) => Some(Progress::from(deployment)),
        None => facts.service.primary_deployment().filter(|_| standing.in_progress).map(Progress::from),
    };
    claim.should = claim.group.clone();
    let stage = standing.deployment.and_then(|it| it.stage.as_deref());
    if standing.in_progress && stage.is_some_and(|stage| SHIFTED.contains(&stage)) {
        claim.shifted = claim.shifted_by("ECS");
    }
    Ok(Step::Done(Some(claim)))
}

fn code_deploy(query: &Query, facts: &Facts) -> Result<Step<Option<Claim>>, Refusal> {
    let sets = TaskSets::of(&facts.service)?;
    let primary = sets.the_primary()?;
    let asks = query.entry.is_none() && !query.unverified || !sets.waiting.is_empty();
    if asks && let Some(ask) = task_sets::ask_code_deploy(facts, &sets) {
        return Ok(Step::Ask(ask));
    }
    let selected = match pick(query, facts, &primary.load_balancers)? {
        ControlFlow::Continue(selected) => selected,
        ControlFlow::Break(step) => return Ok(step),
    };
    let mut claim = Claim::new(Kind::CodeDeploy, &selected, DecidedBy::TaskSet);
    let code_deploy = task_sets::code_deploy(facts, &sets);
    claim.own.extend(TaskSets::groups(facts.service.task_sets.iter()).cloned());
    claim.in_progress = task_sets::in_progress(&sets, &code_deploy);
    let deployment = code_deploy.running.or(code_deploy.newest).filter(|_| !sets.waiting.is_empty());
    claim.progress = deployment.map(Progress::from);
    if deployment.is_some_and(is_undoing) {
        claim.word = Word::Back;
    }
    claim.registered = TaskSets::groups(sets.present()).cloned().collect();
    // CodeDeploy makes the set that it brought PRIMARY when it has shifted to it.
    if code_deploy.running.is_some_and(|running| primary.code_deploy_id.as_ref() == Some(&running.id)) {
        claim.shifted = claim.shifted_by("CodeDeploy");
    }
    Ok(Step::Done(Some(claim)))
}

fn is_undoing(deployment: &CodeDeployDeployment) -> bool {
    deployment.is_running() && deployment.undoes.is_some()
}

/// Under EXTERNAL a third party moves the route, and makes a task set PRIMARY when it likes, or never.
fn external(query: &Query, facts: &Facts) -> Result<Step<Option<Claim>>, Refusal> {
    let sets = TaskSets::of(&facts.service)?;
    let present: Vec<_> = sets.present().collect();
    let selected = match pick(query, facts, task_sets::entries(&facts.service))? {
        ControlFlow::Continue(selected) => selected,
        ControlFlow::Break(step) => return Ok(step),
    };
    let mut claim = Claim::new(Kind::External, &selected, DecidedBy::Listener);
    claim.own.extend(TaskSets::groups(facts.service.task_sets.iter()).cloned());
    claim.registered = TaskSets::groups(present.iter().copied()).cloned().collect();
    claim.should = sets.primary.and_then(|set| set.load_balancers.first()).and_then(LoadBalancer::group).cloned();
    claim.in_progress = Some(sets.is_rollout());
    claim.group = None;
    claim.word = Word::Nothing;
    Ok(Step::Done(Some(claim)))
}
