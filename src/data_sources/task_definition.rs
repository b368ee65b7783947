//! `ecslive_task_definition`: the latest ACTIVE revision of a family.

use super::lookup::Lookup;
use super::{answer, container_images, names, timeouts};
use crate::framework::{Attributes, DataSource};
use crate::live::Clients;
use crate::live::task_definition::TaskDefinitionQuestion;
use crate::resolve::name::Family;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostics, Type};

/// The data source.
pub struct TaskDefinitionDataSource;

/// The configuration.
pub struct Config {
    family: Arg<Family>,
    include_tags: Arg<bool>,
    lookup: Lookup,
}

impl DataSource<Clients> for TaskDefinitionDataSource {
    type Config = Config;

    const NAME: &'static str = "task_definition";

    fn schema() -> Block {
        let mut attributes = vec![
            Attribute::string("family").required().describe(
                "Task definition family: its name, or its ARN without a revision. A revision is refused, because the \
                 answer is always the latest ACTIVE one.",
            ),
            Attribute::bool("include_tags")
                .optional()
                .describe("Whether to read the tags, which needs `ecs:ListTagsForResource`. Defaults to `false`."),
        ];
        attributes.extend(Lookup::attributes("an ACTIVE revision of the family"));
        attributes.extend([
            Attribute::string("arn").computed().describe("ARN of the revision."),
            Attribute::string("arn_without_revision")
                .computed()
                .describe("ARN of the family: the latest ACTIVE revision to those who accept it."),
            Attribute::number("revision").computed().describe("Revision number."),
            Attribute::string("family_revision").computed().describe("`family:revision`."),
            Attribute::string("status").computed().describe("Status of the revision: `ACTIVE`."),
            Attribute::string("task_role_arn").computed().describe("Role that the containers' own AWS calls use."),
            Attribute::string("execution_role_arn").computed().describe(
                "Role that ECS itself uses to start the task: pull images, read secrets, create log streams.",
            ),
            Attribute::string("network_mode").computed().describe("Docker network mode, such as `awsvpc`."),
            Attribute::set("requires_compatibilities", Type::String)
                .computed()
                .describe("Launch types that the revision was registered for."),
            Attribute::string("cpu").computed().describe("CPU units of the task, as text like ECS has it."),
            Attribute::string("memory").computed().describe("Memory of the task in MiB, as text like ECS has it."),
            Attribute::nested_single(
                "runtime_platform",
                vec![
                    Attribute::string("operating_system_family")
                        .computed()
                        .describe("Operating system, such as `LINUX`."),
                    Attribute::string("cpu_architecture").computed().describe("CPU architecture: `X86_64` or `ARM64`."),
                ],
            )
            .computed()
            .describe("Platform of the task; null when the revision names none."),
            Attribute::string("container_definitions").computed().sensitive().describe(
                "Container definitions as JSON, exactly what ECS holds. Sensitive, because environment values are in \
                 clear in it.",
            ),
            Attribute::set("secret_arns", Type::String).computed().describe(
                "What the containers' secrets, log options and registry credentials refer to, as registered: ARNs, or \
                 names of SSM parameters.",
            ),
            Attribute::set("log_groups", Type::String)
                .computed()
                .describe("CloudWatch log groups of the containers that log with `awslogs`."),
            Attribute::string("registered_at").computed().describe("When it was registered (RFC 3339)."),
            Attribute::map("tags", Type::String).computed().describe("Tags; empty unless `include_tags` is `true`."),
        ]);
        attributes.extend(container_images::attributes());
        Block::new(attributes)
            .describe("The latest ACTIVE revision of a task definition family.")
            .with_block(timeouts::block())
    }

    fn config(fields: &mut Fields) -> Config {
        Config {
            family: names::parse(fields, "family", Family::parse),
            include_tags: fields.arg("include_tags"),
            lookup: Lookup::config(fields),
        }
    }

    async fn read(clients: &Clients, config: Config, schema: &Block) -> Result<Attributes, Diagnostics> {
        let family = config.family.required("family")?;
        let tags = config.include_tags.optional("include_tags")?.unwrap_or(false);
        let question = TaskDefinitionQuestion { family, tags, place: config.lookup.place()? };
        answer::ask(clients, schema, &question).await
    }
}
