//! The facts that decisions are made of: what AWS said, in plain data.
//!
//! Filled by `aws`, read by the questions beside this file. No defaults are invented here: what AWS left out is `None`,
//! and a value this version does not know keeps its text, so that it can be refused by name.

use super::arn::{ListenerArn, RouteArn, TargetGroupArn};
use super::task_definition::TaskDefinitionArn;
use std::collections::{BTreeMap, BTreeSet};

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

macro_rules! aws_names {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// The value under AWS's name for it; any other text becomes `Unknown`.
            pub fn from_aws(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }

            /// AWS's name for the value.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown(name) => name,
                }
            }
        }
    };
}
aws_names!(ServiceStatus { Active = "ACTIVE", Draining = "DRAINING", Inactive = "INACTIVE" });
aws_names!(Controller { Ecs = "ECS", CodeDeploy = "CODE_DEPLOY", External = "EXTERNAL" });
aws_names!(Strategy { Rolling = "ROLLING", BlueGreen = "BLUE_GREEN", Linear = "LINEAR", Canary = "CANARY" });
aws_names!(DeploymentStatus { Primary = "PRIMARY", Active = "ACTIVE", Inactive = "INACTIVE" });
aws_names!(TaskSetStatus { Primary = "PRIMARY", Active = "ACTIVE", Draining = "DRAINING" });
aws_names!(Rollout { Completed = "COMPLETED", InProgress = "IN_PROGRESS", Failed = "FAILED" });

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

/// `BatchGetDeployments`: one CodeDeploy deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeDeployDeployment {
    /// `d-XXXXXXXXX`.
    pub id: String,
    /// `status`: Created, Queued, InProgress, Baking, Succeeded, Failed, Stopped, Ready.
    pub status: String,
    /// True when it undoes another one (`rollbackInfo.rollbackTriggeringDeploymentId`).
    pub is_rollback: bool,
    /// The deployment that undoes this one (`rollbackInfo.rollbackDeploymentId`).
    pub rolled_back_by: Option<String>,
    /// `prodTrafficRoute.listenerArns`.
    pub production_listeners: BTreeSet<ListenerArn>,
    /// `testTrafficRoute.listenerArns`.
    pub test_listeners: BTreeSet<ListenerArn>,
    /// The names of the target group pair.
    pub target_group_names: BTreeSet<String>,
}

impl CodeDeployDeployment {
    /// True until CodeDeploy has finished with it, one way or the other.
    pub fn is_running(&self) -> bool {
        !matches!(self.status.as_str(), "Succeeded" | "Failed" | "Stopped")
    }
}

/// `GetDeploymentTarget`: the share of production traffic, in percent, that CodeDeploy gave each task set.
pub type TrafficByTaskSet = BTreeMap<String, u16>;

/// A listener rule or a listener's default action: something that decides where requests go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The rule, or the listener for a default action that is not a rule.
    pub arn: RouteArn,
    /// The listener it belongs to.
    pub listener: ListenerArn,
    /// Its actions, in order.
    pub actions: Vec<Action>,
}

/// One action of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Requests go to target groups.
    Forward(Forward),
    /// Anything else, by AWS's name: `redirect`, `fixed-response`, `authenticate-oidc`, …
    Other(String),
}

/// A forward action, as AWS holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Forward {
    /// Weight (0 to 999) by target group. Never empty.
    pub weights: BTreeMap<TargetGroupArn, u16>,
    /// Stickiness between target groups: its duration in seconds, when it is on.
    pub stickiness: Option<i64>,
}

/// `DescribeTaskDefinition`: one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDefinition {
    /// `taskDefinitionArn`.
    pub arn: TaskDefinitionArn,
    /// `status`: ACTIVE, INACTIVE, DELETE_IN_PROGRESS.
    pub status: String,
    /// `taskRoleArn`: what the application may do.
    pub task_role_arn: Option<String>,
    /// `executionRoleArn`: what the agent may do to start the task.
    pub execution_role_arn: Option<String>,
    /// `networkMode`.
    pub network_mode: Option<String>,
    /// `requiresCompatibilities`.
    pub requires_compatibilities: BTreeSet<String>,
    /// `cpu`, in CPU units, as text like AWS has it.
    pub cpu: Option<String>,
    /// `memory`, in MiB, as text like AWS has it.
    pub memory: Option<String>,
    /// `runtimePlatform.operatingSystemFamily`.
    pub operating_system_family: Option<String>,
    /// `runtimePlatform.cpuArchitecture`.
    pub cpu_architecture: Option<String>,
    /// The containers, without their environment.
    pub containers: Vec<Container>,
    /// `containerDefinitions` as JSON, with everything that is in it.
    pub container_definitions: String,
    /// `registeredAt`, RFC 3339.
    pub registered_at: Option<String>,
    /// Tags, when they were asked for.
    pub tags: BTreeMap<String, String>,
}

/// One container definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// `name`.
    pub name: String,
    /// `image`, as registered.
    pub image: String,
    /// What `secrets`, `logConfiguration.secretOptions` and `repositoryCredentials` refer to.
    pub secrets: Vec<String>,
    /// The `awslogs-group` of its log configuration.
    pub log_group: Option<String>,
}
