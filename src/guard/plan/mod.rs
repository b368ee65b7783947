//! The plan document: what Terraform or OpenTofu is about to do, as far as rules want to know it.
//!
//! Reads `terraform show -json` and knows its shapes; knows no rule and nothing of AWS's present state.

mod change;
mod definition;
mod error;
mod input;
pub mod kinds;
mod node;
mod place;
mod read;
mod references;
mod route;
mod service;

pub use change::{Action, Change, same};
pub use definition::{Container, Definition};
pub use error::ReadError;
pub use node::{Field, HIDDEN, Node, Text};
pub use place::Place;
pub use read::read;
pub use references::{Module, without_keys};
pub use route::{Condition, Forwarding, GroupShare, Route, ends_request};
pub use service::{Entry, Service, cluster_name};

use serde_json::Value;
use std::collections::BTreeMap;

/// A plan, reduced to the resources that rules know.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// `terraform_version`.
    pub host_version: Option<String>,
    /// `timestamp`: when it was planned, RFC 3339; Terraform 1.5 and later.
    pub timestamp: Option<String>,
    /// The resources, also those that nothing happens to.
    pub changes: Vec<Change>,
    /// How many entries `resource_changes` has, of all types.
    pub resources: usize,
    /// True when the host says that the plan leaves something out.
    pub incomplete: bool,
    /// The addresses of `deferred_changes` of types that rules know.
    pub deferred: Vec<String>,
    /// The addresses of `action_invocations`.
    pub invocations: Vec<String>,
    /// `prior_state`: what data sources have read, and what exists.
    pub prior: Vec<Prior>,
    /// `configuration`, to follow references.
    pub configuration: Module,
    /// The region constants of `provider_config`, by provider key.
    regions: BTreeMap<String, String>,
}

/// One resource or data source of `prior_state`.
#[derive(Debug, Clone)]
pub struct Prior {
    /// The address.
    pub address: String,
    /// True for a data source.
    pub is_data: bool,
    /// The type, under its main name.
    pub kind: String,
    /// The values as they were read.
    pub values: Value,
    /// Marks of what must not be printed.
    pub sensitive: Value,
}

impl Plan {
    /// The changes of one type.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Change> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }

    /// The changes that a resource's attribute comes from, found through `configuration`. An instance with a key is only
    /// given when the other has the same key or there is just one.
    pub fn sources<'a>(&'a self, change: &Change, path: &[&str]) -> Vec<&'a Change> {
        let addresses = self.configuration.sources(&change.configured_at(), path);
        let mut found = Vec::new();
        for address in addresses {
            let all: Vec<&Change> = self
                .changes
                .iter()
                .filter(|other| other.deposed.is_none() && other.configured_at() == address)
                .collect();
            let keys = keys_of(&change.address);
            let mut alike = all.iter().filter(|other| keys_of(&other.address) == keys);
            match (all.as_slice(), alike.next(), alike.next()) {
                ([one], _, _) => found.push(*one),
                (_, Some(one), None) => found.push(*one),
                _ => found.extend(all),
            }
        }
        found
    }
}

/// The keys in an address: `["x"]` and `[0]`.
fn keys_of(address: &str) -> Vec<&str> {
    address.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(key, _)| key).collect()
}

/// `replace_paths` as texts: `[["load_balancer", 0, "target_group_arn"]]` is `load_balancer.0.target_group_arn`.
fn paths(value: &Value) -> Vec<String> {
    let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
    let path = |path: &Value| path.as_array().map(|steps| steps.iter().map(step).collect::<Vec<_>>().join("."));
    value.as_array().into_iter().flatten().filter_map(path).collect()
}

/// The constant `region` of each provider configuration.
fn regions(providers: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let region = |provider: &Value| {
        provider.pointer("/expressions/region/constant_value").and_then(Value::as_str).map(str::to_owned)
    };
    providers.iter().filter_map(|(key, provider)| Some((key.clone(), region(provider)?))).collect()
}
