//! `ecslive_services`: what the services of a cluster run now, in as few calls as AWS allows.

use super::lookup::Lookup;
use super::{answer, names, running_service, timeouts};
use crate::framework::{Attributes, DataSource};
use crate::live::Clients;
use crate::live::services::ServicesQuestion;
use crate::resolve::name::{Cluster, ServiceName};
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostics, Type};

/// The data source.
pub struct ServicesDataSource;

/// The configuration.
pub struct Config {
    cluster: Arg<Cluster>,
    names: Arg<Vec<ServiceName>>,
    images: Arg<bool>,
    lookup: Lookup,
}

impl DataSource<Clients> for ServicesDataSource {
    type Config = Config;

    const NAME: &'static str = "services";

    fn schema() -> Block {
        let mut attributes = vec![
            Attribute::string("cluster").required().describe("Name or ARN of the cluster."),
            Attribute::set("service_names", Type::String).optional().describe(
                "Names or ARNs of the services to read. Defaults to all services of the cluster that are not being \
                 deleted, which needs `ecs:ListServices`.",
            ),
            Attribute::bool("include_images").optional().describe(
                "Whether to read the images of each service. Defaults to `false`: then `images`, `image_tags` and \
                 `image_digests` are empty. Where no service revision has them, as under `CODE_DEPLOY`, they take one \
                 call of `ecs:DescribeTaskDefinition` a service, of which AWS allows 20 a second.",
            ),
        ];
        attributes.extend(Lookup::attributes("the cluster"));
        attributes.push(
            Attribute::nested_map("services", elements())
                .computed()
                .describe("Services by name. A service of `service_names` that is absent is an error, or has `found = false` with `allow_missing = true`. The attributes are described at `ecslive_service`."),
        );
        Block::new(attributes)
            .describe(
                "What many services of one cluster run now, with the attributes of `ecslive_service` for each: ten \
                 services take one call.",
            )
            .with_block(timeouts::block())
    }

    fn config(fields: &mut Fields) -> Config {
        Config {
            cluster: names::parse(fields, "cluster", Cluster::parse),
            names: names::parse_all(fields, "service_names", ServiceName::parse),
            images: fields.arg("include_images"),
            lookup: Lookup::config(fields),
        }
    }

    async fn read(clients: &Clients, config: Config, schema: &Block) -> Result<Attributes, Diagnostics> {
        let question = ServicesQuestion {
            cluster: config.cluster.required("cluster")?,
            names: config.names.optional("service_names")?,
            images: config.images.optional("include_images")?.unwrap_or(false),
            place: config.lookup.place()?,
        };
        answer::ask(clients, schema, &question).await
    }
}

fn elements() -> Vec<Attribute> {
    let mut attributes = vec![Attribute::bool("found").computed().describe("Whether the service exists.")];
    // Lists of nested attributes below nested attributes, some of them empty, crash Terraform 1.0.
    attributes.extend(running_service::attributes().into_iter().map(Attribute::flat));
    attributes
}
