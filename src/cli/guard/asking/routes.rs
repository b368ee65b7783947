//! Rules, listeners, target groups and load balancers.

use super::Part;
use super::owners::Owners;
use crate::aws::{Error, Regional, Since};
use crate::guard::facts::{Fact, GroupFacts, ListenerFacts, LoadBalancerFacts, Reason, RouteFacts, WeightFacts};
use crate::guard::plan::Condition;
use crate::resolve::arn::{ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
use crate::resolve::inquiry::{Scope, Seen};
use crate::resolve::model::{Action, Forward, Route, Rule, TargetGroup};
use std::collections::BTreeSet;

/// A question about target groups, before it is known whose they are.
pub struct Groups {
    /// The groups whose users are wanted.
    pub owned: BTreeSet<String>,
    /// What is asked about.
    about: About,
}

enum About {
    Group(GroupFacts),
    LoadBalancer(String),
}

impl Groups {
    /// The answer, as soon as the users are known.
    pub fn fact(self, owners: &Owners) -> Fact {
        let answer = match self.about {
            About::Group(facts) if self.owned.is_empty() => Ok(Fact::Group(facts)),
            About::Group(facts) => owners.of(&facts.arn).map(|owners| Fact::Group(GroupFacts { owners, ..facts })),
            About::LoadBalancer(arn) => {
                let users: Result<Vec<_>, Reason> = self.owned.iter().map(|group| owners.of(group)).collect();
                users.map(|users| {
                    let names = users.into_iter().flatten().map(|owner| owner.service);
                    let services: BTreeSet<String> = names.filter(|service| owners.runs(service)).collect();
                    Fact::LoadBalancer(LoadBalancerFacts { arn, services: services.into_iter().collect() })
                })
            }
        };
        answer.unwrap_or_else(Fact::CannotTell)
    }
}

/// A listener rule, or a listener's default action.
pub async fn route(regional: &Regional, arn: &str) -> Result<Fact, Error> {
    let Ok(arn) = RouteArn::parse(arn) else { return Ok(not_an_arn(arn)) };
    let found = regional.rule(&arn, Since::ANY).await?;
    Ok(found.map_or(Fact::Absent, |rule| Fact::Route(facts(&rule))))
}

/// A listener with all of its rules.
pub async fn listener(regional: &Regional, arn: &str) -> Result<Fact, Error> {
    let Ok(arn) = ListenerArn::parse(arn) else { return Ok(not_an_arn(arn)) };
    let found = regional.rules(&arn, Since::ANY).await?;
    Ok(found.map_or(Fact::Absent, |rules| {
        Fact::Listener(ListenerFacts { arn: arn.as_str().to_owned(), routes: rules.iter().map(facts).collect() })
    }))
}

/// A target group with its users.
pub async fn group(regional: &Regional, arn: &str) -> Result<Part, Error> {
    let Ok(arn) = TargetGroupArn::parse(arn) else { return Ok(Part::Fact(not_an_arn(arn))) };
    match regional.target_group(&arn, Since::ANY).await? {
        Some(found) => used(regional, found).await,
        None => Ok(Part::Fact(Fact::Absent)),
    }
}

/// A target group by its name.
pub async fn group_named(regional: &Regional, name: &str) -> Result<Part, Error> {
    match regional.target_group_named(name).await? {
        Some(found) => used(regional, found).await,
        None => Ok(Part::Fact(Fact::Absent)),
    }
}

/// Whether a target group or a load balancer is there.
pub async fn exists(regional: &Regional, arn: &str) -> Result<Fact, Error> {
    let is_there = match (TargetGroupArn::parse(arn), LoadBalancerArn::parse(arn)) {
        (Ok(group), _) => regional.target_group(&group, Since::ANY).await?.is_some(),
        (_, Ok(balancer)) => regional.has_load_balancer(&balancer, Since::ANY).await?,
        _ => return Ok(not_an_arn(arn)),
    };
    Ok(if is_there { Fact::Present } else { Fact::Absent })
}

/// The services behind a load balancer.
pub async fn load_balancer(regional: &Regional, arn: &str) -> Result<Part, Error> {
    let Ok(arn) = LoadBalancerArn::parse(arn) else { return Ok(Part::Fact(not_an_arn(arn))) };
    let Seen::Routes(routes) = regional.routes(&Scope::LoadBalancer(arn.clone()), Since::ANY).await? else {
        return Ok(Part::Fact(Fact::Absent));
    };
    let groups = routes.iter().flat_map(groups_of).map(|(group, _)| group.as_str().to_owned());
    Ok(Part::Groups(Groups { owned: groups.collect(), about: About::LoadBalancer(arn.as_str().to_owned()) }))
}

async fn used(regional: &Regional, found: TargetGroup) -> Result<Part, Error> {
    let TargetGroup { arn, target_type, load_balancers } = found;
    let seen = if load_balancers.is_empty() {
        Seen::Unattached
    } else {
        regional.routes(&Scope::TargetGroup(arn.clone()), Since::ANY).await?
    };
    let routes = match seen {
        Seen::Routes(routes) => routes,
        Seen::Gone | Seen::Unattached => Vec::new(),
    };
    let users = routes.iter().filter(|route| groups_of(route).any(|(group, _)| *group == arn));
    let facts = GroupFacts {
        used_by: users.map(|route| route.arn.as_str().to_owned()).collect(),
        arn: arn.as_str().to_owned(),
        owners: Vec::new(),
        target_type,
    };
    // Functions and load balancers are no tasks.
    let is_ecs = !matches!(facts.target_type.as_str(), "lambda" | "alb");
    let owned = if is_ecs { BTreeSet::from([facts.arn.clone()]) } else { BTreeSet::new() };
    Ok(Part::Groups(Groups { owned, about: About::Group(facts) }))
}

fn forward(route: &Route) -> Option<&Forward> {
    route.actions.iter().find_map(|action| match action {
        Action::Forward(forward) => Some(forward),
        Action::Other(_) => None,
    })
}

fn groups_of(route: &Route) -> impl Iterator<Item = (&TargetGroupArn, &u16)> {
    forward(route).into_iter().flat_map(|forward| &forward.weights)
}

fn facts(rule: &Rule) -> RouteFacts {
    let forward = forward(&rule.route);
    let mut beside: Vec<String> = rule
        .route
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::Other(kind) => Some(kind.clone()),
            Action::Forward(_) => None,
        })
        .collect();
    let other = if forward.is_none() { beside.pop() } else { None };
    let conditions = rule.conditions.iter();
    RouteFacts {
        arn: rule.route.arn.as_str().to_owned(),
        default_rule: rule.route.default_rule.as_ref().map(|rule| rule.as_str().to_owned()),
        priority: rule.priority,
        conditions: conditions
            .map(|condition| Condition { field: condition.field.clone(), values: condition.values.clone() })
            .collect(),
        groups: groups_of(&rule.route)
            .map(|(group, weight)| WeightFacts { arn: group.as_str().to_owned(), weight: i64::from(*weight) })
            .collect(),
        other,
        beside,
        sticky: forward.is_some_and(|forward| forward.stickiness.is_some()),
    }
}

fn not_an_arn(text: &str) -> Fact {
    Fact::CannotTell(Reason::new(format!("{text} is not an ARN that guard can ask about.")))
}
