//! `ecslive_target_group` through every state of a CODE_DEPLOY deployment.

use crate::stage::{Stage, WEB};
use fake_aws::BlueGreen;
use fake_aws::state::{Action, Region};
use serde_json::{Value, json};
use std::io::Read;
use std::time::{Duration, Instant};

const SOURCE: &str = "ecslive_target_group";

fn stage() -> (Stage, BlueGreen) {
    Stage::with(|region| region.code_deploy_service("shop", "web", true))
}

fn change<T>(stage: &Stage, step: impl FnOnce(&mut Region) -> T) -> T {
    stage.fake.region(fake_aws::REGION, step)
}

/// Starts a deployment of a new revision.
fn start(stage: &Stage, web: &BlueGreen) -> String {
    change(stage, |region| {
        let revision = region.register("web", &[("web", "nginx:1.28")]);
        region.code_deploy_start(web, &revision)
    })
}

/// Name of the live target group, weights of blue and green, in progress, verified, decided by.
fn answer(stage: &Stage, web: &BlueGreen, arguments: &str) -> Value {
    let found = stage.read(SOURCE, &format!("{WEB}{arguments}"));
    let weights = &found["target_group_weights"];
    json!([
        found["target_group_name"],
        weights[&web.blue],
        weights[&web.green],
        found["deployment_in_progress"],
        found["verified"],
        found["decided_by"],
    ])
}

#[test]
fn the_steady_state_takes_the_calls_it_needs_and_no_more() {
    let (stage, web) = stage();
    let unverified = "verify_listener = false";
    assert_eq!(answer(&stage, &web, unverified), json!(["web-blue", 100, null, false, false, "task_set"]));
    assert_eq!(stage.fake.tally(), ["ecs:DescribeServices 1"]);
    change(&stage, |region| region.code_deploy(&web));
    stage.fake.reset();
    assert_eq!(answer(&stage, &web, unverified), json!(["web-green", null, 100, false, false, "task_set"]));
    assert_eq!(stage.fake.tally(), ["ecs:DescribeServices 1"]);
    stage.fake.reset();
    assert_eq!(answer(&stage, &web, ""), json!(["web-green", 0, 100, false, true, "task_set"]));
    let expected =
        ["codedeploy:BatchGetDeployments 1", "ecs:DescribeServices 1", "elasticloadbalancing:DescribeRules 1"];
    assert_eq!(stage.fake.tally(), expected);
    for entry in [
        format!("listener_arn = {:?}", web.production_listener),
        format!("production_listener_rule_arn = {:?}", web.rule),
    ] {
        stage.fake.reset();
        let entry = entry.replace("Some(", "").replace(')', "");
        assert_eq!(answer(&stage, &web, &entry), json!(["web-green", 0, 100, false, true, "task_set"]));
        assert_eq!(stage.fake.tally(), ["ecs:DescribeServices 1", "elasticloadbalancing:DescribeRules 1"]);
    }
}

#[test]
fn every_attribute_of_a_settled_answer() {
    let (stage, web) = stage();
    change(&stage, |region| region.code_deploy(&web));
    let found = stage.read(SOURCE, WEB);
    let suffix = web.green.split_once(":targetgroup/").map(|(_, suffix)| format!("targetgroup/{suffix}"));
    let expected = json!({
        "found": true,
        "target_group_arn": web.green,
        "target_group_name": "web-green",
        "target_group_arn_suffix": suffix,
        "standby_target_group_arn": web.blue,
        "target_group_weights": {(web.blue.as_str()): 0, (web.green.as_str()): 100},
        "stickiness_enabled": false,
        "stickiness_duration": null,
        "production_listener_rule_arn": web.rule,
        "deployment_in_progress": false,
        "verified": true,
        "decided_by": "task_set",
        "region": "eu-west-1",
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&found[name], value, "{name}");
    }
}

#[test]
fn a_deployment_from_start_to_finish() {
    let (stage, web) = stage();
    start(&stage, &web);
    assert_eq!(answer(&stage, &web, ""), json!(["web-blue", 100, 0, true, true, "task_set"]));
    change(&stage, |region| region.code_deploy_shift(&web, 10));
    let text = stage.fails(SOURCE, WEB);
    let expected = format!(
        "Error: Traffic Is Split with data.ecslive_target_group.it, on main.tf line 19, in data \
         \"ecslive_target_group\" \"it\": 19: data \"ecslive_target_group\" \"it\" {{ Several target groups receive \
         production traffic, so no single one is live. Wait until it has settled and plan again, set \
         on_traffic_shift = \"wait\" to wait within timeouts.read, or set on_traffic_shift = \"allow\" to go on \
         without a single live target group, with the weights as they are. Cluster: shop Service: web Region: eu-west-1 \
         Deployment: d-000000001 (InProgress) Weights: 90 to {}, 10 to {} Rule: {}",
        web.blue,
        web.green,
        web.rule.as_deref().expect("a rule")
    );
    assert!(text.contains(&expected), "{text}\n\nexpected\n{expected}");
    let allowed = answer(&stage, &web, "on_traffic_shift = \"allow\"");
    assert_eq!(allowed, json!([null, 90, 10, true, true, null]));
    let unverified = stage.fails(SOURCE, &format!("{WEB}verify_listener = false"));
    assert!(unverified.contains("Traffic Is Split"), "{unverified}");
    change(&stage, |region| region.code_deploy_shift(&web, 100));
    assert_eq!(answer(&stage, &web, ""), json!(["web-green", 0, 100, true, true, "listener"]));
    assert_eq!(
        answer(&stage, &web, "verify_listener = false"),
        json!(["web-green", 0, 100, true, false, "deployment"])
    );
    change(&stage, |region| region.code_deploy_complete(&web));
    assert_eq!(answer(&stage, &web, ""), json!(["web-green", 0, 100, true, true, "task_set"]));
    change(&stage, |region| region.code_deploy_finish(&web));
    assert_eq!(answer(&stage, &web, ""), json!(["web-green", 0, 100, false, true, "task_set"]));
}

#[test]
fn a_stopped_deployment_is_refused_until_it_is_undone() {
    let (stage, web) = stage();
    start(&stage, &web);
    change(&stage, |region| region.code_deploy_shift(&web, 10));
    let undo = change(&stage, |region| region.code_deploy_stop(&web));
    let text = stage.fails(SOURCE, WEB);
    assert!(
        text.contains("Rollback In Progress") && text.contains(&format!("Deployment: {undo} (InProgress)")),
        "{text}"
    );
    change(&stage, |region| region.code_deploy_rolled_back(&web));
    assert_eq!(answer(&stage, &web, ""), json!(["web-blue", 100, 0, false, true, "task_set"]));
}

#[test]
fn a_listener_moved_by_hand_is_refused() {
    let (stage, web) = stage();
    change(&stage, |region| region.code_deploy(&web));
    change(&stage, |region| region.set_weights(&web, &[(web.blue.clone(), 100), (web.green.clone(), 0)]));
    let text = stage.fails(SOURCE, WEB);
    let facts = format!("ECS says: {} Listener says: {} Weights: 100 to {}", web.green, web.blue, web.blue);
    assert!(text.contains("ECS and Listener Disagree") && text.contains(&facts), "{text}");
    let word = answer(&stage, &web, "verify_listener = false");
    assert_eq!(word, json!(["web-green", null, 100, false, false, "task_set"]));
}

#[test]
fn waiting_ends_soon_after_the_traffic_has_settled() {
    let (mut stage, web) = stage();
    let log = stage.workspace.dir().join("provider.log");
    stage.workspace.env("TF_LOG_PROVIDER", "info").env("TF_LOG_PATH", &log.display().to_string());
    start(&stage, &web);
    change(&stage, |region| region.code_deploy_shift(&web, 50));
    stage.write(&format!(
        "data \"{SOURCE}\" \"it\" {{\n{WEB}on_traffic_shift = \"wait\"\n}}\noutput \"name\" {{\n  value = \
         data.{SOURCE}.it.target_group_name\n}}\n"
    ));
    let mut plan = stage.workspace.spawn(&["plan"]);
    let rules = "elasticloadbalancing:DescribeRules";
    wait_until("the plan has seen split traffic twice", || stage.fake.count(rules) >= 2);
    change(&stage, |region| region.code_deploy_complete(&web));
    let settled = Instant::now();
    let mut printed = String::new();
    plan.stdout.take().expect("stdout").read_to_string(&mut printed).expect("text");
    assert!(plan.wait().expect("an end").success(), "{printed}");
    assert!(printed.contains("name = \"web-green\""), "{printed}");
    assert!(settled.elapsed() < Duration::from_secs(30), "{:?}", settled.elapsed());
    assert_eq!(stage.fake.count("ecs:DescribeServices"), 3);
    let log = std::fs::read_to_string(log).expect("a log");
    let expected =
        "waiting for traffic to settle: Traffic Is Split: Deployment: d-000000001 (InProgress); Weights: 50 to";
    assert!(log.contains(expected), "{log}");
}

#[test]
fn waiting_outlasts_rules_that_are_moved_one_after_the_other() {
    let (stage, web) = stage();
    let other = change(&stage, |region| {
        region.code_deploy(&web);
        region.rule(&web.production_listener, 20, Action::forward(&[(&web.blue, 100), (&web.green, 0)]))
    });
    assert!(stage.fails(SOURCE, WEB).contains("Production Rules Disagree"));
    stage.fake.reset();
    stage.write(&format!(
        "data \"{SOURCE}\" \"it\" {{\n{WEB}listener_arn = {:?}\non_traffic_shift = \"wait\"\n}}\n",
        web.production_listener
    ));
    let mut plan = stage.workspace.spawn(&["plan"]);
    wait_until("the plan has looked twice", || stage.fake.count("elasticloadbalancing:DescribeRules") >= 2);
    change(&stage, |region| {
        region.rules.get_mut(&other).expect("a rule").action = Action::forward(&[(&web.blue, 0), (&web.green, 100)]);
    });
    assert!(plan.wait().expect("an end").success());
}

#[test]
fn waiting_ends_with_its_time() {
    let (stage, web) = stage();
    start(&stage, &web);
    change(&stage, |region| region.code_deploy_shift(&web, 50));
    let text = stage.fails(SOURCE, &format!("{WEB}on_traffic_shift = \"wait\"\ntimeouts {{\n  read = \"4s\"\n}}\n"));
    assert!(text.contains("Traffic Is Split") && text.contains("Waited: 2s Deployment: d-000000001"), "{text}");
    assert!(text.contains("It did not settle within timeouts.read. Try again later"), "{text}");
}

#[test]
fn ctrl_c_ends_the_waiting() {
    let (stage, web) = stage();
    start(&stage, &web);
    change(&stage, |region| region.code_deploy_shift(&web, 50));
    stage.write(&format!("data \"{SOURCE}\" \"it\" {{\n{WEB}on_traffic_shift = \"wait\"\n}}\n"));
    let mut plan = stage.workspace.spawn(&["plan"]);
    wait_until("the plan waits", || stage.fake.count("ecs:DescribeServices") >= 2);
    let pressed = Instant::now();
    // A terminal sends it to the whole group: terraform and the plugin.
    let status = std::process::Command::new("kill").args(["-INT", "--", &format!("-{}", plan.id())]).status();
    assert!(status.expect("kill runs").success());
    let mut printed = String::new();
    plan.stderr.take().expect("stderr").read_to_string(&mut printed).expect("text");
    assert!(!plan.wait().expect("an end").success());
    assert!(printed.contains("Read Cancelled"), "{printed}");
    // A poll takes ten seconds: anything below is not the end of one.
    assert!(pressed.elapsed() < Duration::from_secs(8), "{:?}", pressed.elapsed());
}

fn wait_until(what: &str, reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}
