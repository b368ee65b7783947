//! JSON answers of ECS and CodeDeploy, and routes of the fake, as the domain's facts.

use ecslive::resolve::arn::{ListenerArn, RouteArn, RuleArn, TargetGroupArn};
use ecslive::resolve::model::*;
use ecslive::resolve::task_definition::TaskDefinitionArn;
use fake_aws::state;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Text, unless it is missing or empty.
pub fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn task_definition(value: &Value) -> TaskDefinitionArn {
    TaskDefinitionArn::parse(value.as_str().expect("text")).expect("a revision")
}

fn group_arn(value: &Value) -> TargetGroupArn {
    TargetGroupArn::parse(value.as_str().expect("text")).expect("a target group")
}

fn route_arn(value: &Value) -> Option<RouteArn> {
    text(value).map(|arn| RouteArn::parse(&arn).expect("a route"))
}

fn moment(value: &Value) -> Option<Moment> {
    let millis = (value.as_f64()? * 1000.0) as i64;
    Some(Moment { millis, text: millis.to_string() })
}

/// `DescribeServices`.
pub fn service(value: &Value) -> Service {
    let configuration = &value["deploymentConfiguration"];
    let number = |name: &str| value[name].as_i64().unwrap_or_default();
    let revisions = list(&value["currentServiceRevisions"]).map(|it| CurrentRevision {
        arn: text(&it["arn"]).expect("an ARN"),
        running: it["runningTaskCount"].as_i64().unwrap_or_default(),
    });
    let breaker = &configuration["deploymentCircuitBreaker"];
    Service {
        arn: text(&value["serviceArn"]).expect("an ARN"),
        name: text(&value["serviceName"]).expect("a name"),
        cluster_arn: text(&value["clusterArn"]).expect("an ARN"),
        status: ServiceStatus::from_aws(value["status"].as_str().expect("a status")),
        controller: Controller::from_aws(value["deploymentController"]["type"].as_str().unwrap_or("ECS")),
        strategy: configuration["strategy"].as_str().map(Strategy::from_aws),
        is_express: value["resourceManagementType"] == "ECS",
        configured: text(&value["taskDefinition"]).map(|arn| TaskDefinitionArn::parse(&arn).expect("a revision")),
        load_balancers: list(&value["loadBalancers"]).map(load_balancer).collect(),
        deployments: list(&value["deployments"]).map(deployment).collect(),
        task_sets: list(&value["taskSets"]).map(task_set).collect(),
        current_revisions: revisions.collect(),
        current_deployment: text(&value["currentServiceDeployment"]),
        has_lambda_hooks: list(&configuration["lifecycleHooks"]).any(|hook| hook["hookTargetArn"].is_string()),
        circuit_breaker: CircuitBreaker { enabled: breaker["enable"] == true, rollback: breaker["rollback"] == true },
        desired_count: number("desiredCount"),
        running_count: number("runningCount"),
        pending_count: number("pendingCount"),
        launch_type: text(&value["launchType"]),
        platform_version: text(&value["platformVersion"]),
        capacity_providers: Vec::new(),
        registries: Vec::new(),
        events: Vec::new(),
        bake_time_in_minutes: None,
        enable_execute_command: false,
        propagate_tags: None,
        tags: BTreeMap::new(),
    }
}

fn load_balancer(value: &Value) -> LoadBalancer {
    let advanced = &value["advancedConfiguration"];
    LoadBalancer {
        target: Target::Group(group_arn(&value["targetGroupArn"])),
        container_name: text(&value["containerName"]),
        container_port: value["containerPort"].as_u64().and_then(|port| u16::try_from(port).ok()),
        alternate: advanced["alternateTargetGroupArn"]
            .is_string()
            .then(|| group_arn(&advanced["alternateTargetGroupArn"])),
        production_route: route_arn(&advanced["productionListenerRule"]),
        test_route: route_arn(&advanced["testListenerRule"]),
    }
}

fn deployment(value: &Value) -> Deployment {
    Deployment {
        id: text(&value["id"]).unwrap_or_default(),
        status: DeploymentStatus::from_aws(value["status"].as_str().expect("a status")),
        rollout: value["rolloutState"].as_str().map(Rollout::from_aws),
        task_definition: task_definition(&value["taskDefinition"]),
        reason: text(&value["rolloutStateReason"]),
        created_at: moment(&value["createdAt"]),
        running: value["runningCount"].as_i64().unwrap_or_default(),
        uses_lattice: list(&value["vpcLatticeConfigurations"]).next().is_some(),
    }
}

fn task_set(value: &Value) -> TaskSet {
    let made = value["startedBy"] == "CODE_DEPLOY";
    TaskSet {
        id: text(&value["id"]).expect("an id"),
        status: TaskSetStatus::from_aws(value["status"].as_str().expect("a status")),
        task_definition: task_definition(&value["taskDefinition"]),
        load_balancers: list(&value["loadBalancers"]).map(load_balancer).collect(),
        code_deploy_id: text(&value["externalId"]).filter(|_| made),
        running: value["runningCount"].as_i64().unwrap_or_default(),
        is_stable: match value["stabilityStatus"].as_str() {
            Some("STEADY_STATE") => Some(true),
            Some("STABILIZING") => Some(false),
            _ => None,
        },
        created_at: moment(&value["createdAt"]),
    }
}

/// `DescribeServiceRevisions`.
pub fn revision(value: &Value) -> ServiceRevision {
    let resolved = list(&value["resolvedConfiguration"]["loadBalancers"]).map(|it| Resolved {
        target_group: group_arn(&it["targetGroupArn"]),
        production_route: route_arn(&it["productionListenerRule"]),
    });
    ServiceRevision {
        arn: text(&value["serviceRevisionArn"]).expect("an ARN"),
        task_definition: task_definition(&value["taskDefinition"]),
        load_balancers: list(&value["loadBalancers"]).map(load_balancer).collect(),
        resolved: resolved.collect(),
        beyond: None,
        images: Vec::new(),
    }
}

/// `DescribeServiceDeployments`.
pub fn service_deployment(value: &Value) -> ServiceDeployment {
    let target = &value["targetServiceRevision"];
    let revisions = list(&value["sourceServiceRevisions"]).chain(std::iter::once(target));
    let shares = revisions.filter_map(|it| {
        let share = it["requestedProductionTrafficWeight"].as_f64().map(|share| share as u16);
        Some((text(&it["arn"])?, share))
    });
    let (rollback, breaker) = (&value["rollback"], &value["deploymentCircuitBreaker"]);
    let hooks = list(&value["lifecycleHookDetails"]).filter(|it| it["status"] == "AWAITING_ACTION").map(|it| Hook {
        id: text(&it["hookId"]).expect("an id"),
        expires_at: moment(&it["expiresAt"]),
        timeout_action: text(&it["timeoutAction"]),
    });
    ServiceDeployment {
        arn: text(&value["serviceDeploymentArn"]).expect("an ARN"),
        status: ServiceDeploymentStatus::from_aws(value["status"].as_str().expect("a status")),
        stage: text(&value["lifecycleStage"]),
        shares: shares.collect(),
        target: text(&target["arn"]),
        reason: text(&value["statusReason"]),
        started_at: moment(&value["startedAt"]),
        finished_at: moment(&value["finishedAt"]),
        rollback: rollback.is_object().then(|| Rollback { revision: text(&rollback["serviceRevisionArn"]) }),
        breaker: breaker.is_object().then(|| Breaker {
            status: text(&breaker["status"]),
            failures: breaker["failureCount"].as_i64().unwrap_or_default(),
        }),
        triggered_alarms: list(&value["alarms"]["triggeredAlarmNames"]).filter_map(text).collect(),
        alarmed: value["alarms"]["status"] == "TRIGGERED",
        hooks: hooks.collect(),
    }
}

fn listeners(pairs: &Value, route: &str) -> BTreeSet<ListenerArn> {
    let arns = list(pairs).flat_map(|pair| list(&pair[route]["listenerArns"])).filter_map(text);
    arns.map(|arn| ListenerArn::parse(&arn).expect("a listener")).collect()
}

/// `BatchGetDeployments`.
pub fn code_deploy(value: &Value) -> CodeDeployDeployment {
    let pairs = &value["loadBalancerInfo"]["targetGroupPairInfoList"];
    let names = list(pairs).flat_map(|pair| list(&pair["targetGroups"])).filter_map(|group| text(&group["name"]));
    let rollback = &value["rollbackInfo"];
    CodeDeployDeployment {
        id: text(&value["deploymentId"]).expect("an id"),
        status: text(&value["status"]).expect("a status"),
        application: text(&value["applicationName"]),
        group: text(&value["deploymentGroupName"]),
        reason: text(&value["errorInformation"]["message"]),
        created_at: moment(&value["createTime"]).or_else(|| moment(&value["startTime"])),
        started_at: moment(&value["startTime"]),
        finished_at: moment(&value["completeTime"]),
        undoes: text(&rollback["rollbackTriggeringDeploymentId"]),
        rolled_back_by: text(&rollback["rollbackDeploymentId"]),
        production_listeners: listeners(pairs, "prodTrafficRoute"),
        test_listeners: listeners(pairs, "testTrafficRoute"),
        target_group_names: names.collect(),
    }
}

/// `GetDeploymentGroup`.
pub fn group(value: &Value) -> DeploymentGroup {
    let pairs = &value["loadBalancerInfo"]["targetGroupPairInfoList"];
    DeploymentGroup {
        last_attempt: text(&value["lastAttemptedDeployment"]["deploymentId"]),
        production_listeners: listeners(pairs, "prodTrafficRoute"),
        test_listeners: listeners(pairs, "testTrafficRoute"),
    }
}

/// `GetDeploymentTarget`.
pub fn shift(value: &Value) -> TrafficByTaskSet {
    let sets = list(&value["deploymentTarget"]["ecsTarget"]["taskSetsInfo"]);
    let share = |it: &Value| Some((text(&it["identifer"])?, it["trafficWeight"].as_f64()? as u16));
    sets.filter_map(share).collect()
}

/// A rule.
pub fn rule(arn: &str, listener: &str, action: &state::Action) -> Route {
    Route {
        arn: RouteArn::Rule(RuleArn::parse(arn).expect("a rule")),
        listener: ListenerArn::parse(listener).expect("a listener"),
        is_default: false,
        default_rule: None,
        actions: vec![self::action(action)],
    }
}

/// A listener's default action.
pub fn default_action(listener: &str, action: &state::Action) -> Route {
    let listener = ListenerArn::parse(listener).expect("a listener");
    Route {
        arn: RouteArn::Listener(listener.clone()),
        listener,
        is_default: true,
        default_rule: None,
        actions: vec![self::action(action)],
    }
}

fn action(action: &state::Action) -> Action {
    match action {
        state::Action::Other(name) => Action::Other(name.clone()),
        state::Action::Forward { weights, sticky } => {
            let weights = weights.iter().map(|(arn, weight)| {
                (TargetGroupArn::parse(arn).expect("a target group"), u16::try_from(*weight).expect("a weight"))
            });
            Action::Forward(Forward { weights: weights.collect(), stickiness: sticky.map(i64::from) })
        }
    }
}
