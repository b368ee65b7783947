//! `gradual-shift-without-stickiness`: users meet both versions in one visit.

mod code_deploy;
mod native;

pub use code_deploy::listeners;

use super::scene::{Found, Scene, fine, gather, short};
use super::{Rule, Verdict};
use crate::guard::facts::Question;
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, Forwarding, Node, Route};

/// The rule.
pub static RULE: Rule = Rule {
    id: "gradual-shift-without-stickiness",
    title: "Traffic shifts gradually, and users are not kept on one version",
    severity: Severity::Warning,
    why: "While a canary or linear deployment shifts, a page may come from the new version and its script from the old one: \
          404 on assets whose names carry a hash. Stickiness between the target groups keeps a browser on one side.",
    fix: "stickiness { enabled = true, duration = … } in the forward of the production rule, or assets on S3 or a CDN, or a \
          shift of everything at once.",
    needs: &[
        "ecs:DescribeServices",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
    ],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    match change.kind.as_str() {
        "aws_ecs_service" => native::service(change, scene),
        "aws_codedeploy_deployment_group" => code_deploy::group(change, scene),
        "aws_codedeploy_deployment_config" => code_deploy::config(change, scene),
        "aws_lb_listener" | "aws_lb_listener_rule" if loses_stickiness(change) => {
            gather([native::route(change, scene), code_deploy::route(change, scene)])
        }
        "aws_ecs_express_gateway_service" if change.action == Action::Create => {
            Found::warning("An Express service always shifts as a canary, and its rule keeps nobody on one version.")
                .fix("Put assets whose names carry a hash on S3 or a CDN.")
                .alone()
        }
        _ => fine(),
    }
}

/// True when a route goes on forwarding, and stops to keep clients on their group.
fn loses_stickiness(change: &Change) -> bool {
    let (Some(before), Some(after)) = (change.before(), change.after()) else { return false };
    change.action == Action::Update
        && Route::new(&change.kind, before).is_sticky()
        && !sticky(change, after)
        && forwards(change, after)
}

fn forwards(change: &Change, after: Node<'_>) -> bool {
    matches!(Route::new(&change.kind, after).forwarding(), Field::Known(Forwarding::Groups(_)))
}

/// The first of these routes that keeps nobody on one version.
fn every<'t>(routes: impl Iterator<Item = &'t str>, how: &str, scene: &Scene<'_>) -> Verdict {
    for arn in routes {
        let planned = scene.plan.changes.iter().find(|change| change.arn().as_deref() == Some(arn));
        if let Some((change, after)) = planned.and_then(|change| Some((change, change.after()?))) {
            if sticky(change, after) || Route::new(&change.kind, after).forwarding() == Field::Null {
                continue;
            }
            if change.writes(Route::new(&change.kind, after).key()) {
                return found(how, arn).alone();
            }
        }
        if let Some(live) = scene.facts.route(Question::Route(arn.to_owned()))?
            && !live.sticky
            && live.groups.len() > 1
        {
            return found(how, arn).alone();
        }
    }
    fine()
}

/// The first of these routes, which the apply makes, that keeps nobody on one version.
fn made<'r>(routes: impl IntoIterator<Item = &'r Change>) -> Option<&'r Change> {
    let is_loose = |route: &&Change| route.after().is_some_and(|after| forwards(route, after) && !sticky(route, after));
    routes.into_iter().filter(|route| route.action.creates()).find(is_loose)
}

fn sticky(change: &Change, after: Node<'_>) -> bool {
    Route::new(&change.kind, after).is_sticky()
}

fn found(how: &str, route: &str) -> Found {
    let message =
        format!("Traffic shifts gradually ({how}), and {} does not keep a user on one version.", short(route));
    Found::warning(message)
        .fact("Route", route)
        .fix("stickiness { enabled = true, duration = 600 } in the forward of the production rule.")
        .fix("Or put assets whose names carry a hash on S3 or a CDN.")
}
