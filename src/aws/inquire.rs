//! Drives a decision of the domain: fetches what it asks for until it has an answer.

use super::Found;
use super::Regional;
use super::calls::Since;
use super::error::Error;
use super::progress::{self, Progress};
use crate::resolve::Refusal;
use crate::resolve::arn::TargetGroupArn;
use crate::resolve::inquiry::{Ask, Facts, Step};
use crate::resolve::model::{Forward, Hook, Service};
use crate::resolve::name::{Cluster, Named, ServiceName};
use crate::resolve::refusal::Explanation;
use crate::resolve::running;
use crate::resolve::target_group::{self, Answer, Query};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// How long to wait between two looks, in milliseconds: short enough for an all-at-once shift, long enough to leave
/// the API to others.
const POLL: RangeInclusive<u64> = 10_000..=15_000;
/// What the last look may take before the deadline.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// The weights that must not change although nobody is there.
#[derive(Debug)]
pub struct Kept {
    /// What the routes hold; `None` where nothing forwards yet.
    pub forward: Option<Forward>,
    /// The target groups that were given and that do not exist.
    pub gone: Vec<TargetGroupArn>,
}

/// How a question about a service ended.
#[derive(Debug)]
pub enum Inquiry<T> {
    /// With an answer.
    Answer(Box<Service>, T),
    /// There is no such service, or it is deleted. The account that says so, where AWS names it.
    NoService(Option<String>),
    /// There is no such cluster.
    NoCluster,
    /// The facts do not allow an answer.
    Refused(Refusal),
}

impl<T> Inquiry<T> {
    /// True when there is no such service.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::NoService(_) | Self::NoCluster)
    }
}

impl Regional {
    /// Asks one question about one service, with facts that were fetched since then.
    ///
    /// # Errors
    /// [`Error`] of the first call that fails.
    pub async fn inquire<T>(
        &self,
        cluster: &Cluster,
        service: &ServiceName,
        tags: bool,
        since: Since,
        question: impl Fn(&Facts) -> Result<Step<T>, Refusal>,
    ) -> Result<Inquiry<T>, Error> {
        let name = service;
        let service = match self.service(cluster, service, tags, since).await? {
            Found::Here(service) => service,
            Found::NoService(account) => {
                let refusal = account.as_ref().and_then(|account| elsewhere(cluster, name, account));
                return Ok(refusal.map_or(Inquiry::NoService(account), Inquiry::Refused));
            }
            Found::NoCluster => return Ok(Inquiry::NoCluster),
        };
        if let Some(refusal) = elsewhere(cluster, name, service.account()) {
            return Ok(Inquiry::Refused(refusal));
        }
        match running::exists(&service) {
            Ok(true) => {}
            Ok(false) => return Ok(Inquiry::NoService(Some(service.account().to_owned()))),
            Err(refusal) => return Ok(Inquiry::Refused(refusal)),
        }
        let mut facts = Facts::new(Service::clone(&service));
        loop {
            match question(&facts) {
                Ok(Step::Done(answer)) => return Ok(Inquiry::Answer(Box::new(facts.service), answer)),
                Err(refusal) => return Ok(Inquiry::Refused(refusal)),
                Ok(Step::Ask(ask)) => self.learn(&mut facts, ask, since).await?,
            }
        }
    }

    /// The target group that serves, by facts that were fetched since then, with a second look before anything but a settled answer is given: facts that
    /// were fetched one after the other, or shared with an earlier read, may differ in age only. With a deadline, it
    /// looks again until the answer is settled, nobody but a person can settle it, or the time is over, and then gives what
    /// it saw last.
    ///
    /// # Errors
    /// [`Error`] of the first call that fails.
    pub async fn live_target_group(
        &self,
        cluster: &Cluster,
        service: &ServiceName,
        query: &Query,
        since: Since,
        deadline: Option<Instant>,
    ) -> Result<Inquiry<Answer>, Error> {
        let look = async |since| {
            let question = |facts: &Facts| target_group::decide(query, facts);
            self.inquire(cluster, service, false, since, question).await
        };
        let first = look(since).await?;
        if is_settled(&first) {
            return Ok(first);
        }
        loop {
            let again = look(Since::now()).await?;
            let left = deadline.and_then(|deadline| deadline.checked_duration_since(Instant::now() + LAST_LOOK));
            let (Some(left), Some(reason)) = (left, may_pass(&again)) else { return Ok(again) };
            if is_paused(&again, left) {
                return Ok(again);
            }
            let facts = reason.facts.iter().map(|(label, value)| format!("{label}: {value}"));
            let facts = facts.collect::<Vec<_>>().join("; ");
            let (cluster, service) = (cluster.name(), service.name());
            tracing::info!(cluster, service, "waiting for traffic to settle: {}: {facts}", reason.summary);
            let _away = self.calls.company.away();
            let _step = Progress::current().map(|reader| reader.step(progress::Step::Traffic));
            tokio::time::sleep(left.min(Duration::from_millis(fastrand::u64(POLL)))).await;
        }
    }

    /// What the routes hold that the caller vouches for, whoever the service is.
    ///
    /// # Errors
    /// [`Error`] of the first call that fails.
    pub async fn weights(&self, query: &Query) -> Result<Result<Kept, Refusal>, Error> {
        let mut routes = BTreeMap::new();
        loop {
            match target_group::weights(query, &routes) {
                Ok(Step::Done(forward)) => {
                    let gone = target_group::nonexistent(query, &routes).cloned().collect();
                    return Ok(Ok(Kept { forward, gone }));
                }
                Err(refusal) => return Ok(Err(refusal)),
                Ok(Step::Ask(Ask::Routes(scope))) => {
                    let seen = self.routes(&scope, Since::ANY).await?;
                    routes.insert(scope, seen);
                }
                Ok(Step::Ask(other)) => {
                    return Err(Error::bad_answer("routes", None, format!("{other:?} was asked for")));
                }
            }
        }
    }

    async fn learn(&self, facts: &mut Facts, ask: Ask, since: Since) -> Result<(), Error> {
        match ask {
            Ask::Deployments(ids) => facts.deployments.extend(self.deployments(&ids, since).await?),
            Ask::NewestDeployment => facts.newest_deployment = Some(self.newest_deployment(&facts.service).await?),
            Ask::DeploymentGroup(name) => {
                let group = self.deployment_group(&name).await?;
                facts.deployment_groups.insert(name, group);
            }
            Ask::Shift(id) => {
                let shares = self.shift(&id, &facts.service, since).await?;
                facts.shifts.insert(id, shares);
            }
            Ask::Revisions(arns) => facts.revisions.extend(self.revisions(&arns, since).await?),
            Ask::ServiceDeployment(arn) => {
                let deployment = self.service_deployment(&arn, since).await?;
                facts.service_deployments.insert(arn, deployment);
            }
            Ask::Routes(scope) => {
                let routes = self.routes(&scope, since).await?;
                facts.routes.insert(scope, routes);
            }
        }
        Ok(())
    }
}

/// A refusal when what was named by ARN is of another account than the one that answers.
fn elsewhere(cluster: &Cluster, service: &ServiceName, account: &str) -> Option<Refusal> {
    let arns = [cluster.arn(), service.arn()].into_iter().flatten();
    let other = arns.into_iter().find(|arn| arn.account() != account)?;
    Some(Refusal::OtherAccount { arn: other.to_string(), account: account.to_owned() })
}

/// True when all facts say the same, so that their age does not matter.
fn is_settled(inquiry: &Inquiry<Answer>) -> bool {
    match inquiry {
        Inquiry::Answer(_, answer) => answer.live.is_ok() && !answer.lags,
        Inquiry::NoService(_) | Inquiry::NoCluster => true,
        Inquiry::Refused(_) => false,
    }
}

/// Why there is no single answer, when waiting may help.
fn may_pass(inquiry: &Inquiry<Answer>) -> Option<Explanation> {
    match inquiry {
        Inquiry::Answer(_, answer) => {
            let unsettled = answer.live.as_ref().err().filter(|unsettled| unsettled.may_pass())?;
            Some(answer.explain(unsettled, false))
        }
        Inquiry::Refused(refusal) => refusal.may_pass().then(|| refusal.explain()),
        Inquiry::NoService(_) | Inquiry::NoCluster => None,
    }
}

/// True when somebody has to continue the deployment, and it will not go on by itself within the time that is left.
fn is_paused(inquiry: &Inquiry<Answer>, left: Duration) -> bool {
    let Inquiry::Answer(_, Answer { live: Err(unsettled), .. }) = inquiry else { return false };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let end = i64::try_from((now + left).as_millis()).unwrap_or(i64::MAX);
    let stays = |hook: &Hook| hook.expires_at.as_ref().is_none_or(|at| at.millis > end);
    unsettled.progress().is_some_and(|progress| progress.hooks.iter().any(stays))
}
