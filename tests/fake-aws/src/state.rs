//! The account: typed data, built in Rust or loaded from JSON. Knows nothing of the wire.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
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
    counter: u64,
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
    /// Desired tasks.
    pub desired: i64,
    /// Tags.
    pub tags: BTreeMap<String, String>,
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
}

impl Region {
    /// An empty region.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// `aws`, `aws-cn` or `aws-us-gov`, by the region.
    pub fn partition(&self) -> &'static str {
        if self.name.starts_with("cn-") {
            "aws-cn"
        } else if self.name.starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        }
    }

    /// An ARN in this region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{ACCOUNT_ID}:{resource}", self.partition(), self.name)
    }

    /// Sixteen hexadecimal digits that no other id has.
    pub fn next_id(&mut self) -> String {
        self.counter += 1;
        format!("{:016x}", 0x5a5a_0000_0000_0000_u64 + self.counter)
    }

    /// Registers a revision of a family with one container per image; gives its ARN.
    pub fn register(&mut self, family: &str, images: &[(&str, &str)]) -> String {
        let containers: Vec<Value> = images
            .iter()
            .map(|(name, image)| {
                json!({
                    "name": name, "image": image, "essential": true, "cpu": 0,
                    "environment": [{"name": "DATABASE_PASSWORD", "value": "planted-secret-in-clear"}],
                    "secrets": [{"name": "TOKEN", "valueFrom": self.arn("ssm", &format!("parameter/{family}/token"))}],
                    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": format!("/ecs/{family}")}},
                })
            })
            .collect();
        self.register_raw(json!({
            "family": family,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "executionRoleArn": format!("arn:{}:iam::{ACCOUNT_ID}:role/{family}-execution", self.partition()),
            "taskRoleArn": format!("arn:{}:iam::{ACCOUNT_ID}:role/{family}-task", self.partition()),
            "containerDefinitions": containers,
        }))
    }

    /// Registers what a request of RegisterTaskDefinition holds; gives the ARN.
    pub fn register_raw(&mut self, mut request: Value) -> String {
        let family = request["family"].as_str().unwrap_or_default().to_owned();
        let tags = super::wire::tags(&request["tags"]);
        if let Some(request) = request.as_object_mut() {
            request.remove("tags");
        }
        let revisions = self.families.entry(family.clone()).or_default();
        let revision = revisions.last().map_or(1, |last| last.revision + 1);
        revisions.push(TaskDefinition { revision, status: "ACTIVE".to_owned(), registered: request, tags });
        self.task_definition_arn(&family, revision)
    }

    /// The ARN of a revision.
    pub fn task_definition_arn(&self, family: &str, revision: u64) -> String {
        self.arn("ecs", &format!("task-definition/{family}:{revision}"))
    }

    /// Makes a revision INACTIVE.
    pub fn deregister(&mut self, family: &str, revision: u64) {
        let revisions = self.families.get_mut(family).into_iter().flatten();
        for found in revisions.filter(|found| found.revision == revision) {
            found.status = "INACTIVE".to_owned();
        }
    }

    /// Creates a target group; gives its ARN.
    pub fn target_group(&mut self, name: &str) -> String {
        let id = self.next_id();
        let arn = self.arn("elasticloadbalancing", &format!("targetgroup/{name}/{id}"));
        self.target_groups.insert(arn.clone(), TargetGroup { name: name.to_owned() });
        arn
    }

    /// Creates an Application (`app`) or Network (`net`) Load Balancer; gives its ARN.
    pub fn load_balancer(&mut self, kind: &str, name: &str) -> String {
        let id = self.next_id();
        let arn = self.arn("elasticloadbalancing", &format!("loadbalancer/{kind}/{name}/{id}"));
        self.load_balancers.insert(arn.clone(), LoadBalancer { name: name.to_owned(), kind: kind.to_owned() });
        arn
    }

    /// Creates a listener; gives its ARN.
    pub fn listener(&mut self, load_balancer: &str, port: u16, action: Action) -> String {
        let id = self.next_id();
        let arn = format!("{}/{id}", load_balancer.replacen(":loadbalancer/", ":listener/", 1));
        let listener = Listener { load_balancer: load_balancer.to_owned(), port, action };
        self.listeners.insert(arn.clone(), listener);
        arn
    }

    /// Creates a rule; gives its ARN.
    pub fn rule(&mut self, listener: &str, priority: u32, action: Action) -> String {
        let id = self.next_id();
        let arn = format!("{}/{id}", listener.replacen(":listener/", ":listener-rule/", 1));
        let rule = Rule { listener: listener.to_owned(), priority, paths: vec!["/*".to_owned()], action };
        self.rules.insert(arn.clone(), rule);
        arn
    }

    /// A service, made if it is not there yet, with its cluster.
    pub fn service(&mut self, cluster: &str, name: &str) -> &mut Service {
        let cluster = self.clusters.entry(cluster.to_owned()).or_default();
        cluster.services.entry(name.to_owned()).or_insert_with(|| Service {
            status: "ACTIVE".to_owned(),
            controller: "ECS".to_owned(),
            desired: 2,
            ..Service::default()
        })
    }
}
