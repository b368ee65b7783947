//! The account: typed data, built in Rust or loaded from JSON. Knows nothing of the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The account number of everything here.
pub const ACCOUNT_ID: &str = "123456789012";

/// One region of the account. Regions share nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Region {
    /// `eu-west-1`, …
    pub name: String,
    /// Clusters by name.
    pub clusters: BTreeMap<String, Cluster>,
    /// Revisions by family, oldest first. Numbers never go back.
    pub families: BTreeMap<String, Vec<TaskDefinition>>,
    /// Target groups by ARN.
    pub target_groups: BTreeMap<String, TargetGroup>,
    /// Load balancers by ARN.
    pub load_balancers: BTreeMap<String, LoadBalancer>,
    /// Listeners by ARN.
    pub listeners: BTreeMap<String, Listener>,
    /// Rules by ARN, default actions left out.
    pub rules: BTreeMap<String, Rule>,
    /// CodeDeploy deployments by id.
    pub deployments: BTreeMap<String, CodeDeployDeployment>,
    /// Service revisions by ARN.
    pub service_revisions: BTreeMap<String, ServiceRevision>,
    /// Service deployments by ARN.
    pub service_deployments: BTreeMap<String, ServiceDeployment>,
    /// ECR repositories by name.
    pub repositories: BTreeMap<String, Repository>,
    /// How many ids were given.
    pub(crate) counter: u64,
}

/// A cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cluster {
    /// Services by name, deleted ones too.
    pub services: BTreeMap<String, Service>,
}

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
}

/// A deployment under the ECS controller.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// `ecs-svc/…`.
    pub id: String,
    /// PRIMARY, ACTIVE or INACTIVE.
    pub status: String,
    /// COMPLETED, IN_PROGRESS or FAILED.
    pub rollout: String,
    /// ARN of the task definition.
    pub task_definition: String,
    /// Why it is in this state.
    pub reason: Option<String>,
    /// Tasks that failed to start.
    pub failed_tasks: u32,
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
}

/// A task definition revision: what was registered, and what ECS adds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskDefinition {
    /// The revision number.
    pub revision: u64,
    /// ACTIVE or INACTIVE.
    pub status: String,
    /// The request of RegisterTaskDefinition, without tags.
    pub registered: Value,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A target group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetGroup {
    /// Its name.
    pub name: String,
}

/// A load balancer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadBalancer {
    /// Its name.
    pub name: String,
    /// `app` or `net`.
    pub kind: String,
}

/// A listener with its default action.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Listener {
    /// ARN of the load balancer.
    pub load_balancer: String,
    /// Port.
    pub port: u16,
    /// The default action.
    pub action: Action,
}

/// A rule.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// ARN of the listener.
    pub listener: String,
    /// Priority.
    pub priority: u32,
    /// Path patterns.
    pub paths: Vec<String>,
    /// What it does.
    pub action: Action,
}

/// The last action of a rule or listener.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Action {
    /// Forwards, with weights by target group ARN in order, and the stickiness in seconds when it is on.
    Forward {
        /// ARN and weight.
        weights: Vec<(String, u32)>,
        /// Seconds.
        sticky: Option<u32>,
    },
    /// Anything else, by AWS's name.
    Other(String),
}

impl Default for Action {
    fn default() -> Self {
        Self::Other("fixed-response".to_owned())
    }
}

impl Action {
    /// A forward with these weights.
    pub fn forward<T: AsRef<str>>(weights: &[(T, u32)]) -> Self {
        let weights = weights.iter().map(|(group, weight)| (group.as_ref().to_owned(), *weight)).collect();
        Self::Forward { weights, sticky: None }
    }

    /// True when it forwards to one of the target groups.
    pub fn forwards_to(&self, groups: &[String]) -> bool {
        matches!(self, Self::Forward { weights, .. } if weights.iter().any(|(group, _)| groups.contains(group)))
    }
}

/// A CodeDeploy deployment of an ECS service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeDeployDeployment {
    /// `d-XXXXXXXXX`.
    pub id: String,
    /// Created, InProgress, Ready, Succeeded, Failed, Stopped.
    pub status: String,
    /// Cluster name.
    pub cluster: String,
    /// Service name.
    pub service: String,
    /// ARN of the production listener.
    pub production_listener: String,
    /// ARN of the test listener.
    pub test_listener: Option<String>,
    /// Names of the pair.
    pub target_groups: Vec<String>,
    /// Traffic in percent by task set id.
    pub traffic: BTreeMap<String, u32>,
    /// The deployment that undoes this one.
    pub rolled_back_by: Option<String>,
    /// The deployment that this one undoes.
    pub undoes: Option<String>,
    /// When it started, in seconds since 1970.
    pub started: f64,
    /// When it ended.
    pub finished: Option<f64>,
    /// What went wrong.
    pub error: Option<String>,
}

/// An ECR repository.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Repository {
    /// Its images.
    pub images: Vec<Image>,
    /// It is in a partition that does not know the filter `imageStatus`.
    pub rejects_filter: bool,
}

/// An image of an ECR repository.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// `sha256:…`.
    pub digest: String,
    /// Tags.
    pub tags: Vec<String>,
    /// When it was pushed, in seconds since 1970.
    pub pushed: f64,
    /// `os/architecture[/variant]` of each image of an index; none for a plain image.
    pub platforms: Vec<String>,
    /// ACTIVE, ARCHIVED or ACTIVATING; ACTIVE when empty.
    pub status: String,
}
