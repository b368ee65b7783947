//! The life of each example: one apply on an empty account, deployments that Terraform is not told of, and no changes after and
//! in every step of them.

use super::changes::{Change, SETTINGS, TAGS};
use super::tree::Tree;
use super::{changes, stage, variables};
use crate::stage::Stage;
use fake_aws::Step::{self, Complete, Finish, Rollback, RolledBack, Shift, Start};
use harness::{Output, real_aws};
use std::fmt::Write;
use std::path::PathBuf;

/// An example in Terraform.
pub struct Life {
    stage: Stage,
    example: PathBuf,
}

impl Life {
    /// With the stand-in, for what needs hashicorp/aws 6.
    pub fn with_aws_6(example: impl FnOnce(&Tree) -> PathBuf) -> Self {
        let (stage, tree) = stage();
        Self::begin(stage, &tree, example(&tree))
    }

    /// With the real hashicorp/aws.
    pub fn with_real_aws(example: impl FnOnce(&Tree) -> PathBuf) -> Self {
        let mut stage = Stage::new();
        variables(&mut stage);
        real_aws::attach(&mut stage.workspace).unwrap_or_else(|error| panic!("{error}"));
        let endpoint = stage.fake.endpoint();
        stage.workspace.env("AWS_ENDPOINT_URL", &endpoint);
        let tree = Tree::copy(stage.workspace.dir());
        let example = example(&tree);
        let arguments = real_aws::provider_arguments(&format!("{endpoint:?}"));
        let provider = format!("provider \"aws\" {{\n{arguments}}}\n");
        std::fs::write(example.join("endpoints_override.tf"), provider).expect("a file");
        Self::begin(stage, &tree, example)
    }

    fn begin(stage: Stage, tree: &Tree, example: PathBuf) -> Self {
        tree.install_modules(&example);
        Self { stage, example }
    }

    fn chdir(&self) -> String {
        format!("-chdir={}", self.example.display())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let chdir = self.chdir();
        let all: Vec<&str> = [chdir.as_str()].iter().chain(arguments).chain(&["-no-color"]).copied().collect();
        self.stage.workspace.run(&all)
    }

    /// One apply makes everything.
    pub fn first_apply(self) -> Self {
        let applied = self.run(&["apply", "-auto-approve"]);
        assert_eq!(applied.code, Some(0), "{}\n{}", applied.stdout, applied.stderr);
        assert!(applied.stdout.contains("added, 0 changed, 0 destroyed."), "{}", applied.stdout);
        self.no_changes("after the first apply")
    }

    fn no_changes(self, when: &str) -> Self {
        let planned = self.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(planned.code, Some(0), "{when}:\n{}\n{}", planned.stdout, planned.stderr);
        assert!(planned.stdout.contains("No changes."), "{when}:\n{}", planned.stdout);
        self
    }

    /// The stage it is on.
    pub fn stage(&mut self) -> &mut Stage {
        &mut self.stage
    }

    /// A plan as JSON, with something laid over the configuration for this once.
    pub fn plan(&self, over: &str, arguments: &[&str]) -> String {
        let file = self.example.join("once_override.tf");
        std::fs::write(&file, over).expect("a file");
        let planned = self.run(&[&["plan", "-out=it.tfplan"], arguments].concat());
        std::fs::remove_file(file).expect("the file");
        assert_eq!(planned.code, Some(0), "{}\n{}", planned.stdout, planned.stderr);
        let chdir = format!("-chdir={}", self.example.display());
        let shown = self.stage.workspace.run(&[&chdir, "show", "-json", "it.tfplan"]).success().stdout;
        self.stage.fake.reset();
        shown
    }

    /// Takes the steps of deployments of a service, with a plan after each.
    pub fn deployments(self, service: &str, steps: &[Step]) -> Self {
        self.stage.fake.built("shop", service);
        let mut story = String::new();
        let mut life = self;
        for step in steps {
            life.stage.fake.step(*step);
            write!(story, "{step:?} ").expect("a String");
            life = life.no_changes(&story);
        }
        life
    }

    /// Tags and settings of everything around the deployment change in the code. The plan has these changes and no other:
    /// nothing that is live waits for the apply.
    pub fn shows_changes_of_the_code_alone(self) -> Self {
        changes::write(&self.example, &SETTINGS);
        let planned = self.run(&["plan"]).success();
        changes::remove(&self.example);
        changes::are_alone(&planned.stdout, &SETTINGS);
        self
    }

    /// Tags change in the code for good: all that the apply writes are tags.
    pub fn applies_tags_alone(self) -> Self {
        // After a change of a load balancer hashicorp/aws waits for half a minute.
        let tags: Vec<Change> = TAGS.into_iter().filter(|change| change.kind != "aws_lb").collect();
        changes::write(&self.example, &tags);
        let applied = self.run(&["apply", "-auto-approve"]).success();
        assert!(applied.stdout.contains("Apply complete! Resources: 0 added, "), "{}", applied.stdout);
        assert!(self.stage.fake.count("ecs:TagResource") > 1);
        self.wrote_nothing();
        self.no_changes("tags were applied")
    }

    /// What is left has been deployed by others: nothing of the listener or service was written since.
    pub fn wrote_nothing(&self) {
        for operation in ["elasticloadbalancing:ModifyRule", "elasticloadbalancing:ModifyListener", "ecs:UpdateService"]
        {
            assert_eq!(self.stage.fake.count(operation), 0, "{operation}");
        }
    }
}

/// A folder of `examples/complete/`.
pub fn complete(name: &str) -> impl FnOnce(&Tree) -> PathBuf {
    move |tree: &Tree| tree.example(name)
}

/// A deployment, and one that is rolled back.
pub const BLUE_GREEN: [Step; 8] = [Start, Shift(10), Complete, Finish, Start, Shift(10), Rollback, RolledBack];

#[test]
fn native_blue_green() {
    native("native-blue-green");
}

#[test]
fn native_through_terraform_aws_modules() {
    native("with-terraform-aws-modules");
}

fn native(example: &str) {
    let life = Life::with_aws_6(complete(example)).first_apply().shows_changes_of_the_code_alone();
    let life = life.deployments("web", &BLUE_GREEN[..2]).shows_changes_of_the_code_alone();
    life.deployments("web", &BLUE_GREEN[2..]).wrote_nothing();
}
