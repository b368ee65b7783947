//! Why a question has no answer, or what should be known besides one.
//!
//! Arguments stand between `⟨` and `⟩` in every text; `resolve::wording` writes them as a front end does.

use crate::resolve::next::Next;

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

/// Control characters out, length bounded: the text comes from the network.
pub(super) fn one_line(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    if text.chars().nth(1000).is_some() {
        line.push('…');
    }
    line
}
