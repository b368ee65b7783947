//! Services as the tests of this folder need them: one line for each situation.

use super::arn::{ListenerArn, RouteArn, RuleArn, TargetGroupArn};
use super::inquiry::{Ask, Facts, Scope, Seen, Step};
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
        strategy: Some(strategy),
        is_express: false,
        configured: Some(revision(7)),
        load_balancers: Vec::new(),
        deployments: Vec::new(),
        task_sets: Vec::new(),
        registries: Vec::new(),
        events: Vec::new(),
        bake_time_in_minutes: None,
        current_revisions: Vec::new(),
        current_deployment: None,
        has_lambda_hooks: false,
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

/// A moment so many seconds after another one.
pub fn moment(seconds: i64) -> Moment {
    Moment { millis: 1_764_000_000_000 + seconds * 1000, text: format!("2026-11-24T22:00:{seconds:02}Z") }
}

/// A rolling service with these deployments, newest first: status, rollout state, revision.
pub fn rolling(deployments: &[(&str, Option<&str>, u64)]) -> Service {
    let deployments = deployments.iter().enumerate().map(|(index, (status, rollout, number))| Deployment {
        id: format!("ecs-svc/{index}"),
        status: DeploymentStatus::from_aws(status),
        rollout: rollout.map(Rollout::from_aws),
        task_definition: revision(*number),
        reason: None,
        created_at: Some(moment(50 - i64::try_from(index).expect("few"))),
        running: 2,
        uses_lattice: false,
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
        running: 2,
        is_stable: Some(true),
        created_at: None,
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
        created_at: Some(moment(if id == "d-OLD" { 0 } else { 10 })),
        started_at: Some(moment(if id == "d-OLD" { 0 } else { 10 })),
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
    let undo = CodeDeployDeployment { created_at: Some(moment(20)), ..deployment("d-UNDO", status) };
    CodeDeployDeployment { undoes: Some("d-NEW".to_owned()), ..undo }
}

/// A rule that forwards with these weights.
pub fn forward(listener_id: &str, id: &str, weights: &[(&str, u16)]) -> Route {
    let weights = weights.iter().map(|(name, weight)| (group(name), *weight)).collect();
    Route {
        arn: rule(listener_id, id),
        listener: listener(listener_id),
        is_default: false,
        default_rule: None,
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
    /// The production listener that the CodeDeploy deployment group names now; no such group when there is none.
    pub group_listener: Option<ListenerArn>,
    pub routes: Vec<Route>,
    /// ARNs of rules, listeners and target groups that do not exist.
    pub gone: Vec<String>,
    /// Target groups that no load balancer uses, by name.
    pub unattached: Vec<&'static str>,
}

impl Account {
    /// What is seen in a scope. A load balancer or a target group shows all routes.
    pub fn seen(&self, scope: &Scope) -> Seen {
        let within = |route: &&Route| match scope {
            Scope::Route(arn) => route.arn == *arn,
            Scope::Listener(arn) => route.listener == *arn,
            Scope::LoadBalancer(_) | Scope::TargetGroup(_) => true,
        };
        let found: Vec<Route> = self.routes.iter().filter(within).cloned().collect();
        match scope {
            scope if self.gone.iter().any(|arn| arn == scope.as_str()) => Seen::Gone,
            Scope::Route(_) if found.is_empty() => Seen::Gone,
            Scope::TargetGroup(arn) if self.unattached.contains(&arn.name()) => Seen::Unattached,
            _ => Seen::Routes(found),
        }
    }

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
                Ok(Step::Ask(Ask::DeploymentGroup(name))) => {
                    asked.push(format!("group {} {}", name.application, name.group));
                    let known = self.newest.is_some() || self.group_listener.is_some();
                    let group = DeploymentGroup {
                        last_attempt: self.newest.clone(),
                        production_listeners: self.group_listener.iter().cloned().collect(),
                        test_listeners: BTreeSet::new(),
                    };
                    facts.deployment_groups.insert(name, known.then_some(group));
                }
                Ok(Step::Ask(Ask::Shift(id))) => {
                    asked.push(format!("shift {id}"));
                    facts.shifts.insert(id.clone(), self.shifts.get(&id).cloned().unwrap_or_default());
                }
                Ok(Step::Ask(Ask::Routes(scope))) => {
                    asked.push(match &scope {
                        Scope::Route(_) => "route".to_owned(),
                        Scope::Listener(arn) => {
                            format!("listener {}", arn.arn().resource().replace("listener/app/shop/lb/", ""))
                        }
                        Scope::LoadBalancer(_) => "load balancer".to_owned(),
                        Scope::TargetGroup(arn) => format!("load balancers of {}", arn.name()),
                    });
                    let seen = self.seen(&scope);
                    facts.routes.insert(scope, seen);
                }
            }
        }
    }
}

/// Revisions that have tasks.
pub fn current(revisions: &[&str]) -> Vec<CurrentRevision> {
    revisions.iter().map(|arn| CurrentRevision { arn: (*arn).to_owned(), running: 2 }).collect()
}

/// A service under the ECS controller with these current revisions.
pub fn native(strategy: Strategy, revisions: &[&str]) -> Service {
    Service {
        load_balancers: vec![pair()],
        current_revisions: current(revisions),
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
        resolved: vec![resolved],
        beyond: None,
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
        started_at: Some(moment(10)),
        finished_at: None,
        rollback: status.starts_with("ROLLBACK").then(|| Rollback { revision: Some("old".to_owned()) }),
        breaker: None,
        triggered_alarms: Vec::new(),
        alarmed: false,
        hooks: Vec::new(),
    }
}
