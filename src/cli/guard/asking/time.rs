//! How long AWS may be asked for one check, and what was being waited for when that is over.

use crate::aws::{Error, Progress};
use std::cell::OnceCell;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Why there is no answer.
#[derive(Debug, Clone)]
pub enum Unanswered {
    /// A call failed.
    Failed(Error),
    /// The time is over.
    Late {
        /// How long it was.
        limit: Duration,
        /// What was being waited for: labels and values.
        waiting: Vec<(&'static str, String)>,
    },
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The time that all questions have together.
#[derive(Debug)]
pub struct Time {
    limit: Duration,
    until: Instant,
    /// What the first part that came too late waited for. The others are told the same: one reason for all.
    waiting: OnceCell<Vec<(&'static str, String)>>,
}

impl Time {
    /// So much, from now on.
    pub fn starts(limit: Duration) -> Self {
        Self { limit, until: Instant::now() + limit, waiting: OnceCell::new() }
    }

    /// Why nothing more can be asked; `None` while there is time.
    pub fn over(&self) -> Option<Unanswered> {
        (Instant::now() >= self.until).then(|| self.late(Vec::new))
    }

    /// Runs a part for as long as there is time.
    ///
    /// # Errors
    /// [`Unanswered`] when it failed, or has not ended in time.
    pub async fn within<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Unanswered> {
        if let Some(over) = self.over() {
            return Err(over);
        }
        let progress = Progress::until(self.until);
        // Held here, because what it waits for is forgotten when it goes.
        let mut work = pin!(progress.of(work));
        tokio::select! {
            biased;
            result = &mut work => Ok(result?),
            () = sleep_until(self.until) => Err(self.late(|| progress.facts())),
        }
    }

    fn late(&self, waiting: impl FnOnce() -> Vec<(&'static str, String)>) -> Unanswered {
        Unanswered::Late { limit: self.limit, waiting: self.waiting.get_or_init(waiting).clone() }
    }
}
