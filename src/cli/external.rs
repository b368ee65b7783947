//! `ecslive external`: the protocol of Terraform's `data "external"`. A JSON object of strings on stdin, a flat JSON object
//! of strings on stdout; what goes wrong is said on stderr.

use super::access::Access;
use super::outcome::{self, Outcome, complain};
use super::resolve::{self, Question, explain};
use crate::live::Told;
use crate::resolve::wording::{Wording, without_flags};
use clap::{CommandFactory, Parser};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::Read;

/// What stdin may hold at most: arguments, and nothing else.
const MOST: u64 = 1024 * 1024;

/// Arguments of `ecslive resolve` that only watching needs.
const WATCHING: [&str; 3] = ["watch", "until", "on_pause"];

/// The same arguments as `ecslive resolve`, as a command line of their own.
#[derive(Parser)]
#[command(name = "stdin", disable_help_flag = true, disable_version_flag = true)]
struct Given {
    #[command(flatten)]
    access: Access,
    #[command(subcommand)]
    question: Question,
}

/// Reads a question from stdin and writes the answer to stdout.
pub async fn run(access: &Access) -> Outcome {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MOST).read_to_string(&mut text);
    let given = match read {
        Ok(_) => parse(&text),
        Err(error) => Err(format!("stdin cannot be read: {error}")),
    };
    let given = match given {
        Ok(given) => given,
        Err(error) => {
            complain(&format!("Error: Unusable Query\n  {}\n", error.trim_end().replace('\n', "\n  ")));
            return Outcome::Error;
        }
    };
    let access = Access {
        region: given.access.region.or_else(|| access.region.clone()),
        profile: given.access.profile.or_else(|| access.profile.clone()),
        endpoint_url: given.access.endpoint_url.or_else(|| access.endpoint_url.clone()),
        assume_role: if given.access.assume_role.is_empty() {
            access.assume_role.clone()
        } else {
            given.access.assume_role
        },
    };
    match resolve::json(&access, given.question).await {
        Ok(Told { answer, warnings }) => {
            warnings.iter().for_each(|warning| complain(&explain::warning(warning, Wording::Query)));
            outcome::answer(&format!(
                "{}
",
                flat(answer)
            ))
        }
        Err(problems) => resolve::refuse(&problems, Wording::Query),
    }
}

/// Which argument a question takes without a name.
fn positional(query: &str) -> Option<&'static str> {
    match query {
        "target-group" | "service" | "deployment" => Some("service_name"),
        "services" => Some("service_names"),
        "task-definition" => Some("family"),
        "image" => Some("image"),
        _ => None,
    }
}

/// Refuses a key that the question does not take.
///
/// # Errors
/// The keys that the question takes, when there is another one.
fn check_keys(given: &BTreeMap<String, String>, query: &str, positional: &str) -> Result<(), String> {
    let command = Given::command();
    let question = command.find_subcommand(query).into_iter();
    let arguments = question.flat_map(clap::Command::get_arguments).chain(command.get_arguments());
    let key = |flag: &str| flag.strip_prefix("no-").unwrap_or(flag).replace('-', "_");
    let mut keys: Vec<String> = arguments.filter_map(|it| it.get_long().map(key)).collect();
    keys.extend([positional.to_owned(), "query".to_owned()]);
    keys.retain(|key| !WATCHING.contains(&key.as_str()));
    keys.sort();
    keys.dedup();
    match given.keys().find(|key| !keys.contains(key)) {
        Some(unknown) => Err(format!("There is no {unknown:?} in this query. It takes {}.", keys.join(", "))),
        None => Ok(()),
    }
}

fn parse(text: &str) -> Result<Given, String> {
    let given: BTreeMap<String, String> = serde_json::from_str(text).map_err(|error| {
        format!(
            "stdin is no JSON object of texts (line {}, column {}). Terraform makes one of the query of \
             data \"external\"; all of its values are texts.",
            error.line(),
            error.column()
        )
    })?;
    let query = given.get("query").map(|query| query.replace('_', "-")).unwrap_or_default();
    let Some(positional) = positional(&query) else {
        let known = "target-group, service, services, deployment, task-definition or image";
        return Err(format!("query is {query:?}: it has to be {known}."));
    };
    check_keys(&given, &query, positional)?;
    let mut line = vec!["stdin".to_owned(), query];
    let mut names = Vec::new();
    // An empty text is as good as none, as in Terraform.
    for (name, value) in given.iter().filter(|(name, value)| *name != "query" && !value.is_empty()) {
        let flag = name.replace('_', "-");
        match value.as_str() {
            _ if name == positional => names.extend(value.split(',').map(|name| name.trim().to_owned())),
            "true" => line.push(format!("--{flag}")),
            "false" if name == "verify_listener" => line.push(format!("--no-{flag}")),
            "false" => {}
            value => line.push(format!("--{flag}={value}")),
        }
    }
    line.push("--".to_owned());
    line.extend(names);
    Given::try_parse_from(line).map_err(|error| {
        let text = error.to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let text = text.split("\n\nUsage").next().unwrap_or(text).trim_end();
        without_flags(text)
            .replace("<SERVICE>", positional)
            .replace("<FAMILY>", positional)
            .replace("<IMAGE>", positional)
    })
}

/// Texts only: null is empty, and what is more than one value is JSON, for `jsondecode`.
fn flat(answer: Value) -> Value {
    let Value::Object(fields) = answer else { return Value::Object(Map::new()) };
    let text = |value: Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    Value::Object(fields.into_iter().map(|(name, value)| (name, Value::String(text(value)))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text).err().unwrap_or_default()
    }

    #[test]
    fn arguments_have_the_names_of_the_data_source() {
        let text = r#"{"query": "target_group", "cluster": "shop", "service_name": "web", "verify_listener": "false",
            "target_group_arns": "", "allow_missing": "true", "region": "eu-west-1"}"#;
        let given = parse(text).map_err(|error| panic!("{error}"));
        assert_eq!(given.ok().and_then(|given| given.access.region), Some("eu-west-1".to_owned()));
    }

    #[test]
    fn what_cannot_be_a_query_is_said() {
        assert!(refused("[]").contains("no JSON object of texts"));
        assert!(refused("{\"query\": 1}").contains("no JSON object of texts"));
        assert!(refused("{\"cluster\": \"shop\"}").contains("it has to be target-group, service"));
        assert!(refused(r#"{"query": "service", "service_name": "web"}"#).contains("cluster <CLUSTER>"));
        insta::assert_snapshot!(
            refused(r#"{"query": "service", "service_name": "web", "cluster": "shop", "cluter": "x"}"#),
            @r#"There is no "cluter" in this query. It takes allow_missing, assume_role, cluster, endpoint_url, profile, query, region, service_name, timeout."#
        );
    }

    #[test]
    fn answers_are_texts_only() {
        let answer = serde_json::json!({"a": null, "b": true, "c": 7, "d": {"e": 1}, "f": ["g"]});
        assert_eq!(flat(answer), serde_json::json!({"a": "", "b": "true", "c": "7", "d": "{\"e\":1}", "f": "[\"g\"]"}));
    }
}
