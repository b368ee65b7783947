//! The listener rule: the plan that would cause the outage, and the plan that ends one.

use super::{code_deploy, guard, plan};
use serde_json::Value;

/// Green serves since the deployment, and blue is empty.
fn on_green() -> (crate::stage::Stage, fake_aws::BlueGreen) {
    code_deploy(|region, web| region.code_deploy(web))
}

#[test]
fn the_plan_that_goes_back_to_blue_fits_on_one_screen_and_ends_with_1() {
    let (stage, web) = on_green();
    let plan = plan(&stage, &[]);
    let output = guard(&stage, &plan, &[]);
    assert_eq!(output.code, Some(1), "{}{}", output.stdout, output.stderr);
    assert!(output.stdout.lines().count() <= 40, "{}", output.stdout);
    let text = output.text();
    for part in [
        "Do not apply this plan.",
        "ERROR traffic-leaves-live-target-group aws_lb_listener_rule.web (main.tf:",
        "Service shop/web serves from web-green and gets 100 % of these requests now; after the apply it would get 0 %.",
        &format!("Live target group: {}", web.green),
        "Weights now: web-blue 0, web-green 100",
        "Weights after: web-blue 100, web-green 0",
        "Ways out:",
        "forward_weights",
    ] {
        assert!(text.contains(part), "{part:?} is missing:\n{}", output.stdout);
    }
    assert_eq!(output.stderr, "");
}

#[test]
fn the_plan_that_repairs_a_wrong_listener_is_clean() {
    let (mut stage, web) = on_green();
    let wrong = [(web.blue.clone(), 100), (web.green.clone(), 0)];
    stage.fake.region(fake_aws::REGION, |region| region.set_weights(&web, &wrong));
    stage.workspace.env("TF_VAR_target_groups", &format!("[{:?}, {:?}]", web.green, web.blue));
    let plan = plan(&stage, &[]);
    let written: Value = serde_json::from_str(&plan).expect("a plan");
    assert_eq!(written["resource_changes"][0]["change"]["actions"], serde_json::json!(["update"]));
    let output = guard(&stage, &plan, &[]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{}", output.stdout);
    assert!(
        output.stdout.contains("No findings. Nothing was found that would harm what is live."),
        "{}",
        output.stdout
    );
}

#[test]
fn the_plan_in_the_middle_of_a_shift_is_stopped() {
    let (stage, web) = code_deploy(|region, web| {
        let revision = region.register("web", &[("web", "nginx:1.28")]);
        region.code_deploy_start(web, &revision);
        region.code_deploy_shift(web, 30);
    });
    let plan = plan(&stage, &[]);
    let output = guard(&stage, &plan, &[]);
    assert_eq!(output.code, Some(1), "{}", output.stdout);
    let text = output.text();
    assert!(text.contains("ERROR deployment-in-progress"), "{}", output.stdout);
    assert!(text.contains("CodeDeploy deploys service shop/web at this moment"), "{}", output.stdout);
    assert!(!text.contains(&web.load_balancer), "{}", output.stdout);
}

#[test]
fn an_allowed_finding_is_shown_and_does_not_stop_the_pipeline() {
    let (stage, _) = on_green();
    let allow = "[[allow]]\nrule = \"traffic-leaves-live-target-group\"\naddress = \"aws_lb_listener_rule.web\"\nreason = \
                 \"Back to blue on purpose, SHOP-123\"\nuntil = 2999-12-31\n";
    let plan = plan(&stage, &[]);
    stage.workspace.write(".ecslive-guard.toml", allow);
    let output = guard(&stage, &plan, &[]);
    assert_eq!(output.code, Some(0), "{}", output.stdout);
    assert!(output.text().contains("until 2999-12-31: Back to blue on purpose, SHOP-123"), "{}", output.stdout);
    stage.workspace.write(".ecslive-guard.toml", "[[allow]]\nrule = \"x\"\n");
    let output = guard(&stage, &plan, &[]);
    assert_eq!(output.code, Some(2), "{}", output.stdout);
    assert!(output.text().contains(".ecslive-guard.toml:1: address is missing"), "{}", output.stdout);
}
