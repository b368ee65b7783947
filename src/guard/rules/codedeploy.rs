//! `codedeploy-miswired`: a deployment group that points at nothing.

use super::definitions::writes_more_than_tags;
use super::scene::{Found, Outcome, Scene, fine, gather};
use super::stickiness::listeners;
use super::{Rule, Verdict};
use crate::guard::facts::{Question, Reason};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, Node, Place, Service, Text, cluster_name};

/// The rule.
pub static RULE: Rule = Rule {
    id: "codedeploy-miswired",
    title: "The CodeDeploy deployment group points at something that is not there",
    severity: Severity::Error,
    why: "CodeDeploy takes a deployment group with a service that does not exist or is not under CODE_DEPLOY, with target \
          groups and listeners that are not there; only the first deployment fails, in the middle of the night.",
    fix: "Take names and ARNs from the resources themselves (aws_ecs_service.x.name, aws_lb_target_group.x.name, \
          aws_lb_listener.x.arn), and set deployment_controller to CODE_DEPLOY on the service.",
    needs: &[
        "ecs:DescribeServices",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeListeners",
    ],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    if change.kind != "aws_codedeploy_deployment_group" {
        return fine();
    }
    let is_sent = change.action == Action::Update && writes_more_than_tags(change);
    if !change.action.creates() && !is_sent {
        return fine();
    }
    let Some(after) = change.after() else { return fine() };
    let Field::Known(service) = after.block("ecs_service") else { return fine() };
    let place = Place::of(change, scene.plan);
    let names = (service.get("cluster_name").name(), service.get("service_name").name());
    let pair = after.block("load_balancer_info").known().and_then(|info| info.block("target_group_pair_info").known());
    ask_ahead(scene, &place, &names, pair, &listeners(after));
    gather([of_service(scene, &place, &names), of_groups(scene, &place, pair), of_listeners(change, scene, after)])
}

type Names = (Field<Text>, Field<Text>);

fn service_question(place: &Place, (cluster, name): &Names) -> Option<Question> {
    let (cluster, name) = (cluster.as_ref().known()?.judged(), name.as_ref().known()?.judged());
    Some(Question::Service { place: place.clone(), cluster: cluster_name(cluster).to_owned(), name: name.to_owned() })
}

fn ask_ahead(scene: &Scene<'_>, place: &Place, names: &Names, pair: Option<Node<'_>>, listeners: &[String]) {
    let groups = pair.and_then(|pair| pair.blocks("target_group").known()).unwrap_or_default();
    let groups = groups.into_iter().filter_map(|group| group.get("name").name().known());
    let groups = groups.filter(|name| !is_made(scene, "aws_lb_target_group", "name", name.judged()));
    let groups = groups.map(|name| Question::GroupNamed { place: place.clone(), name: name.judged().to_owned() });
    let listeners = listeners.iter().filter(|arn| !arn.is_empty()).map(|arn| Question::Listener(arn.clone()));
    let is_new = planned_service(scene, names).is_some_and(|change| change.action.creates());
    let service = service_question(place, names).filter(|_| !is_new);
    scene.facts.ahead(service.into_iter().chain(groups).chain(listeners));
}

/// True when the apply makes a resource that has the value. One that is in the state may be gone by now.
fn is_made(scene: &Scene<'_>, kind: &str, key: &str, value: &str) -> bool {
    let mut all = scene.plan.of_kind(kind).filter(|change| change.action.creates()).filter_map(Change::after);
    all.any(|after| after.get(key).name().known().is_some_and(|text| text.judged() == value))
}

fn planned_service<'a>(scene: &Scene<'a>, (cluster, name): &Names) -> Option<&'a Change> {
    let name = name.as_ref().known()?.judged();
    scene.plan.of_kind("aws_ecs_service").find(|change| {
        let Some(after) = change.after() else { return false };
        let same_name = after.get("name").name().known().is_some_and(|text| text.judged() == name);
        let own = after.get("cluster").name();
        let same_cluster = match (own.as_ref().known(), cluster.as_ref().known()) {
            (Some(a), Some(b)) => cluster_name(a.judged()) == cluster_name(b.judged()),
            _ => true,
        };
        same_name && same_cluster
    })
}

fn of_service(scene: &Scene<'_>, place: &Place, names: &Names) -> Verdict {
    let planned = planned_service(scene, names);
    let live = match service_question(place, names) {
        Some(question) if !planned.is_some_and(|change| change.action.creates()) => {
            let live = scene.facts.service(question)?;
            if live.is_none() {
                let name = names.1.as_ref().known().map_or(String::new(), |name| name.to_string());
                let where_to = match planned {
                    Some(_) => "which does not exist any more",
                    None => "which is neither in AWS nor in the plan",
                };
                let message = format!("The deployment group names service {name}, {where_to}.");
                return Found::error(message).fix("service_name = aws_ecs_service.NAME.name").alone();
            }
            live
        }
        _ => None,
    };
    let controller = match planned {
        Some(change) => match change.after().map(|after| Service(after).controller()) {
            Some(Field::Known(controller)) => controller,
            _ => return fine(),
        },
        None => match live {
            Some(live) => live.controller.clone(),
            None => return fine(),
        },
    };
    if controller == "CODE_DEPLOY" {
        return fine();
    }
    let message = format!(
        "The deployment group's service has the deployment controller {controller}: CodeDeploy cannot deploy it."
    );
    Found::error(message).fix("deployment_controller { type = \"CODE_DEPLOY\" } on the service.").alone()
}

fn of_groups(scene: &Scene<'_>, place: &Place, pair: Option<Node<'_>>) -> Verdict {
    let Some(Field::Known(groups)) = pair.map(|pair| pair.blocks("target_group")) else { return fine() };
    let mut outcomes = Vec::new();
    for group in groups {
        let Field::Known(name) = group.get("name").name() else { continue };
        if is_made(scene, "aws_lb_target_group", "name", name.judged()) {
            continue;
        }
        let question = Question::GroupNamed { place: place.clone(), name: name.judged().to_owned() };
        if scene.facts.group(question)?.is_none() {
            let is_in_plan = scene
                .plan
                .of_kind("aws_lb_target_group")
                .filter_map(Change::after)
                .any(|after| after.get("name").name().known().is_some_and(|own| own.judged() == name.judged()));
            let where_to =
                if is_in_plan { "which does not exist any more" } else { "which is neither in AWS nor in the plan" };
            let message = format!("The deployment group names target group {name}, {where_to}.");
            outcomes.push(Outcome::Finding(Found::error(message).fix("name = aws_lb_target_group.NAME.name")));
        }
    }
    Ok(outcomes)
}

fn of_listeners(change: &Change, scene: &Scene<'_>, after: Node<'_>) -> Verdict {
    let pair = after.block("load_balancer_info").known().and_then(|info| info.block("target_group_pair_info").known());
    let Some(pair) = pair else { return fine() };
    let arns = match pair.block("prod_traffic_route") {
        Field::Known(route) => route.texts("listener_arns"),
        Field::Null => Field::Null,
        Field::Unknown => return fine(),
    };
    let arns = match arns {
        Field::Known(arns) => arns,
        Field::Null => Vec::new(),
        Field::Unknown => return fine(),
    };
    let named: Vec<&Text> = arns.iter().filter(|arn| !arn.judged().is_empty()).collect();
    if named.is_empty() {
        let path = ["load_balancer_info", "target_group_pair_info", "prod_traffic_route", "listener_arns"];
        let planned = scene.plan.sources(change, &path);
        if planned.iter().any(|source| source.action.creates()) {
            return Ok(vec![Outcome::CannotTell(Reason::new(
                "The plan does not know the ARN of the production listener.",
            ))]);
        }
        let message = "The deployment group has no production listener: CodeDeploy has nothing to shift.";
        return Found::error(message).fix("listener_arns = [aws_lb_listener.NAME.arn]").alone();
    }
    let tests = match pair.block("test_traffic_route") {
        Field::Known(route) => route.texts("listener_arns").known().unwrap_or_default(),
        _ => Vec::new(),
    };
    let tests = tests.iter().filter(|arn| !arn.judged().is_empty());
    for arn in named.into_iter().chain(tests) {
        if arn.judged().contains(":listener-rule/") {
            let message =
                format!("The deployment group names {arn} as its listener, which is a rule: CodeDeploy refuses it.");
            return Found::error(message).fix("listener_arns = [aws_lb_listener.NAME.arn]").alone();
        }
        if !is_made(scene, "aws_lb_listener", "arn", arn.judged())
            && scene.facts.listener(Question::Listener(arn.judged().to_owned()))?.is_none()
        {
            let message = format!("The deployment group names listener {arn}, which does not exist.");
            return Found::error(message).fix("listener_arns = [aws_lb_listener.NAME.arn]").alone();
        }
    }
    fine()
}
