//! `examples/complete/` and the examples of the modules: whole configurations, as they are, in Terraform.

mod changes;
pub mod life;
mod real_aws;
pub mod tree;

pub use real_aws::begin;

use crate::stage::Stage;
use tree::Tree;

/// What the examples leave to their users.
const VARIABLES: [(&str, &str); 17] = [
    ("vpc_id", "vpc-0123456789abcdef0"),
    ("subnet_ids", r#"["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]"#),
    ("load_balancer_subnet_ids", r#"["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]"#),
    ("task_subnet_ids", r#"["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"]"#),
    ("security_group_ids", r#"["sg-0123456789abcdef0"]"#),
    ("load_balancer_security_group_ids", r#"["sg-0123456789abcdef0"]"#),
    ("task_security_group_ids", r#"["sg-0123456789abcdef1"]"#),
    ("certificate_arn", "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"),
    ("image", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1"),
    ("github_oidc_provider_arn", "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"),
    ("github_repository", "example/shop"),
    (
        "listener_arn",
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/0000000000000001/0000000000000002",
    ),
    (
        "test_listener_arn",
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/0000000000000001/0000000000000003",
    ),
    ("load_balancer_arn", "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/0000000000000001"),
    ("task_definition_arn", "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1"),
    ("infrastructure_role_arn", "arn:aws:iam::123456789012:role/infrastructure"),
    ("codedeploy_role_arn", "arn:aws:iam::123456789012:role/codedeploy"),
];

fn stage() -> (Stage, Tree) {
    let mut stage = Stage::new();
    stage.take_aws_6();
    variables(&mut stage);
    let tree = Tree::copy(stage.workspace.dir());
    (stage, tree)
}

fn variables(stage: &mut Stage) {
    for (name, value) in VARIABLES {
        stage.workspace.env(&format!("TF_VAR_{name}"), value);
    }
}

#[test]
fn every_example_is_planned_on_an_empty_account() {
    let (stage, tree) = stage();
    let examples = tree.examples();
    assert!(examples.len() >= 11, "{examples:?}");
    for example in examples {
        tree.install_modules(&example);
        let planned = stage.workspace.run(&[&format!("-chdir={}", example.display()), "plan", "-no-color"]);
        assert_eq!(planned.code, Some(0), "{}: {}", example.display(), planned.text());
        assert!(planned.stdout.contains(" to add, 0 to change, 0 to destroy."), "{}", planned.stdout);
        assert!(!planned.stdout.contains("Changes to Outputs"), "{}: {}", example.display(), planned.stdout);
    }
}

#[test]
fn a_wrong_name_in_a_native_example_fails() {
    let (stage, tree) = stage();
    let example = tree.example("native-blue-green");
    let file = example.join("service.tf");
    let text = std::fs::read_to_string(&file).expect("an example");
    std::fs::write(&file, text.replace("production_listener_rule ", "production_rule ")).expect("a file");
    let planned = stage.workspace.run(&[&format!("-chdir={}", example.display()), "plan", "-no-color"]);
    assert_eq!(planned.code, Some(1), "{}", planned.stdout);
    let text = planned.text();
    assert!(text.contains("An argument named \"production_rule\" is not expected here."), "{text}");
}
