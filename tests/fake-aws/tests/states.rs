//! The states that have a name: what DescribeServices, DescribeServiceDeployments and DescribeRules say in each.
//!
//! Asked as a client asks, through the wire's own text, but without a socket.

use fake_aws::history::{State, World, state, states};
use serde_json::{Value, json};

const ECS: &str = "AmazonEC2ContainerServiceV20141113";

fn call(world: &mut World, target: &str, input: &Value) -> (u16, Value) {
    let answer = world.respond(Some(target), &input.to_string());
    (answer.status, serde_json::from_str(&answer.body).expect("JSON"))
}

fn query(world: &mut World, form: &str) -> (u16, String) {
    let answer = world.respond(None, &format!("Version=2015-12-01&{form}"));
    (answer.status, answer.body)
}

fn describe(world: &mut World) -> Value {
    call(world, &format!("{ECS}.DescribeServices"), &json!({"cluster": "shop", "services": ["web"]})).1
}

/// The last part of an ARN's resource: `web:2` is `:2`, a target group its side.
fn short(arn: &Value) -> String {
    let arn = arn.as_str().unwrap_or("-");
    let last = arn.rsplit('/').next().unwrap_or(arn);
    match (arn.contains(":targetgroup/"), last.split_once(':')) {
        (true, _) => arn.split('/').nth(1).unwrap_or(arn).trim_start_matches("web-").to_owned(),
        (_, Some((_, number))) => format!(":{number}"),
        _ => last.to_owned(),
    }
}

fn counts(of: &Value, names: [&str; 3]) -> String {
    names.map(|name| of[name].to_string()).join("/")
}

/// What the answers say, in short lines.
fn say(world: &mut World) -> Vec<String> {
    let answer = describe(world);
    let mut lines = Vec::new();
    for service in answer["services"].as_array().expect("services") {
        let entry = &service["loadBalancers"][0];
        lines.push(format!(
            "{} {} names {} on {}",
            service["status"].as_str().expect("a status"),
            service["deploymentConfiguration"]["strategy"]
                .as_str()
                .unwrap_or(service["deploymentController"]["type"].as_str().expect("a type")),
            short(&service["taskDefinition"]),
            short(&entry["targetGroupArn"]),
        ));
        for row in service["deployments"].as_array().into_iter().flatten() {
            let back = row["rolloutStateReason"].as_str().is_some_and(|reason| reason.contains("rolling back"));
            lines.push(format!(
                "{} {} {} {}{}",
                &row["status"].as_str().expect("a status")[..1],
                row["rolloutState"].as_str().expect("a state"),
                short(&row["taskDefinition"]),
                counts(row, ["desiredCount", "runningCount", "pendingCount"]),
                if back { " rolling back" } else { "" },
            ));
        }
        for set in service["taskSets"].as_array().into_iter().flatten() {
            lines.push(format!(
                "{} {} {} on {} {}{}",
                set["status"].as_str().expect("a status"),
                set["stabilityStatus"].as_str().expect("a stability"),
                short(&set["taskDefinition"]),
                short(&set["loadBalancers"][0]["targetGroupArn"]),
                counts(set, ["computedDesiredCount", "runningCount", "pendingCount"]),
                set["externalId"].as_str().map(|id| format!(" by {id}")).unwrap_or_default(),
            ));
        }
        if service["status"] == "ACTIVE" && service["deploymentController"]["type"] == "ECS" {
            lines.push(format!("R {}", revisions(world, service)));
            lines.push(deployment(world, &service["currentServiceDeployment"]));
        }
    }
    let ids: Vec<String> = world.region().deployments.keys().cloned().collect();
    if !ids.is_empty() {
        let (_, found) = call(world, "CodeDeploy_20141006.BatchGetDeployments", &json!({"deploymentIds": ids}));
        for found in found["deploymentsInfo"].as_array().expect("deployments") {
            let back = &found["rollbackInfo"];
            let by = back["rollbackDeploymentId"].as_str().map(|id| format!(" undone by {id}"));
            let undoes = back["rollbackTriggeringDeploymentId"].as_str().map(|id| format!(" undoes {id}"));
            let error = found["errorInformation"]["message"].as_str().map(|text| format!(": {}", &text[..40]));
            lines.push(format!(
                "{} {}{}{}{}",
                found["deploymentId"].as_str().expect("an id"),
                found["status"].as_str().expect("a status"),
                by.unwrap_or_default(),
                undoes.unwrap_or_default(),
                error.unwrap_or_default()
            ));
        }
    }
    lines.push(route(world));
    lines
}

fn revisions(world: &mut World, service: &Value) -> String {
    let current = service["currentServiceRevisions"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for current in current {
        let input = json!({"serviceRevisionArns": [current["arn"]]});
        let (_, revision) = call(world, &format!("{ECS}.DescribeServiceRevisions"), &input);
        let revision = &revision["serviceRevisions"][0];
        let resolved = match &revision["resolvedConfiguration"] {
            Value::Null => "absent".to_owned(),
            resolved => match resolved["loadBalancers"].as_array() {
                None => "empty".to_owned(),
                Some(entries) => {
                    entries.iter().map(|entry| short(&entry["targetGroupArn"])).collect::<Vec<_>>().join("+")
                }
            },
        };
        let counts = counts(&current, ["requestedTaskCount", "runningTaskCount", "pendingTaskCount"]);
        found.push(format!("{} {resolved} {counts}", short(&revision["taskDefinition"])));
    }
    found.join(", ")
}

fn deployment(world: &mut World, arn: &Value) -> String {
    if arn.is_null() {
        return "D none".to_owned();
    }
    let (_, found) =
        call(world, &format!("{ECS}.DescribeServiceDeployments"), &json!({"serviceDeploymentArns": [arn]}));
    let found = &found["serviceDeployments"][0];
    let share = |revision: &Value| match &revision["requestedProductionTrafficWeight"] {
        Value::Null => "-".to_owned(),
        share => share.as_f64().expect("a number").to_string(),
    };
    let sources = found["sourceServiceRevisions"].as_array().expect("sources");
    let sources: Vec<String> = sources.iter().map(share).collect();
    let hooks: Vec<&str> = found["lifecycleHookDetails"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|hook| hook["status"].as_str())
        .collect();
    format!(
        "D {} {} [{}]>{}{}{}",
        found["status"].as_str().expect("a status"),
        found["lifecycleStage"].as_str().unwrap_or("-"),
        sources.join(" "),
        share(&found["targetServiceRevision"]),
        if found["deploymentCircuitBreaker"]["status"] == "TRIGGERED" { " TRIGGERED" } else { "" },
        hooks.iter().map(|status| format!(" {status}")).collect::<String>()
    )
}

/// What the route of the truth answers on the wire; it has to be what the truth says.
fn route(world: &mut World) -> String {
    let truth = world.truth("web");
    let Some(route) = truth.route else { return "no route".to_owned() };
    let rule = route.contains(":listener-rule/");
    let operation = if rule { "DescribeRules&RuleArns" } else { "DescribeListeners&ListenerArns" };
    let (status, body) = query(world, &format!("Action={operation}.member.1={route}"));
    if status != 200 {
        return format!("route answers {status}");
    }
    let inside = |text: &str, name: &str| {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let found = text.split(&open).skip(1).filter_map(|rest| rest.split(&close).next());
        found.map(str::to_owned).collect::<Vec<_>>()
    };
    let groups = inside(&body, "TargetGroups").concat();
    let tuples = inside(&groups, "member").into_iter().map(|tuple| {
        let arn = inside(&tuple, "TargetGroupArn").concat();
        let weight = inside(&tuple, "Weight").concat();
        assert_eq!(truth.weights.get(&arn).map(u32::to_string), Some(weight.clone()), "{arn}");
        format!("{}={weight}", short(&json!(arn)))
    });
    tuples.collect::<Vec<_>>().join(" ")
}

fn built(state: &State) -> World {
    state.build().unwrap_or_else(|error| panic!("{}: {error:?}", state.name))
}

#[test]
fn what_the_wire_says_in_every_state_that_has_a_name() {
    let expected: Vec<&str> =
        include_str!("states.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let mut said = Vec::new();
    for state in states() {
        said.push(format!("{}: {}", state.name, state.what));
        said.extend(say(&mut built(&state)).into_iter().map(|line| format!("  {line}")));
    }
    let differs = said.iter().zip(&expected).position(|(said, expected)| said != expected);
    let around = differs.unwrap_or(said.len().min(expected.len())).saturating_sub(8);
    assert!(said == expected, "differs below:\n{}", said[around..].join("\n"));
    assert!(state("w0").is_none());
}
