//! A comment on a pull request: at most 65,536 characters, and the first line tells whose comment it is.

use super::{Context, clean, verdict};
use crate::guard::outcome::{Finding, Report, Severity};
use crate::guard::rules;
use std::collections::BTreeSet;
use std::fmt::Write;

/// GitHub's limit for a comment, in characters.
const LIMIT: usize = 65_536;

pub fn render(report: &Report, context: &Context) -> String {
    let target: String =
        context.target().chars().map(|c| if c.is_alphanumeric() || "-_./".contains(c) { c } else { '-' }).collect();
    let mut out = format!("<!-- ecslive-guard:{target} -->\n**ecslive guard:** {}\n", escape(&verdict(report)));
    let counting: Vec<&Finding> = report.counting().collect();
    let mut blocks = Vec::new();
    if !counting.is_empty() {
        out += "\n| | Rule | Resource |\n|---|---|---|\n";
        for finding in counting.iter().take(100) {
            let (severity, rule) = (finding.severity.as_str(), &finding.rule);
            let _ = writeln!(out, "| {severity} | {} | {} |", escape(rule), escape(&finding.address));
        }
        if counting.len() > 100 {
            let _ = writeln!(out, "| | | {} more |", counting.len() - 100);
        }
        let mut explained = BTreeSet::new();
        blocks.extend(counting.iter().map(|finding| details(finding, explained.insert(finding.rule.as_str()))));
    }
    let list = |title: &str, lines: Vec<String>| {
        let lines: String = lines.iter().map(|line| format!("- {line}\n")).collect();
        format!("\n<details><summary>{title}</summary>\n\n{lines}\n</details>\n")
    };
    if !report.cannot_tell.is_empty() {
        let lines = report.cannot_tell.iter().map(|one| {
            let action =
                one.iam_action.as_deref().map_or(String::new(), |action| format!(" Grant {}.", escape(action)));
            let rule = one.rule.as_deref().map_or(String::new(), |rule| format!("{} at ", escape(rule)));
            let address = escape(one.address.as_deref().unwrap_or("the plan"));
            format!("{rule}{address}: {}{action}", escape(&one.reason))
        });
        blocks.push(list(&format!("{} could not be judged", report.cannot_tell.len()), lines.collect()));
    }
    let suppressed: Vec<String> = report
        .findings
        .iter()
        .filter_map(|finding| {
            let allowed = finding.suppressed.as_ref()?;
            let (rule, address) = (escape(&finding.rule), escape(&finding.address));
            Some(format!("{rule} at {address} until {}: {}", allowed.until, escape(&allowed.reason)))
        })
        .collect();
    if !suppressed.is_empty() {
        blocks.push(list(&format!("{} allowed", suppressed.len()), suppressed));
    }
    if !report.not_asked.is_empty() {
        let lines = report.not_asked.iter().map(|one| format!("{}: {}", escape(&one.rule), escape(&one.address)));
        blocks.push(list(&format!("{} not asked", report.not_asked.len()), lines.collect()));
    }
    if !report.skipped.is_empty() {
        let lines = report
            .skipped
            .iter()
            .map(|one| format!("{}: {}. {}", escape(&one.address), escape(&one.what), escape(&one.why)));
        blocks.push(list(&format!("{} not judged", report.skipped.len()), lines.collect()));
    }
    fit(out, &blocks)
}

/// As many blocks as there is room for, and a line that counts the rest.
fn fit(mut out: String, blocks: &[String]) -> String {
    let mut length = out.chars().count();
    for (index, block) in blocks.iter().enumerate() {
        let more = block.chars().count();
        if length + more + 100 > LIMIT {
            let _ = writeln!(out, "\n{} more sections are left out: this comment is full.", blocks.len() - index);
            break;
        }
        length += more;
        out += block;
    }
    out
}

/// `explains` adds why the rule exists: once is enough.
fn details(finding: &Finding, explains: bool) -> String {
    let open = if finding.severity == Severity::Error { " open" } else { "" };
    let (rule, address) = (html(&finding.rule), html(&finding.address));
    let mut out = format!("\n<details{open}><summary>{}: {rule} at {address}</summary>\n\n", finding.severity.as_str());
    let _ = writeln!(out, "{}\n", escape(&finding.message));
    for (label, value) in &finding.facts.0 {
        let _ = writeln!(out, "- {}: {}", escape(label), escape(value));
    }
    if let Some(rule) = rules::named(&finding.rule).filter(|_| explains && finding.severity > Severity::Note) {
        let _ = writeln!(out, "\n**Why:** {} ([about this rule]({}))", escape(rule.why), rule.docs());
    }
    out += "\n**Ways out**\n\n";
    for (index, way) in finding.fix.lines().enumerate() {
        let _ = writeln!(out, "{}. {}", index + 1, escape(way));
    }
    out + "\n</details>\n"
}

/// Text of other people inside an HTML line, where Markdown has no meaning.
fn html(text: &str) -> String {
    let text = clean(text).replace('\n', " ").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('@', "&#64;")
}

/// Text of other people as text: no table, no code, no mention, no HTML, no new line.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        match c {
            '\n' => out.push(' '),
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '@' => out += "&#64;",
            '#' => out += "&#35;",
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
