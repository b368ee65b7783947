//! The service: a task definition that goes back, and a service that is replaced.

use super::{guard, plan};
use crate::stage::Stage;
use fake_aws::{REGION, Step};
use harness::root;

/// A rolling service that the pipeline deployed to web:2; Terraform knows web:1.
fn behind() -> (Stage, String) {
    let (mut stage, _) = Stage::scenario("rolling");
    let first = stage.fake.region(REGION, |region| region.task_definition_arn("web", 1));
    let config =
        std::fs::read_to_string(root().join("tests/harness/demo/service/without.tf")).expect("a configuration");
    stage.workspace.write("main.tf", &config);
    stage.workspace.env("TF_VAR_registered", &first);
    stage.workspace.run(&["apply", "-auto-approve"]).success();
    stage.fake.step(Step::Start);
    stage.fake.step(Step::Finish);
    (stage, first)
}

#[test]
fn a_task_definition_that_goes_back_is_an_error() {
    let (stage, first) = behind();
    let plan = plan(&stage, &[]);
    let output = guard(&stage, &plan, &[]);
    assert_eq!(output.code, Some(1), "{}", output.stdout);
    let text = output.text();
    assert!(text.contains("ERROR task-definition-rollback aws_ecs_service.web"), "{}", output.stdout);
    assert!(text.contains(&first) && text.contains("web:2"), "{}", output.stdout);
}

#[test]
fn a_plan_that_was_overtaken_says_so_right_before_the_apply() {
    let (mut stage, _) = Stage::scenario("rolling");
    let next = stage.fake.region(REGION, |region| region.register("web", &[("web", "nginx:1.28")]));
    let config =
        std::fs::read_to_string(root().join("tests/harness/demo/service/without.tf")).expect("a configuration");
    stage.workspace.write("main.tf", &config);
    stage.workspace.env("TF_VAR_registered", &next);
    let plan = plan(&stage, &[]);
    let before = guard(&stage, &plan, &[]);
    assert_eq!(before.code, Some(0), "{}", before.stdout);
    stage.fake.step(Step::Start);
    stage.fake.step(Step::Finish);
    let after = guard(&stage, &plan, &[]);
    assert_eq!(after.code, Some(1), "{}", after.stdout);
    assert!(after.text().contains("ERROR plan-is-stale aws_ecs_service.web"), "{}", after.stdout);
}

#[test]
fn a_replaced_service_is_an_error_and_the_way_without_downtime_has_its_names() {
    let (stage, _) = behind();
    let plan = plan(&stage, &["-replace=aws_ecs_service.web"]);
    let output = guard(&stage, &plan, &[]);
    assert_eq!(output.code, Some(1), "{}", output.stdout);
    let text = output.text();
    assert!(text.contains("ERROR service-replaced aws_ecs_service.web"), "{}", output.stdout);
    assert!(text.contains("Ways out:") && text.contains("shop"), "{}", output.stdout);
}
