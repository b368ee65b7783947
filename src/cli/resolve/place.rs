//! The options that all questions have in common.

use crate::live;
use crate::resolve::arn::NameError;
use crate::resolve::duration;
use crate::resolve::name::{Cluster, ServiceName};
use clap::Args;
use std::time::Duration;

/// What to do when nothing is there, and how long an answer may take.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Take absence for an answer: found is false
    #[arg(long)]
    allow_missing: bool,
    /// How long an answer may take, like 30s or 10m [default: 10m; a watch goes on until it has arrived]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Duration>,
}

impl Place {
    /// The same as a part of a question. The region is that of the settings.
    pub fn live(&self) -> live::Place {
        live::Place { allow_missing: self.allow_missing, timeout: self.timeout, ..live::Place::default() }
    }
}

/// The service that is asked about.
#[derive(Debug, Clone, Args)]
pub struct Address {
    /// Name or ARN of the service
    #[arg(value_name = "SERVICE", value_parser = service)]
    service: ServiceName,
    /// Name or ARN of the cluster
    #[arg(long, value_name = "CLUSTER", value_parser = cluster)]
    cluster: Cluster,
}

impl Address {
    /// The same as a part of a question.
    pub fn live(&self) -> live::Address {
        live::Address { cluster: self.cluster.clone(), service: self.service.clone() }
    }
}

/// Parses the name of a cluster.
pub fn cluster(text: &str) -> Result<Cluster, NameError> {
    Cluster::parse(text)
}

/// Parses the name of a service.
pub fn service(text: &str) -> Result<ServiceName, NameError> {
    ServiceName::parse(text)
}
