//! Which IAM actions the answers take, when, and what they can be limited to.
//!
//! From the service authorization reference of Amazon ECS, Elastic Load Balancing, AWS CodeDeploy and Amazon ECR. The policy
//! that the command prints and the table of the documentation are both made from here.

use Resource::{
    Any, Cluster, DeploymentGroup, Repository, Service, ServiceDeployment, ServiceRevision, Task, TaskDefinition,
};

/// What an action can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Nothing: `*`.
    Any,
    /// Services of a cluster.
    Service,
    /// Their service revisions.
    ServiceRevision,
    /// Their service deployments.
    ServiceDeployment,
    /// Nothing, but a condition may name the cluster.
    Cluster,
    /// Tasks of a cluster.
    Task,
    /// Task definitions.
    TaskDefinition,
    /// CodeDeploy deployment groups.
    DeploymentGroup,
    /// ECR repositories.
    Repository,
}

/// One action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// `ecs:DescribeServices`.
    pub action: &'static str,
    /// What it can be limited to. AWS checks the action against each of them.
    pub resources: &'static [Resource],
    /// Which questions take it, in whatever state a service is: names of data sources without the provider's prefix.
    pub questions: &'static [&'static str],
    /// Questions that take it with an argument that is off unless given: the question, and the argument.
    pub optional: &'static [(&'static str, &'static str)],
    /// True when the plan guard takes it.
    pub guard: bool,
    /// True when watching takes it.
    pub watch: bool,
    /// When it is called, as a sentence without its end; empty where it always is.
    pub when: &'static str,
}

/// The questions, in the order of the documentation.
pub const QUESTIONS: [&str; 6] = ["task_definition", "service", "target_group", "deployment", "services", "image"];

const ABOUT_SERVICES: &[&str] = &["service", "target_group", "deployment", "services"];

const fn takes(action: &'static str, resources: &'static [Resource], questions: &'static [&'static str]) -> Permission {
    Permission { action, resources, questions, optional: &[], guard: true, watch: true, when: "" }
}

/// All of them.
pub const PERMISSIONS: [Permission; 18] = [
    takes("ecs:DescribeServices", &[Service], ABOUT_SERVICES),
    Permission {
        when: "under the ECS controller",
        ..takes("ecs:DescribeServiceRevisions", &[Service, ServiceRevision], ABOUT_SERVICES)
    },
    Permission {
        when: "under the ECS controller, while a deployment is under way or to tell how the last one ended",
        ..takes("ecs:DescribeServiceDeployments", &[ServiceDeployment], ABOUT_SERVICES)
    },
    Permission {
        when: "under the ECS controller, where the service does not name its deployment",
        ..takes("ecs:ListServiceDeployments", &[Service], ABOUT_SERVICES)
    },
    Permission {
        when: "`ecslive_services` without `service_names`; the guard, to find who uses a target group or a revision",
        watch: false,
        ..takes("ecs:ListServices", &[Cluster], &["services"])
    },
    Permission {
        when: "the guard, to find who uses a target group or a revision",
        watch: false,
        ..takes("ecs:ListClusters", &[Any], &[])
    },
    Permission {
        when: "of services under CODE_DEPLOY and EXTERNAL, and where no service revision tells the images; of many services \
               only with `include_images`",
        watch: false,
        ..takes("ecs:DescribeTaskDefinition", &[Any], &["task_definition", "service", "services"])
    },
    Permission {
        optional: &[("task_definition", "include_tags")],
        guard: false,
        watch: false,
        ..takes("ecs:ListTagsForResource", &[TaskDefinition], &[])
    },
    Permission {
        guard: false,
        when: "watching, where tasks are missing or failed to start",
        ..takes("ecs:ListTasks", &[Cluster], &[])
    },
    Permission { guard: false, when: "watching, where tasks stopped", ..takes("ecs:DescribeTasks", &[Task], &[]) },
    Permission {
        when: "unless `verify_listener = false`",
        ..takes("elasticloadbalancing:DescribeRules", &[Any], &["target_group"])
    },
    Permission {
        when: "unless `verify_listener = false`",
        ..takes("elasticloadbalancing:DescribeListeners", &[Any], &["target_group"])
    },
    Permission {
        when: "unless `verify_listener = false`",
        ..takes("elasticloadbalancing:DescribeTargetGroups", &[Any], &["target_group"])
    },
    Permission {
        when: "under CODE_DEPLOY",
        ..takes("codedeploy:BatchGetDeployments", &[DeploymentGroup], ABOUT_SERVICES)
    },
    Permission {
        when: "under CODE_DEPLOY with `verify_listener = false`, or watching",
        ..takes("codedeploy:GetDeploymentTarget", &[Any], &["target_group"])
    },
    Permission {
        when: "under CODE_DEPLOY, where the listener of the last deployment is gone, or for the last deployment",
        ..takes("codedeploy:GetDeploymentGroup", &[DeploymentGroup], &["target_group", "deployment"])
    },
    Permission { watch: false, ..takes("ecr:DescribeImages", &[Repository], &["image"]) },
    Permission {
        optional: &[("image", "include_platforms")],
        watch: false,
        ..takes("ecr:BatchGetImage", &[Repository], &[])
    },
];

/// Where a policy is for; `*` for what is left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// The partition: `aws`.
    pub partition: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// The cluster.
    pub cluster: Option<String>,
}

impl Resource {
    /// The ARN pattern that a policy names.
    pub fn arn(self, limits: &Limits) -> String {
        let or_any = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".to_owned());
        let (region, account, cluster) = (or_any(&limits.region), or_any(&limits.account), or_any(&limits.cluster));
        let partition = limits.partition.clone().unwrap_or_else(|| "aws".to_owned());
        let arn = |service: &str, resource: &str| format!("arn:{partition}:{service}:{region}:{account}:{resource}");
        match self {
            Any | Cluster => "*".to_owned(),
            Service => arn("ecs", &format!("service/{cluster}/*")),
            ServiceRevision => arn("ecs", &format!("service-revision/{cluster}/*")),
            ServiceDeployment => arn("ecs", &format!("service-deployment/{cluster}/*")),
            Task => arn("ecs", &format!("task/{cluster}/*")),
            TaskDefinition => arn("ecs", "task-definition/*"),
            DeploymentGroup => arn("codedeploy", "deploymentgroup:*"),
            Repository => arn("ecr", "repository/*"),
        }
    }

    /// What it is, for a table.
    pub fn as_str(self) -> &'static str {
        match self {
            Any => "nothing",
            Service => "services",
            ServiceRevision => "service revisions",
            ServiceDeployment => "service deployments",
            Cluster => "nothing; a condition may name the cluster",
            Task => "tasks",
            TaskDefinition => "task definitions",
            DeploymentGroup => "deployment groups",
            Repository => "repositories",
        }
    }
}

/// The table of the documentation: what each action can be limited to, and who needs it when.
pub fn table() -> String {
    let row = |permission: &Permission| {
        let limits: Vec<&str> = permission.resources.iter().map(|resource| resource.as_str()).collect();
        let plain = permission.questions.iter().map(|question| format!("`ecslive_{question}`"));
        let optional = |(question, argument): &(&str, &str)| format!("`ecslive_{question}` with `{argument}`");
        let optional = permission.optional.iter().map(optional);
        let guard = permission.guard.then(|| "`ecslive guard`".to_owned());
        let watch = permission.watch.then(|| "`--watch`".to_owned());
        let who: Vec<String> = plain.chain(optional).chain(guard).chain(watch).collect();
        format!("| `{}` | {} | {} | {} |\n", permission.action, limits.join(" and "), who.join(", "), permission.when)
    };
    let head = "| IAM action | can be limited to | needed by | when |\n|---|---|---|---|\n";
    head.to_owned() + &PERMISSIONS.iter().map(row).collect::<String>()
}
