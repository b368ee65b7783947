//! JUnit: a test case for each finding, and for each thing that could not be judged.

use super::{Context, clean, verdict};
use crate::guard::outcome::{Finding, Report, Severity, Verdict};
use std::fmt::Write;

pub fn render(report: &Report, context: &Context) -> String {
    let mut cases: Vec<String> = report.findings.iter().map(case).collect();
    let failed = report.counting().filter(|finding| finding.severity > Severity::Note).count();
    for one in &report.cannot_tell {
        let action = one.iam_action.as_deref().map_or(String::new(), |action| format!(" Grant {action}."));
        let text = format!("{}{action}", one.reason);
        let (rule, address) = (one.rule.as_deref().unwrap_or("guard"), one.address.as_deref().unwrap_or("plan"));
        let inner = format!("<error message={} type=\"cannot-tell\"/>", attribute(&text));
        cases.push(test(rule, address, &inner));
    }
    for one in &report.not_asked {
        cases.push(test(&one.rule, &one.address, "<skipped message=\"AWS was not asked\"/>"));
    }
    if cases.is_empty() {
        cases.push(test("guard", "plan", &format!("<system-out>{}</system-out>", escape(&verdict(report)))));
    }
    let skipped =
        report.not_asked.len() + report.findings.iter().filter(|finding| finding.suppressed.is_some()).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{failed}\" errors=\"{}\" skipped=\"{skipped}\"",
        cases.len(),
        report.cannot_tell.len()
    );
    let name = attribute(&format!("ecslive guard {}", context.target()));
    let name = if report.outcome == Verdict::Error { attribute("ecslive guard could not check") } else { name };
    let cases = cases.concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n<testsuite name={name} {counts}>\n{cases}</testsuite>\n</testsuites>\n"
    )
}

fn case(finding: &Finding) -> String {
    let mut text = format!("{}\n", finding.message);
    for (label, value) in &finding.facts.0 {
        let _ = writeln!(text, "{label}: {value}");
    }
    let _ = write!(text, "Ways out:\n{}", finding.fix);
    let inner = match (&finding.suppressed, finding.severity) {
        (Some(allowed), _) => {
            let why = format!("Allowed until {}: {}", allowed.until, allowed.reason);
            format!("<skipped message={}/>", attribute(&why))
        }
        (None, Severity::Note) => format!("<system-out>{}</system-out>", escape(&text)),
        (None, severity) => {
            let (message, kind) = (attribute(&finding.message), severity.as_str());
            format!("<failure message={message} type=\"{kind}\">{}</failure>", escape(&text))
        }
    };
    test(&finding.rule, &finding.address, &inner)
}

fn test(rule: &str, address: &str, inner: &str) -> String {
    format!("<testcase classname={} name={}>{inner}</testcase>\n", attribute(rule), attribute(address))
}

fn attribute(text: &str) -> String {
    format!("\"{}\"", escape(text).replace('\n', "&#10;"))
}

/// XML cannot hold most control characters, escaped or not.
fn escape(text: &str) -> String {
    let allowed = |c: char| !matches!(c, '\u{fffe}' | '\u{ffff}');
    let text: String = clean(text).chars().filter(|c| allowed(*c)).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
