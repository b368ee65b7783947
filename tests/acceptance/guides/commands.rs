//! Commands of the guides.

use super::{Block, blocks};
use crate::stage::{Stage, binaries};
use fake_aws::{REGION, Step};
use std::process::{Command, Output};

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

/// The calls of `ecslive` in a command, without redirections.
fn calls(command: &str) -> Vec<String> {
    let parts = command.split(['|', '&', ';', '(', ')', '>']);
    parts
        .map(|part| part.trim().trim_end_matches('"'))
        .filter(|part| part.starts_with("ecslive "))
        .map(str::to_owned)
        .collect()
}

pub(super) fn shell(stage: &Stage, command: &str) -> Output {
    let path = std::env::join_paths(
        std::iter::once(binaries()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
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
    assert!(blocks.len() > 4, "only {} blocks", blocks.len());
    for block in blocks {
        let stage = account(block.account.as_deref().expect("an account"));
        for command in commands(&block) {
            let output = shell(&stage, &command);
            assert!(output.status.success() && !output.stdout.is_empty(), "{}: {command}: {output:?}", block.place);
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
    assert_eq!(calls("terraform show -json p | ecslive guard && terraform apply p"), ["ecslive guard"]);
    assert_eq!(calls("aws x \"$(ecslive resolve service web | jq -r .a)\""), ["ecslive resolve service web"]);
}
