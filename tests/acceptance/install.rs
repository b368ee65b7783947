//! `make install` in an empty home, then what the README says.

use crate::stage::Stage;
use harness::{Output, root, terraform_binary};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs `make install` with this HOME and a PATH that lacks its programs; gives what it printed.
fn make_install(home: &Path) -> String {
    let mut make = Command::new("make");
    make.args(["--no-print-directory", "install", "PROFILE=dev"]).current_dir(root()).env("HOME", home);
    for name in ["PREFIX", "PLUGINS", "MAKEFLAGS", "MAKELEVEL"] {
        make.env_remove(name);
    }
    // Rust itself stays where it is.
    let own_home = PathBuf::from(std::env::var_os("HOME").expect("HOME"));
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        make.env(name, std::env::var_os(name).unwrap_or_else(|| own_home.join(folder).into()));
    }
    let output = make.output().expect("make starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The first configuration in the README's section "Install".
fn configuration_of_the_readme() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let section = readme.split("\n## Install\n").nth(1).expect("a section");
    let block = section.split("```hcl\n").nth(1).and_then(|rest| rest.split("```").next());
    block.expect("a configuration").to_owned()
}

/// The commands that the README gives to try it without an AWS account, for whatever listens at this endpoint.
fn commands_of_the_readme(endpoint: &str) -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let section = readme.split("\n### Try it without an AWS account\n").nth(1).expect("a section");
    let block = section.split("```sh\n").nth(2).and_then(|rest| rest.split("```").next()).expect("commands");
    assert!(block.contains("=http://127.0.0.1:4599 "), "{block}");
    block.replace("http://127.0.0.1:4599", endpoint)
}

/// A stage whose home has nothing in it, with the service that the README asks for.
fn stage() -> Stage {
    let (mut stage, _) = Stage::scenario("codedeploy");
    std::fs::remove_dir_all(stage.workspace.home()).expect("the folder can be removed");
    std::fs::create_dir_all(stage.workspace.home()).expect("the folder can be made");
    let endpoint = stage.fake.endpoint();
    stage.workspace.env("TF_CLI_CONFIG_FILE", "").env("AWS_ENDPOINT_URL", &endpoint);
    stage.workspace.write("main.tf", &configuration_of_the_readme());
    stage
}

/// The installed plugin, once for each registry.
fn plugins(home: &Path) -> Vec<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let mut found = Vec::new();
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let folder = home.join(format!(".terraform.d/plugins/{host}/ecslive/ecslive/{version}"));
        let platform = std::fs::read_dir(folder).expect("a folder").next().expect("a platform").expect("an entry");
        found.push(platform.path().join(format!("terraform-provider-ecslive_v{version}")));
    }
    found
}

#[test]
fn in_an_empty_home_the_lines_of_the_readme_give_a_plan() {
    let stage = stage();
    let home = stage.workspace.home().to_owned();
    let printed = make_install(&home);
    let command = home.join(".local/bin/ecslive");
    for file in plugins(&home).iter().chain([&command]) {
        assert!(file.is_file() && printed.contains(&file.display().to_string()), "{}\n{printed}", file.display());
    }
    assert!(printed.contains(&format!("{}/.local/bin is not on PATH", home.display())), "{printed}");
    // The block to copy is the README's.
    let readme = configuration_of_the_readme();
    let block = readme.split("\n\n").next().expect("a block");
    let indented: String = block.lines().map(|line| format!("  {line}\n")).collect();
    assert!(printed.contains(&indented), "{printed}");

    // The shell has nothing but the programs. Terraform may be called tofu, or be a script.
    let tools = home.join("tools");
    std::fs::create_dir_all(&tools).expect("a folder");
    let terraform = terraform_binary(&root()).unwrap_or_else(|error| panic!("{error}"));
    let path = std::env::var("PATH").unwrap_or_default();
    let script = format!("#!/bin/sh\nPATH='{path}' exec '{}' \"$@\"\n", terraform.display());
    std::fs::write(tools.join("terraform"), script).expect("a file");
    std::fs::set_permissions(tools.join("terraform"), Permissions::from_mode(0o755)).expect("a program");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-ec", &commands_of_the_readme(&stage.fake.endpoint())]).current_dir(stage.workspace.dir()).env_clear();
    shell.env("HOME", &home).env("CHECKPOINT_DISABLE", "1");
    shell.env("PATH", std::env::join_paths([tools, home.join(".local/bin")]).expect("a path"));
    let answer = shell.output().expect("a shell");
    let (said, wrong) = (String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
    assert!(answer.status.success(), "{said}{wrong}");
    assert!(said.contains("No changes.") && said.contains("live        web-blue"), "{said}");
}

#[test]
fn another_build_of_the_version_is_taken_once_its_block_is_out_of_the_lock_file() {
    let stage = stage();
    let home = stage.workspace.home().to_owned();
    let printed = make_install(&home);
    let init = |arguments: &[&str]| -> Output { stage.workspace.run(arguments) };
    init(&["init"]).success();
    for plugin in plugins(&home) {
        let mut bytes = std::fs::read(&plugin).expect("the plugin");
        bytes.push(0);
        std::fs::write(&plugin, bytes).expect("the file can be written");
    }
    for arguments in [&["init"][..], &["init", "-upgrade"]] {
        let text = init(arguments).text();
        assert!(text.contains("doesn't match any of the checksums"), "{arguments:?}: {text}");
    }
    assert!(printed.contains("Delete the block `provider \"…/ecslive/ecslive\"` from that file"), "{printed}");
    let lock_file = stage.workspace.dir().join(".terraform.lock.hcl");
    let lock = std::fs::read_to_string(&lock_file).expect("a lock file");
    let (before, block) = lock.split_once("provider \"").expect("a block");
    assert!(block.contains("/ecslive/ecslive\"") && block.matches("provider \"").count() == 0, "{lock}");
    std::fs::write(&lock_file, before).expect("the file can be written");
    init(&["init"]).success();
    stage.workspace.run(&["plan"]).success();
}
