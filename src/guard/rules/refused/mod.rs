//! `update-will-be-refused`: AWS or the provider refuses the change during apply, half-way through.

mod container;
mod entries;
mod production;
mod routes;

use super::definitions::{deploys, writes_more_than_tags};
use super::scene::{Found, Outcome, Scene, cannot_tell, fine, gather, short};
use super::{Rule, Verdict};
use crate::guard::facts::Question;
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, Service};

/// The rule.
pub static RULE: Rule = Rule {
    id: "update-will-be-refused",
    title: "The apply will fail at this resource",
    severity: Severity::Error,
    why: "Under CODE_DEPLOY and EXTERNAL, UpdateService refuses whatever belongs to a deployment (network, task definition, \
          load balancer, platform version, capacity providers, a forced deployment), and blue/green configurations that do \
          not fit together are refused or rolled back by ECS; so is whatever names a rule, listener or target group that is \
          not there. The plan looks fine; the apply stops half-way, with other \
          resources already changed.",
    fix: "Let the deployment tool make the change (a CodeDeploy deployment takes network and platform in its AppSpec), feed \
          the attribute from what is configured so that the plan writes nothing, or migrate the controller first.",
    needs: &[
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
    ],
    judge,
};

pub fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    if matches!(change.kind.as_str(), "aws_lb_listener" | "aws_lb_listener_rule") {
        let judges = [routes::two_ends, routes::mixed_actions, routes::of_nothing];
        return gather(judges.map(|judge| judge(change, scene)));
    }
    if change.kind != "aws_ecs_service" || !(change.action == Action::Update || change.action.creates()) {
        return fine();
    }
    let Some(after) = change.after().map(Service) else { return fine() };
    let Field::Known(controller) = after.controller() else {
        return cannot_tell("The plan does not know the deployment controller of the service.");
    };
    let mut outcomes = Vec::new();
    if change.action == Action::Update {
        outcomes.extend(by_controller(change, after, &controller).map(Outcome::Finding));
    }
    if after.is_on("wait_for_steady_state") && controller != "ECS" {
        outcomes.push(Outcome::Finding(
            Found::error(format!(
                "wait_for_steady_state never ends under {controller}: the apply waits until it times out."
            ))
            .fact("Deployment controller", &controller)
            .fix("Set wait_for_steady_state = false (hashicorp/aws#29252)."),
        ));
    }
    gather([Ok(outcomes), entries::judge(change, after, &controller, scene), retired(change, &controller, scene)])
}

/// A deployment of the revision that is configured, which is INACTIVE: tasks that run stay, new ones cannot start.
fn retired(change: &Change, controller: &str, scene: &Scene<'_>) -> Verdict {
    let anew = change.action == Action::Update && controller == "ECS" && !change.writes("task_definition");
    if !anew || !deploys(change) {
        return fine();
    }
    let Some(live) = scene.service(change)? else { return fine() };
    let Some(configured) = &live.configured else { return fine() };
    match scene.facts.definition(Question::Definition(configured.clone()))? {
        Some(definition) if definition.status == "INACTIVE" => Found::error(format!(
            "The update deploys {} anew, and that revision is INACTIVE: ECS starts no new deployment of it.",
            short(configured)
        ))
        .fact("Task definition", configured)
        .fact("Service", &live.arn)
        .fix("Register a new revision and let the service go to it in the same apply.")
        .alone(),
        _ => fine(),
    }
}

/// What UpdateService refuses under a controller that ECS does not deploy for.
fn by_controller(change: &Change, after: Service<'_>, controller: &str) -> Option<Found> {
    let refused: &[&str] = match controller {
        "CODE_DEPLOY" => &[
            "task_definition",
            "network_configuration",
            "load_balancer",
            "platform_version",
            "capacity_provider_strategy",
        ],
        "EXTERNAL" => &["task_definition", "network_configuration", "load_balancer", "platform_version"],
        _ => return None,
    };
    let written: Vec<&str> = refused.iter().copied().filter(|key| change.writes(key)).collect();
    let forced =
        after.is_on("force_new_deployment") && (writes_more_than_tags(change) || change.writes("force_new_deployment"));
    let who = if controller == "CODE_DEPLOY" { "AWS CodeDeploy deploys" } else { "an external controller deploys" };
    let way = if controller == "CODE_DEPLOY" {
        "Make it by a CodeDeploy deployment: the AppSpec takes TaskDefinition, LoadBalancerInfo, PlatformVersion, \
         NetworkConfiguration and CapacityProviderStrategy."
    } else {
        "Make it in a new task set: these belong to the set, not to the service."
    };
    if !written.is_empty() {
        let message =
            format!("ECS refuses this update: {} cannot be changed on a service that {who}.", written.join(", "));
        let feed = "Feed the attribute from what is configured (data \"ecslive_service\"), or ignore_changes, so that the plan \
                    writes nothing.";
        let found =
            Found::error(message).fact("Attributes", written.join(", ")).fact("Deployment controller", controller);
        let found = found.fix(way).fix(feed);
        let migrate =
            "hashicorp/aws 6 migrates CODE_DEPLOY to ECS blue/green in place: then Terraform may change them.";
        return Some(if controller == "CODE_DEPLOY" { found.fix(migrate) } else { found });
    }
    if forced {
        let message = format!(
            "ECS refuses this update: force_new_deployment = true goes along with any other change, and {who} this service."
        );
        let found = Found::error(message).fact("Deployment controller", controller);
        return Some(found.fix("Remove force_new_deployment from the code.").fix(way));
    }
    if change.writes("propagate_tags") && controller == "CODE_DEPLOY" {
        let message = "propagate_tags alone is accepted; tasks that run keep their tags until they are replaced.";
        return Some(Found::note(message).fact("Deployment controller", controller));
    }
    None
}
