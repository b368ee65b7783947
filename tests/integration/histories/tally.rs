//! What was seen: a product that always refuses would break no law.

use std::collections::BTreeMap;
use std::fmt;

/// Counts.
#[derive(Debug, Default)]
pub struct Tally {
    /// Histories walked.
    pub histories: u32,
    /// States of a service that were looked at.
    pub states: u32,
    /// Those in which AWS has nothing under way and listener and control plane agree.
    pub settled: u32,
    /// Questions that were asked.
    pub questions: u32,
    /// Refusals by title.
    pub refusals: BTreeMap<&'static str, u32>,
    /// Advice that was followed, by kind.
    pub advice: BTreeMap<&'static str, u32>,
}

impl Tally {
    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.states += other.states;
        self.settled += other.settled;
        self.questions += other.questions;
        for (mine, theirs) in [(&mut self.refusals, &other.refusals), (&mut self.advice, &other.advice)] {
            for (name, count) in theirs {
                *mine.entry(name).or_default() += count;
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { histories, states, settled, questions, .. } = self;
        writeln!(f, "histories: {histories}, states: {states} ({settled} settled), questions: {questions}")?;
        let refused: u32 = self.refusals.values().sum();
        let share = |count: u32| 100.0 * f64::from(count) / f64::from((*questions).max(1));
        writeln!(f, "refused: {refused} ({:.1} %)", share(refused))?;
        for (name, count) in &self.refusals {
            writeln!(f, "  {name}: {count} ({:.2} %)", share(*count))?;
        }
        writeln!(f, "advice followed: {}", self.advice.values().sum::<u32>())?;
        self.advice.iter().try_for_each(|(name, count)| writeln!(f, "  {name}: {count}"))
    }
}
