//! Arguments that name things. An ARN of the wrong kind is sent to the argument that takes it.

use crate::resolve::arn::{Arn, Kind, NameError};
use crate::tf::config::{Arg, Fields};

/// An argument in the form that `parse` gives it.
pub fn parse<T>(fields: &mut Fields, name: &'static str, parse: impl FnOnce(&str) -> Result<T, NameError>) -> Arg<T> {
    let takers = Takers::of(fields, name);
    fields.parse(name, |text| parse(text).map_err(|error| takers.explain(&error)))
}

/// A list or set of arguments, each in the form that `parse` gives it.
pub fn parse_all<T>(
    fields: &mut Fields,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, NameError>,
) -> Arg<Vec<T>> {
    let takers = Takers::of(fields, name);
    fields.parse_all(name, |text| parse(text).map_err(|error| takers.explain(&error)))
}

/// The other arguments of the data source that take ARNs, by what they take.
struct Takers(Vec<(Kind, &'static str)>);

impl Takers {
    const ALL: [(Kind, &'static str); 8] = [
        (Kind::Cluster, "cluster"),
        (Kind::Service, "service_name"),
        (Kind::Service, "service_names"),
        (Kind::TaskDefinition, "family"),
        (Kind::TargetGroup, "target_group_arns"),
        (Kind::LoadBalancer, "load_balancer_arn"),
        (Kind::Listener, "listener_arn"),
        (Kind::Rule, "production_listener_rule_arn"),
    ];

    fn of(fields: &Fields, name: &str) -> Self {
        Self(Self::ALL.into_iter().filter(|(_, taker)| *taker != name && fields.has(taker)).collect())
    }

    fn explain(&self, error: &NameError) -> String {
        let taker = match error {
            NameError::WrongKind { text, .. } => Arn::parse(text).ok().and_then(|arn| self.taker(&arn)),
            _ => None,
        };
        taker.map_or_else(|| error.to_string(), |taker| format!("{error}: give it to {taker}"))
    }

    fn taker(&self, arn: &Arn) -> Option<&'static str> {
        let (kind, _) = arn.kind()?;
        self.0.iter().find(|(takes, _)| *takes == kind).map(|(_, taker)| *taker)
    }
}
