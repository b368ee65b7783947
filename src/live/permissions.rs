//! Which IAM actions the answers take, and what they can be limited to.
//!
//! From the service authorization reference of Amazon ECS, Elastic Load Balancing, AWS CodeDeploy and Amazon ECR.

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
    /// What it can be limited to.
    pub resource: Resource,
    /// Which questions take it, in whatever state a service is: names of data sources without the provider's prefix.
    pub questions: &'static [&'static str],
    /// Questions that take it with an argument that is off unless given.
    pub optional: &'static [&'static str],
}

const fn takes(action: &'static str, resource: Resource, questions: &'static [&'static str]) -> Permission {
    Permission { action, resource, questions, optional: &[] }
}

/// The questions, in the order of the documentation.
pub const QUESTIONS: [&str; 6] = ["task_definition", "service", "target_group", "deployment", "services", "image"];

/// All of them.
pub const PERMISSIONS: [Permission; 15] = [
    takes("ecs:DescribeServices", Resource::Service, &["service", "target_group", "deployment", "services"]),
    takes(
        "ecs:DescribeServiceRevisions",
        Resource::ServiceRevision,
        &["service", "target_group", "deployment", "services"],
    ),
    takes(
        "ecs:DescribeServiceDeployments",
        Resource::ServiceDeployment,
        &["service", "target_group", "deployment", "services"],
    ),
    takes("ecs:ListServiceDeployments", Resource::Service, &["service", "target_group", "deployment", "services"]),
    takes("ecs:ListServices", Resource::Cluster, &["services"]),
    takes("ecs:DescribeTaskDefinition", Resource::Any, &["task_definition", "service", "services"]),
    Permission {
        action: "ecs:ListTagsForResource",
        resource: Resource::TaskDefinition,
        questions: &[],
        optional: &["task_definition"],
    },
    takes("elasticloadbalancing:DescribeRules", Resource::Any, &["target_group"]),
    takes("elasticloadbalancing:DescribeListeners", Resource::Any, &["target_group"]),
    takes("elasticloadbalancing:DescribeTargetGroups", Resource::Any, &["target_group"]),
    takes(
        "codedeploy:BatchGetDeployments",
        Resource::DeploymentGroup,
        &["service", "target_group", "deployment", "services"],
    ),
    takes("codedeploy:GetDeploymentTarget", Resource::Any, &["target_group"]),
    takes("codedeploy:GetDeploymentGroup", Resource::DeploymentGroup, &["target_group", "deployment"]),
    takes("ecr:DescribeImages", Resource::Repository, &["image"]),
    Permission { action: "ecr:BatchGetImage", resource: Resource::Repository, questions: &[], optional: &["image"] },
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
            Self::Any | Self::Cluster => "*".to_owned(),
            Self::Service => arn("ecs", &format!("service/{cluster}/*")),
            Self::ServiceRevision => arn("ecs", &format!("service-revision/{cluster}/*")),
            Self::ServiceDeployment => arn("ecs", &format!("service-deployment/{cluster}/*")),
            Self::TaskDefinition => arn("ecs", "task-definition/*"),
            Self::DeploymentGroup => arn("codedeploy", "deploymentgroup:*"),
            Self::Repository => arn("ecr", "repository/*"),
        }
    }
}
