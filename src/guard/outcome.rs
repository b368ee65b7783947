//! What guard says in the end: the JSON contract, version 1.

use serde::{Serialize, Serializer};

/// How bad a finding is. A note never changes the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be changed.
    Warning,
    /// An outage, a failed apply, or something that cannot be undone.
    Error,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Labels and values in the order in which they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(pub Vec<(String, String)>);

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(label, value)| (label, value)))
    }
}

/// A line of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, relative to the repository's root, with `/`.
    pub file: String,
    /// The first line, from 1.
    pub line: usize,
    /// The last line.
    pub end_line: usize,
    /// The first column, from 1.
    pub column: usize,
    /// The column behind the last character.
    pub end_column: usize,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppressed {
    /// The reason in the file.
    pub reason: String,
    /// The day until which it holds, `YYYY-MM-DD`.
    pub until: String,
}

/// Something that would happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// The address of the resource.
    pub address: String,
    /// What would happen.
    pub message: String,
    /// The ways out, one a line.
    pub fix: String,
    /// ARNs, names, numbers, weights.
    pub facts: Labels,
    /// Where it is written, when the source was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Set when `.ecslive-guard.toml` allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppressed>,
}

/// Something that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CannotTell {
    /// The rule that could not judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Why.
    pub reason: String,
    /// The IAM action to grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_action: Option<String>,
}

/// A rule that needs AWS, which was not asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotAsked {
    /// The rule.
    pub rule: String,
    /// The resource.
    pub address: String,
}

/// Something that guard does not judge at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// The resource.
    pub address: String,
    /// What was not looked at.
    pub what: String,
    /// Why.
    pub why: String,
}

/// The four ways a check can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing to say.
    Clean,
    /// There are findings that count.
    Findings,
    /// No findings that count, but something could not be judged.
    CannotTell,
    /// Nothing was judged.
    Error,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Of this format: 1.
    pub version: u32,
    /// How it ended.
    pub outcome: Verdict,
    /// The findings, worst first; suppressed ones are among them.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub cannot_tell: Vec<CannotTell>,
    /// What was not asked because of `--offline`.
    pub not_asked: Vec<NotAsked>,
    /// What is not judged.
    pub skipped: Vec<Skipped>,
}

/// `--fail-on`: from which severity findings end with 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Errors.
    #[default]
    Error,
    /// Errors and warnings.
    Warning,
    /// Nothing.
    Never,
}

impl Report {
    /// A report on something that could not be checked: the one document of exit code 2.
    pub fn error(reason: impl Into<String>, iam_action: Option<String>) -> Self {
        let reason = CannotTell { rule: None, address: None, reason: reason.into(), iam_action };
        Self {
            version: 1,
            outcome: Verdict::Error,
            findings: Vec::new(),
            cannot_tell: vec![reason],
            not_asked: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// The findings that nothing allows.
    pub fn counting(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.suppressed.is_none())
    }

    /// The findings of one severity that nothing allows.
    pub fn count(&self, severity: Severity) -> usize {
        self.counting().filter(|finding| finding.severity == severity).count()
    }

    /// 0 clean, 1 findings at or above `fail_on`, 2 could not check. Findings win over what cannot be told.
    pub fn exit_code(&self, fail_on: FailOn, fail_on_unknown: bool) -> u8 {
        let fails = |finding: &Finding| match fail_on {
            FailOn::Error => finding.severity == Severity::Error,
            FailOn::Warning => finding.severity >= Severity::Warning,
            FailOn::Never => false,
        };
        match self.outcome {
            Verdict::Error => 2,
            _ if self.counting().any(fails) => 1,
            _ if fail_on_unknown && !self.cannot_tell.is_empty() => 2,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(severity: Option<Severity>, cannot_tell: bool) -> Report {
        let mut report = Report::error("why", None);
        report.outcome = Verdict::Findings;
        if !cannot_tell {
            report.cannot_tell.clear();
        }
        report.findings = severity
            .map(|severity| Finding {
                rule: "image-missing".to_owned(),
                severity,
                address: "a".to_owned(),
                message: String::new(),
                fix: String::new(),
                facts: Labels::default(),
                location: None,
                suppressed: None,
            })
            .into_iter()
            .collect();
        report
    }

    #[test]
    fn findings_win_over_what_cannot_be_told_and_a_note_never_fails() {
        use FailOn::{Error, Never, Warning};
        assert_eq!(report(Some(Severity::Error), true).exit_code(Error, true), 1);
        assert_eq!(report(Some(Severity::Warning), true).exit_code(Error, true), 2);
        assert_eq!(report(Some(Severity::Warning), true).exit_code(Error, false), 0);
        assert_eq!(report(Some(Severity::Warning), false).exit_code(Warning, false), 1);
        assert_eq!(report(Some(Severity::Note), false).exit_code(Warning, true), 0);
        assert_eq!(report(Some(Severity::Error), false).exit_code(Never, false), 0);
        assert_eq!(Report::error("no credentials", None).exit_code(Never, false), 2);
    }
}
