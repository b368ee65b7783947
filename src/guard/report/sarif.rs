//! SARIF 2.1.0 for code scanning. A result without a file makes GitHub refuse all of them, so each has one.

use super::{Context, clean};
use crate::guard::outcome::{Finding, Location, Report, Severity, Verdict};
use crate::guard::rules::ALL;
use serde_json::{Value, json};

pub fn render(report: &Report, context: &Context) -> String {
    let mut rules: Vec<Value> = ALL
        .iter()
        .map(|rule| descriptor(rule.id, rule.title, rule.why, rule.fix, rule.severity, &rule.docs()))
        .collect();
    let docs = ALL[0].docs();
    let docs = docs.split('#').next().unwrap_or_default();
    for (id, title) in
        [("suppression-expired", "A suppression has ended"), ("suppression-unused", "A suppression matches nothing")]
    {
        let why = "Every suppression has a reason and a day until which it holds, so that somebody looks at it again.";
        let fix = "Remove the entry from .ecslive-guard.toml, or give it a new date.";
        rules.push(descriptor(id, title, why, fix, Severity::Warning, &format!("{docs}#suppressions")));
    }
    let results: Vec<Value> = report.findings.iter().map(|finding| result(finding, &rules)).collect();
    let notifications: Vec<Value> = report
        .cannot_tell
        .iter()
        .map(|one| {
            let action = one.iam_action.as_deref().map_or(String::new(), |action| format!(" Grant {action}."));
            let address = one.address.as_deref().map_or(String::new(), |address| format!("{address}: "));
            let level = if report.outcome == Verdict::Error { "error" } else { "warning" };
            json!({ "level": level, "message": { "text": clean(&format!("{address}{}{action}", one.reason)) } })
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "ecslive guard",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": docs,
                "rules": rules,
            }},
            "automationDetails": { "id": format!("ecslive-guard/{}/", context.target()) },
            "invocations": [{
                "executionSuccessful": report.outcome != Verdict::Error,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn level(severity: Severity) -> &'static str {
    severity.as_str()
}

fn descriptor(id: &str, title: &str, why: &str, fix: &str, severity: Severity, docs: &str) -> Value {
    let name: String = id.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    json!({
        "id": id,
        "name": name,
        "shortDescription": { "text": format!("{title}.") },
        "fullDescription": { "text": why },
        "help": { "text": format!("{why}\n\n{fix}"), "markdown": format!("{why}\n\n{fix}\n\n[Documentation]({docs})") },
        "helpUri": docs,
        "defaultConfiguration": { "level": level(severity) },
        "properties": { "tags": ["ecs", "terraform"], "precision": "high", "problem.severity": problem(severity) },
    })
}

/// The word of code scanning for a severity.
fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "recommendation",
        other => other.as_str(),
    }
}

fn result(finding: &Finding, rules: &[Value]) -> Value {
    let nowhere = Location { file: "main.tf".to_owned(), line: 1, end_line: 1, column: 1, end_column: 2 };
    let at = finding.location.as_ref().unwrap_or(&nowhere);
    let facts: Vec<String> = finding.facts.0.iter().map(|(label, value)| format!("{label}: {value}")).collect();
    let text = format!("{}: {}\n\n{}\n\n{}", finding.address, finding.message, facts.join("\n"), finding.fix);
    let index = rules.iter().position(|rule| rule["id"] == finding.rule);
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": clean(&text) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&at.file), "uriBaseId": "%SRCROOT%" },
                "region": {
                    "startLine": at.line, "startColumn": at.column, "endLine": at.end_line, "endColumn": at.end_column,
                },
            },
            "logicalLocations": [{ "fullyQualifiedName": clean(&finding.address), "kind": "resource" }],
        }],
        "partialFingerprints": { "address/v1": format!("{}:{}", finding.rule, clean(&finding.address)) },
    });
    if let Some(index) = index {
        result["ruleIndex"] = json!(index);
    }
    if let Some(allowed) = &finding.suppressed {
        let why = format!("{} (until {})", allowed.reason, allowed.until);
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": clean(&why) }]);
    }
    result
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
