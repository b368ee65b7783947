//! Services as the tests of this folder need them: one line for each situation.

use super::arn::{ListenerArn, RouteArn, RuleArn, TargetGroupArn};
use super::inquiry::{Ask, Facts, Scope, Step};
use super::model::*;
use super::task_definition::TaskDefinitionArn;
use std::collections::{BTreeMap, BTreeSet};

pub const ELB: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";

pub fn group(name: &str) -> TargetGroupArn {
    TargetGroupArn::parse(&format!("{ELB}:targetgroup/{name}/0123456789abcdef")).expect("a target group")
}

pub fn listener(id: &str) -> ListenerArn {
    ListenerArn::parse(&format!("{ELB}:listener/app/shop/lb/{id}")).expect("a listener")
}

pub fn rule(listener: &str, id: &str) -> RouteArn {
    let text = format!("{ELB}:listener-rule/app/shop/lb/{listener}/{id}");
    RouteArn::Rule(RuleArn::parse(&text).expect("a rule"))
}

pub fn revision(revision: u64) -> TaskDefinitionArn {
    TaskDefinitionArn::parse(&format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:{revision}"))
        .expect("a revision")
}

pub fn entry(target_group: &str) -> LoadBalancer {
    LoadBalancer {
        target: Target::Group(group(target_group)),
        container_name: Some("web".to_owned()),
        container_port: Some(8080),
        alternate: None,
        production_route: None,
        test_route: None,
    }
}

pub fn service(controller: Controller, strategy: Strategy) -> Service {
    Service {
        arn: "arn:aws:ecs:eu-west-1:123456789012:service/shop/web".to_owned(),
        name: "web".to_owned(),
        cluster_arn: "arn:aws:ecs:eu-west-1:123456789012:cluster/shop".to_owned(),
        status: ServiceStatus::Active,
        controller,
        strategy,
        load_balancers: Vec::new(),
        deployments: Vec::new(),
        task_sets: Vec::new(),
        current_revisions: Vec::new(),
        current_deployment: None,
        circuit_breaker: CircuitBreaker::default(),
        desired_count: 2,
        running_count: 2,
        pending_count: 0,
        launch_type: Some("FARGATE".to_owned()),
        platform_version: None,
        capacity_providers: Vec::new(),
        enable_execute_command: false,
        propagate_tags: None,
        tags: BTreeMap::new(),
    }
}

/// A rolling service with these deployments: status, rollout state, revision.
pub fn rolling(deployments: &[(&str, Option<&str>, u64)]) -> Service {
    let deployments = deployments.iter().enumerate().map(|(index, (status, rollout, number))| Deployment {
        id: format!("ecs-svc/{index}"),
        status: DeploymentStatus::from_aws(status),
        rollout: rollout.map(Rollout::from_aws),
        task_definition: revision(*number),
        reason: None,
        created_at: None,
        failed_tasks: 0,
    });
    Service {
        deployments: deployments.collect(),
        load_balancers: vec![entry("only")],
        ..service(Controller::Ecs, Strategy::Rolling)
    }
}

/// A CODE_DEPLOY service with these task sets: status, target group, revision, deployment id (may be empty).
pub fn code_deploy(sets: &[(&str, &str, u64, &str)]) -> Service {
    let sets = sets.iter().map(|(status, target_group, number, id)| TaskSet {
        id: format!("ecs-svc/{target_group}"),
        status: TaskSetStatus::from_aws(status),
        task_definition: revision(*number),
        load_balancers: vec![entry(target_group)],
        code_deploy_id: Some((*id).to_owned()).filter(|id| !id.is_empty()),
    });
    Service { task_sets: sets.collect(), ..service(Controller::CodeDeploy, Strategy::Rolling) }
}

/// A deployment of the pair blue/green: production on listener `prod`, test on listener `test`.
pub fn deployment(id: &str, status: &str) -> CodeDeployDeployment {
    CodeDeployDeployment {
        id: id.to_owned(),
        status: status.to_owned(),
        application: Some("shop-web".to_owned()),
        group: Some("web".to_owned()),
        reason: None,
        started_at: Some("2026-11-24T21:00:00Z".to_owned()),
        finished_at: None,
        undoes: None,
        rolled_back_by: None,
        production_listeners: BTreeSet::from([listener("prod")]),
        test_listeners: BTreeSet::from([listener("test")]),
        target_group_names: BTreeSet::from(["blue".to_owned(), "green".to_owned()]),
    }
}

/// The deployment `d-UNDO`, which undoes `d-NEW`.
pub fn undo(status: &str) -> CodeDeployDeployment {
    CodeDeployDeployment { undoes: Some("d-NEW".to_owned()), ..deployment("d-UNDO", status) }
}

/// A rule that forwards with these weights.
pub fn forward(listener_id: &str, id: &str, weights: &[(&str, u16)]) -> Route {
    let weights = weights.iter().map(|(name, weight)| (group(name), *weight)).collect();
    Route {
        arn: rule(listener_id, id),
        listener: listener(listener_id),
        actions: vec![Action::Forward(Forward { weights, stickiness: None })],
    }
}

/// The account that answers what a decision asks for, and remembers what that was.
#[derive(Debug, Default)]
pub struct Account {
    pub deployments: Vec<CodeDeployDeployment>,
    pub shifts: BTreeMap<String, TrafficByTaskSet>,
    pub revisions: Vec<ServiceRevision>,
    pub service_deployment: Option<ServiceDeployment>,
    /// What `ListServiceDeployments` and `GetDeploymentGroup` name.
    pub newest: Option<String>,
    pub routes: Vec<Route>,
}

impl Account {
    /// Asks until there is an answer; gives the names of the facts that were asked for, in order.
    pub fn answer<T, E>(
        &self,
        service: Service,
        question: impl Fn(&Facts) -> Result<Step<T>, E>,
    ) -> (Result<T, E>, Vec<String>) {
        let mut facts = Facts::new(service);
        let mut asked = Vec::new();
        loop {
            assert!(asked.len() < 10, "the dialogue does not end: {asked:?}");
            match question(&facts) {
                Err(refusal) => return (Err(refusal), asked),
                Ok(Step::Done(answer)) => return (Ok(answer), asked),
                Ok(Step::Ask(Ask::Deployments(ids))) => {
                    asked.push(format!("deployments {}", ids.join(" ")));
                    for id in ids {
                        let found = self.deployments.iter().find(|deployment| deployment.id == id).cloned();
                        facts.deployments.insert(id, found);
                    }
                }
                Ok(Step::Ask(Ask::Revisions(arns))) => {
                    asked.push(format!("revisions {}", arns.join(" ")));
                    for arn in arns {
                        let found = self.revisions.iter().find(|revision| revision.arn == arn).cloned();
                        facts.revisions.insert(arn, found);
                    }
                }
                Ok(Step::Ask(Ask::ServiceDeployment(arn))) => {
                    asked.push("service deployment".to_owned());
                    facts.service_deployments.insert(arn, self.service_deployment.clone());
                }
                Ok(Step::Ask(Ask::NewestDeployment)) => {
                    asked.push("newest deployment".to_owned());
                    facts.newest_deployment = Some(self.newest.clone());
                }
                Ok(Step::Ask(Ask::LastAttempt { application, group })) => {
                    asked.push(format!("last attempt of {application} {group}"));
                    facts.last_attempts.insert((application, group), self.newest.clone());
                }
                Ok(Step::Ask(Ask::Shift(id))) => {
                    asked.push(format!("shift {id}"));
                    facts.shifts.insert(id.clone(), self.shifts.get(&id).cloned().unwrap_or_default());
                }
                Ok(Step::Ask(Ask::Routes(scope))) => {
                    let within = |route: &&Route| match &scope {
                        Scope::Route(arn) => route.arn == *arn,
                        Scope::Listener(arn) => route.listener == *arn,
                        Scope::LoadBalancer(_) | Scope::TargetGroup(_) => true,
                    };
                    asked.push(match &scope {
                        Scope::Route(_) => "route".to_owned(),
                        Scope::Listener(arn) => {
                            format!("listener {}", arn.arn().resource().replace("listener/app/shop/lb/", ""))
                        }
                        Scope::LoadBalancer(_) => "load balancer".to_owned(),
                        Scope::TargetGroup(arn) => format!("load balancers of {}", arn.name()),
                    });
                    let found = self.routes.iter().filter(within).cloned().collect();
                    facts.routes.insert(scope, found);
                }
            }
        }
    }
}

/// A service under the ECS controller with these current revisions.
pub fn native(strategy: Strategy, revisions: &[&str]) -> Service {
    Service {
        load_balancers: vec![pair()],
        current_revisions: revisions.iter().map(|arn| (*arn).to_owned()).collect(),
        current_deployment: Some("arn:deployment".to_owned()),
        ..service(Controller::Ecs, strategy)
    }
}

/// The entry of an ECS-native service: configured on blue, alternating with green, behind rule 1 of `prod`.
pub fn pair() -> LoadBalancer {
    LoadBalancer {
        alternate: Some(group("green")),
        production_route: Some(rule("prod", "1")),
        test_route: Some(rule("test", "1")),
        ..entry("blue")
    }
}

/// A service revision with its tasks in this target group.
pub fn service_revision(arn: &str, target_group: &str, number: u64) -> ServiceRevision {
    let resolved = Resolved { target_group: group(target_group), production_route: Some(rule("prod", "1")) };
    ServiceRevision {
        arn: arn.to_owned(),
        task_definition: revision(number),
        load_balancers: vec![pair()],
        resolved: Some(vec![resolved]),
        images: Vec::new(),
    }
}

/// A service deployment from `old` to `new` with these shares of traffic.
pub fn service_deployment(status: &str, old: u16, new: u16) -> ServiceDeployment {
    ServiceDeployment {
        arn: "arn:deployment".to_owned(),
        status: ServiceDeploymentStatus::from_aws(status),
        stage: Some("PRODUCTION_TRAFFIC_SHIFT".to_owned()),
        shares: BTreeMap::from([("old".to_owned(), Some(old)), ("new".to_owned(), Some(new))]),
        target: Some("new".to_owned()),
        reason: None,
        started_at: Some("2026-11-24T21:00:00Z".to_owned()),
        finished_at: None,
        rolled_back: status.starts_with("ROLLBACK"),
        failed_tasks: Some(0),
    }
}
