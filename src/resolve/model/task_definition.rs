//! Task definition revisions.

use super::RunningImage;
use crate::resolve::task_definition::TaskDefinitionArn;
use std::collections::{BTreeMap, BTreeSet};

/// `DescribeTaskDefinition`: one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDefinition {
    /// `taskDefinitionArn`.
    pub arn: TaskDefinitionArn,
    /// `status`: ACTIVE, INACTIVE, DELETE_IN_PROGRESS.
    pub status: String,
    /// `taskRoleArn`: what the application may do.
    pub task_role_arn: Option<String>,
    /// `executionRoleArn`: what the agent may do to start the task.
    pub execution_role_arn: Option<String>,
    /// `networkMode`.
    pub network_mode: Option<String>,
    /// `requiresCompatibilities`.
    pub requires_compatibilities: BTreeSet<String>,
    /// `cpu`, in CPU units, as text like AWS has it.
    pub cpu: Option<String>,
    /// `memory`, in MiB, as text like AWS has it.
    pub memory: Option<String>,
    /// `runtimePlatform.operatingSystemFamily`.
    pub operating_system_family: Option<String>,
    /// `runtimePlatform.cpuArchitecture`.
    pub cpu_architecture: Option<String>,
    /// The containers, without their environment.
    pub containers: Vec<Container>,
    /// `volumes[].efsVolumeConfiguration.fileSystemId`.
    pub file_systems: Vec<String>,
    /// `containerDefinitions` as JSON, with everything that is in it.
    pub container_definitions: String,
    /// `registeredAt`, RFC 3339.
    pub registered_at: Option<String>,
    /// Tags, when they were asked for.
    pub tags: BTreeMap<String, String>,
}

impl TaskDefinition {
    /// The images of the containers, with the digests that ECS resolved.
    pub fn images(&self, resolved: &[RunningImage]) -> Vec<RunningImage> {
        let image = |container: &Container| {
            let resolved = resolved.iter().find(|image| image.container == container.name);
            RunningImage {
                container: container.name.clone(),
                image: Some(container.image.clone()),
                digest: resolved.and_then(|image| image.digest.clone()),
            }
        };
        self.containers.iter().map(image).collect()
    }
}

/// One container definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// `name`.
    pub name: String,
    /// `image`, as registered.
    pub image: String,
    /// What `secrets`, `logConfiguration.secretOptions` and `repositoryCredentials` refer to.
    pub secrets: Vec<String>,
    /// The `awslogs-group` of its log configuration.
    pub log_group: Option<String>,
}
