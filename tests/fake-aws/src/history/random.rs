//! Random histories: a start and a list of numbers that pick among what can happen, so that they shrink well.

use super::World;
use super::happening::{By, Move};
use super::start::{Hooks, KINDS, Kind, Start};
use proptest::prelude::*;

/// A start, and a number for each move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// How it begins.
    pub start: Start,
    /// Which of `moves()` is taken, one after the other: modulo their number.
    pub picks: Vec<u16>,
}

impl History {
    /// Walks it: before the first move and after each, `look` sees the world and the moves so far.
    ///
    /// # Errors
    /// The first of `look`.
    pub fn walk<E>(&self, mut look: impl FnMut(&World, &[Move]) -> Result<(), E>) -> Result<(), E> {
        let mut world = World::new(&self.start);
        let mut story = Vec::new();
        look(&world, &story)?;
        for pick in &self.picks {
            let pick = usize::from(*pick);
            let mut moves = world.moves();
            if moves.is_empty() {
                break;
            }
            // AWS goes on more often than not, and some steps at a time, or histories would hardly get anywhere.
            let by = match pick % 20 {
                0..12 => By::Aws,
                12..14 => By::Deployer,
                14..18 => By::Trouble,
                _ => By::Hand,
            };
            // Where nothing goes on, somebody deploys: a steady account has far more room for mischief than for progress.
            let by = [by, By::Deployer].into_iter().find(|by| moves.iter().any(|found| found.what.by() == *by));
            moves.retain(|found| by.is_none_or(|by| found.what.by() == by));
            let mut next = moves.swap_remove(pick / 20 % moves.len());
            for _ in 0..=pick / 400 % 10 {
                // It was among the moves, so it can be taken.
                let _ = world.take(&next);
                story.push(next.clone());
                look(&world, &story)?;
                let onward = world.moves().into_iter();
                let onward = onward.filter(|found| found.service == next.service && found.what.by() == By::Aws);
                match onward.collect::<Vec<_>>().into_iter().next().filter(|_| by == Some(By::Aws)) {
                    Some(found) => next = found,
                    None => break,
                }
            }
        }
        Ok(())
    }

    /// The story as text, one move a line, below how it began.
    pub fn story(&self) -> String {
        let mut lines = vec![format!("{:?}", self.start)];
        let _ = self.walk(|_, moves| {
            lines.extend(moves.last().map(|last| format!("{}. {last}", moves.len())));
            Ok::<(), ()>(())
        });
        lines.join("\n")
    }
}

/// Histories of one or two services of every kind, up to so many moves long.
pub fn histories(longest: usize) -> impl Strategy<Value = History> {
    histories_of(&KINDS, longest)
}

/// Histories of services of these kinds.
pub fn histories_of(kinds: &[Kind], longest: usize) -> impl Strategy<Value = History> {
    let kinds = prop::collection::vec(prop::sample::select(kinds.to_vec()), 1..=2);
    let hooks = prop::sample::select(vec![Hooks::None, Hooks::Pause, Hooks::Lambda]);
    let breaker = prop::sample::select(vec![Some(true), Some(false), None]);
    let start = (kinds, hooks, breaker, any::<bool>(), any::<bool>());
    let start = start.prop_map(|(kinds, hooks, breaker, alarm, waits)| Start { kinds, hooks, breaker, alarm, waits });
    let picks = prop::collection::vec(any::<u16>(), 0..=longest);
    (start, picks).prop_map(|(start, picks)| History { start, picks })
}
