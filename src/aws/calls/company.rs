//! Who is reading at the moment, so that a call waits for those who may still join it, and for nobody else.
//!
//! A read asks in steps: for the service, for what the service names, for routes. A batch of one step waits for the reads
//! that are one step behind and for those that Terraform is about to start. Reads that began together so stay together, and
//! waiting for each other costs them nothing. Reads that are further away are waited for as tokens become scarce.

use futures_util::future::join_all;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

/// Terraform starts its reads one after the other; this long after the last of them no more are on the way. It is all
/// that a read without company ever waits.
const QUIET: Duration = Duration::from_millis(2);

/// The most that lies between two reads which Terraform starts together, on a busy machine.
const APART: Duration = Duration::from_millis(20);

/// The most and the least that a batch waits for others who are in a call, while tokens are plenty: a little longer than
/// that call takes.
const LINGER: RangeInclusive<Duration> = QUIET..=Duration::from_millis(200);

/// How many times that it waits when there are no tokens left.
const SCARCE: f64 = 4.0;

/// The reads of one region.
#[derive(Debug, Default)]
pub(in crate::aws) struct Company {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What is counted now.
    now: Counts,
    /// The most reads that were seen together lately.
    peak: isize,
    /// True once a read began where another had ended: there are more of them than Terraform starts at a time.
    refilled: bool,
    /// When there were more than ever before.
    risen: Option<Instant>,
    /// When a read began or ended.
    came: Option<Instant>,
    /// True when it began.
    began: bool,
    /// How long a call takes.
    call: Duration,
    /// How long the next of several reads lets wait for itself.
    next: Duration,
    /// How far apart Terraform starts its first reads.
    gap: Duration,
}

/// Signed, because a guard may be taken without a read, as tests do.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Reads of data sources, those that wait for something else than AWS too.
    reads: isize,
    /// Those who can ask AWS for something.
    active: isize,
    /// Members of batches that have not been sent.
    waiting: isize,
    /// Those whose call is under way, by step.
    asking: [isize; STEPS],
}

/// The steps of a read, in their order.
const STEPS: usize = 3;

/// Which step an operation belongs to.
fn step(operation: &str) -> usize {
    match operation.split_once(':') {
        Some(("elasticloadbalancing", _)) => 2,
        _ if operation.ends_with(":DescribeServices") || operation.ends_with(":ListServices") => 0,
        _ => 1,
    }
}

impl Counts {
    const READ: Self = Self { reads: 1, active: 1, waiting: 0, asking: [0; STEPS] };
    const PART: Self = Self { reads: 0, active: 1, waiting: 0, asking: [0; STEPS] };
    const AWAY: Self = Self { reads: 0, active: -1, waiting: 0, asking: [0; STEPS] };

    fn asking(operation: &str, how_many: usize) -> Self {
        let mut counts = Self::default();
        counts.asking[step(operation)] = how_many.cast_signed();
        counts
    }

    fn add(&mut self, other: Self, times: isize) {
        self.reads += other.reads * times;
        self.active += other.active * times;
        self.waiting += other.waiting * times;
        self.asking.iter_mut().zip(other.asking).for_each(|(mine, others)| *mine += others * times);
    }

    /// Those who have an answer and will ask for the next thing, or end, at once.
    fn between(self) -> isize {
        self.active - self.waiting - self.asking.iter().sum::<isize>()
    }
}

/// Counts while it lives.
#[derive(Debug)]
#[must_use]
pub(in crate::aws) struct Presence {
    company: Arc<Company>,
    counts: Counts,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.company.change(|state| {
            state.now.add(self.counts, -1);
            if self.counts.reads > 0 {
                state.came = Some(Instant::now());
                state.began = false;
            }
        });
    }
}

impl Company {
    /// A read of a data source.
    pub fn read(self: &Arc<Self>) -> Presence {
        self.change(|state| {
            let now = Instant::now();
            if let Some(came) = state.came.filter(|_| state.now.reads < state.peak) {
                state.next = lately(state.next, now - came);
                state.refilled = true;
            }
            if state.now.reads >= state.peak {
                if let Some(came) = state.came.filter(|came| state.began && now - *came <= APART) {
                    state.gap = (state.gap + (now - came)) / 2;
                }
                state.peak = state.now.reads + 1;
                state.risen = Some(now);
            }
            state.came = Some(now);
            state.began = true;
        });
        self.enter(Counts::READ)
    }

    /// Runs the parts of one read beside each other, each counted as if it were a read. Gives what they end with, in
    /// their order.
    pub async fn together<F: Future>(self: &Arc<Self>, parts: impl IntoIterator<Item = F>) -> Vec<F::Output> {
        let _away = self.away();
        let counted = parts.into_iter().map(|part| {
            let present = self.enter(Counts::PART);
            async move {
                let _present = present;
                part.await
            }
        });
        join_all(counted.collect::<Vec<_>>()).await
    }

    /// A read that waits for something else than its own call, so that nobody needs to wait for it.
    pub fn away(self: &Arc<Self>) -> Presence {
        self.enter(Counts::AWAY)
    }

    /// So many have asked, and are not answered yet.
    pub fn asking(self: &Arc<Self>, operation: &str, how_many: usize) -> Presence {
        self.enter(Counts::asking(operation, how_many))
    }

    /// One more member waits in a batch.
    pub fn queued(&self) {
        self.change(|state| state.now.waiting += 1);
    }

    /// So many members are sent.
    pub fn sent(&self, members: usize) {
        self.change(|state| state.now.waiting -= members.cast_signed());
    }

    /// A call took so long.
    pub fn took(&self, call: Duration) {
        let state = &mut *self.state();
        state.call = lately(state.call, call);
    }

    /// True when somebody else reads too.
    pub fn is_shared(&self) -> bool {
        self.state().now.reads > 1
    }

    /// Ends at the next change after this call, also if it is awaited later.
    pub fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// How much longer a batch of this operation waits whose first member came at that time; `None` when it waits no
    /// longer. `scarcity` of tokens is between 0 and 1.
    pub fn patience(&self, operation: &str, oldest: Instant, scarcity: f64) -> Option<Duration> {
        let state = &mut *self.state();
        let (now, step) = (Instant::now(), step(operation));
        let due = state.joining(step, scarcity).then(|| oldest + state.linger().mul_f64(1.0 + SCARCE * scarcity));
        let due = due.into_iter().chain(state.beginning(step, oldest)).max();
        if let Some(due) = due.filter(|due| *due > now) {
            return Some(due - now);
        }
        if step == 0 && due.is_some() {
            // Whoever was expected has not come, so the next batch expects fewer.
            state.peak = state.now.reads;
        }
        None
    }

    fn enter(self: &Arc<Self>, counts: Counts) -> Presence {
        self.change(|state| state.now.add(counts, 1));
        Presence { company: Arc::clone(self), counts }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// True when somebody who is in a call may join a batch of this step: by asking for it next or, where the batch is the
    /// first thing that reads ask for, by making room for another read.
    fn joining(&self, step: usize, scarcity: f64) -> bool {
        let Counts { asking, .. } = self.now;
        let behind = match step.checked_sub(1) {
            Some(before) => asking[before],
            None if self.refilled => asking[1..].iter().sum(),
            None => 0,
        };
        let anybody: isize = asking.iter().sum();
        self.now.between() > 0 || behind > 0 || (scarcity > 0.5 && anybody > 0)
    }

    /// Until when reads that Terraform is about to start are waited for, if it may be about to.
    fn beginning(&self, step: usize, oldest: Instant) -> Option<Instant> {
        let settle = (self.next * 3).clamp(QUIET, *LINGER.end());
        let came = self.came?;
        // Whoever begins is at a later step in no time when calls take none.
        let soon = step == 0 || (self.began && self.call < QUIET);
        let expected = soon && self.refilled && self.now.reads < self.peak;
        let next = expected.then(|| (came + settle).min(oldest + *LINGER.end()));
        let more = (self.gap * 3).clamp(QUIET, APART);
        next.into_iter().chain(self.risen.map(|risen| risen + more)).max()
    }

    /// How long whoever is in a call may take to be back.
    fn linger(&self) -> Duration {
        (self.call.mul_f64(1.25) + QUIET).clamp(*LINGER.start(), *LINGER.end())
    }
}

/// An average in which the last ones count most.
fn lately(average: Duration, last: Duration) -> Duration {
    (average * 3 + last.min(*LINGER.end())) / 4
}

#[cfg(test)]
mod tests;
