//! What a watch shows: lines that are drawn anew in a terminal, one line a change elsewhere.

use super::super::paint::Paint;
use super::super::screen::{Screen, name_of};
use super::super::{deployment, service, target_group};
use super::Stage;
use super::seen::Seen;
use crate::live::Address;
use crate::resolve::duration::span;
use std::fmt::Write;

/// The lines for a terminal.
pub fn screen(address: &Address, seen: &Seen, stage: Stage, note: &str, paint: Paint) -> String {
    let region = seen.service_region();
    let mut screen = Screen::of(address, region, paint);
    match (&seen.target_group, &seen.refused) {
        (Some(group), _) => target_group::weights(&mut screen, &group.target_group_weights, paint),
        (None, Some(refused)) => screen.line("traffic", &paint.yellow(refused)),
        (None, None) => {}
    }
    let tasks = service::tasks(&seen.service);
    screen.line("tasks", &tasks);
    if seen.deployment.found {
        deployment::lines(&mut screen, &seen.deployment, Some(stage.seconds()), paint);
    }
    lately(&mut screen, seen, stage, paint);
    screen.line("", &paint.dim(note));
    screen.finish()
}

fn lately(screen: &mut Screen, seen: &Seen, stage: Stage, paint: Paint) {
    if let Some(event) = seen.lifecycle_event() {
        screen.line("event", &format!("{} {}, for {}", event.name, event.status, span(stage.seconds())));
    }
    let bakes = seen.deployment.lifecycle_stage.as_deref() == Some("BAKE_TIME");
    if let Some(minutes) = seen.lately.bake_time_in_minutes.filter(|_| bakes) {
        let left = minutes * 60 - stage.seconds();
        let end = match (stage.began, left) {
            (true, 1..) => format!("for {} more", span(left)),
            (true, _) => format!("for {minutes} min, which are over"),
            (false, _) => format!("for {minutes} min; when it began is not known"),
        };
        screen.line("bakes", &end);
    }
    for failure in &seen.lately.failures {
        screen.line("failure", &paint.red(&failure.message));
    }
    for task in &seen.lately.stopped_tasks {
        screen.line("stopped", &paint.red(&format!("{}: {}", name_of(&task.task), task.reasons.join("; "))));
    }
    for action in &seen.lately.denied {
        screen.line("not shown", &format!("for want of {action}"));
    }
}

/// One line for a log.
pub fn line(seen: &Seen) -> String {
    let deployment = &seen.deployment;
    let mut line = deployment.status.clone().unwrap_or_else(|| "NO_DEPLOYMENT".to_owned());
    let mut add = |text: &str| {
        // Writing to a String cannot fail.
        let _ = write!(line, "  {text}");
    };
    if let Some(stage) = seen.stage() {
        add(stage);
    }
    if let Some(group) = &seen.target_group {
        let weights = group.target_group_weights.iter().map(|(arn, weight)| format!("{} {weight}", name_of(arn)));
        add(&weights.collect::<Vec<_>>().join(", "));
    }
    if let Some(refused) = &seen.refused {
        add(refused);
    }
    add(&format!("tasks {}", service::tasks(&seen.service)));
    if let Some(failed) = deployment.failed_task_count.filter(|failed| *failed > 0) {
        add(&format!("{failed} failed"));
    }
    for hook in &deployment.awaiting_actions {
        add(&format!("waits for hook {}", hook.hook_id.as_deref().unwrap_or("?")));
    }
    if let Some(reason) = &deployment.reason {
        add(reason);
    }
    if let Some(failure) = seen.lately.failures.first() {
        add(&failure.message);
    }
    if let Some(task) = seen.lately.stopped_tasks.first() {
        add(&format!("stopped {}: {}", name_of(&task.task), task.reasons.join("; ")));
    }
    line
}

impl Seen {
    fn service_region(&self) -> &str {
        &self.deployment.region
    }
}

/// How many rows of a terminal the text takes, colours not counted. Nothing is cut: commands are there to be copied.
pub fn rows(text: &str, width: usize) -> usize {
    text.lines().map(|line| visible(line).div_ceil(width.max(1)).max(1)).sum()
}

fn visible(line: &str) -> usize {
    let mut escape = false;
    let shown = line.chars().filter(|c| {
        let hidden = escape || *c == '\u{1b}';
        escape = hidden && *c != 'm';
        !hidden
    });
    shown.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_takes_the_rows_that_it_fills_and_colours_take_none() {
        assert_eq!(rows("\u{1b}[32mabc\u{1b}[0m\nxyzw\n\n", 3), 4);
    }
}
