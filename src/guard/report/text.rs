//! For a person at three in the morning: what would happen, why, the ways out.

use super::{clean, verdict};
use crate::guard::outcome::{CannotTell, Finding, Report, Severity};
use crate::guard::rules;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const WIDTH: usize = 100;

pub fn render(report: &Report) -> String {
    let mut out = format!("ecslive guard: {}\n", verdict(report));
    let (notes, loud): (Vec<&Finding>, Vec<&Finding>) =
        report.counting().partition(|finding| finding.severity == Severity::Note);
    let mut explained = BTreeSet::new();
    for finding in loud.iter().chain(&notes) {
        let rule = rules::named(&finding.rule).filter(|rule| explained.insert(rule.id));
        out += &one(finding, rule.filter(|_| finding.severity > Severity::Note).map(|rule| rule.why));
    }
    out += &cannot_tell(&report.cannot_tell);
    let suppressed: Vec<&Finding> = report.findings.iter().filter(|finding| finding.suppressed.is_some()).collect();
    section(
        &mut out,
        "Allowed by .ecslive-guard.toml",
        suppressed.iter().map(|finding| {
            let allowed = finding.suppressed.as_ref().map(|found| format!("until {}: {}", found.until, found.reason));
            format!("{} at {}, {}", finding.rule, finding.address, allowed.unwrap_or_default())
        }),
    );
    section(
        &mut out,
        "Not judged",
        report.skipped.iter().map(|skipped| format!("{}: {}. {}", skipped.address, skipped.what, skipped.why)),
    );
    let mut not_asked: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in &report.not_asked {
        not_asked.entry(&one.rule).or_default().push(&one.address);
    }
    section(
        &mut out,
        "Not asked (--offline)",
        not_asked.iter().map(|(rule, addresses)| format!("{rule}: {}", several(addresses))),
    );
    clean(&out)
}

/// `why` comes with the first finding of a rule only.
fn one(finding: &Finding, why: Option<&str>) -> String {
    let mut out = format!("\n{} {}\n", finding.severity.as_str().to_uppercase(), finding.rule);
    let place = finding.location.as_ref().map_or(String::new(), |found| format!("  ({}:{})", found.file, found.line));
    let _ = writeln!(out, "  {}{place}\n", finding.address);
    out += &wrapped(&finding.message, "  ", "  ");
    out.push('\n');
    for (label, value) in &finding.facts.0 {
        let _ = writeln!(out, "  {label}: {value}");
    }
    if let Some(why) = why {
        out.push('\n');
        out += &wrapped(why, "  Why: ", "  ");
    }
    let ways: Vec<&str> = finding.fix.lines().collect();
    out += if ways.len() > 1 { "\n  Ways out:\n" } else { "\n  Way out:\n" };
    for (index, way) in ways.iter().enumerate() {
        out += &wrapped(way, &format!("  {}. ", index + 1), "     ");
    }
    out
}

fn cannot_tell(list: &[CannotTell]) -> String {
    let mut out = String::new();
    let mut by_reason: BTreeMap<(&str, Option<&str>), Vec<&str>> = BTreeMap::new();
    for one in list {
        let addresses = by_reason.entry((&one.reason, one.iam_action.as_deref())).or_default();
        addresses.extend(
            one.address.as_deref().filter(|address| !addresses.contains(address)).into_iter().collect::<Vec<_>>(),
        );
    }
    section(
        &mut out,
        "Could not be judged",
        by_reason.iter().map(|((reason, action), addresses)| {
            let at = if addresses.is_empty() { String::new() } else { format!(" ({})", several(addresses)) };
            let grant = action.map_or(String::new(), |action| format!(" Grant {action} to the role that runs guard."));
            format!("{reason}{grant}{at}")
        }),
    );
    out
}

fn several(addresses: &[&str]) -> String {
    match addresses {
        [a, b, c, rest @ ..] if !rest.is_empty() => format!("{a}, {b}, {c} and {} more", rest.len()),
        few => few.join(", "),
    }
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (index, line) in lines.enumerate() {
        if index == 0 {
            let _ = writeln!(out, "\n{title}:");
        }
        *out += &wrapped(&line, "  - ", "    ");
    }
}

/// Broken at spaces; words longer than a line stay whole, so that they can be copied.
fn wrapped(text: &str, first: &str, next: &str) -> String {
    let (mut out, mut line) = (String::new(), first.to_owned());
    let mut fresh = true;
    for word in text.split_whitespace() {
        if !fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out += line.trim_end();
            out.push('\n');
            next.clone_into(&mut line);
            fresh = true;
        }
        if !fresh {
            line.push(' ');
        }
        line += word;
        fresh = false;
    }
    out + &line + "\n"
}
