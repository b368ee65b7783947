//! The whole life of a listener rule that the data source feeds: from an empty account to a plan that stays clean.

use crate::stage::Stage;
use fake_aws::REGION;
use fake_aws::state::Action;

const RULE: &str = r#"
variable "listener_arn" {
  type = string
}
# As resources have them on the first apply: not known before.
resource "terraform_data" "target_groups" {
  input = var.target_groups
}
variable "target_groups" {
  type = list(string)
}
locals {
  target_groups = terraform_data.target_groups.output
  weights = provider::ecslive::forward_weights(data.ecslive_target_group.web.target_group_weights, local.target_groups)
}
provider "aws" {
  region   = "eu-west-1"
  endpoint = var.endpoint
}
data "ecslive_target_group" "web" {
  cluster       = "shop"
  service_name  = "web"
  allow_missing = true
}
resource "aws_lb_listener_rule" "web" {
  listener_arn = var.listener_arn
  priority     = 10
  action {
    type = "forward"
    forward {
      dynamic "target_group" {
        for_each = [0, 1]
        content {
          arn    = local.target_groups[target_group.value]
          weight = local.weights[local.target_groups[target_group.value]]
        }
      }
    }
  }
  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}
"#;

#[test]
fn from_an_empty_account_to_a_clean_plan() {
    let (mut stage, (listener, blue, green)) = Stage::with(|region| {
        let balancer = region.load_balancer("app", "shop");
        let listener = region.listener(&balancer, 443, Action::default());
        (listener, region.target_group("blue"), region.target_group("green"))
    });
    stage.workspace.env("TF_VAR_listener_arn", &listener);
    stage.workspace.env("TF_VAR_target_groups", &format!("[{blue:?}, {green:?}]"));
    stage.write(RULE);
    let applied = stage.workspace.run(&["apply", "-auto-approve"]).success();
    assert!(applied.stdout.contains("Apply complete! Resources: 2 added"), "{}", applied.stdout);
    let weights = |stage: &Stage| {
        stage.fake.region(REGION, |region| match &region.rules.values().next().expect("a rule").action {
            Action::Forward { weights, .. } => weights.clone(),
            Action::Other(kind) => panic!("{kind}"),
        })
    };
    let mut expected = vec![(blue.clone(), 100), (green.clone(), 0)];
    expected.sort();
    assert_eq!(weights(&stage), expected);
    // Still no service: the same answer, and nothing to do.
    let planned = stage.workspace.run(&["plan", "-detailed-exitcode"]);
    assert_eq!(planned.code, Some(0), "{}", planned.stdout);
    // The pipeline creates the service, deploys, and nobody tells Terraform.
    let web = stage.fake.region(REGION, |region| {
        let made = region.code_deploy_service("shop", "web", false);
        let mut web = fake_aws::BlueGreen { blue: blue.clone(), green: green.clone(), ..made };
        web.production_listener.clone_from(&listener);
        for set in &mut region.service("shop", "web").task_sets {
            set.load_balancers[0].target_group = Some(blue.clone());
        }
        region.code_deploy(&web);
        web
    });
    assert_eq!(stage.fake.region(REGION, |region| region.weights(&web)).len(), 2);
    let planned = stage.workspace.run(&["plan", "-detailed-exitcode"]);
    assert_eq!(planned.code, Some(0), "{}\n{}", planned.stdout, planned.stderr);
    assert!(
        planned.stdout.contains("No changes. Your infrastructure matches the configuration."),
        "{}",
        planned.stdout
    );
    assert_eq!(stage.fake.count("elasticloadbalancing:ModifyRule"), 0);
}
