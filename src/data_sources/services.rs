//! `ecslive_services`: what the services of a cluster run now, in as few calls as AWS allows.

use super::explain::Subject;
use super::lookup::{Lookup, same_region};
use super::{running_service, timeouts};
use crate::aws::{Clients, Found, Inquiry, Regional};
use crate::framework::{Attributes, DataSource};
use crate::resolve::Refusal;
use crate::resolve::name::{Cluster, Named, ServiceName};
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostics, Type, Value};
use std::collections::BTreeMap;

/// The data source.
pub struct ServicesDataSource;

/// The configuration.
pub struct Config {
    cluster: Arg<Cluster>,
    names: Arg<Vec<ServiceName>>,
    lookup: Lookup,
}

/// Errors that are shown at most: a denied call fails every service alike.
const SHOWN: usize = 10;

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
            cluster: fields.parse("cluster", Cluster::parse),
            names: fields.parse_all("service_names", ServiceName::parse),
            lookup: Lookup::config(fields),
        }
    }

    async fn read(clients: &Clients, config: Config) -> Result<Attributes, Diagnostics> {
        let cluster = config.cluster.required("cluster")?;
        let names = config.names.optional("service_names")?;
        let scope = config.lookup.scope()?.about([("Cluster", cluster.name())]);
        let read = async {
            let regional = scope.regional(clients).await?;
            same_region(&regional, &[("cluster", cluster.arn())])?;
            for name in names.iter().flatten() {
                same_region(&regional, &[("service_names", name.arn())])?;
            }
            let services = match read_all(&regional, &cluster, names, scope.allow_missing).await? {
                Some(services) => Attributes::new([("found", true.into()), ("services", Value::map(services))]),
                None => Attributes::absent(&Self::schema()).with("found", false),
            };
            Ok(services.with("region", regional.name.as_str()))
        };
        timeouts::within(&scope, read).await
    }
}

fn elements() -> Vec<Attribute> {
    let mut attributes = vec![Attribute::bool("found").computed().describe("Whether the service exists.")];
    // Lists of nested attributes below nested attributes, some of them empty, crash Terraform 1.0.
    attributes.extend(running_service::attributes().into_iter().map(Attribute::flat));
    attributes
}

/// The services by name; `None` when the cluster may be missing and is.
async fn read_all(
    regional: &Regional,
    cluster: &Cluster,
    names: Option<Vec<ServiceName>>,
    allow_missing: bool,
) -> Result<Option<BTreeMap<String, Value>>, Diagnostics> {
    let subject = || Subject::new([("Cluster", cluster.name()), ("Region", &regional.name)]).answered_by(regional);
    let listed = names.is_none();
    let names = match names {
        Some(names) => names,
        None => match regional.list_services(cluster).await.map_err(|error| subject().failed(&error))? {
            Found::Here(names) => names,
            _ if allow_missing => return Ok(None),
            _ => return Err(subject().unanswered(&Inquiry::<()>::NoCluster, "cluster")),
        },
    };
    let reads = names.iter().map(|name| running_service::read(regional, cluster, name));
    let (mut services, mut failed) = (BTreeMap::new(), Vec::new());
    for (name, read) in names.iter().zip(regional.together(reads).await) {
        let state = match read {
            Ok(Ok(attributes)) => attributes.with("found", true),
            Ok(Err(Inquiry::NoService | Inquiry::Refused(Refusal::BeingDeleted))) if listed => continue,
            Ok(Err(Inquiry::NoCluster)) if allow_missing => return Ok(None),
            Ok(Err(Inquiry::NoService)) if allow_missing => absent(),
            Ok(Err(inquiry)) => {
                failed.extend(Subject::service(cluster, name, regional).unanswered(&inquiry, "service_names"));
                continue;
            }
            Err(diagnostics) => {
                failed.extend(diagnostics);
                continue;
            }
        };
        services.insert(name.name().to_owned(), state.into_object());
    }
    if failed.is_empty() {
        return Ok(Some(services));
    }
    if let Some(more) = failed.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        failed.truncate(SHOWN);
        let detail = format!("{more} more services of the cluster could not be read, for these or other reasons.");
        failed.push(subject().diagnostic("More Services Failed", &detail));
    }
    Err(failed.into_iter().collect())
}

fn absent() -> Attributes {
    Attributes::absent(&Block::new(elements())).with("found", false)
}
