//! Messages for the user: errors and warnings, each with the attribute to blame where there is one.

use super::Path;
use std::fmt;

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation succeeded and the user should change something.
    Warning,
}

/// One message for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Title: two to six words in title case, without values.
    pub summary: String,
    /// Sentences: what happened, what to do, and the facts.
    pub detail: String,
    /// The attribute to blame; none for messages about the whole block.
    pub attribute: Option<Path>,
    /// For an error that may not be about one block alone: by what others are known to have the same.
    pub common: Option<String>,
}

impl Diagnostic {
    /// An error about the whole block.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            attribute: None,
            common: None,
        }
    }

    /// A warning about the whole block.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same about one attribute. The root is the whole block.
    #[must_use]
    pub fn at(self, attribute: impl Into<Path>) -> Self {
        let attribute = attribute.into();
        Self { attribute: (!attribute.steps().is_empty()).then_some(attribute), ..self }
    }

    /// The same, which every block gets that has a common cause with others: one mistake in the provider block. It is told
    /// in full once.
    #[must_use]
    pub fn common(self, cause: impl Into<String>) -> Self {
        Self { common: Some(cause.into()), ..self }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
        };
        writeln!(f, "{severity}: {}", self.summary)?;
        if let Some(attribute) = &self.attribute {
            writeln!(f, "\n  on {attribute}")?;
        }
        if self.detail.is_empty() { Ok(()) } else { writeln!(f, "\n{}", self.detail) }
    }
}

/// Any number of messages, in the order in which they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// True when at least one is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Self(diagnostics.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    /// Much as Terraform prints them, without colours and source lines.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (position, diagnostic) in self.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_like_terraform() {
        let mut diagnostics = Diagnostics::from(Diagnostic::warning("Old Argument", ""));
        diagnostics.push(Diagnostic::error("Bad Name", "Use letters.\n\nName: ü").at("name"));
        insta::assert_snapshot!(diagnostics, @r"
        Warning: Old Argument

        Error: Bad Name

          on name

        Use letters.

        Name: ü
        ");
    }

    #[test]
    fn a_warning_alone_is_no_error() {
        let mut diagnostics = Diagnostics::from(Diagnostic::warning("Old", ""));
        assert!(!diagnostics.has_errors());
        diagnostics.extend(Diagnostics::from(Diagnostic::error("Bad", "")));
        assert!(diagnostics.has_errors());
    }

    #[test]
    fn the_root_path_is_no_attribute() {
        assert_eq!(Diagnostic::error("Bad", "").at(Path::root()).attribute, None);
    }
}
