//! Deployments: what CodeDeploy and ECS itself say of them.

use super::{LoadBalancer, aws_names};
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
    /// `startTime`, or `createTime` before it has started; RFC 3339.
    pub started_at: Option<String>,
    /// `completeTime`, RFC 3339.
    pub finished_at: Option<String>,
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

/// `DescribeServiceRevisions`: one revision of a service under the ECS controller. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRevision {
    /// `serviceRevisionArn`.
    pub arn: String,
    /// `taskDefinition`.
    pub task_definition: TaskDefinitionArn,
    /// `loadBalancers`: configuration.
    pub load_balancers: Vec<LoadBalancer>,
    /// `resolvedConfiguration.loadBalancers`: where the revision's tasks are registered; `None` when AWS leaves the
    /// resolved configuration out.
    pub resolved: Option<Vec<Resolved>>,
    /// `containerImages`.
    pub images: Vec<RunningImage>,
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
    /// `lifecycleStage`, such as `PRODUCTION_TRAFFIC_SHIFT` or `BAKE_TIME`.
    pub stage: Option<String>,
    /// `requestedProductionTrafficWeight` by revision ARN, in percent, of all sources and the target; `None` for ROLLING.
    pub shares: BTreeMap<String, Option<u16>>,
    /// `targetServiceRevision.arn`.
    pub target: Option<String>,
    /// `statusReason`, or else `rollback.reason`.
    pub reason: Option<String>,
    /// `startedAt`, or `createdAt` before it has started; RFC 3339.
    pub started_at: Option<String>,
    /// `finishedAt`, RFC 3339.
    pub finished_at: Option<String>,
    /// True when AWS reports a `rollback`.
    pub rolled_back: bool,
    /// `deploymentCircuitBreaker.failureCount`: tasks of the target that did not start.
    pub failed_tasks: Option<i64>,
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
