//! Who serves from a target group, and who loses requests when shares change.

use super::scene::{Scene, short};
use crate::guard::facts::{Question, Reason, RouteFacts, Untold, WeightFacts};
use crate::guard::plan::{Action, Change, Forwarding, GroupShare, Text};

/// All requests, in thousandths of a percent: the smallest share that weights can give is a thousandth.
const ALL: i64 = 100_000;

/// A share for people.
pub fn percent(share: i64) -> String {
    let (whole, rest) = (share / 1_000, share % 1_000);
    let rest = format!(".{rest:03}");
    format!("{whole}{} %", rest.trim_end_matches('0').trim_end_matches('.'))
}

/// A service that gets fewer requests than now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The service's ARN.
    pub service: String,
    /// Its groups that serve and are in the route now.
    pub groups: Vec<String>,
    /// Its share now, in thousandths of a percent.
    pub before: i64,
    /// Its share after the apply, in thousandths of a percent.
    pub after: i64,
}

/// Where requests would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To groups by weight; `None` is a group that this apply makes: nobody serves there.
    Groups(Vec<(Option<Text>, i64)>),
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
                let one = |group: &WeightFacts| (Some(Text::plain(&*group.arn)), group.weight);
                Self::Groups(route.groups.iter().map(one).collect())
            }
        }
    }

    /// For people: `web-blue 100, web-green 0`.
    pub fn describe(&self) -> String {
        match self {
            Self::Groups(groups) => {
                let one = |(arn, weight): &(Option<Text>, i64)| match arn {
                    Some(arn) => format!("{} {weight}", arn.part(short(arn.judged()))),
                    None => format!("a new target group {weight}"),
                };
                groups.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            Self::Other(kind) => format!("a {kind} action"),
            Self::Nothing => "nothing".to_owned(),
        }
    }

    /// Shares by group, in thousandths of a percent.
    pub fn shares(&self) -> Vec<(Option<&str>, i64)> {
        let Self::Groups(groups) = self else { return Vec::new() };
        let total: i64 = groups.iter().map(|(_, weight)| weight).sum();
        let share = |weight: i64| match (groups.len(), total) {
            (1, _) => ALL,
            (_, 0) => 0,
            _ => weight * ALL / total,
        };
        groups.iter().map(|(arn, weight)| (arn.as_ref().map(Text::judged), share(*weight))).collect()
    }
}

impl Scene<'_> {
    /// Where the planned actions of a route send requests. `key` is the attribute that holds them.
    ///
    /// # Errors
    /// A reason when the plan does not tell.
    pub fn destination(&self, change: &Change, key: &str, planned: &Forwarding) -> Result<Destination, Reason> {
        let shares = match planned {
            Forwarding::Groups(shares) => shares,
            Forwarding::Other(kind) => return Ok(Destination::Other(kind.clone())),
            Forwarding::Contradiction => {
                let text = "target_group_arn and forward name different target groups: which one counts depends on the \
                            version of hashicorp/aws. Keep only forward.";
                return Err(Reason::new(text));
            }
        };
        let made_here = self.unknown_groups_are_new(change, key);
        let one = |share: &GroupShare| match share.arn.as_ref().known() {
            Some(arn) => Some((Some(arn.clone()), share.weight)),
            None if share.weight == 0 || made_here => Some((None, share.weight)),
            None => None,
        };
        shares.iter().map(one).collect::<Option<Vec<_>>>().map(Destination::Groups).ok_or_else(|| {
            Reason::new("The plan does not know which target group gets requests: the ARN is known only after apply.")
        })
    }

    /// True when each target group that the actions may name is in the plan, and one of them is made by this apply.
    fn unknown_groups_are_new(&self, change: &Change, key: &str) -> bool {
        let mut sources = self.plan.sources(change, &[key, "forward", "target_group", "arn"]);
        sources.extend(self.plan.sources(change, &[key, "target_group_arn"]));
        let groups: Vec<_> = sources.iter().filter(|source| source.kind == "aws_lb_target_group").collect();
        groups.len() == sources.len() && groups.iter().any(|group| group.action.creates())
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
        let mut losses: Vec<Loss> = Vec::new();
        let mut unclear = None;
        for (arn, share) in now.iter().filter(|(_, share)| *share > 0) {
            let after: i64 = then.iter().filter(|(other, _)| other == arn).map(|(_, share)| share).sum();
            match self.serving(arn, route) {
                Ok(services) => losses.extend(services.into_iter().map(|service| Loss {
                    service,
                    groups: vec![(*arn).to_owned()],
                    before: *share,
                    after,
                })),
                Err(Untold::Because(reason)) if after < *share => unclear = Some(reason),
                Err(Untold::Because(_)) => {}
                Err(untold) => return Err(untold),
            }
        }
        let mut merged: Vec<Loss> = Vec::new();
        for loss in losses {
            match merged.iter_mut().find(|other| other.service == loss.service) {
                Some(other) => {
                    other.before += loss.before;
                    other.after += loss.after;
                    other.groups.extend(loss.groups);
                }
                None => merged.push(loss),
            }
        }
        for loss in &mut merged {
            for (arn, share) in then.iter().filter(|(arn, _)| !loss.groups.iter().any(|group| group == arn)) {
                if self.serving(arn, route)?.contains(&loss.service) {
                    loss.after += share;
                }
            }
        }
        merged.retain(|loss| loss.after < loss.before && !self.goes_away(&loss.service));
        match unclear {
            Some(reason) if merged.is_empty() => Err(Untold::Because(reason)),
            _ => Ok(merged),
        }
    }

    /// The services whose serving tasks are registered in a group, as far as `route` is production for them.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say.
    pub fn serving(&self, group: &str, route: &str) -> Result<Vec<String>, Untold> {
        let Some(facts) = self.facts.group(Question::Group(group.to_owned()))? else { return Ok(Vec::new()) };
        if facts.target_type == "lambda" {
            return Ok(Vec::new());
        }
        let production = facts.owners.iter().filter(|owner| !owner.test_routes.iter().any(|test| test == route));
        let mut services = Vec::new();
        for owner in production {
            match owner.live {
                Some(true) => services.push(owner.service.clone()),
                Some(false) => {}
                None => {
                    let text = format!(
                        "AWS does not say at the moment which side of service {} serves: traffic is split or a rollback \
                         runs. Run guard again when that has ended.",
                        short(&owner.service)
                    );
                    return Err(Untold::Because(Reason::new(text)));
                }
            }
        }
        Ok(services)
    }

    /// True when this plan deletes the service on purpose: that is another rule's business.
    pub fn goes_away(&self, service: &str) -> bool {
        let mut services = self.plan.of_kind("aws_ecs_service");
        services.any(|change| change.action == Action::Delete && change.arn().as_deref() == Some(service))
    }
}
