//! `--watch`: looks again and again until it has arrived. Redraws in a terminal; elsewhere one line a change.

mod frame;
mod seen;
mod until;

use super::paint::Paint;
use super::refuse;
use crate::aws::Clients;
use crate::cli::Format;
use crate::cli::outcome::{Outcome, complain, say};
use crate::live::target_group::TargetGroupQuestion;
use crate::live::{Kind, Problem};
use crate::resolve::wording::Wording;
use clap::{Args, ValueEnum};
use seen::{Seen, look};
use serde::Serialize;
use std::io::IsTerminal;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use until::{Until, Verdict};

/// Between two looks. Never less than 5 s: the API is for others too.
const PAUSE: Duration = Duration::from_secs(5);
/// A line without a change, so that a log shows that somebody is still there.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Looks in a row that may fail before the watch gives up.
const FAILURES: u32 = 3;
/// Milliseconds between two looks, for tests.
const PAUSE_VARIABLE: &str = "ECSLIVE_TEST_PAUSE_MS";

/// The options.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Watching")]
pub struct Watching {
    /// Look again and again until it has arrived. Exits with 1 if the deployment fails or is rolled back, 3 if it has not
    /// arrived within --timeout or is paused
    #[arg(long)]
    pub watch: bool,
    /// Where to arrive: settled, shifted, a lifecycle stage such as bake-time, or codedeploy:EVENT such as
    /// codedeploy:AfterAllowTestTraffic
    #[arg(long, requires = "watch", value_name = "WHAT", default_value = "settled")]
    until: Until,
    /// What to do when somebody has to continue the deployment [default: wait in a terminal, exit elsewhere]
    #[arg(long, requires = "watch", value_enum, value_name = "WHAT")]
    on_pause: Option<OnPause>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnPause {
    /// Go on watching
    Wait,
    /// Exit with 3
    Exit,
}

#[derive(Serialize)]
struct Event<'a> {
    time: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(flatten)]
    seen: &'a Seen,
}

/// Watches to the end.
pub async fn run(
    clients: &Clients,
    question: &TargetGroupQuestion,
    watching: &Watching,
    format: Format,
    timeout: Option<Duration>,
) -> Outcome {
    let terminal = format == Format::Text && std::io::stdout().is_terminal();
    let on_pause = watching.on_pause.unwrap_or(if terminal { OnPause::Wait } else { OnPause::Exit });
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    let mut view = View { terminal, format, question, until: &watching.until, drawn: 0, said: Instant::now() };
    let mut first: Option<Seen> = None;
    let mut last: Option<Seen> = None;
    let mut stage = Stage { since: Instant::now(), began: false };
    let mut failures = 0;
    loop {
        match look(clients, question).await {
            Ok(now) => {
                failures = 0;
                if let Some(action) =
                    watching.until.needs().filter(|it| now.lately.denied.iter().any(|denied| denied == it))
                {
                    complain(&format!("Error: AWS Access Denied\n  {}\n", cannot_tell(action)));
                    return Outcome::Error;
                }
                if let Some(why) = watching.until.contradicts(&now.service) {
                    complain(&format!("Error: No Such Stage\n  {why}\n"));
                    return Outcome::Error;
                }
                let before = last.as_ref().map(|last| last.stage().map(str::to_owned));
                if before != Some(now.stage().map(str::to_owned)) {
                    stage = Stage { since: Instant::now(), began: before.is_some() };
                }
                let changed = last.as_ref() != Some(&now);
                if first.as_ref().is_none_or(|first| !first.is_under_way() && now.is_under_way()) {
                    first = Some(now.clone());
                }
                let verdict = watching.until.judge(first.as_ref().unwrap_or(&now), &now);
                view.show(&now, changed, stage);
                let end = match verdict {
                    Verdict::Arrived => Some(("arrived", Outcome::Answered)),
                    Verdict::Lost => Some((lost(&now), Outcome::Refused)),
                    Verdict::Replaced => Some(("replaced", Outcome::Refused)),
                    Verdict::Paused if on_pause == OnPause::Exit => Some(("paused", Outcome::NotThere)),
                    Verdict::Paused | Verdict::Going => None,
                };
                if let Some((what, outcome)) = end {
                    view.end(&now, what);
                    return outcome;
                }
                last = Some(now);
            }
            Err(problems) => {
                failures += 1;
                if first.is_none() || failures >= FAILURES || !problems.iter().all(may_pass) {
                    return refuse(&problems, Wording::CommandLine);
                }
            }
        }
        let next = Instant::now() + pause();
        while Instant::now() < next {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                if let Some(last) = &last {
                    view.end(last, "timeout");
                }
                return Outcome::NotThere;
            }
            sleep(pause().min(Duration::from_secs(1))).await;
            if let Some(last) = last.as_ref().filter(|_| terminal) {
                view.show(last, false, stage);
            }
        }
    }
}

/// Whether looking again may help: a network that is away for a moment must not end a watch of hours.
fn may_pass(problem: &Problem) -> bool {
    let passing = ["AWS Throttled the Requests", "AWS Not Reachable", "AWS Server Error", "Read Timed Out"];
    problem.kind == Kind::Failed && passing.contains(&problem.summary.as_str())
}

fn lost(seen: &Seen) -> &'static str {
    match seen.deployment.status.as_deref() {
        Some("ROLLED_BACK") => "rolled_back",
        Some("STOPPED") => "stopped",
        _ => "failed",
    }
}

fn pause() -> Duration {
    let test = std::env::var(PAUSE_VARIABLE).ok().and_then(|text| text.parse().ok());
    test.map_or(PAUSE, Duration::from_millis)
}

/// Since when the stage has been the same.
#[derive(Debug, Clone, Copy)]
struct Stage {
    since: Instant,
    /// True when the watch saw it begin.
    began: bool,
}

impl Stage {
    /// For how many seconds it has been seen.
    fn seconds(self) -> i64 {
        i64::try_from(self.since.elapsed().as_secs()).unwrap_or(i64::MAX)
    }
}

fn cannot_tell(action: &str) -> String {
    format!(
        "AWS does not let these credentials call {action}, without which nobody can tell how far CodeDeploy is. Allow it."
    )
}

struct View<'a> {
    terminal: bool,
    format: Format,
    question: &'a TargetGroupQuestion,
    until: &'a Until,
    /// Rows of the terminal that the last drawing took.
    drawn: usize,
    /// When a line was said last.
    said: Instant,
}

impl View<'_> {
    fn show(&mut self, seen: &Seen, changed: bool, stage: Stage) {
        if self.terminal {
            let note = format!("watching until {}, Ctrl-C ends it", self.until);
            self.draw(seen, stage, &note);
        } else if changed || self.said.elapsed() >= HEARTBEAT {
            self.said = Instant::now();
            self.tell(seen, if changed { "seen" } else { "heartbeat" }, None);
        }
    }

    fn draw(&mut self, seen: &Seen, stage: Stage, note: &str) {
        let text = frame::screen(&self.question.address, seen, stage, note, Paint::stdout());
        let back = if self.drawn > 0 { format!("\u{1b}[{}F\u{1b}[J", self.drawn) } else { String::new() };
        self.drawn = frame::rows(&text, width());
        say(&(back + &text));
    }

    fn end(&mut self, seen: &Seen, outcome: &'static str) {
        if self.terminal {
            say(&format!("{}\n", sentence(outcome, self.until)));
        } else {
            self.tell(seen, "end", Some(outcome));
        }
    }

    fn tell(&self, seen: &Seen, event: &'static str, outcome: Option<&'static str>) {
        let time = now();
        match self.format {
            Format::Json => {
                let event = Event { time, event, outcome, seen };
                if let Ok(json) = serde_json::to_string(&event) {
                    say(&(json + "\n"));
                }
            }
            Format::Text => match outcome {
                Some(outcome) => say(&format!("{time}  {}\n", sentence(outcome, self.until))),
                None if event == "heartbeat" => say(&format!("{time}  still {}\n", frame::line(seen))),
                None => say(&format!("{time}  {}\n", frame::line(seen))),
            },
        }
    }
}

fn sentence(outcome: &str, until: &Until) -> String {
    match outcome {
        "arrived" => format!("Arrived: {until}."),
        "rolled_back" => "The deployment was rolled back.".to_owned(),
        "stopped" => "The deployment was stopped.".to_owned(),
        "failed" => "The deployment failed.".to_owned(),
        "replaced" => "Another deployment took the place of the one that was watched.".to_owned(),
        "paused" => "Not there yet: somebody has to continue the deployment.".to_owned(),
        _ => "Not there yet: the time is over.".to_owned(),
    }
}

/// The moment, in whole seconds.
fn now() -> String {
    let now = time::OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

#[cfg(unix)]
fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(80)
}

#[cfg(not(unix))]
fn width() -> usize {
    80
}
