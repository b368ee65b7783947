//! `ecslive_target_group` and what hangs on load balancers: finding the listener, choosing the entry, sharing calls.

use crate::stage::{Stage, WEB};
use fake_aws::REGION;
use fake_aws::state::{Action, Entry};
use serde_json::{Value, json};
use std::fmt::Write;

const SOURCE: &str = "ecslive_target_group";

#[test]
fn a_rolling_service_takes_one_call() {
    let (stage, group) = Stage::with(|region| region.rolling_service("shop", "web"));
    let found = stage.read(SOURCE, WEB);
    assert_eq!(stage.fake.tally(), ["ecs:DescribeServices 1"]);
    assert_eq!(found["target_group_arn"], json!(group));
    assert_eq!(found["target_group_weights"], json!({ (group.as_str()): 100 }));
    assert_eq!((&found["verified"], &found["decided_by"]), (&json!(false), &json!("service")));
    let found = stage.read(SOURCE, &format!("{WEB}verify_listener = true"));
    assert_eq!((&found["verified"], &found["target_group_weights"][&group]), (&json!(true), &json!(1)));
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
    assert_eq!((count("DescribeListeners"), count("DescribeTargetGroups")), (1, 1));
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
fn a_network_load_balancer_has_only_default_actions() {
    let (stage, (group, listener)) = Stage::with(|region| {
        let group = region.rolling_service("shop", "web");
        let balancer = region.load_balancer("net", "shop-tcp");
        let listener = region.listener(&balancer, 443, Action::forward(&[(&group, 1)]));
        (group, listener)
    });
    let found = stage.read(SOURCE, &format!("{WEB}listener_arn = {listener:?}"));
    assert_eq!(stage.fake.tally(), ["ecs:DescribeServices 1", "elasticloadbalancing:DescribeListeners 1"]);
    assert_eq!((&found["target_group_arn"], &found["verified"]), (&json!(group), &json!(true)));
    assert_eq!(found["production_listener_rule_arn"], json!(listener));
}

#[test]
fn the_container_selects_the_entry() {
    let (stage, admin) = Stage::with(|region| {
        region.rolling_service("shop", "web");
        let admin = region.target_group("web-admin");
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
    });
    assert!(stage.fails(SOURCE, WEB).contains("ECS Service Has No Load Balancer"));
    let found = stage.read(SOURCE, &format!("{WEB}allow_missing = true"));
    assert_eq!((&found["found"], &found["target_group_weights"]), (&json!(false), &json!({})));
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
        (format!("listener_arn = {balancer:?}"), "is not the ARN of a listener"),
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
    assert!(text.contains("Listener Rule Not Found") && text.contains("RuleNotFound"), "{text}");
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
