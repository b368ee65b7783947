//! Nothing secret gets out of `ecslive`: not with an answer, not with a refusal, not in a report, not at any level of logs.

use super::asked::{ASKED, STATES};
use super::command::{ecslive, plan};
use ecslive::guard::report::Format;
use fake_aws::{FakeAws, Fault};
use serde_json::json;
use std::io::Write;
use std::process::Stdio;

const SECRETS: [&str; 4] = ["planted-secret-key", "planted-token", "planted-password", "planted-value"];

fn everything(fake: &FakeAws, arguments: &[String], stdin: &str) -> String {
    let mut command = ecslive(&fake.endpoint(), arguments);
    command.env("AWS_SECRET_ACCESS_KEY", "planted-secret-key").env("AWS_SESSION_TOKEN", "planted-token");
    command.env("HTTPS_PROXY", "http://jane:planted-password@127.0.0.1:9").env("NO_PROXY", "127.0.0.1");
    for variable in ["TF_LOG", "TF_LOG_PROVIDER", "RUST_LOG"] {
        command.env(variable, "trace");
    }
    command.env("RUST_BACKTRACE", "full");
    let mut child = command.stdin(Stdio::piped()).spawn().expect("a start");
    let _ = child.stdin.take().expect("stdin").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("an end");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The plan, with a task definition beside it that has values in clear and a variable that is a secret.
fn plan_with_secrets(fake: &FakeAws) -> String {
    let mut document: serde_json::Value = serde_json::from_str(&plan(fake)).expect("JSON");
    let containers =
        json!([{"name": "web", "image": "web:v1", "environment": [{"name": "KEY", "value": "planted-value"}]}]);
    let definition = |image: &str| json!({"family": "web", "container_definitions": containers.to_string().replace("web:v1", image)});
    document["variables"] = json!({"key": {"value": "planted-value"}});
    let change = json!({"address": "aws_ecs_task_definition.web", "mode": "managed", "type": "aws_ecs_task_definition",
        "name": "web", "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["delete", "create"], "before": definition("web:v1"), "after": definition("web:v2"),
            "after_unknown": {}, "before_sensitive": {"container_definitions": true},
            "after_sensitive": {"container_definitions": true}}});
    document["resource_changes"].as_array_mut().expect("changes").push(change);
    document.to_string()
}

#[test]
fn no_secret_gets_out_of_the_command() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let faults = [None, Some(Fault::AccessDenied), Some(Fault::Html), Some(Fault::Drop), Some(Fault::ExpiredToken)];
    let mut seen = 0;
    for (state, fault) in STATES.iter().take(3).flat_map(|state| faults.iter().map(move |fault| (state, fault))) {
        let fake = state.build();
        if let Some(fault) = fault {
            let operations = ["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecr:DescribeImages"];
            operations.iter().for_each(|operation| fake.fail_always(operation, fault.clone()));
        }
        let mut runs: Vec<(Vec<String>, String)> =
            ASKED.iter().map(|asked| ([words("resolve"), asked.command(&fake)].concat(), String::new())).collect();
        let guard = |format: &Format| (words(&format!("guard --format={}", format.name())), plan_with_secrets(&fake));
        runs.extend(Format::ALL.iter().map(guard));
        runs.push((words("guard --format=text --offline"), plan_with_secrets(&fake)));
        runs.push((
            words("external"),
            json!({"query": "service", "cluster": "shop", "service_name": "web"}).to_string(),
        ));
        for (arguments, stdin) in runs {
            let all = everything(&fake, &arguments, &stdin);
            assert!(!all.is_empty(), "{arguments:?} says nothing");
            let found = SECRETS.iter().find(|secret| all.contains(**secret));
            assert_eq!(found, None, "{arguments:?} under {fault:?}:\n{all}");
            seen += 1;
        }
    }
    assert!(seen >= 200, "{seen}");
}
