//! Services: how they are deployed and what they consist of.

use super::{Moment, aws_names};
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::task_definition::TaskDefinitionArn;
use std::collections::BTreeMap;

/// `DescribeServices`: one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The ARN of the service.
    pub arn: String,
    /// The plain name.
    pub name: String,
    /// The ARN of its cluster.
    pub cluster_arn: String,
    /// `status`.
    pub status: ServiceStatus,
    /// `deploymentController.type`; absent means ECS.
    pub controller: Controller,
    /// `deploymentConfiguration.strategy`.
    pub strategy: Option<Strategy>,
    /// True when `resourceManagementType` is ECS: an Express service, which shows neither strategy nor load balancers.
    pub is_express: bool,
    /// `taskDefinition`: what the service is configured to run. UpdateService sets it at once, whatever still runs. Express
    /// services, and services under EXTERNAL without task sets, have none.
    pub configured: Option<TaskDefinitionArn>,
    /// `loadBalancers`: configuration, whoever deploys.
    pub load_balancers: Vec<LoadBalancer>,
    /// `events`, the last first: what ECS says in words. Decides nothing.
    pub events: Vec<Event>,
    /// `deploymentConfiguration.bakeTimeInMinutes`.
    pub bake_time_in_minutes: Option<i64>,
    /// `serviceRegistries[].registryArn`: the Cloud Map services it registers with.
    pub registries: Vec<String>,
    /// `deployments`: filled for the ECS controller only.
    pub deployments: Vec<Deployment>,
    /// `taskSets`: filled for CODE_DEPLOY and EXTERNAL only.
    pub task_sets: Vec<TaskSet>,
    /// `currentServiceRevisions`.
    pub current_revisions: Vec<CurrentRevision>,
    /// `currentServiceDeployment`: the ARN of the service deployment under way, or of the last one.
    pub current_deployment: Option<String>,
    /// True when `deploymentConfiguration.lifecycleHooks` has a Lambda function: it may move the listener itself. A PAUSE
    /// hook comes back without a type and without a target.
    pub has_lambda_hooks: bool,
    /// `deploymentConfiguration.deploymentCircuitBreaker`.
    pub circuit_breaker: CircuitBreaker,
    /// `desiredCount`.
    pub desired_count: i64,
    /// `runningCount`.
    pub running_count: i64,
    /// `pendingCount`.
    pub pending_count: i64,
    /// `launchType`.
    pub launch_type: Option<String>,
    /// `platformVersion`.
    pub platform_version: Option<String>,
    /// `capacityProviderStrategy[].capacityProvider`.
    pub capacity_providers: Vec<String>,
    /// `enableExecuteCommand`.
    pub enable_execute_command: bool,
    /// `propagateTags`; `NONE` and absent are both `None`.
    pub propagate_tags: Option<String>,
    /// `tags`.
    pub tags: BTreeMap<String, String>,
}

impl Service {
    /// The strategy under the ECS controller, where an absent one means ROLLING unless the service is an Express one; the
    /// other controllers have none.
    pub fn strategy(&self) -> Option<&Strategy> {
        match (&self.controller, &self.strategy) {
            (Controller::Ecs, None) if !self.is_express => Some(&Strategy::Rolling),
            (Controller::Ecs, strategy) => strategy.as_ref(),
            _ => None,
        }
    }

    /// The only deployment that is PRIMARY.
    pub fn primary_deployment(&self) -> Option<&Deployment> {
        let mut primaries = self.deployments.iter().filter(|deployment| deployment.status == DeploymentStatus::Primary);
        primaries.next().filter(|_| primaries.next().is_none())
    }

    /// The account of the service, from its ARN.
    pub fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }
}

/// `Service.status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceStatus {
    /// In use.
    Active,
    /// Being deleted; tasks still stop.
    Draining,
    /// Deleted; stays visible for a while.
    Inactive,
    /// A value this version does not know.
    Unknown(String),
}

/// `deploymentController.type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Controller {
    /// ECS itself deploys.
    Ecs,
    /// AWS CodeDeploy deploys by task sets.
    CodeDeploy,
    /// A third party deploys by task sets.
    External,
    /// A value this version does not know.
    Unknown(String),
}

/// `deploymentConfiguration.strategy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strategy {
    /// Tasks are replaced in place.
    Rolling,
    /// All traffic moves at once.
    BlueGreen,
    /// Traffic moves in equal steps.
    Linear,
    /// A small part of the traffic moves first.
    Canary,
    /// A value this version does not know.
    Unknown(String),
}

/// `deploymentCircuitBreaker`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// `enable`.
    pub enabled: bool,
    /// `rollback`.
    pub rollback: bool,
}

/// `loadBalancers[]`: where tasks are registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// What receives the traffic.
    pub target: Target,
    /// `containerName`.
    pub container_name: Option<String>,
    /// `containerPort`, 0 to 65535.
    pub container_port: Option<u16>,
    /// `advancedConfiguration.alternateTargetGroupArn`.
    pub alternate: Option<TargetGroupArn>,
    /// `advancedConfiguration.productionListenerRule`.
    pub production_route: Option<RouteArn>,
    /// `advancedConfiguration.testListenerRule`.
    pub test_route: Option<RouteArn>,
}

/// What a load balancer entry of a service points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A target group.
    Group(TargetGroupArn),
    /// A Classic Load Balancer, by name. It has no target groups.
    Classic(String),
}

impl LoadBalancer {
    /// The target group where tasks are registered; a Classic Load Balancer has none.
    pub fn group(&self) -> Option<&TargetGroupArn> {
        match &self.target {
            Target::Group(group) => Some(group),
            Target::Classic(_) => None,
        }
    }

    /// Both target groups of a pair, or the only one.
    pub fn groups(&self) -> impl Iterator<Item = &TargetGroupArn> {
        self.group().into_iter().chain(&self.alternate)
    }
}

/// `currentServiceRevisions[]`: a revision that has tasks, or is about to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentRevision {
    /// `arn`.
    pub arn: String,
    /// `runningTaskCount`.
    pub running: i64,
}

/// `deployments[]` of a service under the ECS controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// `id`: `ecs-svc/…`.
    pub id: String,
    /// `status`.
    pub status: DeploymentStatus,
    /// `rolloutState`; absent on services that AWS does not track.
    pub rollout: Option<Rollout>,
    /// `taskDefinition`.
    pub task_definition: TaskDefinitionArn,
    /// `rolloutStateReason`.
    pub reason: Option<String>,
    /// `createdAt`.
    pub created_at: Option<Moment>,
    /// `runningCount`.
    pub running: i64,
    /// True when it has `vpcLatticeConfigurations`; the service itself does not show them.
    pub uses_lattice: bool,
}

/// `Deployment.status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeploymentStatus {
    /// The newest deployment.
    Primary,
    /// An older one that still runs tasks.
    Active,
    /// One that ended.
    Inactive,
    /// One that ended and whose tasks are still stopping: not documented, seen on a failed deployment after a rollback.
    Draining,
    /// A value this version does not know.
    Unknown(String),
}

/// `Deployment.rolloutState`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rollout {
    /// In a steady state.
    Completed,
    /// Tasks are being replaced.
    InProgress,
    /// Given up by the circuit breaker or an alarm.
    Failed,
    /// A value this version does not know.
    Unknown(String),
}

/// `taskSets[]` of a service under CODE_DEPLOY or EXTERNAL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSet {
    /// `id`: `ecs-svc/…`.
    pub id: String,
    /// `status`.
    pub status: TaskSetStatus,
    /// `taskDefinition`.
    pub task_definition: TaskDefinitionArn,
    /// `loadBalancers`.
    pub load_balancers: Vec<LoadBalancer>,
    /// `externalId`, when CodeDeploy started the set: the id of its deployment.
    pub code_deploy_id: Option<String>,
    /// `runningCount`.
    pub running: i64,
    /// `stabilityStatus`; a value that this version does not know is none.
    pub is_stable: Option<bool>,
    /// `createdAt`.
    pub created_at: Option<Moment>,
}

/// `TaskSet.status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskSetStatus {
    /// Serves production traffic, in the words of AWS; CodeDeploy moves it last.
    Primary,
    /// Waits for traffic, or waits to be terminated.
    Active,
    /// Being removed.
    Draining,
    /// A value this version does not know.
    Unknown(String),
}

aws_names!(ServiceStatus { Active = "ACTIVE", Draining = "DRAINING", Inactive = "INACTIVE" });
aws_names!(Controller { Ecs = "ECS", CodeDeploy = "CODE_DEPLOY", External = "EXTERNAL" });
aws_names!(Strategy { Rolling = "ROLLING", BlueGreen = "BLUE_GREEN", Linear = "LINEAR", Canary = "CANARY" });
aws_names!(DeploymentStatus { Primary = "PRIMARY", Active = "ACTIVE", Inactive = "INACTIVE", Draining = "DRAINING" });
aws_names!(TaskSetStatus { Primary = "PRIMARY", Active = "ACTIVE", Draining = "DRAINING" });
aws_names!(Rollout { Completed = "COMPLETED", InProgress = "IN_PROGRESS", Failed = "FAILED" });

/// An event of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Option<Moment>,
    /// In the words of ECS.
    pub message: String,
}

/// A task that stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedTask {
    /// Its ARN.
    pub arn: String,
    /// When.
    pub stopped_at: Option<Moment>,
    /// `stoppedReason`.
    pub reason: Option<String>,
    /// Containers that ended badly: name and reason, or exit code.
    pub containers: Vec<String>,
}
