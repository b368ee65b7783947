//! `ecslive iam-policy`: the least that the answers need, as an IAM policy document.

use super::access::Access;
use super::outcome::{self, Outcome};
use crate::live::permissions::{Limits, PERMISSIONS, Permission, QUESTIONS, Resource};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;

/// The arguments.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Only what these data sources need; repeat it, or separate by commas [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = data_source)]
    data_source: Vec<String>,
    /// Account that is read
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// Cluster that is read, by its name
    #[arg(long, value_name = "NAME", value_parser = cluster)]
    cluster: Option<String>,
    /// What `ecslive guard` needs; with --data-source, both
    #[arg(long)]
    guard: bool,
    /// What `ecslive resolve … --watch` needs; with --data-source or --guard, all of it
    #[arg(long)]
    watch: bool,
    /// Also what include_tags and include_platforms need
    #[arg(long)]
    with_options: bool,
}

const EXAMPLES: &str = "\
Examples:
  ecslive iam-policy --data-source target_group --region eu-west-1 --account 123456789012 --cluster shop
  ecslive iam-policy --guard --region eu-west-1 --account 123456789012
  ecslive iam-policy --watch --region eu-west-1 --account 123456789012 --cluster shop
  ecslive iam-policy | aws iam put-role-policy --role-name plan --policy-name ecslive --policy-document file:///dev/stdin";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: String,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<BTreeMap<&'static str, BTreeMap<&'static str, String>>>,
}

/// Prints the policy.
pub fn run(access: &Access, arguments: &Arguments) -> Outcome {
    let limits = Limits {
        partition: access.region.as_deref().map(partition).map(str::to_owned),
        region: access.region.clone(),
        account: arguments.account.clone(),
        cluster: arguments.cluster.clone(),
    };
    match serde_json::to_string_pretty(&policy(arguments, &limits)) {
        Ok(json) => outcome::answer(&(json + "\n")),
        Err(_) => Outcome::Error,
    }
}

fn policy(arguments: &Arguments, limits: &Limits) -> Policy {
    let named = |name: &str| match arguments.data_source.as_slice() {
        [] => !arguments.guard && !arguments.watch,
        names => names.iter().any(|it| it == name),
    };
    let needed = |permission: &&Permission| {
        let optional = permission.optional.iter().filter(|_| arguments.with_options).map(|(question, _)| question);
        let asked = permission.questions.iter().chain(optional).any(|name| named(name));
        asked || (permission.guard && arguments.guard) || (permission.watch && arguments.watch)
    };
    let mut actions: BTreeMap<&[Resource], Vec<&'static str>> = BTreeMap::new();
    for permission in PERMISSIONS.iter().filter(needed) {
        actions.entry(permission.resources).or_default().push(permission.action);
    }
    let statement = |(resources, action): (&[Resource], Vec<&'static str>)| Statement {
        sid: resources.iter().map(|resource| sid(*resource)).collect::<Vec<_>>().join("And"),
        effect: "Allow",
        action,
        resource: resources.iter().map(|resource| resource.arn(limits)).collect(),
        condition: (resources == [Resource::Cluster]).then(|| cluster_condition(limits)).flatten(),
    };
    Policy { version: "2012-10-17", statement: actions.into_iter().map(statement).collect() }
}

/// `ecs:ListServices` and `ecs:ListTasks` know no service, and the condition key `ecs:cluster`.
fn cluster_condition(limits: &Limits) -> Option<BTreeMap<&'static str, BTreeMap<&'static str, String>>> {
    let cluster = limits.cluster.as_deref()?;
    let or_any = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".to_owned());
    let partition = limits.partition.as_deref().unwrap_or("aws");
    let arn = format!("arn:{partition}:ecs:{}:{}:cluster/{cluster}", or_any(&limits.region), or_any(&limits.account));
    Some(BTreeMap::from([("ArnLike", BTreeMap::from([("ecs:cluster", arn)]))]))
}

fn sid(resource: Resource) -> &'static str {
    match resource {
        Resource::Any => "Everywhere",
        Resource::Service => "Services",
        Resource::ServiceRevision => "ServiceRevisions",
        Resource::ServiceDeployment => "ServiceDeployments",
        Resource::Cluster => "Clusters",
        Resource::Task => "Tasks",
        Resource::TaskDefinition => "TaskDefinitions",
        Resource::DeploymentGroup => "DeploymentGroups",
        Resource::Repository => "Repositories",
    }
}

fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("eusc") => "aws-eusc",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn data_source(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("ecslive_").unwrap_or(text).replace('-', "_");
    if QUESTIONS.contains(&name.as_str()) { Ok(name) } else { Err(format!("expected one of {}", QUESTIONS.join(", "))) }
}

fn account(text: &str) -> Result<String, String> {
    let valid = text.len() == 12 && text.chars().all(|c| c.is_ascii_digit());
    if valid { Ok(text.to_owned()) } else { Err("an account has 12 digits".to_owned()) }
}

fn cluster(text: &str) -> Result<String, String> {
    use crate::resolve::name::{Cluster, Named};
    Cluster::parse(text).map(|cluster| cluster.name().to_owned()).map_err(|error| error.to_string())
}
