//! Native blue/green from end to end: Terraform with the schemas of hashicorp/aws 6.62, deployments that it is not told of, and
//! images in ECR.

use super::guard;
use crate::lives::life::{Life, complete};
use fake_aws::REGION;
use fake_aws::Step::{Complete, Finish, Rollback, RolledBack, Start};

/// As somebody writes it who does not know what is live.
const BLUE: &str = "locals {\n  weights = { (local.target_groups[0]) = 100, (local.target_groups[1]) = 0 }\n}\n";
const FIRST_REVISION: &str =
    "resource \"aws_ecs_service\" \"web\" {\n  task_definition = aws_ecs_task_definition.web.arn\n}\n";
const TAGS: &str = "resource \"aws_ecs_service\" \"web\" {\n  tags = { team = \"shop\" }\n}\n";
const OTHER_PORT: &str = "resource \"aws_lb_target_group\" \"green\" {\n  port = 9090\n}\n";

fn life() -> Life {
    Life::with_aws_6(complete("native-blue-green")).first_apply()
}

#[track_caller]
fn stopped(life: &mut Life, plan: &str, findings: &[&str]) {
    let output = guard(life.stage(), plan, &[]);
    assert_eq!(output.code, Some(1), "{}{}", output.stdout, output.stderr);
    for finding in findings {
        assert!(output.text().contains(&format!("ERROR {finding}")), "{finding} is missing:\n{}", output.stdout);
    }
    assert_eq!(output.stdout.matches("ERROR ").count(), findings.len(), "{}", output.stdout);
}

#[track_caller]
fn passes(life: &mut Life, plan: &str) -> String {
    let output = guard(life.stage(), plan, &["--fail-on-unknown"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{}", output.stdout);
    output.text()
}

#[test]
fn what_goes_back_is_stopped_at_rest_and_in_the_middle_of_a_deployment() {
    let mut life = life().deployments("web", &[Start, Complete, Finish]);
    let to_blue = life.plan(BLUE, &[]);
    stopped(&mut life, &to_blue, &["traffic-leaves-live-target-group aws_lb_listener_rule.production"]);
    let old = life.plan(FIRST_REVISION, &[]);
    stopped(&mut life, &old, &["task-definition-rollback aws_ecs_service.web"]);
    let replaced = life.plan("", &["-replace=aws_ecs_service.web"]);
    stopped(&mut life, &replaced, &["service-replaced aws_ecs_service.web"]);
    let way = guard(life.stage(), &replaced, &[]).text();
    assert!(way.contains("step by step from web-green to the new group"), "green serves, blue is in the code: {way}");
    let clean = life.plan("", &[]);
    assert!(passes(&mut life, &clean).contains("No findings."), "the plan that was fed from what is live");

    let mut life = life.deployments("web", &[Start]);
    let now = "deployment-in-progress aws_lb_listener_rule.production";
    let to_blue = life.plan(BLUE, &[]);
    stopped(&mut life, &to_blue, &["traffic-leaves-live-target-group aws_lb_listener_rule.production", now]);
    let old = life.plan(FIRST_REVISION, &[]);
    let service = ["task-definition-rollback aws_ecs_service.web", "deployment-in-progress aws_ecs_service.web"];
    stopped(&mut life, &old, &service);
    let tags = life.plan(TAGS, &[]);
    let told = passes(&mut life, &tags);
    assert!(told.contains("NOTE deployment-in-progress aws_ecs_service.web"), "{told}");

    let mut life = life.deployments("web", &[Rollback, RolledBack]);
    let clean = life.plan("", &[]);
    assert!(passes(&mut life, &clean).contains("No findings."), "rolled back");
}

#[test]
fn a_replaced_group_is_named_with_what_forces_it() {
    let mut life = life().deployments("web", &[Start, Complete, Finish]);
    let plan = life.plan(OTHER_PORT, &[]);
    let output = guard(life.stage(), &plan, &[]);
    assert_eq!(output.code, Some(1), "{}{}", output.stdout, output.stderr);
    let text = output.text();
    assert!(text.contains("ERROR traffic-leaves-live-target-group aws_lb_target_group.green"), "{}", output.stdout);
    assert!(text.contains("port forces the replacement"), "{}", output.stdout);
}

#[test]
fn an_image_that_nobody_pushed_is_stopped_until_it_is_there() {
    let mut life = life();
    let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v9";
    life.stage().fake.region(REGION, |region| region.push("web", "v1", &["linux/amd64"]));
    life.stage().workspace.env("TF_VAR_image", image);
    let plan = life.plan(FIRST_REVISION, &[]);
    let output = guard(life.stage(), &plan, &[]);
    assert_eq!(output.code, Some(1), "{}{}", output.stdout, output.stderr);
    let text = output.text();
    assert!(text.contains("ERROR image-missing aws_ecs_task_definition.web"), "{}", output.stdout);
    assert!(text.contains(image), "{}", output.stdout);
    life.stage().fake.region(REGION, |region| region.push("web", "v9", &["linux/arm64"]));
    let output = guard(life.stage(), &plan, &[]);
    assert!(
        output.text().contains("ERROR image-missing aws_ecs_task_definition.web"),
        "for another CPU: {}",
        output.stdout
    );
    life.stage().fake.region(REGION, |region| region.push("web", "v9", &["linux/amd64"]));
    let text = passes(&mut life, &plan);
    assert!(!text.contains("ERROR"), "{text}");
}
