//! The only place where an error of `aws` or a refusal of `resolve` becomes a diagnostic.
//!
//! A detail says what happened and what to do; then, after a blank line, come the facts, one `Label: value` a line.

use super::failure;
use crate::aws::{Error, Inquiry, Regional};
use crate::resolve::name::{Cluster, Named, ServiceName};
use crate::resolve::refusal::Explanation;
use crate::tf::{Diagnostic, Diagnostics, Path};
use std::fmt::Write;

/// What was being looked for: labels and values, in the order in which they are shown.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    facts: Vec<(&'static str, String)>,
    /// Whose credentials were used, for messages where that matters.
    answered_by: Vec<(&'static str, String)>,
}

impl Subject {
    /// A subject from labels and values.
    pub fn new<const N: usize>(facts: [(&'static str, &str); N]) -> Self {
        let facts = facts.map(|(label, value)| (label, value.to_owned())).to_vec();
        Self { facts, ..Self::default() }
    }

    /// A service.
    pub fn service(cluster: &Cluster, service: &ServiceName, regional: &Regional) -> Self {
        let subject = Self::new([("Cluster", cluster.name()), ("Service", service.name()), ("Region", &regional.name)]);
        subject.answered_by(regional)
    }

    /// The same, asked with the credentials of this region.
    #[must_use]
    pub fn answered_by(self, regional: &Regional) -> Self {
        Self { answered_by: regional.answered_by(), ..self }
    }

    /// The same with one more line.
    #[must_use]
    pub fn with(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((label, value.into()));
        self
    }

    /// The same with more lines.
    #[must_use]
    pub fn with_all(mut self, facts: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.facts.extend(facts);
        self
    }

    /// True when one of the lines is this value.
    pub fn says(&self, value: &str) -> bool {
        self.facts.iter().any(|(_, known)| known == value)
    }

    /// The same with whose credentials were used, as far as that is known.
    #[must_use]
    pub fn with_credentials(mut self) -> Self {
        let answered_by = std::mem::take(&mut self.answered_by);
        self.with_all(answered_by)
    }

    /// A diagnostic about the subject.
    pub fn diagnostic(&self, summary: &str, detail: &str) -> Diagnostic {
        let mut text = detail.to_owned();
        for (index, (label, value)) in self.facts.iter().enumerate() {
            let gap = if index == 0 { "\n\n" } else { "\n" };
            // Writing to a String cannot fail.
            let _ = write!(text, "{gap}{label}: {value}");
        }
        Diagnostic::error(summary, text)
    }

    /// Why the domain gave no answer.
    pub fn refused(self, explanation: Explanation) -> Diagnostics {
        let Explanation { summary, detail, facts } = explanation;
        let subject = facts.into_iter().fold(self, |subject, (label, value)| subject.with(label, value));
        subject.diagnostic(summary, &detail).into()
    }

    /// Why a question about a service has no answer; `attribute` is where the service was named.
    pub fn unanswered<T>(self, inquiry: &Inquiry<T>, attribute: &str) -> Diagnostics {
        let request = "ecs:DescribeServices";
        if let Inquiry::Refused(refusal) = inquiry {
            return self.refused(refusal.explain());
        }
        if matches!(inquiry, Inquiry::NoCluster) {
            let detail = "There is no cluster of this name in the region. Check the cluster, the region and the \
                          account, or set allow_missing = true if Terraform creates it later.";
            return self.not_found("ECS Cluster Not Found", detail, "cluster", request);
        }
        let detail = "No active service of this name exists in the cluster. Check the service name, the cluster and \
                      the region, or set allow_missing = true if Terraform creates it later.";
        self.not_found("ECS Service Not Found", detail, attribute, request)
    }

    /// Nothing is there under the name that an attribute gave.
    pub fn not_found(self, summary: &str, detail: &str, attribute: &str, request: &str) -> Diagnostics {
        self.with_credentials()
            .with("AWS request", request)
            .diagnostic(summary, detail)
            .at(Path::attribute(attribute))
            .into()
    }

    /// Why AWS gave no answer.
    pub fn failed(self, error: &Error) -> Diagnostics {
        let (summary, detail) = failure::advice(error);
        let subject = failure::facts(self, error);
        let diagnostic = subject.diagnostic(summary, &detail);
        match failure::common(error) {
            Some(cause) => diagnostic.common(format!("{summary}: {cause}")),
            None => diagnostic,
        }
        .into()
    }
}

/// Control characters out, length bounded: the text comes from the network.
pub fn one_line(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    if text.chars().nth(1000).is_some() {
        line.push('…');
    }
    line
}
