//! A listener or rule that is changed in place: its actions, its port.

use super::super::scene::{Found, Outcome, Scene, Verdict, cannot_tell, short};
use super::super::serving::Destination;
use super::{each, lost};
use crate::guard::facts::Question;
use crate::guard::plan::{Change, Field, Node, Route};

pub fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    let (Some(arn), Some(after)) = (change.arn(), change.after()) else { return Ok(Vec::new()) };
    let route = Route::new(&change.kind, after);
    let mut outcomes = Vec::new();
    if change.writes(route.key()) {
        outcomes.extend(actions(change, scene, &arn, route)?);
    }
    if change.kind == "aws_lb_listener" && (change.writes("port") || change.writes("protocol")) {
        outcomes.extend(port(change, scene, &arn)?);
    }
    Ok(outcomes)
}

fn actions(change: &Change, scene: &Scene<'_>, arn: &str, route: Route<'_>) -> Verdict {
    let planned = match route.forwarding() {
        // Refused, which is another rule's business: nothing moves.
        _ if route.ends().len() > 1 => return Ok(Vec::new()),
        Field::Known(planned) => planned,
        Field::Null => return Ok(Vec::new()),
        Field::Unknown => {
            return cannot_tell(
                "The plan does not know where requests will go: the actions are known only after apply. A data source that \
                 is read during apply does that; see \"When the read is deferred\" in the documentation.",
            );
        }
    };
    let then = match scene.destination(change, &planned) {
        Ok(then) => then,
        Err(reason) => return Ok(vec![Outcome::CannotTell(reason)]),
    };
    let Some(live) = scene.facts.route(Question::Route(arn.to_owned()))? else { return Ok(Vec::new()) };
    let now = Destination::of_route(live);
    let receiving: Vec<Question> =
        then.shares().iter().filter_map(|(group, _)| Some(Question::Group((*group)?.to_owned()))).collect();
    scene.facts.ahead(receiving.clone());
    for group in receiving {
        if scene.facts.group(group)?.is_none() {
            // So is a forward to what does not exist.
            return Ok(Vec::new());
        }
    }
    let opening = match &then {
        Destination::Other(kind) => format!("The plan turns the forward into a {kind} action."),
        _ => format!("The plan sends requests to {}.", then.describe()),
    };
    let losses = scene.losses(arn, &now, &then)?;
    Ok(losses.iter().map(|loss| lost(change, loss, &opening, (&now, &then))).collect())
}

fn port(change: &Change, scene: &Scene<'_>, arn: &str) -> Verdict {
    let Some(listener) = scene.facts.listener(Question::Listener(arn.to_owned()))? else { return Ok(Vec::new()) };
    let groups = listener.routes.iter().flat_map(|route| &route.groups).map(|group| Question::Group(group.arn.clone()));
    scene.facts.ahead(groups.collect::<Vec<_>>());
    let (mut losses, mut unclear) = (Vec::new(), Vec::new());
    for route in &listener.routes {
        let lost = scene.losses(&route.arn, &Destination::of_route(route), &Destination::Nothing);
        losses.extend(each(lost, &mut unclear)?);
    }
    let Some(loss) = losses.first() else { return Ok(unclear) };
    let at = |side: Option<Node<'_>>, key| {
        side.and_then(|side| side.get(key).name().known()).map_or("?".to_owned(), |text| text.to_string())
    };
    let sides = [change.before(), change.after()].map(|side| format!("{} {}", at(side, "protocol"), at(side, "port")));
    let old = if change.writes("port") { "calls the old port" } else { "speaks the old protocol" };
    let message = format!(
        "The listener in front of service {} would move from {} to {}: who {old} gets no answer.",
        short(&loss.service),
        sides[0],
        sides[1]
    );
    Found::error(message)
        .fact("Listener", arn)
        .fact("Service", &loss.service)
        .fix("Add a second listener on the new port, move the callers, then delete the old one.")
        .alone()
}
