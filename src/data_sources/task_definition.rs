//! `ecslive_task_definition`: the latest ACTIVE revision of a family.

use super::container_images;
use super::explain::Subject;
use super::lookup::{Lookup, same_region};
use super::timeouts;
use crate::aws::Clients;
use crate::framework::{Attributes, DataSource};
use crate::resolve::model::TaskDefinition;
use crate::resolve::name::{Family, Named};
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostics, Type, Value};

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
            family: fields.parse("family", Family::parse),
            include_tags: fields.arg("include_tags"),
            lookup: Lookup::config(fields),
        }
    }

    async fn read(clients: &Clients, config: Config) -> Result<Attributes, Diagnostics> {
        let family = config.family.required("family")?;
        let include_tags = config.include_tags.optional("include_tags")?.unwrap_or(false);
        let scope = config.lookup.scope()?.about([("Family", family.name())]);
        let read = async {
            let regional = scope.regional(clients).await?;
            same_region(&regional, &[("family", family.arn())])?;
            let subject =
                || Subject::new([("Family", family.name()), ("Region", &regional.name)]).answered_by(&regional);
            let found = regional.task_definition(family.name(), include_tags).await;
            match found.map_err(|error| subject().failed(&error))? {
                Some(found) if found.arn.family() == family.name() && found.status == "ACTIVE" => {
                    Ok(state(&found).with("region", regional.name.as_str()))
                }
                Some(found) => Err(subject()
                    .with("Answer", format!("{} ({})", found.arn, found.status))
                    .diagnostic(
                        "Unexpected Task Definition",
                        "AWS was asked for the latest ACTIVE revision of the family and answered with something \
                         else. Nothing is assumed. If an endpoint is configured, check that it is the right one.",
                    )
                    .into()),
                None if scope.allow_missing => {
                    Ok(Attributes::absent(&Self::schema()).with("found", false).with("region", regional.name.as_str()))
                }
                None => Err(subject().not_found(
                    "Task Definition Not Found",
                    "The family has no ACTIVE revision: it was never registered in this region, or all of its \
                     revisions were deregistered. Check the family and the region, or set allow_missing = true if \
                     Terraform or your pipeline registers it later.",
                    "family",
                    "ecs:DescribeTaskDefinition",
                )),
            }
        };
        timeouts::within(&scope, read).await
    }
}

fn state(found: &TaskDefinition) -> Attributes {
    let platform = found.operating_system_family.is_some() || found.cpu_architecture.is_some();
    let platform = platform.then(|| {
        Value::object([
            ("operating_system_family", Value::from(found.operating_system_family.clone())),
            ("cpu_architecture", Value::from(found.cpu_architecture.clone())),
        ])
    });
    let secrets = found.containers.iter().flat_map(|container| &container.secrets);
    let log_groups = found.containers.iter().filter_map(|container| container.log_group.as_ref());
    Attributes::new([
        ("found", true.into()),
        ("arn", found.arn.as_str().into()),
        ("arn_without_revision", found.arn.without_revision().into()),
        ("revision", found.arn.revision().into()),
        ("family_revision", found.arn.family_revision().into()),
        ("status", found.status.as_str().into()),
        ("task_role_arn", found.task_role_arn.clone().into()),
        ("execution_role_arn", found.execution_role_arn.clone().into()),
        ("network_mode", found.network_mode.clone().into()),
        ("requires_compatibilities", strings(&found.requires_compatibilities)),
        ("cpu", found.cpu.clone().into()),
        ("memory", found.memory.clone().into()),
        ("runtime_platform", platform.into()),
        ("container_definitions", found.container_definitions.as_str().into()),
        ("secret_arns", strings(secrets)),
        ("log_groups", strings(log_groups)),
        ("registered_at", found.registered_at.clone().into()),
        ("tags", map(found.tags.iter().map(|(key, value)| (key, Some(value.clone()))))),
    ])
    .with_all(container_images::values(&found.images(&[])))
}

/// A map of strings, some of which may be null.
pub fn map<'a>(entries: impl Iterator<Item = (&'a String, Option<String>)>) -> Value {
    Value::map(entries)
}

/// A set of strings.
pub fn strings<'a>(items: impl IntoIterator<Item = &'a String>) -> Value {
    Value::set(items.into_iter().map(String::as_str))
}
