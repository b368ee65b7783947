//! Building an account: ARNs, ids, and one method for each thing that can be in a region.

use crate::state::{ACCOUNT_ID, Action, Listener, LoadBalancer, Region, Rule, Service, TargetGroup, TaskDefinition};
use serde_json::{Value, json};

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

    /// A moment, in seconds since 1970, that is later than every one before.
    pub fn now(&mut self) -> f64 {
        self.counter += 1;
        1_790_000_000.0 + self.counter as f64
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
        let tags = crate::wire::tags(&request["tags"]);
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
        self.load_balancers.insert(
            arn.clone(),
            LoadBalancer { name: name.to_owned(), kind: kind.to_owned(), ..LoadBalancer::default() },
        );
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
