//! `ecslive_target_group` and what hangs on load balancers: finding the listener, choosing the entry, sharing calls.

use crate::stage::{Stage, WEB};
use fake_aws::REGION;
use fake_aws::state::{Action, Entry};
use serde_json::{Value, json};
use std::fmt::Write;

const SOURCE: &str = "ecslive_target_group";

#[test]
fn a_rolling_service_is_verified_unless_told_otherwise() {
    let (stage, group) = Stage::with(|region| region.rolling_service("shop", "web"));
    let found = stage.read(SOURCE, WEB);
    let calls = ["DescribeListeners 1", "DescribeRules 1", "DescribeTargetGroups 1"];
    let calls = calls.map(|call| format!("elasticloadbalancing:{call}"));
    assert_eq!(stage.fake.tally(), [&["ecs:DescribeServices 1".to_owned()], calls.as_slice()].concat());
    assert_eq!(found["target_group_arn"], json!(group));
    assert_eq!(found["target_group_weights"], json!({ (group.as_str()): 1 }));
    assert_eq!((&found["verified"], &found["decided_by"]), (&json!(true), &json!("service")));
    stage.fake.reset();
    let found = stage.read(SOURCE, &format!("{WEB}verify_listener = false"));
    assert_eq!(stage.fake.tally(), ["ecs:DescribeServiceRevisions 1", "ecs:DescribeServices 1"]);
    assert_eq!((&found["verified"], &found["target_group_weights"][&group]), (&json!(false), &json!(100)));
}

#[test]
fn services_on_one_load_balancer_share_its_calls() {
    const SERVICES: usize = 12;
    let (stage, ()) = Stage::with(|region| {
        let first = region.code_deploy_service("shop", "web-0", true);
        for index in 1..SERVICES {
            let (name, listener) = (format!("web-{index}"), &first.production_listener);
            region.code_deploy_service_on("shop", &name, &first.load_balancer, listener, true);
        }
    });
    let mut config = String::new();
    for index in 0..SERVICES {
        writeln!(
            config,
            "data \"{SOURCE}\" \"d{index}\" {{\n  cluster = \"shop\"\n  service_name = \"web-{index}\"\n}}"
        )
        .expect("a String");
    }
    stage.plan(&config).success();
    let count = |operation: &str| stage.fake.count(&format!("elasticloadbalancing:{operation}"));
    // One call each, unless the machine is so busy that Terraform starts the last reads much later.
    let few = |operation| (1..=3).contains(&count(operation));
    assert!(few("DescribeListeners") && few("DescribeTargetGroups"), "{:?}", stage.fake.tally());
    assert_eq!(count("DescribeRules"), SERVICES + 1, "the production listener, and a test listener of each service");
    assert!(stage.fake.count("ecs:DescribeServices") < SERVICES / 2, "{:?}", stage.fake.tally());
}

#[test]
fn a_default_action_is_found_below_its_load_balancer() {
    let (stage, web) = Stage::with(|region| {
        let web = region.code_deploy_service("shop", "web", false);
        if let Some(listener) = region.listeners.get_mut(&web.production_listener) {
            listener.action =
                Action::Forward { weights: vec![(web.blue.clone(), 1), (web.green.clone(), 0)], sticky: Some(300) };
        }
        web
    });
    let found = stage.read(SOURCE, &format!("{WEB}load_balancer_arn = {:?}", web.load_balancer));
    assert_eq!(found["target_group_weights"], json!({(web.blue.as_str()): 1, (web.green.as_str()): 0}));
    assert_eq!((&found["stickiness_enabled"], &found["stickiness_duration"]), (&json!(true), &json!(300)));
    assert_eq!(found["standby_target_group_arn"], json!(web.green));
}

#[test]
fn a_network_load_balancer_may_have_rules_and_forwards_by_default() {
    let (stage, (group, listener)) = Stage::with(|region| {
        let group = region.rolling_service("shop", "web");
        let balancer = region.load_balancer("net", "shop-tcp");
        let listener = region.listener(&balancer, 443, Action::forward(&[(&group, 1)]));
        (group, listener)
    });
    let found = stage.read(SOURCE, &format!("{WEB}listener_arn = {listener:?}"));
    let calls =
        ["ecs:DescribeServices 1", "elasticloadbalancing:DescribeListeners 1", "elasticloadbalancing:DescribeRules 1"];
    assert_eq!(stage.fake.tally(), calls);
    assert_eq!((&found["target_group_arn"], &found["verified"]), (&json!(group), &json!(true)));
    assert_eq!(found["production_listener_rule_arn"], json!(listener));
}

#[test]
fn the_container_selects_the_entry() {
    let (stage, admin) = Stage::with(|region| {
        region.rolling_service("shop", "web");
        let admin = region.target_group("web-admin");
        let balancer = region.load_balancer("app", "admin");
        region.listener(&balancer, 443, Action::forward(&[(&admin, 1)]));
        let entry =
            Entry { target_group: Some(admin.clone()), container: "web".to_owned(), port: 9090, ..Entry::default() };
        region.service("shop", "web").load_balancers.push(entry);
        admin
    });
    let text = stage.fails(SOURCE, WEB);
    let expected = "The arguments select 2 of the 2 load balancer entries of the service; exactly one is needed.";
    assert!(text.contains(expected) && text.contains("Entry: web:9090 -> "), "{text}");
    assert_eq!(stage.read(SOURCE, &format!("{WEB}container_port = 9090"))["target_group_arn"], json!(admin));
    let listed = stage.read(SOURCE, &format!("{WEB}target_group_arns = [{admin:?}]"));
    assert_eq!(listed["target_group_arn"], json!(admin));
    let text = stage.fails(SOURCE, &format!("{WEB}container_port = 8080\ntarget_group_arns = [{admin:?}]"));
    assert!(text.contains("Live Target Group Not Listed"), "{text}");
}

#[test]
fn without_a_target_group_there_is_none_to_name() {
    let (stage, _) = Stage::with(|region| {
        region.rolling_service("shop", "web");
        region.service("shop", "web").load_balancers.clear();
        region.service_revisions.values_mut().for_each(|found| {
            found.load_balancers.clear();
            found.target_group = None;
            found.resolved = None;
        });
    });
    let found = stage.read(SOURCE, WEB);
    assert_eq!((&found["found"], &found["target_group_arn"]), (&json!(true), &Value::Null), "{found}");
    assert_eq!(found["target_group_weights"], json!({}));
    stage.fake.region(REGION, |region| {
        let entry =
            Entry { classic: Some("old".to_owned()), container: "web".to_owned(), port: 80, ..Entry::default() };
        region.service("shop", "web").load_balancers.push(entry);
    });
    let text = stage.fails(SOURCE, WEB);
    assert!(text.contains("Classic Load Balancer Not Supported") && text.contains("Load balancer: old"), "{text}");
}

#[test]
fn arguments_that_contradict_each_other_are_refused_offline() {
    let stage = Stage::new();
    let listener = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/lb/1/2";
    let balancer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lb/1";
    for (arguments, expected) in [
        (format!("listener_arn = {listener:?}\nload_balancer_arn = {balancer:?}"), "Keep one: the rule, the listener"),
        (
            format!("listener_arn = {listener:?}\nverify_listener = false"),
            "only looked at when the listener is verified",
        ),
        (format!("listener_arn = {balancer:?}"), "is a load balancer, not a listener: give it to load_balancer_arn."),
        ("container_port = 99999".to_owned(), "A whole number from 0 to 65535 is required, not 99999."),
        ("on_traffic_shift = \"ignore\"".to_owned(), "is none of \"error\", \"wait\" and \"allow\""),
        ("target_group_arns = [\"blue\"]".to_owned(), "\"blue\" is not an ARN"),
        ("timeouts {\n  read = \"soon\"\n}".to_owned(), "\"soon\" is not a duration"),
    ] {
        stage.write(&format!("data \"{SOURCE}\" \"it\" {{\n{WEB}{arguments}\n}}\n"));
        let output = stage.workspace.run(&["validate"]);
        assert_eq!(output.code, Some(1), "{arguments}");
        assert!(output.text().contains(expected), "{arguments}: {}", output.text());
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

#[test]
fn a_rule_that_is_gone_or_elsewhere_is_named() {
    let (stage, web) = Stage::with(|region| region.code_deploy_service("shop", "web", true));
    let gone = web.rule.as_deref().expect("a rule").replace("/5a5a", "/ffff");
    let text = stage.fails(SOURCE, &format!("{WEB}production_listener_rule_arn = {gone:?}"));
    assert!(text.contains("Listener Rule Not Found") && text.contains(&format!("Not found: {gone}")), "{text}");
    stage.fake.region(REGION, |region| {
        let stranger = region.target_group("stranger");
        for rule in region.rules.values_mut() {
            rule.action = Action::forward(&[(&stranger, 1)]);
        }
    });
    let text = stage.fails(SOURCE, &format!("{WEB}listener_arn = {:?}", web.production_listener));
    assert!(text.contains("No Production Rule Found"), "{text}");
    assert!(text.contains(&format!("Searched: {}", web.production_listener)), "{text}");
    assert!(text.contains(": listener_arn = "), "the argument is pointed at: {text}");
    let arguments = format!("{WEB}production_listener_rule_arn = {:?}", web.rule.as_deref().expect("a rule"));
    let text = stage.fails(SOURCE, &arguments);
    assert!(text.contains("Traffic Leaves the Service"), "{text}");
    let missing = stage.read(SOURCE, "cluster = \"none\"\nservice_name = \"web\"\nallow_missing = true");
    assert_eq!(missing["production_listener_rule_arn"], Value::Null);
}

/// A module that passes on what it was given, as published modules do.
const MODULE: &str = r#"
terraform {
  required_providers {
    ecslive = { source = "ecslive/ecslive" }
  }
}
variable "listener_arn" {
  type    = string
  default = null
}
variable "load_balancer_arn" {
  type    = string
  default = null
}
variable "container_name" {
  type    = string
  default = ""
}
variable "target_group_arns" {
  type    = set(string)
  default = [""]
}
variable "verify_listener" {
  type    = bool
  default = null
}
variable "read_timeout" {
  type    = string
  default = ""
}
data "ecslive_target_group" "web" {
  cluster           = "shop"
  service_name      = "web"
  region            = ""
  listener_arn      = var.listener_arn
  load_balancer_arn = var.load_balancer_arn
  container_name    = var.container_name
  target_group_arns = var.target_group_arns
  verify_listener   = var.verify_listener
  production_listener_rule_arn = ""
  timeouts {
    read = var.read_timeout
  }
}
output "arn" {
  value = data.ecslive_target_group.web.target_group_arn
}
"#;

#[test]
fn a_module_passes_on_what_it_was_not_given() {
    let (stage, web) = Stage::with(|region| region.code_deploy_service("shop", "web", true));
    std::fs::create_dir_all(stage.workspace.dir().join("web")).expect("a folder");
    stage.workspace.write("web/main.tf", MODULE);
    let (listener, balancer) = (&web.production_listener, &web.load_balancer);
    let with = |arguments: &str| {
        stage.write(&format!(
            "module \"web\" {{\n  source = \"./web\"\n{arguments}\n}}\noutput \"arn\" {{\n  value = module.web.arn\n}}\n"
        ));
        stage.workspace.run(&["get"]).success();
        stage.workspace.run(&["validate"]).success();
        stage.workspace.run(&["apply", "-auto-approve"])
    };
    let listener_arn = format!("listener_arn = {listener:?}");
    let balancer_arn = format!("load_balancer_arn = {balancer:?}");
    for arguments in ["", &listener_arn, &balancer_arn, "verify_listener = false"] {
        with(arguments).success();
        let planned = stage.workspace.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(planned.code, Some(0), "{arguments}: {}", planned.text());
        assert_eq!(stage.workspace.run(&["output", "-raw", "arn"]).success().stdout, web.blue, "{arguments}");
    }
    for (arguments, expected) in [
        (format!("{listener_arn}\n{balancer_arn}"), "load_balancer_arn and listener_arn both say where production"),
        (
            format!("{listener_arn}\nverify_listener = false"),
            "listener_arn is only looked at when the listener is verified",
        ),
    ] {
        let text = with(&arguments).text();
        assert!(text.contains("Conflicting Arguments") && text.contains(expected), "{arguments}: {text}");
    }
}

#[test]
fn an_arn_in_the_wrong_argument_is_sent_to_the_right_one() {
    let (stage, web) = Stage::with(|region| region.code_deploy_service("shop", "web", true));
    let rule = web.rule.expect("a rule");
    let text = stage.fails(SOURCE, &format!("{WEB}listener_arn = {rule:?}"));
    let expected = format!("\"{rule}\" is a listener rule, not a listener: give it to production_listener_rule_arn.");
    assert!(text.contains("Invalid Value") && text.contains(&expected), "{text}");
    let text = stage.fails(SOURCE, "cluster = \"\"\nservice_name = \"web\"");
    let expected = "The argument cluster is required, and an empty text counts as not given. Give it a value.";
    assert!(text.contains("Missing Argument") && text.contains(expected), "{text}");
}
