//! Conditions and priorities, judged by effect: who gets the requests that reach a live group now.

use super::super::scene::{Outcome, Scene, Verdict, gather, short};
use super::super::serving::Destination;
use super::{each, lost};
use crate::guard::facts::{ListenerFacts, Question, Reason, RouteFacts, Untold};
use crate::guard::plan::{Action, Change, Condition, Field, HIDDEN, Route};

/// Behind all rules with a number, before the default action.
const LAST: i64 = i64::MAX - 1;

/// A route of the listener as it will be.
#[derive(Debug, Clone)]
struct Rank {
    arn: Option<String>,
    address: Option<String>,
    priority: i64,
    /// True when the priority must not be printed.
    is_hidden: bool,
    conditions: Vec<Condition>,
    /// Where it sends requests, or why that is not known.
    to: Result<Destination, Reason>,
}

/// A live route, the one that answers its requests now, and the one that would after the apply.
type Taken = (Rank, Rank, Rank);

pub fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    let mut outcomes = Vec::new();
    for (route, before, after) in taken(change, scene)? {
        let arn = route.arn.as_deref().unwrap_or_default();
        let opening = opening(&route, &after);
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
    gather([Ok(outcomes), parts(change, scene)])
}

/// Paths that the rule takes out of a live route and sends to a side of the same service on which nobody serves. Paths for
/// other services, redirects, and rules by header, query or address, which are for tests, are what rules are for.
fn parts(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(Ranks { now, then, own, .. }) = ranks(change, scene)? else { return Ok(Vec::new()) };
    let takes_paths = own.conditions.iter().any(|it| it.field == "path-pattern");
    let is_plain = |it: &Condition| matches!(it.field.as_str(), "path-pattern" | "host-header" | "http-request-method");
    let (Some(before), Ok(to)) = (taker(&now, &own.conditions), &own.to) else { return Ok(Vec::new()) };
    let is_first = taker(&then, &own.conditions).is_some_and(|first| first.address == own.address);
    let is_part = !covers(&own.conditions, &before.conditions) && before.arn != own.arn;
    let hosts =
        |rank: &Rank| rank.conditions.iter().filter(|it| it.field == "host-header").cloned().collect::<Vec<_>>();
    let same_hosts = covers(&hosts(&own), &hosts(before));
    if !takes_paths || !is_first || !is_part || !same_hosts || !own.conditions.iter().all(is_plain) {
        return Ok(Vec::new());
    }
    let (Ok(from), Some(arn)) = (&before.to, &before.arn) else { return Ok(Vec::new()) };
    if scene.is_test_rule(change, to)? || scene.services_of(from)?.is_disjoint(&scene.services_of(to)?) {
        return Ok(Vec::new());
    }
    let paths = own.conditions.iter().filter(|it| it.field == "path-pattern").flat_map(|it| &it.values);
    let is_hidden = change.after().is_some_and(|after| after.get("condition").holds_sensitive());
    let paths = if is_hidden { HIDDEN.to_owned() } else { paths.cloned().collect::<Vec<_>>().join(", ") };
    let opening =
        format!("Requests to {paths} that {} answers now would be answered by {}.", name_of(before), number_of(&own));
    let mut outcomes = Vec::new();
    for loss in each(scene.losses(arn, from, to), &mut outcomes)? {
        if scene.services_of(to)?.contains(&*loss.service) {
            outcomes.push(lost(change, &loss, &opening, (from, to)));
        }
    }
    Ok(outcomes)
}

/// The live routes whose requests would be answered by another one because of this change.
///
/// # Errors
/// [`Untold`] when that cannot be told.
pub fn overtaken(change: &Change, scene: &Scene<'_>) -> Result<Vec<String>, Untold> {
    Ok(taken(change, scene)?.into_iter().filter_map(|(route, ..)| route.arn).collect())
}

/// The routes of a listener before and after a change of one of its rules.
struct Ranks<'a> {
    live: &'a ListenerFacts,
    now: Vec<Rank>,
    then: Vec<Rank>,
    /// The rule that changes, as it will be.
    own: Rank,
}

/// The routes whose order a change touches; `None` when it touches none.
fn ranks<'a>(change: &Change, scene: &Scene<'a>) -> Result<Option<Ranks<'a>>, Untold> {
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

fn taken(change: &Change, scene: &Scene<'_>) -> Result<Vec<Taken>, Untold> {
    let Some(Ranks { live, now, then, own }) = ranks(change, scene)? else { return Ok(Vec::new()) };
    let mine = |rank: &Rank| rank.address.as_deref() == Some(&change.address);
    let groups = live.routes.iter().flat_map(|route| &route.groups).map(|group| Question::Group(group.arn.clone()));
    scene.facts.ahead(groups.collect::<Vec<_>>());
    let mut found = Vec::new();
    for route in &now {
        let before = taker(&now, &route.conditions);
        let after = taker(&then, &route.conditions);
        let (Some(before), Some(after)) = (before, after) else { continue };
        let concerns = mine(after) || own.arn == route.arn;
        if before.arn == route.arn && after.arn != before.arn && concerns {
            found.push((route.clone(), before.clone(), after.clone()));
        }
    }
    Ok(found)
}

fn opening(route: &Rank, taken_by: &Rank) -> String {
    format!("Requests that {} answers now would be answered by {}.", name_of(route), number_of(taken_by))
}

fn number_of(rank: &Rank) -> String {
    match rank.priority {
        i64::MAX => "the default action".to_owned(),
        LAST => "a new rule".to_owned(),
        _ if rank.is_hidden => "another rule".to_owned(),
        priority => format!("the rule with priority {priority}"),
    }
}

fn name_of(rank: &Rank) -> String {
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
                Field::Known(planned) => scene.destination(change, view.key(), &planned),
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

/// True when every request that meets `inner` meets `outer`.
pub fn covers(outer: &[Condition], inner: &[Condition]) -> bool {
    outer.iter().all(|condition| {
        let catches_all = condition.values.iter().any(|value| value == "*" || value == "/*");
        let of_field = inner.iter().filter(|other| other.field == condition.field);
        (catches_all && matches!(condition.field.as_str(), "host-header" | "path-pattern"))
            || of_field.into_iter().any(|other| {
                other.values.iter().all(|value| condition.values.iter().any(|pattern| matches(pattern, value)))
            })
    })
}

/// True when `pattern` matches whatever `value` matches; `*` is any text, `?` any character.
fn matches(pattern: &str, value: &str) -> bool {
    let (pattern, value): (Vec<char>, Vec<char>) = (pattern.chars().collect(), value.chars().collect());
    let mut reach = vec![false; value.len() + 1];
    reach[0] = true;
    for &p in &pattern {
        let mut next = vec![false; value.len() + 1];
        if p == '*' {
            let mut seen = false;
            for at in 0..=value.len() {
                seen |= reach[at];
                next[at] = seen;
            }
        } else {
            for at in 0..value.len() {
                let fits = p.eq_ignore_ascii_case(&value[at]) || (p == '?' && value[at] != '*');
                next[at + 1] = reach[at] && fits;
            }
        }
        reach = next;
    }
    reach[value.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(field: &str, values: &[&str]) -> Condition {
        Condition { field: field.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    #[test]
    fn a_rule_covers_another_when_it_takes_all_of_its_requests() {
        let shop = [condition("host-header", &["shop.example.com"])];
        let all_hosts = [condition("host-header", &["*.example.com", "example.org"])];
        let api = [condition("host-header", &["shop.example.com"]), condition("path-pattern", &["/api/*"])];
        assert!(covers(&all_hosts, &shop) && covers(&shop, &api) && covers(&shop, &shop));
        assert!(!covers(&api, &shop) && !covers(&shop, &all_hosts) && !covers(&shop, &[]));
        assert!(covers(&[condition("path-pattern", &["/*"])], &shop));
        assert!(covers(&[], &shop));
    }

    #[test]
    fn patterns_match_patterns() {
        assert!(matches("/api/*", "/api/v1/*") && matches("/a?c", "/abc") && matches("*", "*"));
        assert!(!matches("/api/v1/*", "/api/*") && !matches("/a?c", "/a*c"));
    }
}
