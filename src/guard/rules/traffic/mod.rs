//! `traffic-leaves-live-target-group`: the plan takes production requests from the tasks that serve them.

mod entries;
mod order;
mod removal;
pub use removal::forced_by;
mod weights;

use super::scene::{Found, Outcome, Scene, fine, short};
use super::serving::{Loss, percent};
use super::{Rule, Verdict};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change};

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
        (Action::Update, _) if routes => {
            let mut outcomes = weights::judge(change, scene)?;
            outcomes.extend(order::judge(change, scene)?);
            Ok(outcomes)
        }
        (Action::Create, "aws_lb_listener_rule") => order::judge(change, scene),
        (action, _) if routes && action.destroys() => removal::route(change, scene),
        (action, "aws_lb_target_group") if action.destroys() => removal::group(change, scene),
        (action, "aws_lb") if action.destroys() => removal::load_balancer(change, scene),
        (Action::Update, "aws_ecs_service") => entries::judge(change, scene),
        _ => fine(),
    }
}

/// The ways out that fit every case.
fn ways_out(found: Found) -> Found {
    found
        .fix(
            "Take the weights from what is live: data \"ecslive_target_group\" with provider::ecslive::forward_weights(…); \
             then the plan has nothing to write here.",
        )
        .fix("Or write the live weights into the code, so that the plan changes nothing.")
        .fix("If the shift is meant: allow it in .ecslive-guard.toml with a reason and a date.")
}

/// A finding about requests that a service loses.
fn lost(loss: &Loss, opening: &str, now: &str, then: &str) -> Outcome {
    let groups = loss.groups.iter().map(|group| short(group)).collect::<Vec<_>>().join(", ");
    let elsewhere =
        if loss.after == 0 { " None of the tasks that serve are registered where they would go." } else { "" };
    let message = format!(
        "{opening} Service {} serves from {groups} and gets {} of these requests now; after the apply it would get \
         {}.{elsewhere}",
        short(&loss.service),
        percent(loss.before),
        percent(loss.after)
    );
    let found = Found::error(message).fact("Service", &loss.service).fact("Live target group", loss.groups.join(", "));
    Outcome::Finding(ways_out(found.fact("Weights now", now).fact("Weights after", then)))
}
