//! Deployments: what CodeDeploy and ECS itself say of them.

use super::{LoadBalancer, Moment, aws_names};
use crate::resolve::arn::{ListenerArn, RouteArn, TargetGroupArn};
use crate::resolve::task_definition::TaskDefinitionArn;
use std::collections::{BTreeMap, BTreeSet};

/// `BatchGetDeployments`: one CodeDeploy deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeDeployDeployment {
    /// `d-XXXXXXXXX`.
    pub id: String,
    /// `status`: Created, Queued, InProgress, Baking, Succeeded, Failed, Stopped, Ready.
    pub status: String,
    /// `applicationName`.
    pub application: Option<String>,
    /// `deploymentGroupName`.
    pub group: Option<String>,
    /// `errorInformation.message`, or what `rollbackInfo.rollbackMessage` says.
    pub reason: Option<String>,
    /// `createTime`.
    pub created_at: Option<Moment>,
    /// `startTime`, or `createTime` before it has started.
    pub started_at: Option<Moment>,
    /// `completeTime`.
    pub finished_at: Option<Moment>,
    /// The deployment that this one undoes (`rollbackInfo.rollbackTriggeringDeploymentId`).
    pub undoes: Option<String>,
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

/// `GetDeploymentGroup`: what CodeDeploy will do next time, and what it did last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentGroup {
    /// `lastAttemptedDeployment.deploymentId`: also of a deployment that made no task set.
    pub last_attempt: Option<String>,
    /// `prodTrafficRoute.listenerArns`, as they are configured now.
    pub production_listeners: BTreeSet<ListenerArn>,
    /// `testTrafficRoute.listenerArns`, as they are configured now.
    pub test_listeners: BTreeSet<ListenerArn>,
}

/// `DescribeServiceRevisions`: one revision of a service under the ECS controller. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRevision {
    /// `serviceRevisionArn`.
    pub arn: String,
    /// `taskDefinition`.
    pub task_definition: TaskDefinitionArn,
    /// `loadBalancers`: configuration; and what `ecsManagedResources` says of an ECS gateway or an Express service, where
    /// it says all of it.
    pub load_balancers: Vec<LoadBalancer>,
    /// `resolvedConfiguration.loadBalancers`: where the revision's tasks are registered; empty when AWS leaves it out.
    pub resolved: Vec<Resolved>,
    /// What brings traffic to it besides, and is not told: no target group can be named for that.
    pub beyond: Option<Beyond>,
    /// `containerImages`.
    pub images: Vec<RunningImage>,
}

/// What brings traffic to a service beside load balancer entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// `vpcLatticeConfigurations`.
    Lattice,
    /// `gatewayConnectors` whose resources ECS does not tell, or tells in part.
    Gateway,
}

/// `resolvedConfiguration.loadBalancers[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// `targetGroupArn`.
    pub target_group: TargetGroupArn,
    /// `productionListenerRule`.
    pub production_route: Option<RouteArn>,
}

/// `containerImages[]` of a service revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningImage {
    /// `containerName`.
    pub container: String,
    /// `image`, as registered.
    pub image: Option<String>,
    /// `imageDigest`, as ECS resolved it.
    pub digest: Option<String>,
}

/// `DescribeServiceDeployments`: one deployment of a service under the ECS controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDeployment {
    /// `serviceDeploymentArn`.
    pub arn: String,
    /// `status`.
    pub status: ServiceDeploymentStatus,
    /// `lifecycleStage`, such as `PRODUCTION_TRAFFIC_SHIFT` or `BAKE_TIME`. It never shows a direction.
    pub stage: Option<String>,
    /// `requestedProductionTrafficWeight` by revision ARN, in percent, of all sources and the target; `None` for ROLLING,
    /// and at the stages where AWS leaves it out.
    pub shares: BTreeMap<String, Option<u16>>,
    /// `targetServiceRevision.arn`.
    pub target: Option<String>,
    /// `statusReason`, or else `rollback.reason`.
    pub reason: Option<String>,
    /// `startedAt`, or `createdAt` before it has started.
    pub started_at: Option<Moment>,
    /// `finishedAt`, or else `stoppedAt`.
    pub finished_at: Option<Moment>,
    /// `rollback.serviceRevisionArn`, when AWS reports a rollback.
    pub rollback: Option<Rollback>,
    /// `deploymentCircuitBreaker`.
    pub breaker: Option<Breaker>,
    /// `alarms.triggeredAlarmNames`; empty unless they were triggered.
    pub triggered_alarms: Vec<String>,
    /// True when `alarms.status` is TRIGGERED.
    pub alarmed: bool,
    /// `lifecycleHookDetails[]` that are AWAITING_ACTION.
    pub hooks: Vec<Hook>,
}

impl ServiceDeployment {
    /// Every revision that it moves away from.
    pub fn sources(&self) -> impl Iterator<Item = &String> {
        self.shares.keys().filter(|arn| Some(*arn) != self.target.as_ref())
    }
}

/// `ServiceDeployment.rollback`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rollback {
    /// `serviceRevisionArn`: where it goes back to.
    pub revision: Option<String>,
}

/// `ServiceDeployment.deploymentCircuitBreaker`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    /// `status`: DISABLED, MONITORING, MONITORING_COMPLETE or TRIGGERED.
    pub status: Option<String>,
    /// `failureCount`: tasks of the target that did not start; 0 too where the breaker is off.
    pub failures: i64,
}

impl Breaker {
    /// True when it gave the deployment up.
    pub fn triggered(&self) -> bool {
        self.status.as_deref() == Some("TRIGGERED")
    }

    /// True unless it is off, where its count says nothing.
    pub fn counts(&self) -> bool {
        self.status.as_deref().is_some_and(|status| status != "DISABLED")
    }
}

/// A PAUSE hook that waits for somebody to continue the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// `hookId`.
    pub id: String,
    /// `expiresAt`.
    pub expires_at: Option<Moment>,
    /// `timeoutAction`: what happens then, `ROLLBACK` or `CONTINUE`.
    pub timeout_action: Option<String>,
}

/// `ServiceDeployment.status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceDeploymentStatus {
    /// Not started.
    Pending,
    /// Under way.
    InProgress,
    /// Done.
    Successful,
    /// Stopping.
    StopRequested,
    /// Stopped where it was.
    Stopped,
    /// About to go back.
    RollbackRequested,
    /// Going back.
    RollbackInProgress,
    /// Back.
    RollbackSuccessful,
    /// Neither there nor back.
    RollbackFailed,
    /// A value this version does not know.
    Unknown(String),
}

impl ServiceDeploymentStatus {
    /// True when ECS has finished with it, one way or the other.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed)
    }
}

/// `GetDeploymentTarget`: the share of production traffic, in percent, that CodeDeploy gave each task set.
pub type TrafficByTaskSet = BTreeMap<String, u16>;

aws_names!(ServiceDeploymentStatus {
    Pending = "PENDING",
    InProgress = "IN_PROGRESS",
    Successful = "SUCCESSFUL",
    StopRequested = "STOP_REQUESTED",
    Stopped = "STOPPED",
    RollbackRequested = "ROLLBACK_REQUESTED",
    RollbackInProgress = "ROLLBACK_IN_PROGRESS",
    RollbackSuccessful = "ROLLBACK_SUCCESSFUL",
    RollbackFailed = "ROLLBACK_FAILED",
});
