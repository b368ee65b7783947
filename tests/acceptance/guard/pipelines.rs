//! `examples/pipelines/`: every shell snippet is run, with the real guard and stand-ins for the other commands.

use super::{code_deploy, guard_command, plan, run};
use crate::stage::{Stage, binaries};
use fake_aws::Fault;
use harness::{Output, root};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The block scalars (`|`) of a YAML file.
fn snippets(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("a pipeline");
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.trim_end().ends_with('|')) {
        // A dash is indentation too: `- run: |` and `- |`.
        let own = indent(line) + usize::from(line.trim_start().starts_with("- ") && line.contains(": |")) * 2;
        let body = lines[at + 1..].iter().take_while(|line| line.trim().is_empty() || indent(line) > own);
        let width = indent(lines[at + 1]);
        found.push(body.map(|line| line.get(width..).unwrap_or_default()).collect::<Vec<_>>().join("\n"));
    }
    found
}

fn pipelines() -> Vec<(PathBuf, Vec<String>)> {
    let folder = std::fs::read_dir(root().join("examples/pipelines")).expect("a folder");
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension != "md"));
    files.sort();
    files.into_iter().map(|file| (file.clone(), snippets(&file))).collect()
}

/// A command of this name that writes its arguments to `calls` and does `body`.
fn command(stage: &Stage, name: &str, body: &str) {
    let folder = stage.workspace.home().join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let calls = stage.workspace.home().join("calls");
    let script = format!("#!/bin/sh\necho \"{name} $*\" >> {calls:?}\n{body}\n");
    let file = folder.join(name);
    std::fs::write(&file, script).expect("a script");
    assert!(Command::new("chmod").arg("+x").arg(&file).status().expect("chmod starts").success());
}

/// Runs a snippet as the pipelines do: it ends with the first command that fails.
fn shell(stage: &Stage, snippet: &str) -> Output {
    let guarded = guard_command(stage, &[]);
    let mut command = Command::new("bash");
    command.args(["-e", "-o", "pipefail", "-c", snippet]).current_dir(stage.workspace.dir()).env_clear();
    command.envs(guarded.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let path = std::env::var("PATH").unwrap_or_default();
    let own = [stage.workspace.home().join("bin"), binaries()].map(|path| path.display().to_string());
    command.env("PATH", format!("{}:{}:{path}", own[0], own[1]));
    command.env("PLANFILE", "plan.bin").env("PROJECT_NAME", "prod").env("TARGET", "prod");
    command.env("GITHUB_REPOSITORY", "shop/infrastructure").env("PULL_REQUEST", "7");
    let home = stage.workspace.home();
    command.env("RUNNER_TEMP", home).env("GITHUB_PATH", home.join("path")).env("GITHUB_ENV", home.join("env"));
    command.env("ECSLIVE_URL", "https://files.example.com/ecslive").env("ECSLIVE_SHA256", "0".repeat(64));
    run(command, "")
}

fn calls(stage: &Stage) -> String {
    let file = stage.workspace.home().join("calls");
    let calls = std::fs::read_to_string(&file).unwrap_or_default();
    let _ = std::fs::remove_file(file);
    calls
}

/// The story's account with the plan that would go back to blue, and commands that stand in for terraform and gh.
fn stage() -> Stage {
    let (stage, _) = code_deploy(|region, web| region.code_deploy(web));
    let json = plan(&stage, &[]);
    stage.workspace.write("story.json", &json);
    command(&stage, "terraform", "if [ \"$1\" = show ]; then cat story.json; fi");
    let name = "ecslive_0.1.0_linux_amd64";
    command(
        &stage,
        "curl",
        &format!("mkdir -p {name} && touch {name}/ecslive && tar -czf {name}.tar.gz {name} && rm -r {name}"),
    );
    command(&stage, "sha256sum", "cat > /dev/null");
    stage
}

#[test]
fn no_pipeline_applies_the_plan_that_would_cause_the_outage() {
    let stage = stage();
    for (file, snippets) in pipelines() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut guarded = 0;
        for snippet in snippets {
            let syntax = Command::new("bash").args(["-n", "-c", &snippet]).status().expect("bash starts");
            assert!(syntax.success(), "{name}: {snippet}");
            if snippet.contains("gh api") {
                continue;
            }
            let output = shell(&stage, &snippet);
            let expected = if snippet.contains("ecslive guard") { 1 } else { 0 };
            assert_eq!(output.code, Some(expected), "{name}: {snippet}\n{}{}", output.stdout, output.stderr);
            guarded += expected;
            assert!(!calls(&stage).contains("terraform apply"), "{name}: {snippet}");
        }
        assert!(guarded >= 1, "{name} has no guard");
    }
}

#[test]
fn every_pipeline_applies_the_plan_that_was_checked() {
    let stage = stage();
    stage.workspace.write("story.json", "{\"format_version\":\"1.2\",\"planned_values\":{}}");
    let mut applied = 0;
    for (file, snippets) in pipelines() {
        for snippet in snippets.iter().filter(|snippet| !snippet.contains("gh api")) {
            let output = shell(&stage, snippet);
            assert_eq!(output.code, Some(0), "{}: {snippet}\n{}", file.display(), output.stderr);
            let made = calls(&stage);
            let applies = made.contains("terraform apply -input=false plan.bin");
            assert_eq!(applies, snippet.contains("terraform apply"), "{made}");
            applied += usize::from(applies);
        }
    }
    assert_eq!(applied, 3, "GitHub, GitLab and CodeBuild; Atlantis applies by itself");
}

#[test]
fn no_pipeline_applies_a_plan_that_could_not_be_judged() {
    let stage = stage();
    stage.fake.fail_always("elasticloadbalancing:DescribeRules", Fault::AccessDenied);
    for (file, snippets) in pipelines() {
        for snippet in snippets.iter().filter(|snippet| snippet.contains("ecslive guard")) {
            let output = shell(&stage, snippet);
            assert_eq!(output.code, Some(2), "{}: {snippet}\n{}", file.display(), output.stdout);
            assert!(!calls(&stage).contains("terraform apply"), "{}: {snippet}", file.display());
        }
    }
}

#[test]
fn the_workflow_for_github_installs_the_command_and_the_plugin() {
    let stage = stage();
    let all = pipelines();
    let installs = |snippet: &&String| snippet.contains("ecslive.tfrc");
    let snippets: Vec<&String> = all.iter().flat_map(|(_, snippets)| snippets).filter(installs).collect();
    assert_eq!(snippets.len(), 2, "one for the plan and one for the apply");
    assert_eq!(snippets[0], snippets[1]);
    let output = shell(&stage, snippets[0]);
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
    let read = |name: &str| std::fs::read_to_string(stage.workspace.home().join(name)).expect("a file");
    assert!(Path::new(read("path").trim()).join("ecslive").is_file(), "{}", read("path"));
    assert!(read("env").trim().ends_with("/ecslive.tfrc"), "{}", read("env"));
    assert!(read("ecslive.tfrc").contains("\"https://files.example.com/ecslive/mirror/\""), "{}", read("ecslive.tfrc"));
}

#[test]
fn the_comment_is_written_once_and_then_kept_up_to_date() {
    let stage = stage();
    let all = pipelines();
    let mut snippets = all.iter().flat_map(|(_, snippets)| snippets);
    let snippet = snippets.find(|snippet| snippet.contains("gh api")).expect("a comment");
    stage.workspace.write("guard.md", "<!-- ecslive-guard:prod -->\nNo findings.\n");
    for (known, wanted) in [
        ("", "gh api --method POST repos/shop/infrastructure/issues/7/comments --field body=@guard.md"),
        ("4711", "gh api --method PATCH repos/shop/infrastructure/issues/comments/4711 --field body=@guard.md"),
    ] {
        let find = format!(
            "case \"$*\" in *--paginate*) [ \"$marker\" = '<!-- ecslive-guard:prod -->' ] && echo {known} ;; esac"
        );
        command(&stage, "gh", &find);
        let output = shell(&stage, snippet);
        assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
        let made = calls(&stage);
        assert!(made.contains(wanted) && made.lines().count() == 2, "{made}");
    }
}
