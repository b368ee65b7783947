//! What is live, as plain data: one struct for each question. Nothing here is a decision.

use crate::guard::plan::Condition;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A service as AWS has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceFacts {
    /// The ARN.
    pub arn: String,
    /// The name of its cluster.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// `deploymentController.type`, ECS when absent.
    pub controller: String,
    /// `deploymentConfiguration.strategy`, ROLLING when absent.
    pub strategy: String,
    /// The ARN of the task definition it is configured with.
    pub configured: Option<String>,
    /// The ARNs of the task definitions that its serving tasks run.
    pub running: Vec<String>,
    /// `desiredCount`.
    pub desired: i64,
    /// `runningCount`.
    pub running_count: i64,
    /// Its load balancer entries, as configured.
    pub load_balancers: Vec<EntryFacts>,
    /// The target groups in which the tasks that serve are registered.
    pub serving: Vec<String>,
    /// The rules or listeners that carry its production requests.
    pub production_routes: Vec<String>,
    /// The rules or listeners that carry its test requests.
    pub test_routes: Vec<String>,
    /// The ARNs of the Cloud Map services it registers with.
    pub registries: Vec<String>,
    /// The deployment under way.
    pub deployment: Option<DeploymentFacts>,
    /// Task definitions whose deployment was rolled back or failed, newest first.
    pub rolled_back: Vec<String>,
    /// Its task sets that are not being removed, under CODE_DEPLOY and EXTERNAL.
    pub task_sets: Vec<TaskSetFacts>,
}

impl ServiceFacts {
    /// The ARNs of all task definitions that it needs: what serves, what it is configured with, what is being brought to it,
    /// and what stands beside that.
    pub fn revisions(&self) -> BTreeSet<&String> {
        let brought = self.deployment.as_ref().and_then(|deployment| deployment.target.as_ref());
        let sets = self.task_sets.iter().map(|set| &set.task_definition);
        self.running.iter().chain(&self.configured).chain(brought).chain(sets).collect()
    }
}

/// `taskSets[]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskSetFacts {
    /// `id`: `ecs-svc/…`.
    pub id: String,
    /// The ARN of its task definition.
    pub task_definition: String,
    /// `runningCount`.
    pub running: i64,
    /// True when requests reach it; `None` where AWS does not say. One without a target group serves while it has tasks.
    pub serves: Option<bool>,
}

/// `loadBalancers[]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EntryFacts {
    /// `targetGroupArn`.
    pub target_group: String,
    /// `advancedConfiguration.alternateTargetGroupArn`.
    pub alternate: Option<String>,
}

/// A deployment that has not ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeploymentFacts {
    /// The id or ARN.
    pub id: String,
    /// Who deploys: `ECS`, `CodeDeploy`, or what else names itself.
    pub by: String,
    /// In AWS's words: `IN_PROGRESS`, `Ready`, …
    pub status: String,
    /// `lifecycleStage`, such as `BAKE_TIME`.
    pub stage: Option<String>,
    /// The ARN of the task definition it brings.
    pub target: Option<String>,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// How long it bakes, in minutes: `deploymentConfiguration.bakeTimeInMinutes` of the service. AWS does not say when that
    /// begins.
    pub bake_minutes: Option<i64>,
    /// What has to be continued by somebody.
    pub waits_for: Vec<WaitFacts>,
}

/// Something that stops a deployment until somebody continues it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaitFacts {
    /// The command that continues it.
    pub command: String,
    /// The IAM action of the command.
    pub iam_action: String,
    /// What happens when nobody does, and when: `rolls back by itself at 2026-01-09T00:00:00Z`.
    pub otherwise: Option<String>,
}

/// A listener rule, or a listener's default action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteFacts {
    /// The ARN of the rule, or of the listener for its default action.
    pub arn: String,
    /// Of a default action, the ARN of the rule that it is too, where AWS tells it.
    pub default_rule: Option<String>,
    /// `None` for the default action.
    pub priority: Option<i64>,
    /// What a request must have; nothing for the default action.
    pub conditions: Vec<Condition>,
    /// Where requests go.
    pub groups: Vec<WeightFacts>,
    /// What happens instead of a forward: `redirect`, `fixed-response`.
    pub other: Option<String>,
    /// What comes before it: `authenticate-oidc`, `authenticate-cognito`, `jwt-validation`.
    pub beside: Vec<String>,
    /// True when clients stay on their group.
    pub sticky: bool,
}

/// One target group of a forward.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightFacts {
    /// The ARN.
    pub arn: String,
    /// 0 to 999.
    pub weight: i64,
}

/// A listener with all of its rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListenerFacts {
    /// The ARN.
    pub arn: String,
    /// The rules in any order, and the default action.
    pub routes: Vec<RouteFacts>,
}

/// A target group and who uses it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupFacts {
    /// The ARN.
    pub arn: String,
    /// `targetType`: ip, instance, lambda, alb.
    pub target_type: String,
    /// The rules and listeners that name it, with whatever weight.
    pub used_by: Vec<String>,
    /// The ECS services that have it in their configuration.
    pub owners: Vec<OwnerFacts>,
}

/// A service that uses a target group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnerFacts {
    /// The service's ARN.
    pub service: String,
    /// True when the tasks that serve are registered here; `None` when AWS does not say which side serves.
    pub live: Option<bool>,
    /// The service's test routes: what they do is not production.
    pub test_routes: Vec<String>,
}

/// A load balancer and what it serves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoadBalancerFacts {
    /// The ARN.
    pub arn: String,
    /// The ARNs of the ECS services with running tasks behind it.
    pub services: Vec<String>,
}

/// A revision of a task definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DefinitionFacts {
    /// The ARN.
    pub arn: String,
    /// ACTIVE, INACTIVE, DELETE_IN_PROGRESS.
    pub status: String,
    /// `taskRoleArn`.
    pub task_role: Option<String>,
    /// `executionRoleArn`.
    pub execution_role: Option<String>,
    /// Container by container.
    pub containers: Vec<ContainerFacts>,
    /// Everything else it names: secrets, parameters, log groups, file systems, by ARN or name as registered.
    pub references: Vec<String>,
}

/// A container of a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContainerFacts {
    /// `name`.
    pub name: String,
    /// `image`.
    pub image: String,
    /// `portMappings[].containerPort`.
    pub ports: Vec<i64>,
    /// `linuxParameters.initProcessEnabled`.
    pub has_init_process: bool,
    /// `readonlyRootFilesystem`.
    pub is_read_only: bool,
}

/// An image in Amazon ECR.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageFacts {
    /// The reference that was asked for.
    pub reference: String,
    /// True when it is archived: it cannot be pulled.
    pub archived: bool,
    /// `imagePushedAt`, RFC 3339 in UTC.
    pub pushed_at: Option<String>,
    /// The CPU architectures in its manifest, as `X86_64` and `ARM64`; `None` when the manifest names none.
    pub architectures: Option<Vec<String>>,
}
