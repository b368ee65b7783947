//! `make demo`: a blue/green deployment behind Terraform's back, planned with and without ecslive.
//!
//! With `ECSLIVE_TEST_ENDPOINT`: what the data sources read from an endpoint that somebody else filled.
//!
//! Everything happens in `.demo/` of the project and on loopback; nothing is left running.

use fake_aws::{BlueGreen, FakeAws};
use harness::any_endpoint::{Endpoint, VARIABLE};
use harness::{Output, Workspace, root, terraform_binary};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&mut Screen::new()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "\nThe demo failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(screen: &mut Screen) -> Result<(), Failure> {
    let root = root();
    let binary = terraform_binary(&root)?;
    let folder = root.join(".demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let home = folder.join("home");
    install(&root, &home)?;
    if let Some(endpoint) = Endpoint::from_env() {
        return read(screen, &endpoint, &Workspace::new(&binary, &home, &folder.join("endpoint")));
    }
    let fake = FakeAws::spawn();
    let web = fake.region(fake_aws::REGION, |region| region.code_deploy_service("shop", "web", true));
    screen.say("An ECS service `web` runs under CODE_DEPLOY. Blue serves, green is empty.")?;

    let with = workspace(&binary, &home, &folder.join("with"), include_str!("../../demo/with.tf"), &fake, &web);
    screen.step(
        "terraform init && terraform apply",
        "Terraform takes over the production rule. All traffic goes to blue.",
    )?;
    with.run(&["init"]).checked(0)?;
    with.run(&["apply", "-auto-approve"]).checked(0)?;
    screen.weights(&fake, &web)?;

    screen
        .step("CodeDeploy deploys", "Green gets the new version and all the traffic. Terraform knows nothing of it.")?;
    fake.region(fake_aws::REGION, |region| region.code_deploy(&web));
    screen.weights(&fake, &web)?;

    let without =
        workspace(&binary, &home, &folder.join("without"), include_str!("../../demo/without.tf"), &fake, &web);
    std::fs::copy(with.dir().join("terraform.tfstate"), without.dir().join("terraform.tfstate"))?;
    without.run(&["init"]).checked(0)?;
    screen.step("terraform plan", "The same state, the same rule, planned by both configurations.")?;
    let bad = without.run(&["plan", "-detailed-exitcode"]).checked(2)?;
    let good = with.run(&["plan", "-detailed-exitcode"]).checked(0)?;
    screen.side_by_side(&plan_lines(&bad, &web), &plan_lines(&good, &web))?;

    screen.say(
        "Without ecslive the next apply would send production to the empty target group. With it there is nothing to \
         change.",
    )?;
    screen.say(&format!(
        "What to try next:\n  \
         {}/with.tf and without.tf      the two configurations\n  \
         cargo run -p fake-aws -- --help          the AWS that answered, with deployments step by step\n  \
         make install                             the plugin, where `terraform init` finds it\n  \
         docs/index.md                            all arguments, and the IAM permissions",
        "tests/harness/demo"
    ))
}

/// What the data sources say about somebody else's endpoint. A refusal is an answer too.
fn read(screen: &mut Screen, endpoint: &Endpoint, workspace: &Workspace) -> Result<(), Failure> {
    let Endpoint { url, region, cluster, service, family } = endpoint;
    screen.say(&format!(
        "{VARIABLE} is set, so there is no story of blue and green: this is what the data sources read from {url}\n\
         (region {region}, cluster {cluster}, service {service}, family {family}; ECSLIVE_TEST_REGION, _CLUSTER, _SERVICE \
         and _FAMILY name others)."
    ))?;
    workspace.write("main.tf", &endpoint.provider_block()).run(&["init"]).checked(0)?;
    for reading in endpoint.read_all(workspace) {
        let title = format!("terraform plan: data {:?}", reading.source);
        let arguments: Vec<&str> = reading.arguments.lines().map(str::trim).collect();
        screen.step(&title, &arguments.join("\n    "))?;
        screen.say(&reading.shown())?;
    }
    let what = format!("The last of the configurations is {}", workspace.dir().join("main.tf").display());
    screen.say(&format!("Nothing was applied. {what}."))
}

/// Puts both plugins below the demo's own HOME, ours with `make install`, as a user would.
fn install(root: &Path, home: &Path) -> Result<(), Failure> {
    let plugins = format!("PLUGINS={}", home.join(".terraform.d/plugins").display());
    let make =
        Command::new("make").args(["--silent", "install", "PROFILE=dev", &plugins]).current_dir(root).output()?;
    if !make.status.success() {
        return Err(format!("make install: {}", String::from_utf8_lossy(&make.stderr)).into());
    }
    let standin = std::env::current_exe()?.with_file_name("terraform-provider-aws-standin");
    harness::install(home, &standin, "aws-standin", env!("CARGO_PKG_VERSION"));
    Ok(())
}

fn workspace(binary: &Path, home: &Path, dir: &Path, config: &str, fake: &FakeAws, web: &BlueGreen) -> Workspace {
    let mut workspace = Workspace::new(binary, home, dir);
    workspace.env("TF_VAR_endpoint", &fake.endpoint());
    workspace.env("TF_VAR_listener_arn", &web.production_listener);
    workspace.env("TF_VAR_rule_arn", web.rule.as_deref().unwrap_or_default());
    workspace.env("TF_VAR_target_groups", &format!("[{:?}, {:?}]", web.blue, web.green));
    workspace.write("main.tf", config);
    workspace
}

/// The part of a plan that says what would happen to the rule, one line for a target group.
fn plan_lines(output: &Output, web: &BlueGreen) -> Vec<String> {
    let text = output.stdout.replace(&web.blue, "blue").replace(&web.green, "green");
    let mut lines: Vec<String> = Vec::new();
    let mut group = "";
    for line in text.lines().map(str::trim) {
        let value = |name: &str| {
            let rest = line.strip_prefix(['-', '+'])?.trim_start().strip_prefix(name)?;
            Some(rest.trim_start().strip_prefix('=')?.split("->").next()?.trim().trim_matches('"'))
        };
        if ["# aws_lb", "No changes", "Plan:"].iter().any(|start| line.starts_with(start)) {
            lines.push(line.to_owned());
        } else if let Some(arn) = value("arn") {
            group = arn;
        } else if let Some(weight) = value("weight") {
            let sign = if line.starts_with('-') { "- now: " } else { "+ then:" };
            lines.push(format!("    {sign} {group:<6}{weight:>4}"));
        }
    }
    lines.push(format!("exit code {}", output.code.unwrap_or(-1)));
    lines
}

/// Checks the exit code of a command.
trait Checked: Sized {
    fn checked(self, code: i32) -> Result<Self, Failure>;
}

impl Checked for Output {
    fn checked(self, code: i32) -> Result<Self, Failure> {
        if self.code == Some(code) {
            return Ok(self);
        }
        Err(format!("exit code {:?} instead of {code}:\n{}\n{}", self.code, self.stdout, self.stderr).into())
    }
}

/// Prints; in colours on a terminal.
struct Screen {
    colours: bool,
    out: std::io::Stdout,
}

const COLUMN: usize = 56;

impl Screen {
    fn new() -> Self {
        let out = std::io::stdout();
        let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { colours, out }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "\n{text}")?)
    }

    fn step(&mut self, title: &str, text: &str) -> Result<(), Failure> {
        let title = self.paint("1", &format!("==> {title}"));
        Ok(writeln!(self.out, "\n{title}\n    {text}")?)
    }

    /// What the production rule does now, as AWS has it.
    fn weights(&mut self, fake: &FakeAws, web: &BlueGreen) -> Result<(), Failure> {
        let weights = fake.region(fake_aws::REGION, |region| region.weights(web));
        let weight = |arn: &String| weights.iter().find(|(group, _)| group == arn).map_or(0, |(_, weight)| *weight);
        let (blue, green) = (weight(&web.blue), weight(&web.green));
        let (blue, green) = (self.paint("34", &format!("blue {blue}")), self.paint("32", &format!("green {green}")));
        Ok(writeln!(self.out, "    production rule: {blue}, {green}")?)
    }

    fn side_by_side(&mut self, left: &[String], right: &[String]) -> Result<(), Failure> {
        let titles =
            (self.paint("1;31", &format!("{:<COLUMN$}", "without ecslive")), self.paint("1;32", "with ecslive"));
        writeln!(self.out, "\n    {}{}", titles.0, titles.1)?;
        for index in 0..left.len().max(right.len()) {
            let line = |lines: &[String]| lines.get(index).cloned().unwrap_or_default();
            let left: String = line(left).chars().take(COLUMN - 2).collect();
            let (left, right) = (self.paint("31", &format!("{left:<COLUMN$}")), self.paint("32", &line(right)));
            writeln!(self.out, "    {left}{right}").map(drop)?;
        }
        Ok(())
    }
}
