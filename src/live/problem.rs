//! Why a question has no answer, or what should be known besides one.
//!
//! Arguments stand between `⟨` and `⟩` in every text; `resolve::wording` writes them as a front end does.

use super::advice;
use crate::aws::{Error, Inquiry, Regional};
use crate::resolve::Refusal;
use crate::resolve::next::Next;
use crate::resolve::refusal::Explanation;

/// What a problem means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The facts do not allow an answer.
    Refused,
    /// Nothing is there under the name.
    NotFound,
    /// The question cannot be asked so, or AWS did not answer: nothing is known.
    Failed,
}

/// A problem in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it means.
    pub kind: Kind,
    /// Title Case, 2 to 6 words, no values.
    pub summary: String,
    /// What happened and what to do, in sentences.
    pub detail: String,
    /// Label and value, in the order in which they are shown.
    pub facts: Vec<(&'static str, String)>,
    /// The argument that is to blame.
    pub argument: Option<&'static str>,
    /// The same advice in a form that a program can follow.
    pub next: Vec<Next>,
    /// By what other questions are known to have the same problem: those that one wrong setting causes.
    pub common: Option<String>,
}

/// An answer, and what should be known besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<T> {
    /// The answer.
    pub answer: T,
    /// What should be known besides.
    pub warnings: Vec<Problem>,
}

impl<T> Told<T> {
    /// The same with another answer.
    pub fn map<U>(self, other: impl FnOnce(T) -> U) -> Told<U> {
        Told { answer: other(self.answer), warnings: self.warnings }
    }
}

impl<T> From<T> for Told<T> {
    fn from(answer: T) -> Self {
        Self { answer, warnings: Vec::new() }
    }
}

impl Problem {
    /// The same with the argument that is to blame.
    #[must_use]
    pub fn blame(self, argument: impl Into<Option<&'static str>>) -> Self {
        Self { argument: argument.into(), ..self }
    }
}

impl From<Problem> for Vec<Problem> {
    fn from(problem: Problem) -> Self {
        vec![problem]
    }
}

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
        Problem { common, ..advice::facts(self, error).problem(Kind::Failed, summary, detail) }
    }
}

/// Control characters out, length bounded: the text comes from the network.
pub(super) fn one_line(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    if text.chars().nth(1000).is_some() {
        line.push('…');
    }
    line
}
