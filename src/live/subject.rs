//! What a question is about, and the problems that there may be with it.

use super::advice;
use super::problem::{Kind, Problem};
use crate::aws::{Error, Inquiry, Regional};
use crate::resolve::Refusal;
use crate::resolve::refusal::Explanation;

/// What was being looked for: labels and values, in the order in which they are shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Subject {
    facts: Vec<(&'static str, String)>,
    /// Whose credentials were used, for messages where that matters.
    answered_by: Vec<(&'static str, String)>,
}

impl Subject {
    /// A subject from labels and values.
    pub fn new(facts: Vec<(&'static str, String)>) -> Self {
        Self { facts, ..Self::default() }
    }

    /// A subject that is looked for in this region, with its credentials.
    pub fn asked(facts: Vec<(&'static str, String)>, regional: &Regional) -> Self {
        let subject = Self { answered_by: regional.answered_by(), ..Self::new(facts) };
        if subject.facts.iter().any(|(label, _)| *label == "Region") {
            subject
        } else {
            subject.with("Region", &regional.name)
        }
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

    /// The same with whose credentials were used, as far as that is known.
    #[must_use]
    pub fn with_credentials(mut self) -> Self {
        let answered_by = std::mem::take(&mut self.answered_by);
        self.with_all(answered_by)
    }

    /// A problem with the subject.
    pub fn problem(self, kind: Kind, summary: &str, detail: impl Into<String>) -> Problem {
        Problem {
            kind,
            summary: summary.to_owned(),
            detail: detail.into(),
            facts: self.facts,
            argument: None,
            next: Vec::new(),
            common: None,
        }
    }

    /// Why the domain gave no answer.
    pub fn refused(self, explanation: Explanation) -> Problem {
        let Explanation { summary, detail, facts, next } = explanation;
        let subject = facts.into_iter().fold(self, |subject, (label, value)| subject.with(label, value));
        Problem { next, ..subject.problem(Kind::Refused, summary, detail) }
    }

    /// Nothing is there under the name that an argument gave.
    pub fn not_found(self, summary: &str, detail: impl Into<String>, argument: &'static str, request: &str) -> Problem {
        self.with_credentials().with("AWS request", request).problem(Kind::NotFound, summary, detail).blame(argument)
    }

    /// Why a question about a service has no answer; `argument` is where the service was named.
    pub fn unanswered<T>(self, inquiry: &Inquiry<T>, argument: &'static str) -> Problem {
        let request = "ecs:DescribeServices";
        match inquiry {
            Inquiry::Refused(refusal) => self.refuse(refusal),
            Inquiry::NoCluster => {
                let detail = "There is no cluster of this name in the region. Check the cluster, the region and the \
                              account, or set ⟨allow_missing = true⟩ if ⟨Terraform creates it later⟩.";
                self.not_found("ECS Cluster Not Found", detail, "cluster", request)
            }
            Inquiry::NoService(_) | Inquiry::Answer(..) => {
                let detail = "No active service of this name exists in the cluster. Check the service name, the cluster \
                              and the region, or set ⟨allow_missing = true⟩ if ⟨Terraform creates it later⟩.";
                self.not_found("ECS Service Not Found", detail, argument, request)
            }
        }
    }

    /// Why the domain gave no answer.
    pub fn refuse(self, refusal: &Refusal) -> Problem {
        self.refused(Explanation { next: refusal.next(), ..advice::explain(refusal) })
    }

    /// Why AWS gave no answer.
    pub fn failed(self, error: &Error) -> Problem {
        let (summary, detail) = advice::advice(error);
        let common = advice::common(error).map(|cause| format!("{summary}: {cause}"));
        let facts = advice::facts(error, self.answered_by.clone());
        Problem { common, ..self.with_all(facts).problem(Kind::Failed, summary, detail) }
    }
}
