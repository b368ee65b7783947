//! The report in six formats, one file each. Knows what was found, never how.

mod github;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

pub use json::SCHEMA;

use super::outcome::{Report, Severity, Verdict};
use std::str::FromStr;

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a person.
    Text,
    /// The contract, version 1.
    Json,
    /// For code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// A comment on a pull request.
    Markdown,
    /// For everything that shows test results.
    Junit,
}

impl Format {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 6] = [Self::Text, Self::Json, Self::Sarif, Self::Github, Self::Markdown, Self::Junit];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Junit => "junit",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| format!("one of {}", names()))
    }
}

/// What a format needs besides the report.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// `--target`: tells several reports of one pipeline apart.
    pub target: Option<String>,
}

impl Context {
    fn target(&self) -> &str {
        self.target.as_deref().filter(|target| !target.is_empty()).unwrap_or("default")
    }
}

/// Writes a report in a format; the text ends with a newline.
pub fn render(format: Format, report: &Report, context: &Context) -> String {
    match format {
        Format::Text => text::render(report),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report, context),
        Format::Github => github::render(report),
        Format::Markdown => markdown::render(report, context),
        Format::Junit => junit::render(report, context),
    }
}

/// One line that says how it ended.
fn verdict(report: &Report) -> String {
    let number = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        many => Some(format!("{many} {one}s")),
    };
    let found = [
        number(report.count(Severity::Error), "error"),
        number(report.count(Severity::Warning), "warning"),
        number(report.count(Severity::Note), "note"),
    ];
    let found: Vec<String> = found.into_iter().flatten().collect();
    let allowed = report.findings.iter().filter(|finding| finding.suppressed.is_some()).count();
    let unclear = number(report.cannot_tell.len(), "thing").map(|things| format!("{things} could not be judged"));
    let first = match report.outcome {
        Verdict::Error => return "The plan could not be checked. Nothing is known about it.".to_owned(),
        _ if report.count(Severity::Error) > 0 => format!("{}. Do not apply this plan.", found.join(", ")),
        _ if !found.is_empty() => format!("{}.", found.join(", ")),
        _ if unclear.is_some() => "No findings, but not everything could be judged.".to_owned(),
        _ if !report.not_asked.is_empty() => "No findings from the plan alone. AWS was not asked.".to_owned(),
        _ => {
            return match number(allowed, "finding") {
                Some(allowed) => format!("No findings besides what is allowed ({allowed})."),
                None => "No findings. Nothing was found that would harm what is live.".to_owned(),
            };
        }
    };
    let allowed = match allowed {
        0 => None,
        1 => Some("1 finding is allowed.".to_owned()),
        many => Some(format!("{many} findings are allowed.")),
    };
    let unclear = unclear.filter(|_| !found.is_empty()).map(|unclear| format!("{unclear}."));
    [Some(first), allowed, unclear].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A text without control characters: addresses and names come from other people.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
