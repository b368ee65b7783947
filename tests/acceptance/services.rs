//! `ecslive_services`: many services at once.

use crate::stage::Stage;
use fake_aws::{Fault, REGION};
use serde_json::{Value, json};

const SOURCE: &str = "ecslive_services";
const SHOP: &str = "cluster = \"shop\"\n";

/// One service of each kind.
fn stage() -> Stage {
    let (stage, ()) = Stage::with(|region| {
        region.rolling_service("shop", "worker");
        region.code_deploy_service("shop", "web", true);
        region.native_service("shop", "api", "CANARY");
        region.external_service("shop", "search");
    });
    stage
}

fn names(found: &Value) -> Vec<&String> {
    found["services"].as_object().expect("a map").keys().collect()
}

#[test]
fn all_services_of_a_cluster_are_what_each_is_alone() {
    let stage = stage();
    let found = stage.read(SOURCE, &format!("{SHOP}include_images = true\n"));
    assert_eq!(names(&found), ["api", "search", "web", "worker"]);
    let calls = stage.fake.tally();
    assert!(calls.contains(&"ecs:ListServices 1".to_owned()), "{calls:?}");
    for (name, service) in found["services"].as_object().expect("a map") {
        let alone = stage.read("ecslive_service", &format!("{SHOP}service_name = {name:?}"));
        for (attribute, value) in service.as_object().expect("an object") {
            assert_eq!(value, &alone[attribute], "{name}: {attribute}");
        }
        assert_eq!(service["found"], true);
    }
}

#[test]
fn a_list_names_what_may_be_missing() {
    let stage = stage();
    let some = format!("{SHOP}service_names = [\"web\", \"nope\"]\n");
    let text = stage.fails(SOURCE, &some);
    assert!(text.contains("ECS Service Not Found") && text.contains("Service: nope"), "{text}");
    assert!(!text.contains("Service: web"), "{text}");
    let found = stage.read(SOURCE, &format!("{some}allow_missing = true"));
    assert_eq!(names(&found), ["nope", "web"]);
    let nope = &found["services"]["nope"];
    assert_eq!(
        (&nope["found"], &nope["task_definition_arn"], &nope["images"]),
        (&json!(false), &Value::Null, &json!({}))
    );
    assert_eq!(stage.read(SOURCE, &format!("{SHOP}service_names = []\n"))["services"], json!({}));
}

#[test]
fn a_missing_cluster_is_absence_only_on_request() {
    let stage = stage();
    for arguments in ["cluster = \"none\"\n", "cluster = \"none\"\nservice_names = [\"web\"]\n"] {
        assert!(stage.fails(SOURCE, arguments).contains("ECS Cluster Not Found"), "{arguments}");
        let found = stage.read(SOURCE, &format!("{arguments}allow_missing = true"));
        assert_eq!(found["found"], false);
        for (name, service) in found["services"].as_object().expect("a map") {
            assert_eq!((name.as_str(), &service["found"], &service["status"]), ("web", &json!(false), &Value::Null));
        }
        assert_eq!(names(&found).len(), arguments.matches("service_names").count());
    }
}

#[test]
fn services_that_are_being_deleted_are_left_out_unless_named() {
    let stage = stage();
    stage.fake.region(REGION, |region| region.service("shop", "worker").status = "DRAINING".to_owned());
    assert_eq!(names(&stage.read(SOURCE, SHOP)), ["api", "search", "web"]);
    let found = stage.read(SOURCE, &format!("{SHOP}service_names = [\"web\", \"worker\"]\n"));
    let worker = &found["services"]["worker"];
    assert_eq!((&worker["found"], &worker["task_definition"]), (&json!(true), &Value::Null), "{worker}");
    assert_eq!(found["services"]["web"]["task_definition"], "web:1", "the others are told");
    let text = stage.workspace.run(&["plan"]).text();
    assert!(text.contains("Warning: ECS Service Is Being Deleted") && text.contains("Service: worker"), "{text}");
}

#[test]
fn every_page_is_read() {
    let (stage, ()) = Stage::with(|region| {
        for index in 0..150 {
            region.rolling_service("shop", &format!("web-{index:03}"));
        }
    });
    assert_eq!(names(&stage.read(SOURCE, SHOP)).len(), 150);
    assert_eq!(stage.fake.count("ecs:ListServices"), 2);
    assert_eq!(stage.fake.count("ecs:DescribeTaskDefinition"), 0);
}

#[test]
fn what_fails_for_all_is_told_a_few_times() {
    let (stage, ()) = Stage::with(|region| {
        for index in 0..30 {
            region.rolling_service("shop", &format!("web-{index:03}"));
        }
    });
    stage.fake.fail_always("ecs:DescribeServiceRevisions", Fault::AccessDenied);
    let text = stage.fails(SOURCE, SHOP);
    assert_eq!(text.matches("Error: AWS Access Denied").count(), 10, "{text}");
    assert!(text.contains("20 more services of the cluster could not be read"), "{text}");
}
