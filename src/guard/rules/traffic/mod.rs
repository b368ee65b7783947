//! `traffic-leaves-live-target-group`: the plan takes production requests from the tasks that serve them.

mod conditions;
mod entries;
mod order;
pub use order::overtaken;
mod parts;
mod removal;
pub use removal::forced_by;
mod weights;

use super::scene::{Found, Outcome, Scene, fine, gather, short};
use super::serving::{Destination, Loss};
use super::{Rule, Verdict};
use crate::guard::facts::Untold;
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Route};

/// The rule.
pub static RULE: Rule = Rule {
    id: "traffic-leaves-live-target-group",
    title: "Production requests leave the target group that serves",
    severity: Severity::Error,
    why: "A blue/green deployment leaves production on the target group that the code does not name. A plan that was made \
          from the code alone then points the listener back at a group without tasks, and users get 503. The same happens \
          when the listener, the rule, the group or the load balancer in front of running tasks is replaced or destroyed, \
          when another rule takes the requests first, and when a service is taken out of the group that is served.",
    fix: "Feed the weights from what is live (data source ecslive_target_group with the function forward_weights), so that \
          an equal value is written and nothing moves. Or write the live weights into the code. When the shift is meant, \
          let the deployment do it, or allow this finding with a reason and a date.",
    needs: &[
        "ecs:DescribeServices",
        "ecs:DescribeServiceRevisions",
        "ecs:DescribeServiceDeployments",
        "ecs:ListClusters",
        "ecs:ListServices",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
    ],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    let routes = matches!(change.kind.as_str(), "aws_lb_listener" | "aws_lb_listener_rule");
    match (&change.action, change.kind.as_str()) {
        (Action::Update, _) if routes => gather([weights::judge(change, scene), taken(change, scene)]),
        (Action::Create, "aws_lb_listener_rule") => taken(change, scene),
        (action, _) if routes && action.destroys() => removal::route(change, scene),
        (action, "aws_lb_target_group") if action.destroys() => removal::group(change, scene),
        (action, "aws_lb") if action.destroys() => removal::load_balancer(change, scene),
        (Action::Update, "aws_ecs_service") => entries::judge(change, scene),
        _ => fine(),
    }
}

/// What a rule takes from the routes behind it: all of their requests, or some.
fn taken(change: &Change, scene: &Scene<'_>) -> Verdict {
    match order::ranks(change, scene)? {
        Some(ranks) => gather([order::judge(change, scene, &ranks), parts::judge(change, scene, &ranks)]),
        None => fine(),
    }
}

/// The ways out, by what the plan does.
fn ways_out(found: Found, change: &Change, then: &Destination) -> Found {
    let writes_actions = change.after().is_some_and(|after| change.writes(Route::new(&change.kind, after).key()));
    let ways: &[&str] = match (&change.action, then) {
        (Action::Delete, _) => &[
            "Keep it for as long as tasks serve through it: make its successor first, move the requests there, and destroy \
             this one in a later apply.",
            "If it is only to leave Terraform: a removed block with lifecycle { destroy = false } keeps it in AWS.",
        ],
        (Action::Replace { .. }, _) => &[
            "Keep the attribute that forces the replacement as it is.",
            "Or make the new one beside it under another address, move the requests there, then destroy this one.",
        ],
        (Action::Create, _) => &[
            "Put the new rule behind the production rule (a higher priority number), or give it narrower conditions.",
            "Or let it forward to the live group.",
        ],
        (_, Destination::Other(_)) if writes_actions => &[
            "Keep the forward, and give the redirect or the fixed response a rule of its own with narrower conditions.",
        ],
        _ if writes_actions => &[
            "Take the weights from what is live: data \"ecslive_target_group\" with provider::ecslive::forward_weights(…); \
             then the plan has nothing to write here.",
            "Or write the live weights into the code, so that the plan changes nothing.",
        ],
        _ => &["Leave the rule the conditions and the priority with which it gets these requests now."],
    };
    let what = if writes_actions { "the shift" } else { "it" };
    let meant = format!("If {what} is meant: allow it in .ecslive-guard.toml with a reason and a date.");
    ways.iter().fold(found, |found, way| found.fix(*way)).fix(meant)
}

/// The losses on one of several routes: what is not told about one does not silence the others.
fn each(losses: Result<Vec<Loss>, Untold>, outcomes: &mut Vec<Outcome>) -> Result<Vec<Loss>, Untold> {
    match losses {
        Err(Untold::Because(reason)) => {
            outcomes.push(Outcome::CannotTell(reason));
            Ok(Vec::new())
        }
        losses => losses,
    }
}

/// A finding about requests that a service loses, with the ways out that what the plan does has.
fn lost(change: &Change, loss: &Loss, opening: &str, (now, then): (&Destination, &Destination)) -> Outcome {
    Outcome::Finding(ways_out(loss_of(change, loss, opening, (now, then)), change, then))
}

/// What is found about requests that a service loses.
fn loss_of(change: &Change, loss: &Loss, opening: &str, (now, then): (&Destination, &Destination)) -> Found {
    let groups = loss.groups.iter().map(|group| short(group)).collect::<Vec<_>>().join(", ");
    let shares = (now.percent(loss.before), then.percent(loss.after));
    let when = match change.action {
        Action::Replace { .. } => "until the new one is there",
        _ => "after the apply",
    };
    let message = if loss.is_sure {
        let elsewhere =
            if loss.after == 0 { " None of the tasks that serve are registered where they would go." } else { "" };
        format!(
            "{opening} Service {} serves from {groups} and gets {} of these requests now; {when} it would get {}.{elsewhere}",
            short(&loss.service),
            shares.0,
            shares.1
        )
    } else {
        format!(
            "{opening} AWS does not say at the moment which side of service {} serves, but every side loses: {} of these \
             requests go to {groups} now; {when} it would be {}.",
            short(&loss.service),
            shares.0,
            shares.1
        )
    };
    let found = Found::error(message).fact("Service", &loss.service).fact("Live target group", loss.groups.join(", "));
    found.fact("Weights now", now.describe()).fact("Weights after", then.describe())
}
