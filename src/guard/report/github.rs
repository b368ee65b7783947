//! Annotations of GitHub Actions: ten errors, ten warnings and ten notices a step, the most severe first.

use super::{clean, verdict};
use crate::guard::outcome::{Finding, Report, Severity, Verdict};
use std::fmt::Write;

const LIMIT: usize = 10;

pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let found: Vec<&Finding> = report.counting().filter(|finding| finding.severity == severity).collect();
        let unclear = if severity == Severity::Warning { unclear(report) } else { Vec::new() };
        let lines: Vec<String> = found.into_iter().map(line).chain(unclear).collect();
        let shown = if lines.len() > LIMIT { LIMIT - 1 } else { lines.len() };
        for line in &lines[..shown] {
            let _ = writeln!(out, "{line}");
        }
        if shown < lines.len() {
            let more = format!(
                "{} more are not shown: GitHub shows ten a step. The other reports have them all.",
                lines.len() - shown
            );
            let _ = writeln!(out, "::{} title=ecslive guard::{}", command(severity), data(&more));
        }
    }
    if report.outcome == Verdict::Error {
        let reason = report.cannot_tell.first().map_or(String::new(), |first| first.reason.clone());
        let _ = writeln!(out, "::error title=ecslive guard::{}", data(&format!("{} {reason}", verdict(report))));
    }
    out
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

fn line(finding: &Finding) -> String {
    let place = finding.location.as_ref().map_or(String::new(), |found| {
        let (file, line, end) = (property(&found.file), found.line, found.end_line);
        format!("file={file},line={line},endLine={end},col={},endColumn={},", found.column, found.end_column)
    });
    let title = property(&format!("{} {}", finding.rule, finding.address));
    let facts: Vec<String> = finding.facts.0.iter().map(|(label, value)| format!("{label}: {value}")).collect();
    let text = format!("{}\n\n{}\n\n{}", finding.message, facts.join("\n"), finding.fix);
    format!("::{} {place}title={title}::{}", command(finding.severity), data(&text))
}

fn unclear(report: &Report) -> Vec<String> {
    if report.outcome == Verdict::Error {
        return Vec::new();
    }
    let line = |one: &crate::guard::outcome::CannotTell| {
        let action = one.iam_action.as_deref().map_or(String::new(), |action| format!(" Grant {action}."));
        let title = property(&format!("Could not be judged {}", one.address.as_deref().unwrap_or_default()));
        format!("::warning title={title}::{}", data(&format!("{}{action}", one.reason)))
    };
    report.cannot_tell.iter().map(line).collect()
}

fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
