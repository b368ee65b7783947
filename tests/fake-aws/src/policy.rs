//! IAM: what the caller may do, once a policy is in force. Everything, before.
//!
//! Which resource an action is checked against is the service authorization reference's word: for ECS "Actions, resources,
//! and condition keys for Amazon Elastic Container Service", and likewise for Elastic Load Balancing V2, CodeDeploy, ECR.

use crate::state::ACCOUNT_ID;
use crate::wire::{AwsError, Call, Protocol};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// An identity-based policy that allows. What it cannot judge it does not read: `Deny`, `NotAction`, other conditions.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Policy {
    #[serde(rename = "Version")]
    _version: Version,
    statement: Vec<Statement>,
}

#[derive(Debug, Clone, Deserialize)]
enum Version {
    #[serde(rename = "2012-10-17")]
    Current,
}

#[derive(Debug, Clone, Deserialize)]
enum Effect {
    Allow,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid", default)]
    _sid: Option<String>,
    #[serde(rename = "Effect")]
    _effect: Effect,
    action: Many,
    resource: Many,
    #[serde(default)]
    condition: Option<Condition>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    #[serde(rename = "ArnLike")]
    arn_like: Keys,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(rename = "ecs:cluster")]
    cluster: Many,
}

/// One text or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Many {
    One(String),
    Several(Vec<String>),
}

impl Many {
    fn covers(&self, text: &str) -> bool {
        match self {
            Self::One(pattern) => is_like(pattern, text),
            Self::Several(patterns) => patterns.iter().any(|pattern| is_like(pattern, text)),
        }
    }
}

/// `*` stands for anything, `?` for one character.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let mut reach = vec![false; text.len() + 1];
    reach[0] = true;
    for c in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match c {
                '*' => reach[at] || (at > 0 && next[at - 1]),
                '?' => at > 0 && reach[at - 1],
                c => at > 0 && reach[at - 1] && text[at - 1] == c,
            };
        }
        reach = next;
    }
    reach[text.len()]
}

/// One check: an action on a resource, in a cluster where that is a condition key.
struct Check {
    action: String,
    resource: String,
    cluster: Option<String>,
}

impl Policy {
    /// Lets a call through, or not; `answer` is what it would be answered with.
    pub(crate) fn judge(&self, call: &Call, region: &str, answer: &Value) -> Result<(), AwsError> {
        match checks(call, region, answer).into_iter().find(|check| !self.allows(check)) {
            Some(check) => Err(denied(call, &check)),
            None => Ok(()),
        }
    }

    fn allows(&self, check: &Check) -> bool {
        self.statement.iter().any(|statement| {
            let condition = match (&statement.condition, &check.cluster) {
                (None, _) => true,
                (Some(condition), Some(cluster)) => condition.arn_like.cluster.covers(cluster),
                (Some(_), None) => false,
            };
            condition && statement.action.covers(&check.action) && statement.resource.covers(&check.resource)
        })
    }
}

fn denied(call: &Call, check: &Check) -> AwsError {
    let query = call.protocol == Protocol::Query;
    let message = format!(
        "User: arn:aws:iam::{ACCOUNT_ID}:user/fake is not authorized to perform: {action} on resource: {resource} because \
         no identity-based policy allows the {action} action",
        action = check.action,
        resource = check.resource,
    );
    let (status, code) = if query { (403, "AccessDenied") } else { (400, "AccessDeniedException") };
    AwsError { status, code: code.to_owned(), message }
}

fn checks(call: &Call, region: &str, answer: &Value) -> Vec<Check> {
    let action = format!("{}:{}", call.service, call.operation);
    let arn = |service: &str, resource: &str| format!("arn:aws:{service}:{region}:{ACCOUNT_ID}:{resource}");
    let name = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
    let cluster = name(call.text("cluster").unwrap_or("default"));
    let on = |resource: String| Check { action: action.clone(), resource, cluster: None };
    let services = |names: Vec<String>| {
        names.iter().map(|it| on(arn("ecs", &format!("service/{cluster}/{}", name(it))))).collect::<Vec<_>>()
    };
    match action.as_str() {
        // Needs no permission.
        "sts:GetCallerIdentity" => Vec::new(),
        "ecs:DescribeServices" => services(call.list("services")),
        "ecs:ListServiceDeployments" => services(call.text("service").map(str::to_owned).into_iter().collect()),
        "ecs:ListServices" | "ecs:ListTasks" => {
            vec![Check { cluster: Some(arn("ecs", &format!("cluster/{cluster}"))), ..on("*".to_owned()) }]
        }
        // The revision and its service, both.
        "ecs:DescribeServiceRevisions" => {
            let of = |revision: &String| {
                let service = revision.rsplit_once('/').map(|(service, _)| service).unwrap_or_default();
                [on(revision.clone()), on(service.replacen(":service-revision/", ":service/", 1))]
            };
            call.list("serviceRevisionArns").iter().flat_map(of).collect()
        }
        "ecs:DescribeTasks" => call.list("tasks").into_iter().map(on).collect(),
        "ecs:DescribeServiceDeployments" => call.list("serviceDeploymentArns").into_iter().map(on).collect(),
        "ecs:DescribeTaskDefinition" => {
            let tags = call.list("include").iter().any(|it| it == "TAGS");
            let definition = answer["taskDefinition"]["taskDefinitionArn"].as_str().filter(|_| tags);
            let tags = definition.map(|arn| Check {
                action: "ecs:ListTagsForResource".to_owned(),
                resource: arn.to_owned(),
                cluster: None,
            });
            [on("*".to_owned())].into_iter().chain(tags).collect()
        }
        "codedeploy:BatchGetDeployments" => {
            let group = |it: &Value| {
                let text = |field: &str| it[field].as_str().unwrap_or_default().to_owned();
                let (application, group) = (text("applicationName"), text("deploymentGroupName"));
                on(arn("codedeploy", &format!("deploymentgroup:{application}/{group}")))
            };
            answer["deploymentsInfo"].as_array().into_iter().flatten().map(group).collect()
        }
        "codedeploy:GetDeploymentGroup" => {
            let text = |field: &str| call.text(field).unwrap_or_default().to_owned();
            let (application, group) = (text("applicationName"), text("deploymentGroupName"));
            vec![on(arn("codedeploy", &format!("deploymentgroup:{application}/{group}")))]
        }
        "ecr:DescribeImages" | "ecr:BatchGetImage" => {
            let repository = call.text("repositoryName").unwrap_or_default();
            vec![on(arn("ecr", &format!("repository/{repository}")))]
        }
        _ => vec![on("*".to_owned())],
    }
}

/// Reads a policy document.
///
/// # Errors
/// What is wrong with it, or cannot be judged here.
pub fn read(document: &str) -> Result<Policy, String> {
    serde_json::from_str(document).map_err(|error| error.to_string())
}

/// The same document without one action.
///
/// # Errors
/// If it is no policy document.
pub fn without(document: &str, action: &str) -> Result<String, String> {
    let mut policy: BTreeMap<String, Value> = serde_json::from_str(document).map_err(|error| error.to_string())?;
    let statements = policy.get_mut("Statement").and_then(Value::as_array_mut).ok_or("there is no Statement")?;
    for statement in statements.iter_mut() {
        if let Some(actions) = statement["Action"].as_array_mut() {
            actions.retain(|it| it != action);
        }
    }
    serde_json::to_string(&policy).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_a_question_mark_for_one_character() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("ecs:Describe*", "ecs:DescribeServices", true),
            ("arn:*:service/shop/*", "arn:aws:ecs:eu-west-1:1:service/shop/web", true),
            ("arn:*:service/shop/*", "arn:aws:ecs:eu-west-1:1:service/other/web", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "a", false),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_cannot_be_judged_is_not_read() {
        let of = |effect: &str, more: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"ecs:*","Resource":"*"{more}}}]}}"#
            )
        };
        assert!(read(&of("Allow", "")).is_ok());
        assert!(read(&of("Deny", "")).is_err());
        assert!(read(&of("Allow", r#","Condition":{"StringEquals":{"aws:RequestedRegion":"x"}}"#)).is_err());
    }
}
