//! Which revision of this family is the latest ACTIVE one, and what is in it?

use super::place::{Place, same_account};
use super::problem::{Kind, Problem, Told};
use super::subject::Subject;
use super::{Images, Question};
use crate::aws::Clients;
use crate::resolve::model;
use crate::resolve::name::{Family, Named};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDefinitionQuestion {
    /// The family.
    pub family: Family,
    /// Whether to read the tags.
    pub tags: bool,
    /// Where to look.
    pub place: Place,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TaskDefinition {
    /// Whether the family has an ACTIVE revision.
    pub found: bool,
    /// ARN of the revision.
    pub arn: Option<String>,
    /// ARN of the family.
    pub arn_without_revision: Option<String>,
    /// Revision number.
    pub revision: Option<u64>,
    /// `family:revision`.
    pub family_revision: Option<String>,
    /// `ACTIVE`.
    pub status: Option<String>,
    /// Role that the containers' own AWS calls use.
    pub task_role_arn: Option<String>,
    /// Role that ECS itself uses to start the task.
    pub execution_role_arn: Option<String>,
    /// Docker network mode.
    pub network_mode: Option<String>,
    /// Launch types that it was registered for.
    pub requires_compatibilities: BTreeSet<String>,
    /// CPU units.
    pub cpu: Option<String>,
    /// MiB.
    pub memory: Option<String>,
    /// Platform; null when the revision names none.
    pub runtime_platform: Option<RuntimePlatform>,
    /// JSON text. Environment values are in clear in it.
    pub container_definitions: Option<String>,
    /// Image references by container name.
    pub images: BTreeMap<String, Option<String>>,
    /// Image tags by container name.
    pub image_tags: BTreeMap<String, Option<String>>,
    /// Image digests by container name.
    pub image_digests: BTreeMap<String, Option<String>>,
    /// What the containers' secrets refer to.
    pub secret_arns: BTreeSet<String>,
    /// CloudWatch log groups.
    pub log_groups: BTreeSet<String>,
    /// When it was registered (RFC 3339).
    pub registered_at: Option<String>,
    /// Tags, if they were asked for.
    pub tags: BTreeMap<String, String>,
    /// The region that was asked.
    pub region: String,
}

/// The platform of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RuntimePlatform {
    /// `LINUX`, …
    pub operating_system_family: Option<String>,
    /// `X86_64` or `ARM64`.
    pub cpu_architecture: Option<String>,
}

impl Question for TaskDefinitionQuestion {
    type Answer = TaskDefinition;

    fn place(&self) -> &Place {
        &self.place
    }

    fn about(&self) -> Vec<(&'static str, String)> {
        vec![("Family", self.family.name().to_owned())]
    }

    async fn read(&self, clients: &Clients) -> Result<Told<TaskDefinition>, Vec<Problem>> {
        let Self { family, tags, place } = self;
        let regional = place.regional(clients, &[("family", family.arn())]).await?;
        let subject = || Subject::asked(self.about(), &regional);
        let found = regional.task_definition(family.name(), *tags).await;
        let found = found.map_err(|error| subject().failed(&error))?;
        if family.arn().is_some() {
            let account = match &found {
                Some(found) => found.arn.arn().account().to_owned(),
                None => clients.account().await.map_err(|error| subject().failed(&error))?,
            };
            same_account("family", family.arn(), &account)?;
        }
        let answer = match found {
            Some(found) if found.arn.family() == family.name() && found.status == "ACTIVE" => {
                TaskDefinition::of(&found)
            }
            Some(found) => {
                let subject = subject().with("Answer", format!("{} ({})", found.arn, found.status));
                let detail = "AWS was asked for the latest ACTIVE revision of the family and answered with something \
                              else. Nothing is assumed. If an endpoint is configured, check that it is the right one.";
                return Err(subject.problem(Kind::Failed, "Unexpected Task Definition", detail).into());
            }
            None if place.allow_missing => TaskDefinition::default(),
            None => {
                let detail = "The family has no ACTIVE revision: it was never registered in this region, or all of its \
                              revisions were deregistered. Check the family and the region, or set \
                              ⟨allow_missing = true⟩ if ⟨Terraform registers it later⟩.";
                let request = "ecs:DescribeTaskDefinition";
                return Err(subject().not_found("Task Definition Not Found", detail, "family", request).into());
            }
        };
        Ok(TaskDefinition { region: regional.name.clone(), ..answer }.into())
    }
}

impl TaskDefinition {
    fn of(found: &model::TaskDefinition) -> Self {
        let platform = found.operating_system_family.is_some() || found.cpu_architecture.is_some();
        let Images { images, tags, digests } = Images::of(&found.images(&[]));
        Self {
            found: true,
            arn: Some(found.arn.as_str().to_owned()),
            arn_without_revision: Some(found.arn.without_revision().to_owned()),
            revision: Some(found.arn.revision()),
            family_revision: Some(found.arn.family_revision()),
            status: Some(found.status.clone()),
            task_role_arn: found.task_role_arn.clone(),
            execution_role_arn: found.execution_role_arn.clone(),
            network_mode: found.network_mode.clone(),
            requires_compatibilities: found.requires_compatibilities.clone(),
            cpu: found.cpu.clone(),
            memory: found.memory.clone(),
            runtime_platform: platform.then(|| RuntimePlatform {
                operating_system_family: found.operating_system_family.clone(),
                cpu_architecture: found.cpu_architecture.clone(),
            }),
            container_definitions: Some(found.container_definitions.clone()),
            images,
            image_tags: tags,
            image_digests: digests,
            secret_arns: found.containers.iter().flat_map(|container| &container.secrets).cloned().collect(),
            log_groups: found.containers.iter().filter_map(|container| container.log_group.clone()).collect(),
            registered_at: found.registered_at.clone(),
            tags: found.tags.clone(),
            region: String::new(),
        }
    }
}
