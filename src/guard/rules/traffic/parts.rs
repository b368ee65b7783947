//! A rule that takes some of the requests of a live route, and sends them to a side on which nobody serves.

use super::super::scene::{Found, Outcome, Scene, Verdict, cannot_tell, fine};
use super::super::serving::Destination;
use super::conditions::{covers, narrowing, overlap, picks_a_host};
use super::order::{Rank, Ranks, name_of, number_of};
use super::{each, loss_of};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Change, Condition, HIDDEN};

/// What a service has besides the side that serves is where its next deployment starts, without tasks until then. Requests
/// that go to another service, a redirect or a fixed response, and rules by header, query or address, which are for tests,
/// are what rules are for.
pub fn judge(change: &Change, scene: &Scene<'_>, ranks: &Ranks<'_>) -> Verdict {
    let Ranks { now, then, own, .. } = ranks;
    let is_for_tests = narrowing(&own.conditions).iter().any(|condition| !is_plain(condition));
    let is_reached = !then.iter().any(|rank| rank.priority < own.priority && covers(&rank.conditions, &own.conditions));
    let Ok(to) = &own.to else { return fine() };
    if is_for_tests || !is_reached || scene.is_test_rule(change, to)? {
        return fine();
    }
    let mut live: Vec<&Rank> = now.iter().filter(|rank| rank.priority >= own.priority || own.arn.is_some()).collect();
    live.sort_by_key(|rank| rank.priority);
    let mut outcomes = Vec::new();
    for rank in live {
        let is_own = rank.arn == own.arn;
        if !is_own && rank.priority > own.priority && !covers(&own.conditions, &rank.conditions) {
            outcomes.extend(part(change, scene, (rank, own), to)?);
        }
        if covers(&rank.conditions, &own.conditions) {
            break;
        }
    }
    Ok(outcomes)
}

fn is_plain(condition: &Condition) -> bool {
    matches!(condition.field.as_str(), "path-pattern" | "host-header" | "http-request-method")
}

/// What a live route loses to the rule in front of it.
fn part(change: &Change, scene: &Scene<'_>, (rank, own): (&Rank, &Rank), to: &Destination) -> Verdict {
    let (Ok(from), Some(arn)) = (&rank.to, &rank.arn) else { return fine() };
    let meet = overlap(&own.conditions, &rank.conditions);
    if meet == Some(false) {
        return fine();
    }
    // A side of the route that gets nothing now, or of a service that the route sends to.
    let idle: Vec<&str> =
        from.shares().into_iter().filter(|(_, share)| *share == 0).filter_map(|(group, _)| group).collect();
    let is_side =
        to.shares().iter().any(|(group, share)| *share > 0 && group.is_some_and(|group| idle.contains(&group)));
    let mut outcomes = Vec::new();
    for loss in each(scene.losses(arn, from, to), &mut outcomes)? {
        if !is_side && !scene.services_of(to)?.contains(&*loss.service) {
            continue;
        }
        if meet.is_none() {
            return cannot_tell(format!(
                "{} may take requests from {}: their conditions are regular expressions, which guard does not compare.",
                number_of(own),
                name_of(rank)
            ));
        }
        let opening = format!(
            "{} that {} answers now would be answered by {}.",
            requests(change, own),
            name_of(rank),
            number_of(own)
        );
        let picks = picks_a_host(&own.conditions, &rank.conditions);
        let severity = if picks { Severity::Warning } else { Severity::Error };
        let found = Found { severity, ..loss_of(change, &loss, &opening, (from, to)) };
        let found = found.fix(
            "Let the rule forward to what is live: data \"ecslive_target_group\" with provider::ecslive::forward_weights(…), \
             so that it follows each deployment.",
        );
        let meant = if picks { "If the host is for tests" } else { "If it is meant" };
        outcomes.push(Outcome::Finding(
            found.fix(format!("{meant}: allow it in .ecslive-guard.toml with a reason and a date.")),
        ));
    }
    Ok(outcomes)
}

/// `POST requests to /api/*`.
fn requests(change: &Change, own: &Rank) -> String {
    if change.after().is_some_and(|after| after.get("condition").holds_sensitive()) {
        return format!("Requests to {HIDDEN}");
    }
    let of = |field: &str| -> Vec<String> {
        let conditions = own.conditions.iter().filter(|condition| condition.field == field);
        conditions.flat_map(|condition| condition.values.clone()).collect()
    };
    let (methods, hosts, paths) = (of("http-request-method"), of("host-header"), of("path-pattern"));
    let what = if methods.is_empty() { "Requests".to_owned() } else { format!("{} requests", methods.join(", ")) };
    match (hosts.as_slice(), paths.as_slice()) {
        ([], []) => what,
        ([], paths) => format!("{what} to {}", paths.join(", ")),
        (hosts, []) => format!("{what} to {}", hosts.join(", ")),
        (hosts, paths) => format!("{what} to {} of {}", paths.join(", "), hosts.join(", ")),
    }
}
