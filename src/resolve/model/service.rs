//! Services: how they are deployed and what they consist of.

use super::aws_names;
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
    /// `deploymentConfiguration.strategy`; absent means ROLLING.
    pub strategy: Strategy,
    /// `loadBalancers`: configuration; the truth only for rolling services.
    pub load_balancers: Vec<LoadBalancer>,
    /// `deployments`: filled for the ECS controller only.
    pub deployments: Vec<Deployment>,
    /// `taskSets`: filled for CODE_DEPLOY and EXTERNAL only.
    pub task_sets: Vec<TaskSet>,
    /// `currentServiceRevisions[].arn`.
    pub current_revisions: Vec<String>,
    /// `currentServiceDeployment`: the ARN of the service deployment under way, or of the last one.
    pub current_deployment: Option<String>,
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
    /// True under the ECS controller: the others have no strategy.
    pub fn uses_strategy(&self) -> bool {
        self.controller == Controller::Ecs
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
    /// `createdAt`, RFC 3339.
    pub created_at: Option<String>,
    /// `failedTasks`.
    pub failed_tasks: i64,
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
aws_names!(DeploymentStatus { Primary = "PRIMARY", Active = "ACTIVE", Inactive = "INACTIVE" });
aws_names!(TaskSetStatus { Primary = "PRIMARY", Active = "ACTIVE", Draining = "DRAINING" });
aws_names!(Rollout { Completed = "COMPLETED", InProgress = "IN_PROGRESS", Failed = "FAILED" });
