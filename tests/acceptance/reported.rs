//! States that people reported, as somebody at a terminal sees them. The names of the states are those of fake-aws.

use crate::stage::{Stage, WEB};
use fake_aws::REGION;
use fake_aws::history::{Happening, state};
use fake_aws::state::Resolved;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

const GROUP: &str = "ecslive_target_group";
const SERVICE: &str = "ecslive_service";

fn at(name: &str) -> Stage {
    let stage = Stage::new();
    let state = state(name).unwrap_or_else(|| panic!("no state {name}"));
    stage.fake.run(state.build().expect("a way to it"));
    stage
}

/// Blue and green.
fn pair(stage: &Stage) -> [String; 2] {
    stage.fake.history(|world| world.pair("web"))
}

/// What `aws_ecs_service` and the production rule of `shop/web` plan when they are fed as documented.
fn plan_service(stage: &Stage) -> String {
    stage.write(&format!(
        "provider \"aws\" {{\n  region = {REGION:?}\n  endpoint = var.endpoint\n}}\n\
         data \"{SERVICE}\" \"web\" {{\n{WEB}}}\n\
         import {{\n  to = aws_ecs_service.web\n  id = \"shop/web\"\n}}\n\
         resource \"aws_ecs_service\" \"web\" {{\n  name = \"web\"\n  cluster = \"shop\"\n  \
         task_definition = data.{SERVICE}.web.configured_task_definition_arn\n}}\n"
    ));
    stage.workspace.run(&["apply", "-auto-approve"]).success();
    stage.workspace.run(&["plan"]).success().stdout
}

fn runs(stage: &Stage) -> Value {
    let found = stage.read(SERVICE, WEB);
    let name = |name: &str| found[name].as_str().and_then(|arn| arn.rsplit('/').next()).map(str::to_owned);
    json!([found["task_definition"], name("configured_task_definition_arn"), found["deployment_in_progress"]])
}

#[test]
fn a_plan_in_the_middle_of_a_deployment_leaves_it_alone() {
    for (name, expected) in [
        ("w1", json!(["web:1", "web:1", true])),
        ("w4", json!(["web:1", "web:2", true])),
        ("w50", json!(["web:1", "web:2", true])),
    ] {
        let stage = at(name);
        assert_eq!(runs(&stage), expected, "{name}");
        let text = plan_service(&stage);
        assert!(text.contains("No changes. Your infrastructure matches the configuration."), "{name}: {text}");
    }
}

/// The production rule of `shop/web`, fed with what is read about a service of some name.
fn plan_rule(stage: &Stage, service: &str) -> String {
    let [blue, green] = pair(stage);
    let (rule, listener) = stage.fake.history(|world| {
        let mut rules = world.region().rules.iter();
        let (arn, rule) = rules.find(|(_, rule)| rule.listener == world.listener("web")).expect("a rule");
        (arn.clone(), rule.listener.clone())
    });
    stage.write(&format!(
        "provider \"aws\" {{\n  region = {REGION:?}\n  endpoint = var.endpoint\n}}\n\
         locals {{\n  weights = provider::ecslive::forward_weights(data.{GROUP}.web.target_group_weights, [{blue:?}, {green:?}])\n}}\n\
         data \"{GROUP}\" \"web\" {{\n  cluster = \"shop\"\n  service_name = {service:?}\n  \
         target_group_arns = [{blue:?}, {green:?}]\n  allow_missing = true\n}}\n\
         import {{\n  to = aws_lb_listener_rule.web\n  id = {rule:?}\n}}\n\
         resource \"aws_lb_listener_rule\" \"web\" {{\n  listener_arn = {listener:?}\n  priority = 10\n  action {{\n    \
         type = \"forward\"\n    forward {{\n      dynamic \"target_group\" {{\n        for_each = local.weights\n        \
         content {{\n          arn = target_group.key\n          weight = target_group.value\n        }}\n      }}\n    }}\n  \
         }}\n  condition {{\n    path_pattern {{\n      values = [\"/*\"]\n    }}\n  }}\n}}\n"
    ));
    stage.workspace.run(&["plan"]).success().stdout
}

#[test]
fn a_typo_in_the_name_of_the_service_moves_no_traffic() {
    let stage = at("w37");
    let text = plan_rule(&stage, "wbe");
    assert!(text.contains("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy."), "{text}");
    let found = stage.read(GROUP, "cluster = \"shop\"\nservice_name = \"wbe\"\nallow_missing = true");
    assert_eq!((&found["found"], &found["target_group_weights"]), (&json!(false), &json!({})));
    let text = stage.workspace.run(&["plan"]).text();
    assert!(text.contains("Warning: ECS Service Not Found") && text.contains("Set target_group_arns"), "{text}");
}

/// One call over HTTP, as a command line makes it.
fn call(stage: &Stage, target: &str, body: &Value) {
    let address = stage.fake.endpoint().replace("http://", "");
    let (mut stream, body) = (TcpStream::connect(&address).expect("fake-aws"), body.to_string());
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nX-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=planted/20260101/{REGION}/ecs/aws4_request\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_pause_hook_is_named_with_the_command_that_continues_it() {
    let stage = at("w15-step");
    let waiting = format!("{WEB}on_traffic_shift = \"wait\"");
    let in_a_week = SystemTime::now().duration_since(UNIX_EPOCH).expect("a date").as_secs_f64() + 7.0 * 86_400.0;
    stage.fake.history(|world| {
        let hooks = world.region_mut().service_deployments.values_mut().flat_map(|found| &mut found.hooks);
        hooks.for_each(|hook| hook.expires = Some(in_a_week));
    });
    let text = stage.fails(GROUP, &waiting);
    assert!(text.contains("Waited: 0s") && text.contains("every hook below has to be continued"), "{text}");
    let command = text.split("aws ecs continue-service-deployment").nth(1).expect("a command");
    let mut words = command.split_whitespace();
    let mut option = |name: &str| {
        words.find(|word| *word == name).expect("an option");
        words.next().expect("a value").to_owned()
    };
    let arguments = json!({
        "serviceDeploymentArn": option("--service-deployment-arn"),
        "hookId": option("--hook-id"),
    });
    call(&stage, "AmazonEC2ContainerServiceV20141113.ContinueServiceDeployment", &arguments);
    stage.fake.history(|world| {
        for _ in 0..50 {
            for what in [Happening::ListenerFollows, Happening::NextStage, Happening::OldTaskStops, Happening::Complete]
            {
                let _ = world.let_happen("web", what);
            }
        }
    });
    let [_, green] = pair(&stage);
    assert_eq!(stage.read(GROUP, &waiting)["target_group_arn"], json!(green));
}

#[test]
fn a_replaced_listener_is_looked_up_in_the_deployment_group() {
    let stage = at("w22");
    let [_, green] = pair(&stage);
    let found = stage.read(GROUP, WEB);
    assert_eq!((&found["target_group_arn"], &found["verified"]), (&json!(green), &json!(true)));
    let stage = at("w22-unknown");
    let [_, green] = pair(&stage);
    assert_eq!(stage.read(GROUP, WEB)["target_group_arn"], json!(green), "found by search");
}

#[test]
fn a_listener_that_codedeploy_lost_is_to_be_pointed_back() {
    let stage = at("w23");
    let [_, green] = pair(&stage);
    let text = stage.fails(GROUP, WEB);
    assert!(text.contains("ECS and Listener Disagree") && !text.contains("eploy again"), "{text}");
    assert!(text.contains(&format!("point the rule at it: {green}. Until both agree")), "{text}");
}

#[test]
fn external_without_a_primary_is_where_the_route_goes() {
    let stage = at("w25");
    let [blue, green] = pair(&stage);
    let found =
        stage.read(GROUP, &format!("{WEB}listener_arn = {:?}", stage.fake.history(|world| world.listener("web"))));
    assert_eq!(found["target_group_arn"], json!(blue));
    assert_eq!(found["target_group_weights"], json!({(blue.as_str()): 100, (green.as_str()): 0}));
    assert_eq!(runs(&stage)[0], "web:1");
}

#[test]
fn a_service_of_another_account_is_not_taken_for_this_one() {
    let stage = at("w27");
    let service =
        format!("cluster = \"shop\"\nservice_name = \"arn:aws:ecs:{REGION}:123456789012:service/shop/web\"\n");
    for source in [GROUP, SERVICE, "ecslive_deployment"] {
        let text = stage.fails(source, &service);
        assert!(text.contains("Account Mismatch") && text.contains("210987654321"), "{source}: {text}");
    }
}

#[test]
fn of_a_deleted_and_a_new_service_the_new_one_counts() {
    assert_eq!(runs(&at("w29")), json!(["web:2", "web:2", false]));
}

#[test]
fn a_service_with_a_short_arn_is_read_without_tags() {
    let stage = at("w30");
    let found = stage.read(SERVICE, WEB);
    assert_eq!((&found["task_definition"], &found["tags"]), (&json!("web:1"), &json!({})));
}

#[test]
fn two_services_on_one_rule_are_no_split_of_either() {
    let stage = at("w43");
    let [blue, _] = pair(&stage);
    let found = stage.read(GROUP, WEB);
    assert_eq!((&found["target_group_arn"], &found["target_group_weights"][&blue]), (&json!(blue), &json!(60)));
    assert_eq!(found["target_group_weights"].as_object().map(serde_json::Map::len), Some(2), "{found}");
}

#[test]
fn a_split_that_nothing_will_end_is_not_waited_for() {
    let stage = at("w46");
    let text = stage.fails(GROUP, &format!("{WEB}on_traffic_shift = \"wait\""));
    let [blue, _] = pair(&stage);
    assert!(text.contains("Traffic Is Split") && text.contains("Waiting does not help"), "{text}");
    assert!(text.contains(&format!("Point the rule at {blue}, which is what ECS goes by, and deploy again")), "{text}");
    assert!(text.contains("Waited: 0s") && text.contains("(Stopped)"), "{text}");
}

#[test]
fn a_rule_of_another_region_costs_its_own_service_only() {
    let elsewhere = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/shop/1111111111111111/2222222222222222/3333333333333333";
    let (stage, _) = Stage::with(|region| {
        for name in ["web", "api", "search"] {
            region.native_service("shop", name, "BLUE_GREEN");
        }
        let revision = region.service("shop", "web").current_revisions[0].clone();
        let found = region.service_revisions.get_mut(&revision).expect("a revision");
        found.load_balancers[0].pair.as_mut().expect("a pair").production_rule = elsewhere.to_owned();
        let resolved = Resolved {
            target_group: found.target_group.clone().expect("a group"),
            production_rule: Some(elsewhere.to_owned()),
        };
        found.resolved = Some(vec![resolved]);
        let configured = found.load_balancers.clone();
        region.service("shop", "web").load_balancers = configured;
    });
    let block =
        |name: &str| format!("data \"{GROUP}\" {name:?} {{\n  cluster = \"shop\"\n  service_name = {name:?}\n}}\n");
    stage.plan(&["web", "api", "search"].map(block).concat()).success();
    let calls = stage.fake.calls();
    let rules = |batch: usize| {
        let rules = calls.iter().filter(|call| call.operation == "elasticloadbalancing:DescribeRules");
        rules.filter(|call| call.batch == batch).count()
    };
    assert!(rules(3) == 1 && rules(1) >= 3, "all together, then each alone: {calls:?}");
}
