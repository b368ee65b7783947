//! `ecslive resolve deployment`, and what other screens say of a deployment.

use super::Watching;
use super::paint::Paint;
use super::place::{Address, Place};
use super::screen::{Screen, name_of, since};
use crate::live::deployment::{AwaitingAction, Deployment, DeploymentQuestion};
use crate::resolve::duration::span;
use crate::resolve::progress::continue_command;
use clap::Args;

/// The arguments.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    pub watching: Watching,
}

const EXAMPLES: &str = "\
Examples:
  ecslive resolve deployment web --cluster shop
  ecslive resolve deployment web --cluster shop --watch --until settled --timeout 1h";

impl Arguments {
    /// The question.
    pub fn question(&self) -> DeploymentQuestion {
        DeploymentQuestion { address: self.address.live(), place: self.place.live() }
    }
}

/// The answer for a person.
pub fn screen(question: &DeploymentQuestion, answer: &Deployment) -> String {
    let paint = Paint::stdout();
    let mut screen = Screen::of(&question.address, &answer.region, paint);
    if answer.found {
        lines(&mut screen, answer, None, paint);
    } else {
        screen.line("deployment", &paint.yellow("none known"));
    }
    screen.finish()
}

/// How a deployment stands, and who is waited for. `in_stage` is for how many seconds it is known to be in its stage.
pub fn lines(screen: &mut Screen, answer: &Deployment, in_stage: Option<i64>, paint: Paint) {
    let status = answer.status.as_deref().unwrap_or("unknown to AWS");
    let coloured = match status {
        "SUCCEEDED" => paint.green(status),
        "FAILED" | "STOPPED" | "ROLLED_BACK" => paint.red(status),
        other => paint.yellow(other),
    };
    let raw = answer.raw_status.as_deref().filter(|raw| *raw != status).map(|raw| format!(" ({raw})"));
    let undone = answer.rollback == Some(true) && !status.starts_with("ROLL");
    let undone = if undone { ", being rolled back or was" } else { "" };
    screen.line("deployment", &format!("{coloured}{}{undone}", raw.unwrap_or_default()));
    if let Some(stage) = &answer.lifecycle_stage {
        let since = in_stage.map(|seconds| format!(", for {}", span(seconds))).unwrap_or_default();
        screen.line("stage", &format!("{stage}{since}"));
    }
    if let Some(target) = &answer.target_task_definition_arn {
        let sources: Vec<&str> = answer.source_task_definition_arns.iter().map(|arn| name_of(arn)).collect();
        let from = if sources.is_empty() { String::new() } else { format!("{} → ", sources.join(", ")) };
        screen.line("rolls out", &format!("{from}{}", name_of(target)));
    }
    if let Some(started) = &answer.started_at {
        screen.line("started", &format!("{started}{}", since(started)));
    }
    if let Some(finished) = &answer.finished_at {
        screen.line("finished", &format!("{finished}{}", since(finished)));
    }
    if let Some(reason) = &answer.reason {
        screen.line("because", reason);
    }
    if let Some(failed) = answer.failed_task_count.filter(|failed| *failed > 0) {
        screen.line("failed", &paint.red(&format!("{failed} tasks did not start")));
    }
    for alarm in &answer.triggered_alarms {
        screen.line("alarm", &paint.red(alarm));
    }
    for hook in &answer.awaiting_actions {
        awaiting(screen, answer, hook, paint);
    }
    if let Some(id) = &answer.id {
        screen.line("id", id);
    }
}

fn awaiting(screen: &mut Screen, answer: &Deployment, hook: &AwaitingAction, paint: Paint) {
    let id = hook.hook_id.as_deref().unwrap_or("?");
    let end = match (hook.expires_at.as_deref(), hook.timeout_action.as_deref()) {
        (Some(at), Some("ROLLBACK")) => format!(", rolls back at {at}"),
        (Some(at), Some("CONTINUE")) => format!(", continues by itself at {at}"),
        (Some(at), _) => format!(", until {at}"),
        (None, _) => String::new(),
    };
    screen.line("waits for", &paint.yellow(&format!("somebody to continue hook {id}{end}")));
    if let (Some(deployment), Some(hook)) = (&answer.id, &hook.hook_id) {
        screen.line("", &continue_command(deployment, hook));
    }
}
