//! `ecslive_service`.

use crate::stage::{Stage, WEB};
use fake_aws::BlueGreen;
use fake_aws::state::{Region, TaskSet};
use serde_json::{Value, json};

const SOURCE: &str = "ecslive_service";

fn pick(found: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| found[*name].clone()).collect()
}

/// What runs, what is rolled out, in progress, rollout state.
fn running(stage: &Stage) -> Value {
    let found = stage.read(SOURCE, WEB);
    let target = found["target_task_definition_arn"].as_str().and_then(|arn| arn.rsplit('/').next());
    let rest = pick(&found, &["deployment_in_progress", "rollout_state"]);
    json!([found["task_definition"], target, rest[0], rest[1]])
}

#[test]
fn a_rolling_service_in_every_state() {
    let (stage, group) = Stage::with(|region| region.rolling_service("shop", "web"));
    let found = stage.read(SOURCE, WEB);
    let calls = ["ecs:DescribeServiceRevisions 1", "ecs:DescribeServices 1"];
    assert_eq!(stage.fake.tally(), calls);
    let expected = json!({
        "found": true,
        "arn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/web",
        "status": "ACTIVE",
        "deployment_controller": "ECS",
        "deployment_strategy": "ROLLING",
        "task_definition_arn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1",
        "task_definition": "web:1",
        "family": "web",
        "revision": 1,
        "target_task_definition_arn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1",
        "images": {"web": "nginx:1.27"},
        "image_tags": {"web": "1.27"},
        "image_digests": {"web": fake_aws::resolved_digest("nginx:1.27")},
        "load_balancers": [{
            "container_name": "web", "container_port": 8080, "target_group_arn": group, "live_target_group_arn": group,
            "alternate_target_group_arn": null, "production_listener_rule_arn": null, "test_listener_rule_arn": null,
        }],
        "deployment_in_progress": false,
        "rollout_state": "COMPLETED",
        "circuit_breaker_enabled": true,
        "circuit_breaker_rollback": true,
        "desired_count": 2,
        "running_count": 2,
        "pending_count": 0,
        "launch_type": "FARGATE",
        "enable_execute_command": false,
        "propagate_tags": null,
        "tags": {},
        "service_revision_arn": stage.fake.region(fake_aws::REGION, |region| {
            region.service("shop", "web").current_revisions[0].clone()
        }),
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&found[name], value, "{name}");
    }
    let step = |change: &dyn Fn(&mut Region)| stage.fake.region(fake_aws::REGION, |region| change(region));
    step(&|region| {
        let next = region.register("web", &[("web", "nginx:1.28")]);
        region.rolling_start("shop", "web", &next);
    });
    assert_eq!(running(&stage), json!(["web:1", "web:2", true, "IN_PROGRESS"]));
    step(&|region| region.rolling_fail("shop", "web"));
    assert_eq!(running(&stage), json!(["web:1", "web:2", false, "FAILED"]));
    step(&|region| region.rolling_back("shop", "web"));
    assert_eq!(running(&stage), json!(["web:1", "web:1", false, "COMPLETED"]));
    step(&|region| {
        region.rolling_start("shop", "web", &region_arn("web", 2));
        region.rolling_finish("shop", "web");
    });
    assert_eq!(running(&stage), json!(["web:2", "web:2", false, "COMPLETED"]));
}

fn region_arn(family: &str, revision: u64) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{family}:{revision}")
}

/// The live target group of the first entry, as this data source sees it.
fn live(stage: &Stage) -> Value {
    stage.read(SOURCE, WEB)["load_balancers"][0]["live_target_group_arn"].clone()
}

#[test]
fn a_code_deploy_service_in_every_state() {
    let (stage, web) = Stage::with(|region| region.code_deploy_service("shop", "web", true));
    let step = |change: &dyn Fn(&mut Region, &BlueGreen)| {
        stage.fake.region(fake_aws::REGION, |region| change(region, &web));
    };
    assert_eq!(running(&stage), json!(["web:1", "web:1", false, null]));
    assert_eq!(live(&stage), json!(web.blue));
    step(&|region, web| {
        let next = region.register("web", &[("web", "nginx:1.28")]);
        region.code_deploy_start(web, &next);
    });
    assert_eq!(running(&stage), json!(["web:1", "web:2", true, null]));
    assert_eq!(live(&stage), Value::Null);
    step(&|region, web| region.code_deploy_complete(web));
    assert_eq!(running(&stage), json!(["web:2", "web:2", true, null]));
    step(&|region, web| region.code_deploy_finish(web));
    assert_eq!(running(&stage), json!(["web:2", "web:2", false, null]));
    assert_eq!(live(&stage), json!(web.green));
    let found = stage.read(SOURCE, WEB);
    assert_eq!(pick(&found, &["deployment_controller", "deployment_strategy"]), json!(["CODE_DEPLOY", null]));
}

#[test]
fn a_cluster_of_another_account_is_not_taken_for_this_one() {
    let (stage, _) = Stage::with(|region| region.rolling_service("shop", "web"));
    let other = "cluster = \"arn:aws:ecs:eu-west-1:999999999999:cluster/shop\"\nservice_name = \"web\"\n";
    let text = stage.fails(SOURCE, other);
    assert!(
        text.contains("Unreadable AWS Answer") && text.contains("999999999999:cluster/shop was asked for"),
        "{text}"
    );
    let own = "cluster = \"arn:aws:ecs:eu-west-1:123456789012:cluster/shop\"\nservice_name = \"web\"\n";
    assert_eq!(stage.read(SOURCE, own)["found"], true);
}

#[test]
fn what_is_registered_but_not_deployed_does_not_run() {
    let (stage, _) = Stage::with(|region| {
        region.code_deploy_service("shop", "web", true);
        region.register("web", &[("web", "nginx:broken")])
    });
    assert_eq!(stage.read(SOURCE, WEB)["task_definition"], "web:1");
}

#[test]
fn names_and_arns_mean_the_same() {
    let (stage, _) = Stage::with(|region| region.rolling_service("shop", "web"));
    let arns = "cluster = \"arn:aws:ecs:eu-west-1:123456789012:cluster/shop\"\n\
                service_name = \"arn:aws:ecs:eu-west-1:123456789012:service/shop/web\"";
    assert_eq!(stage.read(SOURCE, arns)["arn"], stage.read(SOURCE, WEB)["arn"]);
    let elsewhere = "cluster = \"other\"\nservice_name = \"arn:aws:ecs:eu-west-1:123456789012:service/shop/web\"";
    let text = stage.fails(SOURCE, elsewhere);
    assert!(text.contains("The ARN of the service names the cluster \"shop\", but cluster is \"other\"."), "{text}");
}

#[test]
fn absence_is_an_error_or_an_answer() {
    let (stage, _) = Stage::with(|region| region.rolling_service("shop", "web"));
    let missing = "cluster = \"shop\"\nservice_name = \"webb\"\n";
    let text = stage.fails(SOURCE, missing);
    let expected = "Error: ECS Service Not Found with data.ecslive_service.it, on main.tf line 21, in data \
                    \"ecslive_service\" \"it\": 21: service_name = \"webb\" No active service of this name exists in \
                    the cluster. Check the service name, the cluster and the region, or set allow_missing = true if \
                    Terraform creates it later. Cluster: shop Service: webb Region: eu-west-1 Account: \
                    123456789012 Credentials: environment AWS request: ecs:DescribeServices";
    assert!(text.contains(expected), "{text}");
    let no_cluster = "cluster = \"shopp\"\nservice_name = \"web\"\n";
    let text = stage.fails(SOURCE, no_cluster);
    assert!(text.contains("ECS Cluster Not Found") && text.contains("20: cluster = \"shopp\""), "{text}");
    for arguments in [missing, no_cluster] {
        let found = stage.read(SOURCE, &format!("{arguments}allow_missing = true"));
        let values = pick(&found, &["found", "arn", "images", "load_balancers", "desired_count"]);
        assert_eq!(values, json!([false, null, {}, [], null]));
    }
}

#[test]
fn a_deleted_service_is_absent_and_one_being_deleted_is_refused() {
    let (stage, _) = Stage::with(|region| {
        region.rolling_service("shop", "web");
        region.service("shop", "web").status = "INACTIVE".to_owned();
    });
    assert!(stage.fails(SOURCE, WEB).contains("ECS Service Not Found"));
    let tolerant = format!("{WEB}allow_missing = true");
    assert_eq!(stage.read(SOURCE, &tolerant)["found"], false);
    stage.fake.region(fake_aws::REGION, |region| region.service("shop", "web").status = "DRAINING".to_owned());
    let text = stage.fails(SOURCE, &tolerant);
    assert!(text.contains("ECS Service Is Being Deleted") && text.contains("The service is DRAINING"), "{text}");
}

#[test]
fn values_that_are_not_known_are_refused_by_name() {
    let (stage, _) = Stage::with(|region| region.rolling_service("shop", "web"));
    for (controller, strategy, expected) in [
        ("ECS", Some("SHADOW"), "AWS reports the deployment strategy \"SHADOW\""),
        ("ROBOT", None, "AWS reports the deployment controller \"ROBOT\""),
    ] {
        stage.fake.region(fake_aws::REGION, |region| {
            let service = region.service("shop", "web");
            service.controller = controller.to_owned();
            service.strategy = strategy.map(str::to_owned);
        });
        for source in [SOURCE, "ecslive_target_group"] {
            let text = stage.fails(source, WEB);
            assert!(text.contains(expected), "{text}");
        }
    }
}

#[test]
fn no_primary_task_set_is_no_answer() {
    let (stage, _) = Stage::with(|region| {
        region.code_deploy_service("shop", "web", true);
        region.service("shop", "web").task_sets.clear();
    });
    let text = stage.fails(SOURCE, WEB);
    assert!(text.contains("exactly one PRIMARY task set when it is settled, but ECS reports 0"), "{text}");
    stage.fake.region(fake_aws::REGION, |region| {
        let set = TaskSet {
            id: "ecs-svc/1".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: "no ARN".to_owned(),
            ..TaskSet::default()
        };
        region.service("shop", "web").task_sets.push(set);
    });
    let text = stage.fails(SOURCE, WEB);
    assert!(text.contains("Unreadable AWS Answer") && text.contains("taskSets[].taskDefinition: \"no ARN\""), "{text}");
}
