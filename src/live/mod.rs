//! The questions the product answers, one file each: a plain question in; a plain answer out, or the problems that stand
//! against one.
//!
//! An answer derives Serialize with the names that users see: Terraform's state, JSON and the text of a command are
//! renderings of it. Knows neither Terraform nor terminals.

mod advice;
pub mod deployment;
pub mod image;
mod images;
pub mod lately;
pub mod permissions;
mod place;
mod problem;
pub mod service;
pub mod services;
mod subject;
pub mod target_group;
pub mod task_definition;

pub use crate::aws::Clients;
pub use advice::missing_permission;
pub use images::Images;
pub use place::{Address, Place};
pub use problem::{Kind, Problem, Told};

use crate::aws::{Error, Progress};
use serde::Serialize;
use std::pin::pin;
use std::time::Duration;
use subject::Subject;
use tokio::time::Instant;

/// A question.
pub trait Question: Sync {
    /// What it is answered with.
    type Answer: Serialize + Send;

    /// Where to look, how long, and what to do when nothing is there.
    fn place(&self) -> &Place;

    /// The service that it is about, when it is about one.
    fn address(&self) -> Option<&Address> {
        None
    }

    /// What it is about: labels and values for a message.
    fn about(&self) -> Vec<(&'static str, String)> {
        self.address().map(Address::facts).unwrap_or_default()
    }

    /// What is wrong with it before anybody is asked.
    fn check(&self) -> Vec<Problem> {
        self.address().and_then(Address::check).into_iter().collect()
    }

    /// Reads the answer, however long it takes.
    fn read(&self, clients: &Clients) -> impl Future<Output = Result<Told<Self::Answer>, Vec<Problem>>> + Send;
}

/// Asks, for as long as the question may take and until somebody asks to stop. Whichever ends it, the problem says what was
/// being waited for.
///
/// # Errors
/// What stands against an answer.
pub async fn ask<Q: Question>(
    clients: &Clients,
    question: &Q,
    stop: impl Future<Output = ()>,
) -> Result<Told<Q::Answer>, Vec<Problem>> {
    let wrong = question.check();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let limit = question.place().limit();
    let progress = Progress::until(Instant::now() + limit);
    let ended = |summary: &str, detail: &str| {
        let region = question.place().region.clone().map(|region| ("Region", region));
        let subject = Subject::new(question.about()).with_all(region).with_all(progress.facts());
        Err(subject.problem(Kind::Failed, summary, detail).into())
    };
    // Held here, because what a read waits for is forgotten when it goes.
    let mut read = pin!(progress.of(question.read(clients)));
    tokio::select! {
        biased;
        result = &mut read => result,
        () = stop => {
            ended("Read Cancelled", "⟨Terraform asked⟩ to stop before the answer was there, so nothing is known. ⟨Plan again⟩.")
        }
        () = tokio::time::sleep(limit) => {
            let (summary, detail) = timed_out(limit);
            ended(summary, &detail)
        }
    }
}

/// What to say when the time is over: summary and detail.
pub fn timed_out(limit: Duration) -> (&'static str, String) {
    let detail = format!(
        "The answer was not there within {limit:?}. If the last cause says what is wrong, correct that; otherwise \
         ⟨plan again⟩, or allow more time⟨more time⟩"
    );
    ("Read Timed Out", detail)
}

/// What to say about a call that failed, whatever it was for.
pub fn failed(error: &Error) -> Problem {
    Subject::default().failed(error)
}
