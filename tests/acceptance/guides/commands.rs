//! Commands of the guides.

use super::{Block, blocks};
use crate::stage::{Stage, binaries};
use fake_aws::{REGION, Step};
use std::process::{Command, Output};

/// What Terraform has to do with, where a guide runs it.
const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    ecslive = { source = "ecslive/ecslive" }
  }
}

data "ecslive_service" "web" {
  cluster      = "shop"
  service_name = "web"
}

resource "terraform_data" "web" {
  input = data.ecslive_service.web.configured_task_definition
}
"#;

/// The commands of a block: lines, joined where one ends with a backslash.
fn commands(block: &Block) -> Vec<String> {
    let text = block.text.replace("\\\n", " ");
    let lines = text.lines().map(|line| line.split(" # ").next().unwrap_or(line).trim());
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    match block.language.as_str() {
        "console" => lines.filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect(),
        _ => lines.map(str::to_owned).collect(),
    }
}

/// The calls in a command, without redirections.
fn parts(command: &str) -> impl Iterator<Item = String> {
    let parts = command.split(['|', '&', ';', '(', ')']).map(|part| part.split('>').next().unwrap_or_default());
    let parts = parts.map(|part| part.trim_matches(['"', '$', ' ']).to_owned());
    parts.filter(|part| !part.is_empty())
}

/// The calls of `ecslive` in a command.
fn calls(command: &str) -> Vec<String> {
    parts(command).filter(|part| part.starts_with("ecslive ")).collect()
}

pub(super) fn shell(stage: &Stage, command: &str) -> Output {
    let tools = stage.workspace.home().join("tools");
    std::fs::create_dir_all(&tools).expect("a folder");
    let terraform = harness::terraform_binary(&harness::root()).unwrap_or_else(|error| panic!("{error}"));
    // It may be there already, and it may be called tofu.
    let _ = std::os::unix::fs::symlink(terraform, tools.join("terraform"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([tools, binaries()].into_iter().chain(std::env::split_paths(&path)));
    Command::new("sh")
        .args(["-c", command])
        .env_clear()
        .env("PATH", path.expect("a path"))
        .env("HOME", stage.workspace.home())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_REGION", REGION)
        .env("AWS_ENDPOINT_URL", stage.fake.endpoint())
        .env("TF_CLI_CONFIG_FILE", stage.workspace.home().join("terraform.rc"))
        .env("CHECKPOINT_DISABLE", "1")
        .current_dir(stage.workspace.dir())
        .output()
        .expect("a shell")
}

/// `codedeploy start shift=10`.
pub(super) fn account(text: &str) -> Stage {
    let mut words = text.split(' ');
    let (stage, _) = Stage::scenario(words.next().expect("a scenario"));
    for word in words {
        let (name, percent) = word.split_once('=').unwrap_or((word, "0"));
        stage.fake.step(Step::named(name, percent.parse().expect("a number")).expect("a step"));
    }
    stage
}

#[test]
fn commands_that_can_run_here_do() {
    let blocks: Vec<Block> = blocks(&["sh"]).into_iter().filter(|block| block.account.is_some()).collect();
    assert!(blocks.len() > 7, "only {} blocks", blocks.len());
    for block in blocks {
        let stage = account(block.account.as_deref().expect("an account"));
        stage.workspace.write("main.tf", CONFIGURATION);
        for command in commands(&block) {
            let output = shell(&stage, &command);
            let says = command.contains('>') || !output.stdout.is_empty();
            assert!(output.status.success() && says, "{}: {command}: {output:?}", block.place);
        }
    }
}

#[test]
fn every_call_of_the_command_has_arguments_that_exist() {
    let stage = Stage::new();
    let mut seen = 0;
    for block in blocks(&["sh", "console"]) {
        for call in commands(&block).iter().flat_map(|command| calls(command)) {
            // What is asked for help is parsed all the same.
            let output = shell(&stage, &format!("{call} --help"));
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && text.contains("Usage:"), "{}: {call}: {output:?}", block.place);
            seen += 1;
        }
    }
    assert!(seen > 12, "only {seen} calls were found");
}

/// The parameters of an operation of ECS that a guide calls with the AWS CLI, as the SDK names them.
fn parameters(operation: &str) -> String {
    use aws_sdk_ecs::operation::{
        continue_service_deployment::ContinueServiceDeploymentInput, execute_command::ExecuteCommandInput,
        run_task::RunTaskInput,
    };
    match operation {
        "continue-service-deployment" => format!("{:?}", ContinueServiceDeploymentInput::builder().build()),
        "execute-command" => format!("{:?}", ExecuteCommandInput::builder().build()),
        "run-task" => format!("{:?}", RunTaskInput::builder().build()),
        other => panic!("aws ecs {other} is not known here"),
    }
}

#[test]
fn every_other_command_has_options_that_exist() {
    let stage = Stage::new();
    let makefile = std::fs::read_to_string(harness::root().join("GNUmakefile")).expect("the makefile");
    let mut seen = std::collections::BTreeSet::new();
    for block in blocks(&["sh", "console"]) {
        for call in commands(&block).iter().flat_map(|command| parts(command)) {
            let words: Vec<&str> = call.split_whitespace().collect();
            let options = |known: &str, form: fn(&str) -> String| {
                for option in words.iter().filter(|word| word.starts_with('-')) {
                    let name = form(option.split('=').next().unwrap_or_default());
                    assert!(known.contains(&name), "{}: {call}: no {name} in\n{known}", block.place);
                }
            };
            match words.as_slice() {
                ["ecslive", ..] | ["echo" | "jq" | "export", ..] | ["git", "clone", _] | ["cd", _] => {}
                ["cargo", "run", "-p", package] => {
                    let manifest = harness::root().join("tests").join(package).join("Cargo.toml");
                    assert!(manifest.is_file(), "{}: {call}", block.place);
                }
                ["terraform", subcommand, ..] => {
                    let help = |subcommand| {
                        let help = stage.workspace.run(&[subcommand, "-help"]);
                        format!("{}{}", help.stdout, help.stderr)
                    };
                    // Apply takes the options of plan, which its own help in 1.6 does not repeat.
                    let more = if *subcommand == "apply" { help("plan") } else { String::new() };
                    options(&format!("{}{more}", help(subcommand)), str::to_owned);
                }
                ["aws", "ecs", operation, ..] => {
                    options(&parameters(operation), |option| format!("{}: ", option[2..].replace('-', "_")));
                }
                ["make", target, ..] => assert!(makefile.contains(&format!("\n{target}: ")), "{}: {call}", block.place),
                _ => panic!("{}: nobody checks {call}", block.place),
            }
            seen.insert(words[0].to_owned());
        }
    }
    assert!(["terraform", "aws", "make"].iter().all(|program| seen.contains(*program)), "{seen:?}");
}

#[test]
fn what_a_console_shows_is_what_is_printed() {
    let blocks: Vec<Block> = blocks(&["console"]).into_iter().filter(|block| block.account.is_some()).collect();
    assert!(blocks.len() > 1, "only {} blocks", blocks.len());
    for block in blocks {
        let stage = account(block.account.as_deref().expect("an account"));
        let mut shown: Vec<&str> = block.text.lines().collect();
        let commands: Vec<&str> = shown.extract_if(.., |line| line.starts_with("$ ")).collect();
        let mut printed = String::new();
        for command in commands {
            let output = shell(&stage, &command[2..]);
            printed += &(String::from_utf8_lossy(&output.stderr) + &*String::from_utf8_lossy(&output.stdout));
        }
        is_shown(&block.place, &shown, &printed);
    }
}

/// The lines follow each other as they are shown; `…` stands for any number of others.
fn is_shown(place: &str, shown: &[&str], printed: &str) {
    let mut rest: Vec<&str> = printed.lines().collect();
    let mut any = false;
    for line in shown {
        if line.trim() == "…" {
            any = true;
            continue;
        }
        let at = rest.iter().position(|found| found == line);
        let at = at.filter(|at| any || *at == 0);
        let at = at.unwrap_or_else(|| panic!("{place} shows {line:?}, and this is printed:\n{printed}"));
        rest.drain(..=at);
        any = false;
    }
    assert!(any || rest.is_empty(), "{place} leaves out {rest:?}");
}

#[test]
fn calls_are_found_in_pipes_and_substitutions() {
    assert_eq!(parts("a -b > c | d; echo \"e $?\"").collect::<Vec<_>>(), ["a -b", "d", "echo \"e $?"]);
    assert_eq!(calls("terraform show -json p | ecslive guard && terraform apply p"), ["ecslive guard"]);
    assert_eq!(calls("aws x \"$(ecslive resolve service web | jq -r .a)\""), ["ecslive resolve service web"]);
}
