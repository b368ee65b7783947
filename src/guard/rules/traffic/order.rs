//! Conditions and priorities, judged by effect: who gets the requests that reach a live group now.

use super::super::scene::{Outcome, Scene, Verdict, short};
use super::super::serving::Destination;
use super::conditions::covers;
use super::{each, lost};
use crate::guard::facts::{ListenerFacts, Question, Reason, RouteFacts, Untold};
use crate::guard::plan::{Action, Change, Condition, Field, Route};

/// Behind all rules with a number, before the default action.
const LAST: i64 = i64::MAX - 1;

/// A route of the listener as it will be.
#[derive(Debug, Clone)]
pub struct Rank {
    /// Its ARN, unless it is made by this apply.
    pub arn: Option<String>,
    /// Its address, if the plan changes it.
    pub address: Option<String>,
    /// The lowest answers first; the default action has the highest number there is.
    pub priority: i64,
    /// True when the priority must not be printed.
    pub is_hidden: bool,
    /// What a request must have.
    pub conditions: Vec<Condition>,
    /// Where it sends requests, or why that is not known.
    pub to: Result<Destination, Reason>,
}

/// A live route, the one that answers its requests now, and the one that would after the apply.
type Taken<'r> = (&'r Rank, &'r Rank, &'r Rank);

pub fn judge(change: &Change, scene: &Scene<'_>, ranks: &Ranks<'_>) -> Verdict {
    let mut outcomes = Vec::new();
    for (route, before, after) in taken(change, scene, ranks) {
        let arn = route.arn.as_deref().unwrap_or_default();
        let opening = opening(route, after);
        let (to_before, to_after) = match (&before.to, &after.to) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(reason), _) | (_, Err(reason)) => {
                outcomes.push(Outcome::CannotTell(reason.clone()));
                continue;
            }
        };
        let losses = each(scene.losses(arn, to_before, to_after), &mut outcomes)?;
        outcomes.extend(losses.iter().map(|loss| lost(change, loss, &opening, (to_before, to_after))));
    }
    Ok(outcomes)
}

/// The live routes whose requests would be answered by another one because of this change.
///
/// # Errors
/// [`Untold`] when that cannot be told.
pub fn overtaken(change: &Change, scene: &Scene<'_>) -> Result<Vec<String>, Untold> {
    let Some(ranks) = ranks(change, scene)? else { return Ok(Vec::new()) };
    Ok(taken(change, scene, &ranks).into_iter().filter_map(|(route, ..)| route.arn.clone()).collect())
}

/// The routes of a listener before and after a change of one of its rules.
pub struct Ranks<'a> {
    /// The listener.
    pub live: &'a ListenerFacts,
    /// Its routes.
    pub now: Vec<Rank>,
    /// Its routes after the apply.
    pub then: Vec<Rank>,
    /// The rule that changes, as it will be.
    pub own: Rank,
}

/// The routes whose order a change touches; `None` when it touches none.
///
/// # Errors
/// [`Untold`] when that cannot be told.
pub fn ranks<'a>(change: &Change, scene: &Scene<'a>) -> Result<Option<Ranks<'a>>, Untold> {
    let moves = change.action.creates() || change.writes("priority") || change.writes("condition");
    let object = change.after().unwrap_or_else(|| change.object());
    let listener = match object.get("listener_arn").name() {
        Field::Known(arn) if moves && change.kind == "aws_lb_listener_rule" => arn.judged().to_owned(),
        _ => return Ok(None),
    };
    let Some(live) = scene.facts.listener(Question::Listener(listener.clone()))? else { return Ok(None) };
    let then = planned(scene, &listener, live, &change.address).map_err(Untold::Because)?;
    let own = then.iter().find(|rank| rank.address.as_deref() == Some(&change.address)).cloned();
    Ok(own.map(|own| Ranks { live, now: live.routes.iter().map(of_live).collect(), then, own }))
}

fn taken<'r>(change: &Change, scene: &Scene<'_>, ranks: &'r Ranks<'_>) -> Vec<Taken<'r>> {
    let Ranks { live, now, then, own } = ranks;
    let mine = |rank: &Rank| rank.address.as_deref() == Some(&change.address);
    let groups = live.routes.iter().flat_map(|route| &route.groups).map(|group| Question::Group(group.arn.clone()));
    scene.facts.ahead(groups.collect::<Vec<_>>());
    let mut found = Vec::new();
    for route in now {
        let before = taker(now, &route.conditions);
        let after = taker(then, &route.conditions);
        let (Some(before), Some(after)) = (before, after) else { continue };
        let concerns = mine(after) || own.arn == route.arn;
        if before.arn == route.arn && after.arn != before.arn && concerns {
            found.push((route, before, after));
        }
    }
    found
}

fn opening(route: &Rank, taken_by: &Rank) -> String {
    format!("Requests that {} answers now would be answered by {}.", name_of(route), number_of(taken_by))
}

/// A rule as it will be, for a message.
pub fn number_of(rank: &Rank) -> String {
    match rank.priority {
        i64::MAX => "the default action".to_owned(),
        LAST => "a new rule".to_owned(),
        _ if rank.is_hidden => "another rule".to_owned(),
        priority => format!("the rule with priority {priority}"),
    }
}

/// A rule as it is, for a message.
pub fn name_of(rank: &Rank) -> String {
    if rank.priority == i64::MAX {
        return "the default action".to_owned();
    }
    format!("the rule {}", rank.arn.as_deref().map(short).unwrap_or_default())
}

fn of_live(route: &RouteFacts) -> Rank {
    Rank {
        arn: Some(route.arn.clone()),
        address: None,
        priority: route.priority.unwrap_or(i64::MAX),
        is_hidden: false,
        conditions: route.conditions.clone(),
        to: Ok(Destination::of_route(route)),
    }
}

/// The listener's routes after the apply. What a rule sends elsewhere by its own actions is judged with the weights.
fn planned(scene: &Scene<'_>, listener: &str, live: &ListenerFacts, judged: &str) -> Result<Vec<Rank>, Reason> {
    let mut ranks: Vec<Rank> = live.routes.iter().map(of_live).collect();
    for change in scene.plan.of_kind("aws_lb_listener_rule").filter(|change| change.action != Action::NoOp) {
        let arn = change.arn();
        if change.action == Action::Delete {
            ranks.retain(|rank| rank.arn.is_none() || rank.arn != arn);
            continue;
        }
        let Some(after) = change.after() else { continue };
        if after.get("listener_arn").name().known().is_none_or(|arn| arn.judged() != listener) {
            continue;
        }
        let view = Route::new(&change.kind, after);
        let conditions = match view.conditions() {
            Field::Known(conditions) => conditions,
            _ if change.address == judged => {
                return Err(Reason::new(
                    "The plan does not know the conditions of the rule: they are known only after apply.",
                ));
            }
            _ => continue,
        };
        let is_hidden = after.get("priority").holds_sensitive();
        let priority = after.get("priority").number().known().unwrap_or(LAST);
        if let Some(rank) = ranks.iter_mut().find(|rank| rank.arn.is_some() && rank.arn == arn) {
            rank.address = Some(change.address.clone());
            (rank.priority, rank.is_hidden) = (priority, is_hidden);
            rank.conditions = conditions;
        } else if change.action.creates() {
            let to = match view.forwarding() {
                Field::Known(planned) => scene.destination(change, &planned),
                _ => Err(Reason::new("The plan does not know where the new rule sends requests.")),
            };
            ranks.push(Rank { arn, address: Some(change.address.clone()), priority, is_hidden, conditions, to });
        }
    }
    Ok(ranks)
}

/// The first route that takes every request with these conditions.
fn taker<'a>(ranks: &'a [Rank], conditions: &[Condition]) -> Option<&'a Rank> {
    let covering = ranks.iter().filter(|rank| covers(&rank.conditions, conditions));
    covering.min_by_key(|rank| rank.priority)
}
