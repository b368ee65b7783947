//! The last touch of states that no move leads to.

use super::CLUSTER;
use crate::state::{Action, Region, Resolved, Service};
use serde_json::json;

fn web(region: &mut Region) -> &mut Service {
    region.service(CLUSTER, "web")
}

/// `currentServiceDeployment` is the one before.
pub(super) fn older_deployment(region: &mut Region) {
    let mut all: Vec<_> = region.service_deployments.iter().collect();
    all.sort_by(|a, b| a.1.started.total_cmp(&b.1.started));
    let oldest = all.first().map(|(arn, _)| (*arn).clone());
    web(region).current_deployment = oldest;
}

/// The tag of the image moved between the two revisions.
pub(super) fn moved_tag(region: &mut Region) {
    let newest = web(region).current_revisions.last().cloned().unwrap_or_default();
    if let Some(found) = region.service_revisions.get_mut(&newest) {
        found.digests = [("web".to_owned(), format!("sha256:{:064x}", 0xfeed))].into();
    }
}

/// `resolvedConfiguration: {}`.
pub(super) fn unresolved(region: &mut Region) {
    for found in region.service_revisions.values_mut() {
        found.target_group = None;
        found.resolved = Some(Vec::new());
    }
}

/// Neither the service nor a revision nor a task set has an entry.
pub(super) fn no_load_balancer(region: &mut Region) {
    let service = web(region);
    service.load_balancers.clear();
    service.task_sets.iter_mut().for_each(|set| set.load_balancers.clear());
    for found in region.service_revisions.values_mut() {
        found.load_balancers.clear();
        found.target_group = None;
    }
}

/// `vpcLatticeConfigurations` in the deployments and the revision, and no load balancer (shape Deployment).
pub(super) fn lattice(region: &mut Region) {
    no_load_balancer(region);
    let group = region.arn("vpc-lattice", "targetgroup/tg-0123456789abcdef0");
    let role = "arn:aws:iam::123456789012:role/ecs-infrastructure";
    let found = json!([{"targetGroupArn": group, "portName": "web", "roleArn": role}]);
    for row in &mut web(region).deployments {
        row.more.insert("vpcLatticeConfigurations".to_owned(), found.clone());
    }
    for revision in region.service_revisions.values_mut() {
        revision.more.insert("vpcLatticeConfigurations".to_owned(), found.clone());
    }
}

/// `gatewayConnectors`, with the shared load balancer among the resources that ECS manages.
pub(super) fn gateway(region: &mut Region) {
    let group = |side: &str, region: &Region| {
        region.target_groups.iter().find(|(_, found)| found.name == format!("web-{side}")).map(|(arn, _)| arn.clone())
    };
    let (blue, green) = (group("blue", region), group("green", region));
    let rules: Vec<String> = region.rules.keys().cloned().collect();
    no_load_balancer(region);
    let shared =
        json!({"targetGroupArn": blue, "alternateTargetGroupArn": green, "productionListenerRule": rules.first()});
    let managed = json!({"gatewayConnections": [{"resources": {"hostSharedAlb": [shared]}}, {"resources": {}}]});
    for revision in region.service_revisions.values_mut() {
        revision.more.insert("ecsManagedResources".to_owned(), managed.clone());
        revision.more.insert("gatewayConnectors".to_owned(), json!([{"containerName": "web", "containerPort": 8080}]));
    }
}

/// Express: no task definition, no entry and no strategy in the service.
pub(super) fn express(region: &mut Region) {
    let service = web(region);
    service.resource_management = Some("ECS".to_owned());
    service.strategy = None;
    service.task_definition.clear();
    service.load_balancers.clear();
}

/// The resolved group is none of the entry's.
pub(super) fn strange_group(region: &mut Region) {
    let strange = region.target_group("strange");
    for found in region.service_revisions.values_mut() {
        let rule =
            found.load_balancers.first().and_then(|entry| entry.pair.as_ref()).map(|pair| pair.production_rule.clone());
        found.resolved = Some(vec![Resolved { target_group: strange.clone(), production_rule: rule }]);
    }
}

/// A second load balancer for the same container and port.
pub(super) fn twin_entry(region: &mut Region) {
    let balancer = region.load_balancer("app", "shop-web-internal");
    let [blue, green] = ["web-in-blue", "web-in-green"].map(|name| region.target_group(name));
    let listener = region.listener(&balancer, 443, Action::default());
    let rule = region.rule(&listener, 10, Action::forward(&[(&blue, 100), (&green, 0)]));
    let mut twin = web(region).load_balancers[0].clone();
    twin.target_group = Some(blue.clone());
    if let Some(pair) = &mut twin.pair {
        pair.alternate = green;
        pair.production_rule.clone_from(&rule);
        pair.test_rule = None;
    }
    web(region).load_balancers.push(twin.clone());
    for found in region.service_revisions.values_mut() {
        let pair = found.load_balancers.first().and_then(|entry| entry.pair.clone());
        let first = Resolved {
            target_group: found.target_group.clone().unwrap_or_default(),
            production_rule: pair.map(|pair| pair.production_rule),
        };
        let second = Resolved { target_group: blue.clone(), production_rule: Some(rule.clone()) };
        found.resolved = Some(vec![first, second]);
        found.load_balancers.push(twin.clone());
    }
}

/// The test rule hangs on the production listener, before the production rule.
pub(super) fn test_rule_beside(region: &mut Region) {
    let Some(pair) = web(region).load_balancers[0].pair.clone() else { return };
    let Some(listener) = region.rules.get(&pair.production_rule).map(|rule| rule.listener.clone()) else { return };
    if let Some(rule) = pair.test_rule.and_then(|arn| region.rules.get_mut(&arn)) {
        rule.listener = listener;
        rule.priority = 5;
    }
}

/// Every answer names another account.
pub(super) fn other_account(region: &mut Region) {
    web(region).account = Some("210987654321".to_owned());
}

/// Made before long ARNs.
pub(super) fn short_arn(region: &mut Region) {
    web(region).short_arn = true;
}

/// The load balancer is a dual-stack Network Load Balancer whose rule and default action forward to different groups.
pub(super) fn dual_stack(region: &mut Region) {
    let balancer = region.load_balancer("net", "shop-web-net");
    if let Some(found) = region.load_balancers.get_mut(&balancer) {
        "dualstack".clone_into(&mut found.ip);
    }
    let mut service = web(region).load_balancers[0].clone();
    let four = service.target_group.clone().unwrap_or_default();
    let six = region.target_group("web-v6");
    region.rules.clear();
    let listener = region.listener(&balancer, 443, Action::forward(&[(&four, 1)]));
    region.rule(&listener, 10, Action::forward(&[(&six, 1)]));
    service.target_group = Some(six);
    web(region).load_balancers.push(service);
}

/// CloudFormation's hook makes deployments without a group that can be asked for.
pub(super) fn without_group(region: &mut Region) {
    region.deployment_groups.clear();
    region.deployments.values_mut().for_each(|found| found.without_group = true);
}
