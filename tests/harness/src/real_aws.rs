//! The real hashicorp/aws, started before terraform and used by run after run: its program has 707 MB, and terraform would
//! check and start it several times a plan.
//!
//! ```no_run
//! use harness::{Workspace, real_aws};
//! # fn main() -> Result<(), String> {
//! # let (terraform, home, dir, ecslive) = ("t".as_ref(), "h".as_ref(), "d".as_ref(), "e".as_ref());
//! let mut workspace = Workspace::new(terraform, home, dir);
//! workspace.override_providers(&[("ecslive/ecslive", ecslive)]);     // no `init` is needed, `get` is for modules
//! real_aws::attach(&mut workspace)?;                                 // hashicorp/aws answers from now on
//! workspace.write("providers.tf", &real_aws::provider_blocks("eu-west-1"));
//! workspace.env("TF_VAR_endpoint", "http://127.0.0.1:4599");
//! workspace.run(&["plan"]);
//! # Ok(()) }
//! ```
//!
//! A configuration with a provider block of its own gets its endpoints from [`provider_arguments`] in an override file
//! (`providers_override.tf`: `provider "aws" { … }`). One process answers one run at a time, so there are as many of them as
//! runs have gone on at once.

use crate::{Workspace, platform, root, terraform_binary};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The version that everything is proven with.
pub const VERSION: &str = "5.100.0";

/// The variable that names a folder in the layout of a filesystem mirror: `registry.terraform.io/hashicorp/aws/…`.
pub const MIRROR: &str = "ECSLIVE_TEST_AWS_MIRROR";

/// Its schema is so large that a quarter of the processor time of a plan goes into the collection of garbage, as Go does it by
/// default.
pub(crate) const GOGC: &str = "400";

/// The services that hashicorp/aws has to ask the same endpoint for.
const SERVICES: [&str; 9] = ["codedeploy", "ec2", "ecr", "ecs", "elbv2", "events", "iam", "logs", "sts"];

/// A process of the provider. It ends with the process that started it.
#[derive(Debug)]
struct Running {
    reattach: String,
    _process: Child,
    _output: BufReader<ChildStdout>,
}

/// A process for one run. It is free for the next one when this is dropped.
#[derive(Debug)]
pub(crate) struct Lease(Option<Running>);

impl Lease {
    /// What terraform has to be told to use it: `TF_REATTACH_PROVIDERS`.
    pub(crate) fn reattach(&self) -> &str {
        self.0.as_ref().map_or("", |running| &running.reattach)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        IDLE.lock().unwrap_or_else(PoisonError::into_inner).extend(self.0.take());
    }
}

static IDLE: Mutex<Vec<Running>> = Mutex::new(Vec::new());

/// A process that nobody uses; it is started where there is none.
pub(crate) fn idle() -> Result<Lease, String> {
    let found = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    found.map_or_else(|| binary().and_then(|binary| start(&binary)), Ok).map(|running| Lease(Some(running)))
}

/// Lets terraform in this workspace use the real hashicorp/aws.
///
/// # Errors
/// Says where it was looked for, and what to do.
pub fn attach(workspace: &mut Workspace) -> Result<(), String> {
    idle()?;
    workspace.take_real_aws();
    Ok(())
}

/// `terraform` and `provider` blocks for a region, with all endpoints at `var.endpoint`.
pub fn provider_blocks(region: &str) -> String {
    let ours = ["codedeploy", "ecr", "ecs", "elbv2"].map(|name| format!("    {name} = var.endpoint\n")).concat();
    format!(
        "terraform {{\n  required_providers {{\n    aws     = {{ source = \"hashicorp/aws\" }}\n    \
         ecslive = {{ source = \"ecslive/ecslive\" }}\n  }}\n}}\n\nvariable \"endpoint\" {{\n  type = string\n}}\n\n\
         provider \"aws\" {{\n  region = {region:?}\n{}}}\n\n\
         provider \"ecslive\" {{\n  region = {region:?}\n  endpoints {{\n{ours}  }}\n}}\n\n",
        provider_arguments("var.endpoint")
    )
}

/// The arguments of `provider "aws"` that send every call to an endpoint, given as an expression: `var.endpoint`.
pub fn provider_arguments(endpoint: &str) -> String {
    let endpoints = SERVICES.map(|name| format!("    {name} = {endpoint}\n")).concat();
    // The account is asked for: without it an import gives ARNs that have none.
    format!("  skip_credentials_validation = true\n  skip_metadata_api_check = true\n  endpoints {{\n{endpoints}  }}\n")
}

/// The program, if this machine has it: in the folder of [`MIRROR`] if that is set, else where filesystem mirrors are.
///
/// # Errors
/// If [`MIRROR`] is set and it is not there.
pub fn installed() -> Result<Option<PathBuf>, String> {
    if let Some(mirror) = std::env::var_os(MIRROR).filter(|mirror| !mirror.is_empty()) {
        let found = in_mirror(Path::new(&mirror));
        let text = format!("{MIRROR} holds no hashicorp/aws {VERSION}: {}", Path::new(&mirror).display());
        return found.map(Some).ok_or(text);
    }
    Ok(mirrors().iter().find_map(|mirror| in_mirror(mirror)))
}

/// The program: one that is there, else what `terraform init` fetches into the project folder.
///
/// # Errors
/// Says where it was looked for, and what to do.
pub fn binary() -> Result<PathBuf, String> {
    let folder = root().join(".tools/aws");
    match installed()?.or_else(|| in_mirror(&folder.join(".terraform/providers"))) {
        Some(found) => Ok(found),
        None => fetch(&folder),
    }
}

/// Where mirrors are: terraform's own places, and the folders of /opt.
fn mirrors() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let mut places: Vec<PathBuf> = variable("TF_PLUGIN_CACHE_DIR").into_iter().collect();
    if let Some(home) = variable("HOME") {
        places.extend(["plugins", "plugin-cache"].map(|name| home.join(".terraform.d").join(name)));
    }
    places.extend(["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"].map(PathBuf::from));
    let opt = std::fs::read_dir("/opt").into_iter().flatten().filter_map(Result::ok);
    places.extend(opt.map(|entry| entry.path()));
    places
}

fn in_mirror(mirror: &Path) -> Option<PathBuf> {
    ["registry.terraform.io", "registry.opentofu.org"].iter().find_map(|host| {
        let folder = mirror.join(format!("{host}/hashicorp/aws/{VERSION}/{}", platform()));
        let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
        let is = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("terraform-provider-aws_v"))
        };
        entries.map(|entry| entry.path()).find(is)
    })
}

fn fetch(folder: &Path) -> Result<PathBuf, String> {
    let advice = format!(
        "hashicorp/aws {VERSION} is in no filesystem mirror that was looked at, and `terraform init` could not fetch it. Name \
         a folder with registry.terraform.io/hashicorp/aws/{VERSION}/{} in {MIRROR}, or let terraform reach its registry. To \
         leave out what needs it: make test WITHOUT_AWS=1, make demo WITHOUT_AWS=1.",
        platform()
    );
    let failed = |error: String| format!("{advice}\n{error}");
    let config = format!(
        "terraform {{\n  required_providers {{\n    aws = {{\n      source  = \"hashicorp/aws\"\n      version = {VERSION:?}\n    }}\n  }}\n}}\n"
    );
    std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    std::fs::write(folder.join("main.tf"), config).map_err(|error| failed(error.to_string()))?;
    eprintln!("hashicorp/aws {VERSION} is not on this machine: terraform init fetches it into {}", folder.display());
    let init = Command::new(terraform_binary(&root())?).args(["init", "-no-color"]).current_dir(folder).output();
    let init = init.map_err(|error| failed(error.to_string()))?;
    let found = in_mirror(&folder.join(".terraform/providers"));
    found.ok_or_else(|| failed(String::from_utf8_lossy(&init.stderr).into_owned()))
}

/// Starts the program and waits until it says how to reach it. It ends when its standard input does, which is when this
/// process ends, however that happens.
fn start(binary: &Path) -> Result<Running, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{} does not start: {error}", binary.display());
    let script = "\"$0\" -debug & provider=$!; cat >/dev/null; kill $provider";
    let mut process = Command::new("sh")
        .args(["-c", script])
        .arg(binary)
        // Nothing of the surroundings: with AWS_CA_BUNDLE, for one, the provider cannot be configured a second time.
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", std::env::temp_dir())
        .env("GOGC", GOGC)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI-EXAMPLEKEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(&error))?;
    let mut output = BufReader::new(process.stdout.take().ok_or_else(|| failed(&"it has no output"))?);
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).map_err(|error| failed(&error))? == 0 {
            return Err(failed(&"it ended"));
        }
        if let Some(found) = line.trim().strip_prefix("TF_REATTACH_PROVIDERS=") {
            let reattach = for_both_hosts(found.trim_matches('\'')).map_err(|error| failed(&error))?;
            return Ok(Running { reattach, _process: process, _output: output });
        }
    }
}

/// OpenTofu looks for the same provider under the name of its own registry.
fn for_both_hosts(reattach: &str) -> Result<String, serde_json::Error> {
    let mut found: serde_json::Value = serde_json::from_str(reattach)?;
    found["registry.opentofu.org/hashicorp/aws"] = found["registry.terraform.io/hashicorp/aws"].clone();
    Ok(found.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_found_by_its_layout() {
        let mirror = tempfile::tempdir().expect("a folder");
        assert_eq!(in_mirror(mirror.path()), None);
        let folder = mirror.path().join(format!("registry.terraform.io/hashicorp/aws/{VERSION}/{}", platform()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("LICENSE.txt"), "").expect("a file");
        assert_eq!(in_mirror(mirror.path()), None);
        let binary = folder.join(format!("terraform-provider-aws_v{VERSION}_x5"));
        std::fs::write(&binary, "").expect("a file");
        assert_eq!(in_mirror(mirror.path()), Some(binary));
    }

    #[test]
    fn opentofu_is_told_too() {
        let both = for_both_hosts(r#"{"registry.terraform.io/hashicorp/aws":{"Pid":1}}"#).expect("JSON");
        assert!(both.contains(r#""registry.opentofu.org/hashicorp/aws":{"Pid":1}"#), "{both}");
    }
}
