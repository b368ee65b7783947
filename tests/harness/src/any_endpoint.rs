//! Reads an AWS endpoint that somebody else filled, with nothing but the data sources and a plain configuration.
//!
//! Knows nothing of fake-aws: whatever is to be known about the account comes from the variables or from the answers.

use crate::{Output, Workspace};
use serde_json::Value;

/// The variable that names the endpoint: `http://127.0.0.1:PORT`.
pub const VARIABLE: &str = "ECSLIVE_TEST_ENDPOINT";

/// An account that nobody has.
pub const NOBODY: &str = "000000000000";

/// An endpoint, and the names under which there is something to read.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its URL.
    pub url: String,
    /// `ECSLIVE_TEST_REGION`.
    pub region: String,
    /// `ECSLIVE_TEST_CLUSTER`.
    pub cluster: String,
    /// `ECSLIVE_TEST_SERVICE`.
    pub service: String,
    /// `ECSLIVE_TEST_FAMILY`.
    pub family: String,
}

/// What one data source said.
#[derive(Debug)]
pub struct Reading {
    /// `ecslive_service`, …
    pub source: &'static str,
    /// Its arguments, as they stand in the configuration.
    pub arguments: String,
    /// The plan that read it.
    pub plan: Output,
    /// Its attributes, `container_definitions` left out; `None` when it gave no answer.
    pub answer: Option<Value>,
}

impl Endpoint {
    /// The endpoint at a URL, with the service `web` of the cluster `shop`, and the family `web`.
    pub fn new(url: &str) -> Self {
        let [region, cluster, service, family] = ["eu-west-1", "shop", "web", "web"].map(str::to_owned);
        Self { url: url.to_owned(), region, cluster, service, family }
    }

    /// The endpoint of [`VARIABLE`], if it is set, with the names of the other variables.
    pub fn from_env() -> Option<Self> {
        let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let default = Self::new(&given(VARIABLE)?);
        Some(Self {
            region: given("ECSLIVE_TEST_REGION").unwrap_or(default.region),
            cluster: given("ECSLIVE_TEST_CLUSTER").unwrap_or(default.cluster),
            service: given("ECSLIVE_TEST_SERVICE").unwrap_or(default.service),
            family: given("ECSLIVE_TEST_FAMILY").unwrap_or(default.family),
            url: default.url,
        })
    }

    /// `terraform` and `provider` blocks: everything at the endpoint.
    pub fn provider_block(&self) -> String {
        let services = ["ecs", "elbv2", "codedeploy", "ecr"].map(|name| format!("    {name} = {:?}\n", self.url));
        format!(
            "terraform {{\n  required_providers {{\n    ecslive = {{ source = \"ecslive/ecslive\" }}\n  }}\n}}\n\
             provider \"ecslive\" {{\n  region = {:?}\n  endpoints {{\n{}  }}\n}}\n",
            self.region,
            services.concat()
        )
    }

    fn service_arguments(&self) -> String {
        format!("  cluster      = {:?}\n  service_name = {:?}\n", self.cluster, self.service)
    }

    /// Every data source with the arguments that read it here. `account` is where the images are.
    pub fn questions(&self, account: &str) -> [(&'static str, String); 6] {
        let domain = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let image = format!("{account}.dkr.ecr.{}.{domain}/{}:v1", self.region, self.family);
        [
            ("ecslive_task_definition", format!("  family = {:?}\n", self.family)),
            ("ecslive_service", self.service_arguments()),
            ("ecslive_target_group", self.service_arguments()),
            ("ecslive_deployment", format!("{}  allow_missing = true\n", self.service_arguments())),
            (
                "ecslive_services",
                format!("  cluster       = {:?}\n  service_names = [{:?}]\n", self.cluster, self.service),
            ),
            ("ecslive_image", format!("  image         = {image:?}\n  allow_missing = true\n")),
        ]
    }

    /// Reads every data source. The account is that of the task definition.
    pub fn read_all(&self, workspace: &Workspace) -> Vec<Reading> {
        let mut account = NOBODY.to_owned();
        let mut readings: Vec<Reading> = Vec::new();
        while let Some((source, arguments)) = self.questions(&account).into_iter().nth(readings.len()) {
            let reading = self.read(workspace, source, arguments);
            let arn = reading.answer.as_ref().and_then(|answer| answer["arn"].as_str());
            if let Some(found) = arn.and_then(|arn| arn.split(':').nth(4)) {
                found.clone_into(&mut account);
            }
            readings.push(reading);
        }
        readings
    }

    /// Plans one data source, which reads it. Nothing is applied.
    ///
    /// # Panics
    /// If terraform cannot show the plan that it wrote.
    pub fn read(&self, workspace: &Workspace, source: &'static str, arguments: String) -> Reading {
        let data = format!("data \"{source}\" \"it\" {{\n{arguments}}}\n");
        // Definitions of containers hold environment values in clear: they are no output.
        let shown = "{ for name, value in data.SOURCE.it : name => value if name != \"container_definitions\" }";
        let output = format!("output \"it\" {{\n  value = {}\n}}\n", shown.replace("SOURCE", source));
        workspace.write("main.tf", &format!("{}{data}{output}", self.provider_block()));
        let plan = workspace.run(&["plan", "-out=it.tfplan"]);
        let answer = (plan.code == Some(0)).then(|| {
            let shown = workspace.run(&["show", "-json", "it.tfplan"]).success().stdout;
            let mut shown: Value = serde_json::from_str(&shown).expect("terraform shows JSON");
            shown["planned_values"]["outputs"]["it"]["value"].take()
        });
        Reading { source, arguments, plan, answer }
    }
}

impl Reading {
    /// What the plan says about the answer, or why there is none: without what is the same for every plan.
    pub fn shown(&self) -> String {
        let (text, from) = match self.answer {
            Some(_) => (&self.plan.stdout, "Changes to Outputs:"),
            None => (&self.plan.stderr, "Error: "),
        };
        let lines = text.lines().skip_while(|line| !line.contains(from));
        let lines: Vec<_> = lines.take_while(|line| !line.starts_with("You can apply this plan")).collect();
        lines.join("\n").trim_end().to_owned()
    }
}
