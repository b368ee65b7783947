//! The arguments that data sources have in common: where to look, and what to do when nothing is there.

use super::answer::diagnostic;
use super::{names, timeouts};
use crate::live::{self, Place};
use crate::resolve::name::{Cluster, ServiceName, region};
use crate::tf::Diagnostics;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::Attribute;
use std::time::Duration;

/// `region`, `allow_missing` and `timeouts`.
pub struct Lookup {
    /// The region, when the data source names one.
    pub region: Arg<String>,
    allow_missing: Arg<bool>,
    timeout: Arg<Duration>,
}

impl Lookup {
    /// The attributes of the schema; `thing` is what may be missing.
    pub fn attributes(thing: &str) -> Vec<Attribute> {
        vec![
            Attribute::string("region")
                .optional_computed()
                .describe("AWS region to read from. Defaults to the region of the provider."),
            Attribute::bool("allow_missing").optional().describe(format!(
                "Whether {thing} may be absent. If `true` and it is, `found` is `false`, scalar attributes are null and \
                 collections are empty. Defaults to `false`: absence is an error. Access errors are errors either way."
            )),
            Attribute::bool("found").computed().describe(format!("Whether {thing} exists.")),
        ]
    }

    /// Takes the attributes out of a configuration.
    pub fn config(fields: &mut Fields) -> Self {
        Self {
            region: fields.parse("region", region),
            allow_missing: fields.arg("allow_missing"),
            timeout: timeouts::read(fields),
        }
    }

    /// The same without unknown values.
    pub fn place(self) -> Result<Place, Diagnostics> {
        Ok(Place {
            region: self.region.optional("region")?,
            allow_missing: self.allow_missing.optional("allow_missing")?.unwrap_or(false),
            timeout: self.timeout.optional("timeouts")?,
            ..Place::default()
        })
    }
}

/// `cluster` and `service_name`.
pub struct Address {
    /// `cluster`.
    pub cluster: Arg<Cluster>,
    /// `service_name`.
    pub service: Arg<ServiceName>,
}

impl Address {
    /// The attributes of the schema.
    pub fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::string("cluster").required().describe(
                "Name or ARN of the cluster. Use a variable, local or literal rather than a resource attribute: a \
                 value that is unknown while planning moves the read into the apply.",
            ),
            Attribute::string("service_name").required().describe(
                "Name or ARN of the service. Use a variable, local or literal rather than a resource attribute, so \
                 that the data source can feed the resources that the service depends on.",
            ),
        ]
    }

    /// Takes the attributes out of a configuration.
    pub fn config(fields: &mut Fields) -> Self {
        Self {
            cluster: names::parse(fields, "cluster", Cluster::parse),
            service: names::parse(fields, "service_name", ServiceName::parse),
        }
    }

    /// What is wrong between the two.
    pub fn validate(&self) -> Diagnostics {
        let (Arg::Known(cluster), Arg::Known(service)) = (&self.cluster, &self.service) else {
            return Diagnostics::default();
        };
        let address = live::Address { cluster: cluster.clone(), service: service.clone() };
        address.check().iter().map(diagnostic).collect()
    }

    /// The same without unknown values.
    pub fn known(self) -> Result<live::Address, Diagnostics> {
        let cluster = self.cluster.required("cluster")?;
        Ok(live::Address { cluster, service: self.service.required("service_name")? })
    }
}

/// The configuration of a data source about one service, and nothing else.
pub struct OneService {
    address: Address,
    lookup: Lookup,
}

impl OneService {
    /// The attributes of the schema; `thing` is what may be missing.
    pub fn attributes(thing: &str) -> Vec<Attribute> {
        let mut attributes = Address::attributes();
        attributes.extend(Lookup::attributes(thing));
        attributes
    }

    /// Takes the attributes out of a configuration.
    pub fn config(fields: &mut Fields) -> Self {
        Self { address: Address::config(fields), lookup: Lookup::config(fields) }
    }

    /// What is wrong between them.
    pub fn validate(&self) -> Diagnostics {
        self.address.validate()
    }

    /// The same without unknown values.
    pub fn known(self) -> Result<(live::Address, Place), Diagnostics> {
        Ok((self.address.known()?, self.lookup.place()?))
    }
}
