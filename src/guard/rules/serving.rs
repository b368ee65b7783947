//! Who serves from a target group, and who loses requests when shares change.

use super::scene::{Scene, short};
use crate::guard::facts::{OwnerFacts, Question, Reason, RouteFacts, Untold, WeightFacts};
use crate::guard::plan::{Action, Change, Forwarding, GroupShare, HIDDEN, Route, Text};
use std::collections::{BTreeMap, BTreeSet};

/// All requests, in thousandths of a percent: the smallest share that weights can give is a thousandth.
const ALL: i64 = 100_000;

/// A share for people.
fn percent(share: i64) -> String {
    let (whole, rest) = (share / 1_000, share % 1_000);
    let rest = format!(".{rest:03}");
    format!("{whole}{} %", rest.trim_end_matches('0').trim_end_matches('.'))
}

/// A service that gets fewer requests than now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The service's ARN.
    pub service: String,
    /// Its groups that serve, or may serve, and are in the route now.
    pub groups: Vec<String>,
    /// False when it is not told which of the groups serve: then all of them lose.
    pub is_sure: bool,
    /// Its share now, in thousandths of a percent.
    pub before: i64,
    /// Its share after the apply, in thousandths of a percent.
    pub after: i64,
}

/// A group from which a service may serve, and its shares.
struct Side<'a> {
    group: &'a str,
    before: i64,
    after: i64,
    is_sure: bool,
}

impl Loss {
    /// What a service loses. Where it is not told which side serves, that is only known when every side loses.
    fn of(service: &str, sides: &[Side<'_>]) -> Result<Option<Self>, Reason> {
        let (before, after) = sides.iter().fold((0, 0), |sum, side| (sum.0 + side.before, sum.1 + side.after));
        let is_sure = sides.iter().all(|side| side.is_sure);
        let gets = || sides.iter().filter(|side| side.before > 0);
        if !is_sure {
            let loses = gets().any(|side| side.after < side.before);
            let all_lose = gets().all(|side| side.after < side.before) && sides.iter().all(|it| it.after <= it.before);
            if loses && !all_lose {
                return Err(not_told(service));
            }
        }
        let groups = gets().map(|side| side.group.to_owned()).collect();
        Ok((after < before).then(|| Self { service: service.to_owned(), groups, before, after, is_sure }))
    }
}

/// True when the rule is on the listener.
pub fn is_rule_of(rule: &str, listener: &str) -> bool {
    rule.starts_with(&format!("{}/", listener.replacen(":listener/", ":listener-rule/", 1)))
}

/// The listener of a rule, `…:listener/app/NAME/LB/LISTENER` of `…:listener-rule/app/NAME/LB/LISTENER/RULE`; a listener is
/// its own.
pub fn listener_of(route: &str) -> String {
    match route.replacen(":listener-rule/", ":listener/", 1) {
        same if same == route => same,
        rule => rule.rsplit_once('/').map_or(rule.clone(), |(listener, _)| listener.to_owned()),
    }
}

fn not_told(service: &str) -> Reason {
    Reason::new(format!(
        "AWS does not say at the moment which side of service {} serves: requests are split, a rollback runs, or its \
         listeners send requests to different sides. Run guard again when that has ended.",
        short(service)
    ))
}

/// A group of a forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its ARN; `None` is a group that this apply makes: nobody serves there.
    pub arn: Option<Text>,
    /// 0 to 999.
    pub weight: i64,
    /// True when the weight must not be printed.
    pub is_hidden: bool,
}

/// Where requests would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To groups by weight.
    Groups(Vec<Part>),
    /// To a redirect or a fixed response.
    Other(String),
    /// Nowhere: nothing answers.
    Nothing,
}

impl Destination {
    /// Where a live route sends requests.
    pub fn of_route(route: &RouteFacts) -> Self {
        match &route.other {
            Some(other) => Self::Other(other.clone()),
            None => {
                let one = |group: &WeightFacts| Part {
                    arn: Some(Text::plain(&*group.arn)),
                    weight: group.weight,
                    is_hidden: false,
                };
                Self::Groups(route.groups.iter().map(one).collect())
            }
        }
    }

    /// For people: `web-blue 100, web-green 0`.
    pub fn describe(&self) -> String {
        match self {
            Self::Groups(groups) => {
                let one = |part: &Part| {
                    let weight = if part.is_hidden { HIDDEN.to_owned() } else { part.weight.to_string() };
                    match &part.arn {
                        Some(arn) => format!("{} {weight}", arn.part(short(arn.judged()))),
                        None => format!("a new target group {weight}"),
                    }
                };
                groups.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            Self::Other(kind) => format!("a {kind} action"),
            Self::Nothing => "nothing".to_owned(),
        }
    }

    /// A share of it for people.
    pub fn percent(&self, share: i64) -> String {
        match self {
            Self::Groups(groups) if groups.iter().any(|part| part.is_hidden) => HIDDEN.to_owned(),
            _ => percent(share),
        }
    }

    /// Shares by group, in thousandths of a percent.
    pub fn shares(&self) -> Vec<(Option<&str>, i64)> {
        let Self::Groups(groups) = self else { return Vec::new() };
        let total: i64 = groups.iter().map(|part| part.weight).sum();
        let share = |weight: i64| match (groups.len(), total) {
            (1, _) => ALL,
            (_, 0) => 0,
            _ => weight * ALL / total,
        };
        groups.iter().map(|part| (part.arn.as_ref().map(Text::judged), share(part.weight))).collect()
    }
}

impl Scene<'_> {
    /// Where the planned actions of a route send requests.
    ///
    /// # Errors
    /// A reason when the plan does not tell.
    pub fn destination(&self, change: &Change, planned: &Forwarding) -> Result<Destination, Reason> {
        let shares = match planned {
            Forwarding::Groups(shares) => shares,
            Forwarding::Other(kind) => return Ok(Destination::Other(kind.clone())),
            Forwarding::Contradiction => {
                let text = "target_group_arn and forward name different target groups: which one counts depends on the \
                            version of hashicorp/aws. Keep only forward.";
                return Err(Reason::new(text));
            }
        };
        let made_here = self.unknown_groups_are_new(change);
        let one = |share: &GroupShare| {
            let arn = share.arn.as_ref().known().cloned();
            let is_told = arn.is_some() || share.weight == 0 || made_here;
            is_told.then_some(Part { arn, weight: share.weight, is_hidden: share.is_hidden })
        };
        shares.iter().map(one).collect::<Option<Vec<_>>>().map(Destination::Groups).ok_or_else(|| {
            Reason::new("The plan does not know which target group gets requests: the ARN is known only after apply.")
        })
    }

    /// True when each target group that the actions may name is in the plan, and one of them is made by this apply.
    fn unknown_groups_are_new(&self, change: &Change) -> bool {
        let sources = self.forwarded_to(change);
        let groups: Vec<_> = sources.iter().filter(|source| source.kind == "aws_lb_target_group").collect();
        groups.len() == sources.len() && groups.iter().any(|group| group.action.creates())
    }

    /// What the code of a listener or rule refers to as its target groups.
    pub fn forwarded_to(&self, route: &Change) -> Vec<&Change> {
        let key = Route::key_of(&route.kind);
        let mut sources = self.plan.sources(route, &[key, "forward", "target_group", "arn"]);
        sources.extend(self.plan.sources(route, &[key, "target_group_arn"]));
        sources
    }

    /// The services that would get fewer requests through `route` than they get now.
    ///
    /// # Errors
    /// [`Untold`] when it cannot be told who serves.
    pub fn losses(&self, route: &str, now: &Destination, then: &Destination) -> Result<Vec<Loss>, Untold> {
        let (now, then) = (now.shares(), then.shares());
        let then: Vec<_> = then.into_iter().filter_map(|(arn, share)| Some((arn?, share))).collect();
        let now: Vec<_> = now.into_iter().filter_map(|(arn, share)| Some((arn?, share))).collect();
        let unchanged = now.iter().all(|(arn, share)| {
            then.iter().filter(|(other, _)| other == arn).map(|(_, share)| share).sum::<i64>() >= *share
        });
        if unchanged {
            return Ok(Vec::new());
        }
        self.facts.ahead(now.iter().chain(&then).map(|(arn, _)| Question::Group((*arn).to_owned())));
        let share = |shares: &[(&str, i64)], arn: &str| -> i64 {
            shares.iter().filter(|(other, _)| *other == arn).map(|(_, share)| share).sum()
        };
        let mut sides: BTreeMap<&str, Vec<Side<'_>>> = BTreeMap::new();
        let mut unclear = None;
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (arn, _) in now.iter().chain(&then).filter(|(arn, _)| seen.insert(arn)) {
            let (before, after) = (share(&now, arn), share(&then, arn));
            match self.users(arn, route) {
                Ok(users) => {
                    for owner in users.filter(|owner| owner.live != Some(false)) {
                        let side = Side { group: arn, before, after, is_sure: owner.live == Some(true) };
                        sides.entry(&owner.service).or_default().push(side);
                    }
                }
                Err(Untold::Because(reason)) if after < before => unclear = Some(reason),
                Err(Untold::Because(_)) => {}
                Err(untold) => return Err(untold),
            }
        }
        sides.retain(|service, _| !self.goes_away(service));
        let mut losses = Vec::new();
        for (service, sides) in sides {
            match Loss::of(service, &sides) {
                Ok(loss) => losses.extend(loss),
                Err(reason) => unclear = Some(reason),
            }
        }
        match unclear {
            Some(reason) if losses.is_empty() => Err(Untold::Because(reason)),
            _ => Ok(losses),
        }
    }

    /// The services that have a target group to which some of these requests go.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say whose the target groups are.
    pub fn services_of(&self, to: &Destination) -> Result<BTreeSet<&str>, Untold> {
        let receiving = to.shares().into_iter().filter(|(_, share)| *share > 0).filter_map(|(group, _)| group);
        self.services_with(receiving)
    }

    /// True when a service names the rule as the one for its tests: one of the plan, or one that has these target groups.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say whose the target groups are.
    pub fn is_test_rule(&self, rule: &Change, to: &Destination) -> Result<bool, Untold> {
        if let Some(arn) = rule.arn() {
            let owners = self.owners(to.shares().into_iter().filter_map(|(group, _)| group))?;
            if owners.into_iter().any(|owner| owner.test_routes.contains(&arn)) {
                return Ok(true);
            }
        }
        let path = ["load_balancer", "advanced_configuration", "test_listener_rule"];
        let mut services = self.plan.of_kind("aws_ecs_service");
        Ok(services
            .any(|service| self.plan.sources(service, &path).iter().any(|source| source.address == rule.address)))
    }

    /// The services that use a group, as far as `route` is production for them.
    fn users(&self, group: &str, route: &str) -> Result<impl Iterator<Item = &OwnerFacts>, Untold> {
        let facts = self.facts.group(Question::Group(group.to_owned()))?.filter(|facts| facts.target_type != "lambda");
        let owners = || facts.into_iter().flat_map(|facts| &facts.owners);
        let default_rule = match owners().flat_map(|owner| &owner.test_routes).any(|test| is_rule_of(test, route)) {
            true => self.default_rule(route)?,
            false => None,
        };
        let is_for_tests = move |test: &String| test == route || Some(test) == default_rule;
        Ok(owners().filter(move |owner| !owner.test_routes.iter().any(is_for_tests)))
    }

    /// The rule that a listener's default action is too: ECS may name it by either.
    fn default_rule(&self, listener: &str) -> Result<Option<&String>, Untold> {
        let live = self.facts.listener(Question::Listener(listener.to_owned()))?;
        Ok(live.and_then(|live| live.routes.iter().find_map(|route| route.default_rule.as_ref())))
    }

    /// The services whose serving tasks are registered in a group, as far as `route` is production for them.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say.
    pub fn serving(&self, group: &str, route: &str) -> Result<Vec<String>, Untold> {
        let mut services = Vec::new();
        for owner in self.users(group, route)? {
            match owner.live {
                Some(true) => services.push(owner.service.clone()),
                Some(false) => {}
                None => return Err(Untold::Because(not_told(&owner.service))),
            }
        }
        Ok(services)
    }

    /// True when this plan deletes the service on purpose: that is another rule's business.
    pub fn goes_away(&self, service: &str) -> bool {
        self.planned(service).any(|change| change.action == Action::Delete)
    }
}
