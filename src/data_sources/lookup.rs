//! The arguments that data sources have in common: where to look, and what to do when nothing is there.

use super::explain::Subject;
use super::timeouts;
use crate::aws::{Clients, Reader, Regional};
use crate::resolve::arn::Arn;
use crate::resolve::name::{Cluster, Named, ServiceName};
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::Attribute;
use crate::tf::{Diagnostic, Diagnostics, Path};
use std::time::Duration;

/// `region`, `allow_missing` and `timeouts`.
pub struct Lookup {
    /// The region, when the data source names one.
    pub region: Arg<String>,
    allow_missing: Arg<bool>,
    timeout: Arg<Duration>,
}

/// The same without unknown values.
pub struct Scope {
    /// The region, when the data source names one.
    pub region: Option<String>,
    /// True when absence is an answer.
    pub allow_missing: bool,
    /// How long a read may take.
    pub timeout: Option<Duration>,
    /// What is read.
    pub subject: Subject,
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
    pub fn scope(self) -> Result<Scope, Diagnostics> {
        Ok(Scope {
            region: self.region.optional("region")?,
            allow_missing: self.allow_missing.optional("allow_missing")?.unwrap_or(false),
            timeout: self.timeout.optional("timeouts")?,
            subject: Subject::default(),
        })
    }
}

impl Scope {
    /// The same for a read of this, as messages that end it name it.
    #[must_use]
    pub fn about<const N: usize>(self, facts: [(&'static str, &str); N]) -> Self {
        let subject = Subject::new(facts);
        let region = self.region.iter();
        Self { subject: region.fold(subject, |subject, region| subject.with("Region", region)), ..self }
    }

    /// The clients of the region, for one read.
    pub async fn regional(&self, clients: &Clients) -> Result<Reader, Diagnostics> {
        clients.region(self.region.as_deref()).await.map_err(|error| Subject::default().failed(&error))
    }

    /// The clients of the region, which has to be that of the ARNs, if the service was given by any.
    pub async fn regional_of(
        &self,
        clients: &Clients,
        cluster: &Cluster,
        service: &ServiceName,
    ) -> Result<Reader, Diagnostics> {
        let regional = self.regional(clients).await?;
        same_region(&regional, &[("cluster", cluster.arn()), ("service_name", service.arn())])?;
        Ok(regional)
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
            cluster: fields.parse("cluster", Cluster::parse),
            service: fields.parse("service_name", ServiceName::parse),
        }
    }

    /// What is wrong between the two.
    pub fn validate(&self) -> Diagnostics {
        let (Arg::Known(cluster), Arg::Known(service)) = (&self.cluster, &self.service) else {
            return Diagnostics::default();
        };
        let Some(other) = service.cluster().filter(|other| *other != cluster.name()) else {
            return Diagnostics::default();
        };
        let detail = format!(
            "The ARN of the service names the cluster {other:?}, but cluster is {:?}. Give both for one cluster, or \
             the plain name of the service.",
            cluster.name()
        );
        Diagnostic::error("Cluster Mismatch", detail).at(Path::attribute("service_name")).into()
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
    pub fn known(self) -> Result<(Cluster, ServiceName, Scope), Diagnostics> {
        let cluster = self.address.cluster.required("cluster")?;
        let service = self.address.service.required("service_name")?;
        let scope = self.lookup.scope()?.about([("Cluster", cluster.name()), ("Service", service.name())]);
        Ok((cluster, service, scope))
    }
}

/// Refuses an ARN of another region: AWS would look in the wrong place.
pub fn same_region(regional: &Regional, arns: &[(&'static str, Option<&Arn>)]) -> Result<(), Diagnostics> {
    let elsewhere = arns.iter().filter_map(|(attribute, arn)| Some((*attribute, (*arn)?)));
    let elsewhere = elsewhere.filter(|(_, arn)| arn.region() != regional.name);
    let diagnostics: Diagnostics = elsewhere
        .map(|(attribute, arn)| {
            let detail = format!(
                "The ARN is in the region {:?}, but the read goes to {:?}. Set region = {:?} on the data source, or \
                 correct the ARN.",
                arn.region(),
                regional.name,
                arn.region()
            );
            Diagnostic::error("Region Mismatch", detail).at(Path::attribute(attribute))
        })
        .collect();
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(()) }
}

/// A region name: letters, digits and hyphens, as it becomes part of a host name.
pub fn region(text: &str) -> Result<String, String> {
    let valid = text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if valid {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not an AWS region: expected a name like \"eu-west-1\""))
    }
}
