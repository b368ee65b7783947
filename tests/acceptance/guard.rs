//! `ecslive guard` on plans that the real terraform makes against fake-aws.

mod calls;
mod native;
mod outcomes;
mod pipelines;
mod reach;
mod rule;
mod service;

use crate::stage::{Stage, binaries};
use fake_aws::{BlueGreen, Scene};
use harness::{Output, root};
use std::io::Write;
use std::process::{Command, Stdio};

/// `ecslive guard ARGUMENTS` in the workspace, with the way to fake-aws in the environment.
pub fn guard_command(stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = Command::new(binaries().join("ecslive"));
    command.arg("guard").args(arguments).current_dir(stage.workspace.dir()).env_clear();
    command.env("HOME", stage.workspace.home()).env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI-EXAMPLEKEY");
    command.env("AWS_ENDPOINT_URL", stage.fake.endpoint()).env("AWS_MAX_ATTEMPTS", "2");
    command
}

/// Runs it to its end, with `input` as its standard input.
pub fn run(mut command: Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("ecslive starts");
    let mut stdin = child.stdin.take().expect("standard input");
    // Whoever does not read the plan, as with --print-schema, may have ended.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("ecslive ends");
    Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// `ecslive guard` on a plan.
pub fn guard(stage: &Stage, plan: &str, arguments: &[&str]) -> Output {
    run(guard_command(stage, arguments), plan)
}

/// The plan of the workspace's configuration as JSON; `arguments` go to `terraform plan`.
pub fn plan(stage: &Stage, arguments: &[&str]) -> String {
    let plan = [&["plan", "-out=plan.bin"], arguments].concat();
    stage.workspace.run(&plan).success();
    let json = stage.workspace.run(&["show", "-json", "plan.bin"]).success().stdout;
    stage.fake.reset();
    json
}

/// A service under CODE_DEPLOY whose rule has blue in the code; `steps` is what happened to it since.
pub fn code_deploy(steps: impl FnOnce(&mut fake_aws::state::Region, &BlueGreen)) -> (Stage, BlueGreen) {
    let (mut stage, scene) = Stage::scenario("codedeploy");
    let Scene::CodeDeploy(web) = scene else { panic!("{scene:?}") };
    let web = *web;
    stage.fake.region(fake_aws::REGION, |region| steps(region, &web));
    let config = std::fs::read_to_string(root().join("tests/harness/demo/rule/without.tf")).expect("a configuration");
    stage.workspace.write("main.tf", &config);
    let rule = web.rule.clone().expect("a rule");
    stage.workspace.env("TF_VAR_rule_arn", &rule).env("TF_VAR_listener_arn", &web.production_listener);
    stage.workspace.env("TF_VAR_target_groups", &format!("[{:?}, {:?}]", web.blue, web.green));
    (stage, web)
}
