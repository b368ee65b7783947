//! `ecslive guard`: a plan in, a verdict out. Asks AWS what is live, in as few calls as it takes.

mod asking;
mod input;
mod output;

use super::access::Access;
use super::outcome::{Outcome, say};
use crate::guard::facts::Answers;
use crate::guard::report::{Context, SCHEMA};
use crate::guard::{FailOn, Options, Report, Secrets, check};
use crate::live::permissions::PERMISSIONS;
use crate::resolve::duration;
use clap::{Args, ValueEnum};
use input::Inputs;
use output::{FormatTo, Outputs};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// Checks a plan against what is live in Amazon ECS, before it is applied
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = examples(), after_long_help = examples())]
pub struct Guard {
    /// The plan in JSON, as `terraform show -json` writes it; `-` or nothing is standard input
    #[arg(value_name = "PLAN", default_value = "-", hide_default_value = true)]
    plan: PathBuf,
    /// text, json, sarif, github, markdown or junit, to stdout or to FILE; repeat it for several at once
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = "text")]
    format: Vec<FormatTo>,
    /// Severity from which findings end with exit code 1
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailFrom::Error)]
    fail_on: FailFrom,
    /// End with exit code 2 when something could not be judged, as for want of a permission
    #[arg(long)]
    fail_on_unknown: bool,
    /// Do not ask AWS: judge by the plan alone, and say which rules that leaves out
    #[arg(long)]
    offline: bool,
    /// How long AWS may take for all answers, like 90s; what is open then is reported as not judged
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::parse)]
    timeout: Duration,
    /// Tells the reports of one pipeline apart, in comments and code scanning: `--target prod`
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Folder of the configuration, to report file and line; else the working directory
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,
    /// File of allowed findings, with reasons and dates; else .ecslive-guard.toml, where it exists
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the JSON Schema of `--format json`, and end
    #[arg(long)]
    print_schema: bool,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailFrom {
    /// Errors: an outage, a failed apply, something that cannot be undone
    Error,
    /// Errors and warnings
    Warning,
    /// Nothing: findings are only shown
    Never,
}

const ABOUT: &str = "\
Checks a plan against what is live in Amazon ECS, before it is applied.

Reads what `terraform show -json` or `tofu show -json` writes, asks AWS which target groups serve,
which revisions run and what is being deployed at this moment, and says which change would take that
down, why, and what the ways out are. It changes nothing.";

const EXAMPLES: &str = "\
In a pipeline, where the plan is made:
  terraform plan -out=plan.bin
  terraform show -json plan.bin > plan.json
  ecslive guard plan.json --fail-on-unknown

And again right before that plan is applied, because somebody may have deployed in between:
  ecslive guard plan.json --fail-on-unknown && terraform apply plan.bin

For people, a comment, code scanning and test results from one round of calls:
  ecslive guard plan.json --format text --format markdown=comment.md --format sarif=guard.sarif

Annotations on GitHub, strict, for one of several targets:
  ecslive guard plan.json --format github --target prod --fail-on warning --fail-on-unknown

Without AWS, such as in a pull request from a fork:
  ecslive guard plan.json --offline

Exit codes:
  0    no findings at or above --fail-on; what could not be judged is listed
  1    findings at or above --fail-on: do not apply the plan
  2    could not check: no plan, no answer from AWS, or something not judged with --fail-on-unknown
  130  interrupted (SIGINT)
  143  terminated (SIGTERM)
stdout holds the report, on exit code 2 too; messages are on stderr.

Allowing a finding, in .ecslive-guard.toml:
  [[allow]]
  rule    = \"traffic-leaves-live-target-group\"
  address = \"module.shop.aws_lb_listener_rule.web\"
  reason  = \"Two services share this rule on purpose, SHOP-123\"
  until   = 2026-12-31

Credentials come from the environment, the shared files, or the role of the container or instance.
Each resource is looked up in the region that the plan names, else in that of --region.

IAM actions, all of them reading (`ecslive iam-policy --guard` prints the policy); whichever is
missing is named in the report:
";

fn examples() -> String {
    let actions = PERMISSIONS.iter().filter(|permission| permission.guard).map(|permission| permission.action);
    let actions: Vec<String> = actions.map(|action| format!("  {action}")).collect();
    format!("{EXAMPLES}{}", actions.join("\n"))
}

/// Runs the command.
pub async fn run(access: &Access, guard: Guard) -> Outcome {
    if guard.print_schema {
        say(SCHEMA);
        return Outcome::Answered;
    }
    let outputs = match Outputs::new(&guard.format) {
        Ok(outputs) => outputs,
        Err(problem) => {
            super::outcome::complain(&format!("Error: {problem}\n"));
            return Outcome::Error;
        }
    };
    let report = judge(access, &guard).await.unwrap_or_else(|reason| Report::error(reason, None));
    let written = outputs.write(&report, &Context { target: guard.target.clone() });
    let fail_on = match guard.fail_on {
        FailFrom::Error => FailOn::Error,
        FailFrom::Warning => FailOn::Warning,
        FailFrom::Never => FailOn::Never,
    };
    match (written, report.exit_code(fail_on, guard.fail_on_unknown)) {
        (false, _) => Outcome::Error,
        (true, 0) => Outcome::Answered,
        (true, 1) => Outcome::Refused,
        (true, _) => Outcome::Error,
    }
}

/// The report, or a sentence that says why there is none.
async fn judge(access: &Access, guard: &Guard) -> Result<Report, String> {
    let (file, config, source) = (guard.plan.clone(), guard.config.clone(), guard.source.clone());
    // On a thread of its own: whoever writes the plan may be slow, and a signal is answered at once.
    let read = move || Inputs::read(&file, config.as_deref(), source.as_deref());
    let inputs = tokio::task::spawn_blocking(read).await.map_err(|_| "The plan could not be read.".to_owned())?;
    let Inputs { plan, allow, source } = inputs?;
    let answers = match guard.offline {
        true => Answers::new(),
        false => asking::ask(&access.clients(), &plan, guard.timeout).await.map_err(|mut reason| {
            Secrets::of(&plan).hide(&mut reason);
            reason
        })?,
    };
    let now = time::OffsetDateTime::from(SystemTime::now());
    let options = Options {
        offline: guard.offline,
        allow: allow.as_ref().map(|allow| (allow, now.date())),
        source: source.as_ref(),
        now: Some(now),
    };
    Ok(check(&plan, &answers, &options))
}
