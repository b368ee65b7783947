//! `make demo`: a deployment behind Terraform's back, planned with and without ecslive.
//!
//! With `ECSLIVE_TEST_ENDPOINT`: what the data sources read from an endpoint that somebody else filled.
//!
//! Everything happens in `.demo/` of the project and on loopback; nothing is left running.

mod endpoint;
mod screen;
mod story;

use fake_aws::state::{ACCOUNT_ID, Action};
use fake_aws::{FakeAws, REGION, Scene};
use harness::any_endpoint::Endpoint;
use harness::{Output, Workspace, host_version, real_aws, root, terraform_binary};
use screen::Screen;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};
use story::{STORIES, Story};

/// What the service of the configurations has besides.
const SERVICE_REST: &str = include_str!("../../../demo/service/rest.txt");

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_else(|| STORIES[0].name.to_owned());
    let folder = root().join(".demo");
    let ended = story::named(&name).map_err(Failure::from).and_then(|story| run(&mut Screen::new(), &folder, story));
    match ended.and(tidy(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "\nThe demo failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(screen: &mut Screen, folder: &Path, story: &Story) -> Result<(), Failure> {
    let root = root();
    let binary = terraform_binary(&root)?;
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let home = folder.join("home");
    install(&root, &home)?;
    if let Some(endpoint) = Endpoint::from_env() {
        return endpoint::show(screen, &endpoint, &Workspace::new(&binary, &home, &folder.join("endpoint")));
    }
    let fake = FakeAws::spawn();
    let scene = fake.scenario(story.account);
    let real = story.real_aws && std::env::var_os("WITHOUT_AWS").is_none() && real_aws::installed()?.is_some();
    let account = Account { fake, scene, real };
    let host = host_version(&binary);
    let tool = if host.starts_with("OpenTofu") { "tofu" } else { "terraform" };
    let aws = if real { ", hashicorp/aws 5.100.0" } else { "" };
    let fake = if real { "AWS" } else { "hashicorp/aws, of which a stand-in has the part needed here, and AWS" };
    screen.say(&format!("Real: {host}{aws} and this plugin. Not real: {fake}."))?;
    screen.say(story.opening)?;

    let with = account.workspace(Workspace::new(&binary, &home, &folder.join("with")), story.with)?;
    screen.step(&format!("{tool} init && {tool} apply"), "It takes over what is there.")?;
    with.run(&["init"]).checked(0)?;
    with.run(&["apply", "-auto-approve"]).checked(0)?;
    screen.line(&account.now(screen))?;

    screen.step(story.deployer, "Behind Terraform's back.")?;
    for (step, text) in story.steps {
        account.fake.step(*step);
        screen.line(text)?;
        screen.line(&account.now(screen))?;
        if matches!(step, fake_aws::Step::Shift(_)) {
            refused(screen, tool, &with)?;
        }
        if let Some((_, text)) = story.middle.filter(|(middle, _)| middle == step) {
            screen.line(text)?;
            unchanged(screen, tool, &with)?;
        }
    }

    let without = account.workspace(Workspace::new(&binary, &home, &folder.join("without")), story.without)?;
    std::fs::copy(with.dir().join("terraform.tfstate"), without.dir().join("terraform.tfstate"))?;
    without.run(&["init"]).checked(0)?;
    screen.step(&format!("{tool} plan"), "The same state, planned by both configurations.")?;
    let bad = without.run(&["plan", "-detailed-exitcode"]).checked(2)?;
    let good = with.run(&["plan", "-detailed-exitcode"]).checked(0)?;
    screen.side_by_side(story.without_title, &account.plan_lines(&bad), &account.plan_lines(&good))?;
    screen.say(story.moral)?;
    let others: Vec<&str> = STORIES.iter().map(|other| other.name).filter(|name| *name != story.name).collect();
    screen.say(&format!(
        "What to try next:\n  \
         .demo/with/main.tf, .demo/without/main.tf  the two configurations\n  \
         make demo SCENARIO=…                       {}\n  \
         cargo run -p fake-aws -- --help            the AWS that answered, with deployments step by step\n  \
         make install                               the plugin, where `{tool} init` finds it\n  \
         docs/index.md                              all arguments, and the IAM permissions",
        others.join(", ")
    ))
}

/// Takes the plugins away, which are 250 MB: what is left are the configurations with their state.
fn tidy(folder: &Path) -> Result<(), Failure> {
    for name in ["home", "with/.terraform", "without/.terraform", "endpoint/.terraform"] {
        let plugins = folder.join(name);
        if plugins.exists() {
            std::fs::remove_dir_all(plugins)?;
        }
    }
    Ok(())
}

/// While traffic is split there is no single answer, and the plan stops instead of choosing one.
fn refused(screen: &mut Screen, tool: &str, with: &Workspace) -> Result<(), Failure> {
    let output = with.run(&["plan"]).checked(1)?;
    let lines = output.stderr.lines().map(|line| line.trim_start_matches(['│', '╷', '╵']).trim());
    let text: Vec<&str> = lines.skip_while(|line| !line.starts_with("Error:")).collect();
    let Some((title, rest)) = text.split_first() else { return Err("the plan says nothing".into()) };
    screen.line(&format!("{tool} plan at this moment: {}", screen.paint("33", title)))?;
    let whole = rest.join("\n");
    whole.trim().lines().try_for_each(|line| screen.line(format!("  {line}").trim_end()))
}

/// A deployment that somebody else started is under way, and there is nothing to change.
fn unchanged(screen: &mut Screen, tool: &str, with: &Workspace) -> Result<(), Failure> {
    with.run(&["plan", "-detailed-exitcode"]).checked(0)?;
    screen.line(&format!("{tool} plan at this moment: {}", screen.paint("32", "No changes.")))
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

/// The account of a story.
struct Account {
    fake: FakeAws,
    scene: Scene,
    /// The real hashicorp/aws takes the place of the stand-in.
    real: bool,
}

impl Account {
    /// A workspace with one of the story's configurations.
    fn workspace(&self, mut workspace: Workspace, config: &str) -> Result<Workspace, Failure> {
        let mut config = config.to_owned();
        if self.real {
            real_aws::attach(&mut workspace)?;
            config = config.replace(
                "    # The part of hashicorp/aws that this demo needs, so that it runs without a network.\n",
                "",
            );
            config = config.replace("ecslive/aws-standin", "hashicorp/aws");
            config = config.replace("  endpoint = var.endpoint\n", &real_aws::provider_arguments("var.endpoint"));
            config = self.whole(config);
        }
        let (blue, green) = self.scene.pair().unwrap_or_default();
        let rule = self.fake.region(REGION, |region| self.scene.rule(region)).unwrap_or_default();
        let listener = self.fake.region(REGION, |region| region.rules.get(&rule).map(|rule| rule.listener.clone()));
        workspace.env("TF_VAR_endpoint", &self.fake.endpoint());
        workspace.env("TF_VAR_listener_arn", &listener.unwrap_or_default());
        workspace.env("TF_VAR_rule_arn", &rule);
        workspace.env("TF_VAR_target_groups", &format!("[{blue:?}, {green:?}]"));
        let registered = self.fake.region(REGION, |region| region.task_definition_arn("web", 1));
        workspace.env("TF_VAR_registered", &registered);
        workspace.write("main.tf", &config);
        workspace.run(&["fmt"]).checked(0)?;
        Ok(workspace)
    }

    /// The service with all that it has: an import by hashicorp/aws reads all of it, and the cluster as an ARN.
    fn whole(&self, config: String) -> String {
        let Scene::Rolling(web) = &self.scene else { return config };
        let cluster = format!("  cluster         = \"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/{}\"\n", web.cluster);
        let config = config.replace("  cluster         = \"shop\"\n", &cluster);
        config.trim_end().trim_end_matches('}').to_owned() + &SERVICE_REST.replace("TARGET_GROUP_ARN", &web.group)
    }

    /// What production does now, as AWS has it.
    fn now(&self, screen: &Screen) -> String {
        if let Scene::Rolling(_) = self.scene {
            let runs = self.fake.region(REGION, |region| {
                let deployments = &region.service("shop", "web").deployments;
                deployments.iter().rev().map(|found| short(&found.task_definition)).collect::<Vec<_>>()
            });
            return format!("running: {}", screen.paint("34", &runs.join(", ")));
        }
        let (blue, green) = self.scene.pair().unwrap_or_default();
        let rule = self.fake.region(REGION, |region| {
            let rule = self.scene.rule(region)?;
            region.rules.get(&rule).map(|rule| rule.action.clone())
        });
        let weight = |group: &str| match &rule {
            Some(Action::Forward { weights, .. }) => {
                weights.iter().find(|(found, _)| found == group).map_or(0, |(_, weight)| *weight)
            }
            _ => 0,
        };
        let (blue, green) = (format!("blue {}", weight(blue)), format!("green {}", weight(green)));
        format!("production rule: {}, {}", screen.paint("34", &blue), screen.paint("32", &green))
    }

    /// The part of a plan that says what would happen, one line for a target group or a revision.
    fn plan_lines(&self, output: &Output) -> Vec<String> {
        let (blue, green) = self.scene.pair().unwrap_or_default();
        let text = output.stdout.replace(blue, "blue").replace(green, "green");
        let mut lines: Vec<String> = Vec::new();
        let mut group = "";
        for line in text.lines().map(str::trim) {
            let value = |name: &str| {
                let rest = line.strip_prefix(['-', '+', '~'])?.trim_start().strip_prefix(name)?;
                Some(rest.trim_start().strip_prefix('=')?.trim())
            };
            let first = |text: &'_ str| text.split("->").next().unwrap_or_default().trim().trim_matches('"').to_owned();
            if ["# aws_", "No changes", "Plan:"].iter().any(|start| line.starts_with(start)) {
                lines.push(line.to_owned());
            } else if let Some((from, to)) = value("task_definition").and_then(|change| change.split_once("->")) {
                let revision = |text: &str| short(text.trim().trim_matches('"'));
                lines.push(format!("    now: {}   then: {}", revision(from), revision(to)));
            } else if let Some(arn) = value("arn") {
                group = if first(arn) == "blue" { "blue" } else { "green" };
            } else if let Some(weight) = value("weight") {
                let sign = if line.starts_with('-') { "- now: " } else { "+ then:" };
                lines.push(format!("    {sign} {group:<6}{:>4}", first(weight)));
            }
        }
        lines.push(format!("exit code {}", output.code.unwrap_or(-1)));
        lines
    }
}

/// `family:revision` of an ARN.
fn short(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
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
