//! Problems, as a command writes them to stderr.

use super::paint::Paint;
use crate::live::Problem;
use crate::resolve::wording::Wording;
use std::fmt::Write;

/// A problem that stands against an answer.
pub fn error(problem: &Problem, wording: Wording) -> String {
    let paint = Paint::stderr();
    write(problem, &paint.red("Error"), paint, wording)
}

/// A problem beside an answer.
pub fn warning(problem: &Problem, wording: Wording) -> String {
    let paint = Paint::stderr();
    write(problem, &paint.yellow("Warning"), paint, wording)
}

fn write(problem: &Problem, severity: &str, paint: Paint, wording: Wording) -> String {
    let mut text = format!("{severity}: {}\n", paint.bold(&problem.summary));
    let mut line = |line: &str| {
        // Writing to a String cannot fail.
        let _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "  {line}") };
    };
    let detail = wording.write(&problem.detail);
    for paragraph in detail.split('\n') {
        wrap(paragraph, 98).iter().for_each(|wrapped| line(wrapped));
    }
    if !problem.facts.is_empty() || problem.argument.is_some() {
        line("");
    }
    if let Some(argument) = problem.argument {
        let name = if wording == Wording::CommandLine { flag(argument) } else { argument.to_owned() };
        line(&format!("Argument: {name}"));
    }
    for (label, value) in &problem.facts {
        line(&format!("{label}: {value}"));
    }
    text
}

/// The argument as it is given here: some are positional.
fn flag(argument: &str) -> String {
    match argument {
        "service_name" | "service_names" => "SERVICE".to_owned(),
        "family" => "FAMILY".to_owned(),
        "image" => "IMAGE".to_owned(),
        other => format!("--{}", other.replace('_', "-")),
    }
}

/// The lines of a paragraph, none wider than `width` unless one word is.
fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in paragraph.split(' ') {
        let full = lines
            .last()
            .is_some_and(|line| !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
