//! The production and test rules of a blue/green service: planned, live, or not there.

use crate::guard::facts::{Question, RouteFacts};
use crate::guard::plan::{Change, Entry, Field, Forwarding, GroupShare, HIDDEN, Route, Text, ends_request};
use crate::guard::rules::Verdict;
use crate::guard::rules::scene::{Found, Outcome, Scene, cannot_tell, fine, gather, short};

/// What a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Production,
    Test,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Production => "production rule",
            Self::Test => "test rule",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Production => "production_listener_rule",
            Self::Test => "test_listener_rule",
        }
    }
}

/// What a rule does, planned or live.
struct Seen {
    /// Groups with weight; `None` is one that this apply makes.
    heavy: Vec<(Option<String>, i64)>,
    /// The types of its actions.
    kinds: Vec<String>,
    /// True when a weight must not be printed.
    is_hidden: bool,
}

impl Seen {
    /// The rule as the plan leaves it; `None` when it does not tell.
    fn planned(change: &Change) -> Option<Self> {
        let route = Route::new(&change.kind, change.after()?);
        let shares = match route.forwarding() {
            Field::Known(Forwarding::Groups(shares)) => shares,
            Field::Known(Forwarding::Other(_)) => Vec::new(),
            _ => return None,
        };
        let one = |share: &GroupShare| (share.arn.as_ref().known().map(|arn| arn.judged().to_owned()), share.weight);
        Some(Self {
            heavy: shares.iter().map(one).filter(|(_, weight)| *weight > 0).collect(),
            kinds: route.action_types(),
            is_hidden: shares.iter().any(|share| share.is_hidden),
        })
    }

    fn live(route: &RouteFacts) -> Self {
        let groups = route.groups.iter().map(|group| (Some(group.arn.clone()), group.weight));
        let forward = route.other.is_none().then(|| "forward".to_owned());
        Self {
            heavy: groups.filter(|(_, weight)| *weight > 0).collect(),
            kinds: route.beside.iter().cloned().chain(route.other.clone()).chain(forward).collect(),
            is_hidden: false,
        }
    }

    /// What ECS would not deploy with. `own` are the two groups of the pair, as far as they are known.
    fn refused(&self, role: Role, own: &[&str], rule: &str) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let mut fires = |message: String, way: String| {
            outcomes.push(Outcome::Finding(Found::error(message).fact("Rule", rule).fix(way)));
        };
        let is_foreign = |(group, _): &&(Option<String>, i64)| {
            group.as_deref().is_some_and(|group| own.len() == 2 && !own.contains(&group))
        };
        match self.heavy.iter().find(is_foreign) {
            _ if role == Role::Test => {}
            Some((group, weight)) => {
                let weight = if self.is_hidden { HIDDEN.to_owned() } else { weight.to_string() };
                let group = short(group.as_deref().unwrap_or_default());
                fires(
                    format!(
                        "The production rule gives weight {weight} to {group}, which is none of the service's two groups."
                    ),
                    format!(
                        "If {group} serves, keep it as target_group_arn or alternate_target_group_arn of the service; if it \
                         does not, take it out of the rule or give it weight 0."
                    ),
                );
            }
            None if self.heavy.len() > 1 => fires(
                "The production rule gives weight to both groups: a blue/green deployment has to start from one side."
                    .to_owned(),
                "Give the live group 100 and the other 0.".to_owned(),
            ),
            None => {}
        }
        let has_forward = self.kinds.iter().any(|kind| kind == "forward");
        let (name, kinds) = (role.name(), self.kinds.join(" and "));
        if self.kinds.len() > 1 && has_forward {
            fires(
                format!("The {name} mixes {kinds} actions: ECS only takes a single forward."),
                alone(&self.kinds).to_owned(),
            );
        } else if !self.kinds.is_empty() && !has_forward {
            fires(
                format!("The {name} has no forward, but {kinds}: ECS only takes a single forward."),
                "Give the rule a forward to the pair.".to_owned(),
            );
        }
        outcomes
    }
}

/// What to do about an action beside the forward. A rule that authenticates needs a forward of its own, which no deployment
/// would move.
pub fn alone(kinds: &[String]) -> &'static str {
    if kinds.iter().any(|kind| !ends_request(kind)) {
        "Leave the forward alone on the rule, and authenticate in the application or in front of the load balancer."
    } else {
        "Leave the forward alone on the rule, and give the rest a rule of its own with narrower conditions."
    }
}

/// Production and test rule of an entry, as ECS finds them when it deploys.
pub fn of_rules(change: &Change, entry: &Entry, scene: &Scene<'_>) -> Verdict {
    let own: Vec<&str> = entry.groups().collect();
    let rules = [(Role::Production, &entry.production), (Role::Test, &entry.test)];
    gather(rules.map(|(role, rule)| match rule {
        Field::Known(arn) => of_arn(role, arn, &own, scene),
        Field::Unknown => of_new(role, change, &own, scene),
        Field::Null => fine(),
    }))
}

fn of_arn(role: Role, arn: &Text, own: &[&str], scene: &Scene<'_>) -> Verdict {
    let planned = scene.plan.changes.iter().find(|change| {
        change.arn().as_deref() == Some(arn.judged())
            && change.after().is_some_and(|after| change.writes(Route::new(&change.kind, after).key()))
    });
    if let Some(change) = planned {
        return Ok(Seen::planned(change).map_or_else(Vec::new, |seen| seen.refused(role, own, &arn.to_string())));
    }
    match scene.facts.route(Question::Route(arn.judged().to_owned()))? {
        // That it is no rule is said already.
        Some(_) if arn.judged().contains(":listener/app/") => fine(),
        Some(route) => Ok(Seen::live(route).refused(role, own, &arn.to_string())),
        None => {
            let message = format!("The {} of the service does not exist: ECS refuses it.", role.name());
            let way = format!("{} = aws_lb_listener_rule.NAME.arn", role.key());
            Found::error(message).fact("Rule", arn).fix(way).alone()
        }
    }
}

/// A rule that the same apply makes.
fn of_new(role: Role, change: &Change, own: &[&str], scene: &Scene<'_>) -> Verdict {
    let is_rule = |route: &&Change| route.kind.starts_with("aws_lb_listener") && route.action.creates();
    let sources = scene.plan.sources(change, &["load_balancer", "advanced_configuration", role.key()]);
    let judged = |route: &Change| Seen::planned(route).map(|seen| seen.refused(role, own, &route.address));
    if !sources.is_empty() {
        return Ok(sources.into_iter().filter(is_rule).filter_map(judged).flatten().collect());
    }
    // A dynamic block hides which one it is: that only matters when one of them would be refused.
    let mut made = scene.plan.changes.iter().filter(is_rule);
    match made.find(|route| judged(route).is_some_and(|outcomes| !outcomes.is_empty())) {
        Some(route) => cannot_tell(format!(
            "The plan does not say which listener rule is the {} of the service, and ECS would not take {}.",
            role.name(),
            route.address
        )),
        None => fine(),
    }
}
