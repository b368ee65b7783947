//! Services, their revisions, deployments and task sets, as typed data.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// ACTIVE, DRAINING or INACTIVE.
    pub status: String,
    /// ECS, CODE_DEPLOY or EXTERNAL.
    pub controller: String,
    /// ROLLING, BLUE_GREEN, …; `None` is left out of the answer.
    pub strategy: Option<String>,
    /// ARN of the task definition.
    pub task_definition: String,
    /// The service's own load balancer entries.
    pub load_balancers: Vec<Entry>,
    /// Under the ECS controller.
    pub deployments: Vec<Deployment>,
    /// Under CODE_DEPLOY and EXTERNAL.
    pub task_sets: Vec<TaskSet>,
    /// ARNs of the service revisions that have tasks.
    pub current_revisions: Vec<String>,
    /// ARN of the service deployment under way, or of the last one.
    pub current_deployment: Option<String>,
    /// Desired tasks.
    pub desired: i64,
    /// Running and pending tasks; all desired ones run when it is `None`.
    pub tasks: Option<Tasks>,
    /// Tasks by ARN of the current revision; without an entry all desired ones run.
    pub revision_tasks: BTreeMap<String, Tasks>,
    /// The circuit breaker of `deploymentConfiguration`.
    pub breaker: Breaker,
    /// `deploymentConfiguration.lifecycleHooks`.
    pub hooks: Vec<Hook>,
    /// Names of alarms in `deploymentConfiguration`.
    pub alarms: Vec<String>,
    /// `resourceManagementType`: CUSTOMER, or ECS for Express; `None` is left out.
    pub resource_management: Option<String>,
    /// True for a service that was made before long ARNs: asking for its tags fails the whole call.
    pub short_arn: bool,
    /// The account in its ARN, when it is another.
    pub account: Option<String>,
    /// Tasks that stopped, as DescribeTasks shows them, the last first.
    pub stopped_tasks: Vec<Value>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// True when the caller may not see it: one such service fails every call that asks for it.
    pub denied: bool,
    /// Fields that are merged into the answer as they are: for what the types here do not have.
    pub more: BTreeMap<String, Value>,
}

/// A load balancer entry: container, port and target group, or the name of a Classic Load Balancer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// ARN of the target group.
    pub target_group: Option<String>,
    /// Name of a Classic Load Balancer.
    pub classic: Option<String>,
    /// Container.
    pub container: String,
    /// Port of the container.
    pub port: u16,
    /// `advancedConfiguration`, for services that ECS itself deploys blue/green.
    pub pair: Option<Pair>,
}

/// `advancedConfiguration` of a load balancer entry.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pair {
    /// ARN of the other target group.
    pub alternate: String,
    /// ARN of the production rule or listener.
    pub production_rule: String,
    /// ARN of the test rule or listener.
    pub test_rule: Option<String>,
    /// ARN of the role with which ECS moves the traffic.
    pub role: Option<String>,
}

/// Desired, running and pending tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tasks {
    /// Wanted.
    pub desired: i64,
    /// RUNNING.
    pub running: i64,
    /// PENDING.
    pub pending: i64,
}

/// A deployment circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Breaker {
    /// It counts failed tasks.
    pub enable: bool,
    /// It rolls back when it trips.
    pub rollback: bool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { enable: true, rollback: true }
    }
}

/// A configured lifecycle hook. A Lambda hook has a `hookTargetArn`; a PAUSE hook comes back as bare `lifecycleStages`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// ARN of the function; `None` for PAUSE.
    pub lambda: Option<String>,
    /// PRE_SCALE_UP, …
    pub stages: Vec<String>,
}

/// A lifecycle hook that runs: an element of `lifecycleHookDetails` (Amazon ECS developer guide, "Lifecycle hooks").
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HookRun {
    /// What ContinueServiceDeployment takes.
    pub id: String,
    /// ARN of the function; `None` for PAUSE.
    pub lambda: Option<String>,
    /// AWAITING_ACTION, IN_PROGRESS, SUCCEEDED, FAILED or TIMED_OUT.
    pub status: String,
    /// When it expires, in seconds since 1970.
    pub expires: Option<f64>,
    /// ROLLBACK or CONTINUE.
    pub timeout_action: Option<String>,
}

/// A service revision.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceRevision {
    /// ARN of the task definition.
    pub task_definition: String,
    /// The configured entries.
    pub load_balancers: Vec<Entry>,
    /// ARN of the target group where its tasks are; `None` leaves the resolved configuration out.
    pub target_group: Option<String>,
    /// The resolved entries, when they are more or less than the one of `target_group`; an empty list gives a resolved
    /// configuration without load balancers.
    pub resolved: Option<Vec<Resolved>>,
    /// When it was made, in seconds since 1970.
    pub created: Option<f64>,
    /// Digest by container, where it is not that of `resolved_digest`.
    pub digests: BTreeMap<String, String>,
    /// Fields that are merged into the answer as they are: gateway connectors, VPC Lattice, `ecsManagedResources`.
    pub more: BTreeMap<String, Value>,
}

/// An element of `resolvedConfiguration.loadBalancers`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Resolved {
    /// ARN of the target group.
    pub target_group: String,
    /// ARN of the production rule or listener.
    pub production_rule: Option<String>,
}

/// A service deployment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceDeployment {
    /// PENDING, IN_PROGRESS, SUCCESSFUL, ROLLBACK_IN_PROGRESS, …
    pub status: String,
    /// Why it is in this status.
    pub reason: Option<String>,
    /// PRE_SCALE_UP, PRODUCTION_TRAFFIC_SHIFT, BAKE_TIME, …; `None` for ROLLING.
    pub stage: Option<String>,
    /// ARN of the revision that it moves away from; `None` for the first deployment.
    pub source: Option<String>,
    /// ARN of the revision that it moves to.
    pub target: String,
    /// Share of production traffic of the target, in percent; `None` for ROLLING.
    pub percent: Option<u32>,
    /// When it started, in seconds since 1970.
    pub started: f64,
    /// When it ended.
    pub finished: Option<f64>,
    /// Why it went back.
    pub rollback: Option<String>,
    /// Tasks of the target that failed to start.
    pub failed_tasks: u32,
    /// More revisions that it moves away from.
    pub more_sources: Vec<String>,
    /// The shares as they are, where `percent` would say too much: each can be absent.
    pub shares: Option<Shares>,
    /// When it was stopped.
    pub stopped: Option<f64>,
    /// When the rollback started.
    pub rollback_started: Option<f64>,
    /// ARN of the revision that it rolls back to, where that is not the source.
    pub rollback_to: Option<String>,
    /// Hooks of the stage.
    pub hooks: Vec<HookRun>,
    /// The circuit breaker: MONITORING, MONITORING_COMPLETE, TRIGGERED or DISABLED; `None` is MONITORING.
    pub breaker: Option<String>,
    /// The alarms in the same words; `None` is DISABLED.
    pub alarms: Option<String>,
    /// Alarms that triggered.
    pub triggered_alarms: Vec<String>,
    /// Tasks by ARN of the revision; without an entry the counts are left out.
    pub tasks: BTreeMap<String, Tasks>,
    /// Fields that are merged into the answer as they are.
    pub more: BTreeMap<String, Value>,
}

/// Shares of traffic in percent, of the source and of the target. AWS leaves each out at some stages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shares {
    /// `requestedProductionTrafficWeight` of the (first) source.
    pub source: Option<f64>,
    /// `requestedProductionTrafficWeight` of the target.
    pub target: Option<f64>,
    /// `requestedTestTrafficWeight` of the (first) source.
    pub source_test: Option<f64>,
    /// `requestedTestTrafficWeight` of the target.
    pub target_test: Option<f64>,
}

/// A deployment under the ECS controller.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// `ecs-svc/…`.
    pub id: String,
    /// PRIMARY, ACTIVE, INACTIVE or DRAINING.
    pub status: String,
    /// COMPLETED, IN_PROGRESS or FAILED; empty is left out, as for Classic Load Balancers.
    pub rollout: String,
    /// ARN of the task definition.
    pub task_definition: String,
    /// Why it is in this state.
    pub reason: Option<String>,
    /// Tasks that failed to start.
    pub failed_tasks: u32,
    /// Its tasks; all those of the service when it is `None`.
    pub tasks: Option<Tasks>,
    /// When it was made, in seconds since 1970.
    pub created: Option<f64>,
    /// Fields that are merged into the answer as they are: `vpcLatticeConfigurations`.
    pub more: BTreeMap<String, Value>,
}

/// A task set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskSet {
    /// `ecs-svc/…`.
    pub id: String,
    /// PRIMARY, ACTIVE or DRAINING.
    pub status: String,
    /// ARN of the task definition.
    pub task_definition: String,
    /// Where its tasks are registered.
    pub load_balancers: Vec<Entry>,
    /// The CodeDeploy deployment that made it.
    pub external_id: Option<String>,
    /// STABILIZING or STEADY_STATE; STEADY_STATE when empty.
    pub stability: String,
    /// `computedDesiredCount`, running and pending tasks; those of the service when it is `None`.
    pub tasks: Option<Tasks>,
    /// Its share of the desired tasks in percent; 100 when it is `None`.
    pub scale: Option<f64>,
    /// When it was made, in seconds since 1970.
    pub created: Option<f64>,
    /// Fields that are merged into the answer as they are: network, launch type, tags.
    pub more: BTreeMap<String, Value>,
}
