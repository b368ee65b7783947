//! The real hashicorp/aws builds an account from nothing, somebody else deploys, and the plan stays clean.

use crate::early::Early;
use crate::stage::binaries;
use fake_aws::{FakeAws, REGION, Step};
use harness::{Output, Workspace, real_aws, root, terraform_binary};
use serde_json::{Value, json};
use std::process::Command;
use tempfile::TempDir;

const ACCOUNT: &str = include_str!("../fixtures/real_aws/account.tf");
const WITHOUT: &str = include_str!("../fixtures/real_aws/without_override.tf");

/// An empty account, and a workspace in which terraform has the real hashicorp/aws and this plugin. Gone when dropped.
pub struct Account {
    pub fake: FakeAws,
    pub workspace: Workspace,
    _folder: TempDir,
}

impl Account {
    /// Nothing but provider blocks.
    pub fn new() -> Self {
        let fake = FakeAws::spawn();
        let folder = tempfile::tempdir().expect("a folder");
        let binary = terraform_binary(&root()).unwrap_or_else(|error| panic!("{error}"));
        let mut workspace = Workspace::new(&binary, &folder.path().join("home"), &folder.path().join("work"));
        workspace.override_providers(&[("ecslive/ecslive", &binaries())]);
        real_aws::attach(&mut workspace).unwrap_or_else(|error| panic!("{error}"));
        workspace.env("TF_VAR_endpoint", &fake.endpoint()).env("AWS_MAX_ATTEMPTS", "3");
        workspace.write("providers.tf", &real_aws::provider_blocks(REGION));
        Self { fake, workspace, _folder: folder }
    }
}

#[test]
fn a_wrong_attribute_name_is_refused() {
    let account = Account::new();
    account.workspace.write("main.tf", "resource \"aws_ecs_cluster\" \"shop\" {\n  nmae = \"shop\"\n}\n");
    let plan = account.workspace.run(&["plan"]);
    assert_eq!(plan.code, Some(1), "{}", plan.stdout);
    assert!(plan.text().contains("An argument named \"nmae\" is not expected here."), "{}", plan.text());
    assert_eq!(account.fake.calls().len(), 0);
}

impl Account {
    /// The services of `tests/fixtures/real_aws`, one under each controller, built in one apply.
    fn built() -> Self {
        let account = Self::new();
        account.workspace.write("main.tf", ACCOUNT);
        let applied = account.workspace.run(&["apply", "-auto-approve"]).success();
        assert!(
            applied.stdout.contains("Apply complete! Resources: 23 added, 0 changed, 0 destroyed."),
            "{}",
            applied.stdout
        );
        account
    }

    /// Deployers take a step of these services' deployments each.
    fn happens(&self, steps: &[(&str, Step)]) {
        for (service, step) in steps {
            self.fake.built("shop", service);
            self.fake.step(*step);
        }
    }

    #[track_caller]
    fn has_no_changes(&self, when: &str) {
        let plan = self.workspace.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{when}: {}\n{}", plan.stdout, plan.stderr);
        assert!(plan.stdout.contains("No changes."), "{when}: {}", plan.stdout);
    }

    /// A plan as JSON.
    fn plan(&self) -> String {
        self.workspace.run(&["plan", "-out=it.tfplan"]).success();
        self.workspace.run(&["show", "-json", "it.tfplan"]).success().stdout
    }

    /// `ecslive guard` on a plan, against the same account.
    fn guard(&self, plan: &str) -> Output {
        let mut command = Command::new(binaries().join("ecslive"));
        command.args(["guard", "-"]).current_dir(self.workspace.dir()).env_clear();
        command.env("HOME", self.workspace.home()).env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI-EXAMPLEKEY");
        command.env("AWS_ENDPOINT_URL", self.fake.endpoint());
        crate::guard::run(command, plan)
    }
}

static BUILT: Early<Account> =
    Early::new("real_aws::from_nothing_through_deployments_of_all_controllers_to_nothing", Account::built);

/// Begins to build it.
pub fn begin() {
    BUILT.begin();
}

/// One after the other, on one account.
#[test]
fn from_nothing_through_deployments_of_all_controllers_to_nothing() {
    let mut account = BUILT.take();
    account.has_no_changes("after the first apply");
    account.fake.reset();

    account.happens(&[("tool", Step::Start), ("tool", Step::Complete), ("tool", Step::Finish)]);
    account.has_no_changes("the tool made the first task set of its service");
    account.happens(&[("web", Step::Start), ("roll", Step::Start), ("tool", Step::Start)]);
    account.has_no_changes("new tasks without traffic, both revisions of the rolling service run");
    account.happens(&[("web", Step::Shift(10)), ("tool", Step::Shift(10))]);
    account.has_no_changes("traffic is split");
    an_imported_rule_has_the_weights_of_the_moment(&account);
    account.happens(&[("web", Step::Complete), ("roll", Step::Finish), ("tool", Step::Complete)]);
    account.has_no_changes("all traffic moved, the old tasks are there");
    account.happens(&[("web", Step::Finish), ("tool", Step::Finish)]);
    account.has_no_changes("everything is deployed");
    assert_eq!(account.fake.count("elasticloadbalancing:ModifyRule"), 0);

    guard_stops_what_would_go_back(&account);
    guard_lets_the_rest_pass(&mut account);

    account.workspace.run(&["destroy", "-auto-approve"]).success();
    account.fake.region(REGION, |region| {
        assert!(region.clusters.is_empty() && region.load_balancers.is_empty() && region.target_groups.is_empty());
        assert!(region.listeners.is_empty() && region.rules.is_empty() && region.deployment_groups.is_empty());
    });
}

fn an_imported_rule_has_the_weights_of_the_moment(account: &Account) {
    let arn = account.fake.region(REGION, |region| {
        let found = region.rules.iter().find(|(_, rule)| rule.priority == 10);
        found.map(|(arn, _)| arn.clone()).expect("the rule")
    });
    account.workspace.run(&["state", "rm", "aws_lb_listener_rule.web"]).success();
    let import = format!("import {{\n  to = aws_lb_listener_rule.web\n  id = {arn:?}\n}}\n");
    account.workspace.write("import.tf", &import);
    let applied = account.workspace.run(&["apply", "-auto-approve"]).success();
    assert!(applied.stdout.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{}", applied.stdout);
    account.workspace.write("import.tf", "");
}

/// Without ecslive the same state is planned back to blue and to the first revision; `ecslive guard` says where.
fn guard_stops_what_would_go_back(account: &Account) {
    account.workspace.write("without_override.tf", WITHOUT);
    let plan = account.plan();
    account.workspace.write("without_override.tf", "");
    let output = account.guard(&plan);
    assert_eq!(output.code, Some(1), "{}{}", output.stdout, output.stderr);
    for finding in [
        "traffic-leaves-live-target-group aws_lb_listener_rule.web",
        "traffic-leaves-live-target-group aws_lb_listener_rule.tool",
        "task-definition-rollback aws_ecs_service.roll",
        "update-will-be-refused aws_ecs_service.web",
    ] {
        assert!(output.text().contains(&format!("ERROR {finding}")), "{finding} is missing:\n{}", output.stdout);
    }
}

/// The near miss: the same rules and the same service are changed in what serves nobody.
fn guard_lets_the_rest_pass(account: &mut Account) {
    account.workspace.env("TF_VAR_hands_on", "somebody");
    let plan = account.plan();
    account.workspace.env("TF_VAR_hands_on", "");
    let written: Value = serde_json::from_str(&plan).expect("a plan");
    let changes = written["resource_changes"].as_array().into_iter().flatten();
    let changed: Vec<_> = changes.filter(|change| change["change"]["actions"] == json!(["update"])).collect();
    assert_eq!(changed.len(), 3, "{changed:?}");
    let output = account.guard(&plan);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{}", output.stdout);
    assert!(output.stdout.contains("No findings."), "{}", output.stdout);
}
