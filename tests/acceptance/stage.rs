//! A fake AWS, a workspace and the plugin that was just built.

use fake_aws::{FakeAws, REGION, Scene};
use harness::{Output, Workspace, host_version, root, terraform_binary};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folder of the binaries that cargo built.
pub fn binaries() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_terraform-provider-ecslive")).parent().expect("a folder").to_owned()
}

/// Whether OpenTofu runs the tests.
pub fn is_opentofu() -> bool {
    let binary = terraform_binary(&root()).unwrap_or_else(|error| panic!("{error}"));
    host_version(&binary).starts_with("OpenTofu")
}

/// Everything a test needs. Gone when dropped.
pub struct Stage {
    pub fake: FakeAws,
    pub workspace: Workspace,
    folder: TempDir,
}

impl Stage {
    /// An empty account and an empty workspace.
    pub fn new() -> Self {
        crate::early::begin();
        let fake = FakeAws::spawn();
        let folder = tempfile::tempdir().expect("a folder");
        let binary = terraform_binary(&root()).unwrap_or_else(|error| panic!("{error}"));
        let mut workspace = Workspace::new(&binary, &folder.path().join("home"), &folder.path().join("work"));
        let binaries = binaries();
        let standin = binaries.join("terraform-provider-aws-standin");
        assert!(standin.is_file(), "{} is missing: run the tests with `make test`", standin.display());
        workspace.override_providers(&[("ecslive/ecslive", &binaries), ("ecslive/aws-standin", &binaries)]);
        // Where a fault stays, 25 attempts would take minutes.
        workspace.env("TF_VAR_endpoint", &fake.endpoint()).env("AWS_MAX_ATTEMPTS", "3");
        Self { fake, workspace, folder }
    }

    /// Takes the provider hashicorp/aws from the stand-in, which has the schemas of its version 6, and hashicorp/external.
    pub fn take_aws_6(&mut self) -> &mut Self {
        self.take(&["aws", "external"])
    }

    /// Takes the provider hashicorp/external from the stand-in.
    pub fn take_external(&mut self) -> &mut Self {
        self.take(&["external"])
    }

    fn take(&mut self, names: &[&str]) -> &mut Self {
        let standin = binaries().join("terraform-provider-aws-standin");
        let folders = names.iter().map(|name| {
            let folder = self.folder.path().join(format!("standin-{name}"));
            std::fs::create_dir_all(&folder).expect("the folder can be made");
            std::os::unix::fs::symlink(&standin, folder.join(format!("terraform-provider-{name}"))).expect("a link");
            (format!("hashicorp/{name}"), folder)
        });
        let mut providers: Vec<(String, PathBuf)> = folders.collect();
        providers.push(("ecslive/ecslive".to_owned(), binaries()));
        let borrowed: Vec<(&str, &Path)> =
            providers.iter().map(|(name, folder)| (name.as_str(), folder.as_path())).collect();
        self.workspace.override_providers(&borrowed);
        let endpoint = self.fake.endpoint();
        self.workspace.env("AWS_ENDPOINT_URL", &endpoint).env("AWS_REGION", REGION);
        self
    }

    /// A stage with something in the account.
    pub fn with<T>(build: impl FnOnce(&mut fake_aws::state::Region) -> T) -> (Self, T) {
        let stage = Self::new();
        let built = stage.fake.region(REGION, build);
        (stage, built)
    }

    /// A stage with a scenario.
    pub fn scenario(name: &str) -> (Self, Scene) {
        let stage = Self::new();
        let scene = stage.fake.scenario(name);
        (stage, scene)
    }

    /// Writes a configuration with the usual provider block in front.
    pub fn write(&self, config: &str) {
        self.workspace.write("main.tf", &format!("{}{config}", provider_block(REGION)));
    }

    /// `terraform plan` of a configuration.
    pub fn plan(&self, config: &str) -> Output {
        self.write(config);
        self.workspace.run(&["plan"])
    }

    /// Reads one data source and gives its attributes.
    pub fn read(&self, data_source: &str, arguments: &str) -> Value {
        self.try_read(data_source, arguments).unwrap_or_else(|text| panic!("{text}"))
    }

    /// Reads one data source and gives its attributes, or everything terraform prints if it cannot be read.
    pub fn try_read(&self, data_source: &str, arguments: &str) -> Result<Value, String> {
        self.write(&data_block(data_source, arguments));
        let applied = self.workspace.run(&["apply", "-auto-approve"]);
        if applied.code != Some(0) {
            return Err(applied.text());
        }
        // What `output -json` prints, without another start of terraform.
        let state = std::fs::read_to_string(self.workspace.dir().join("terraform.tfstate")).expect("a state");
        let state: Value = serde_json::from_str(&state).expect("JSON");
        Ok(state["outputs"]["it"]["value"].clone())
    }

    /// Reads one data source that cannot be read, and gives everything terraform prints.
    pub fn fails(&self, data_source: &str, arguments: &str) -> String {
        let output = self.plan(&data_block(data_source, arguments));
        assert_eq!(output.code, Some(1), "the plan did not fail:\n{}", output.stdout);
        is_plain(&output);
        output.text()
    }
}

/// Errors are in words that people know.
pub fn is_plain(output: &Output) {
    let text = output.text();
    let errors = text.split_once("Error: ").map_or("", |(_, errors)| errors);
    assert_eq!(harness::insides(errors), Vec::<String>::new(), "{text}");
}

/// `terraform` and `provider` blocks for a region, with all endpoints at `var.endpoint`.
pub fn provider_block(region: &str) -> String {
    format!(
        "terraform {{
  required_providers {{
    ecslive = {{ source = \"ecslive/ecslive\" }}
    aws     = {{ source = \"ecslive/aws-standin\" }}
  }}
}}
variable \"endpoint\" {{
  type = string
}}
provider \"ecslive\" {{
  region = {region:?}
  endpoints {{
    ecs        = var.endpoint
    elbv2      = var.endpoint
    codedeploy = var.endpoint
    ecr        = var.endpoint
  }}
}}
"
    )
}

fn data_block(data_source: &str, arguments: &str) -> String {
    format!(
        "data \"{data_source}\" \"it\" {{\n{arguments}\n}}\noutput \"it\" {{\n  value = data.{data_source}.it\n  \
         sensitive = true\n}}\n"
    )
}

/// The arguments of shop/web.
pub const WEB: &str = "cluster = \"shop\"\nservice_name = \"web\"\n";
