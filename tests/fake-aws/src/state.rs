//! The account: typed data, built in Rust or loaded from JSON. Knows nothing of the wire.

mod services;

pub use services::{
    Breaker, Deployment, Entry, Hook, HookRun, Pair, Resolved, Service, ServiceDeployment, ServiceRevision, Shares,
    TaskSet, Tasks,
};

use crate::account::Account;
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
    /// CodeDeploy deployment groups by `application/group`, as far as they are more than what their deployments say.
    pub deployment_groups: BTreeMap<String, DeploymentGroup>,
    /// Service revisions by ARN.
    pub service_revisions: BTreeMap<String, ServiceRevision>,
    /// Service deployments by ARN.
    pub service_deployments: BTreeMap<String, ServiceDeployment>,
    /// ECR repositories by name.
    pub repositories: BTreeMap<String, Repository>,
    /// Prefixes of pull-through cache repositories: an image there that nobody pulled yet is not found.
    pub pull_through: Vec<String>,
    /// What was asked for and is in none of the above: tags, attributes, settings, and what is around ECS.
    pub account: Account,
    /// How many ids were given.
    pub(crate) counter: u64,
}

/// A cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cluster {
    /// Services by name, deleted ones too.
    pub services: BTreeMap<String, Service>,
    /// Deleted services whose name was given again: they stay visible beside the new one for a while.
    pub former: Vec<(String, Service)>,
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
    /// `ipv4` or `dualstack`; `ipv4` when empty.
    pub ip: String,
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
    /// AWS's code of it; TIMEOUT when it is `None`.
    pub error_code: Option<String>,
    /// The application, where it is not `cluster-service`.
    pub application_name: Option<String>,
    /// The deployment group, where it is not named like the service.
    pub group_name: Option<String>,
    /// Its group is none that can be asked for, as under CloudFormation's CodeDeployBlueGreenHook.
    pub without_group: bool,
}

/// A CodeDeploy deployment group as it is now. Its deployments say what it was when they were made.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeploymentGroup {
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
