//! Who is reading at the moment, so that a call waits for those who may still join it, and for nobody else.
//!
//! Every read of a data source is counted while it lasts, and so is every member of a batch that has not been sent. When
//! as many members wait as there are reads, nobody can join any more: the batch is as large as it will get.

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

/// How long a batch waits, while nothing moves, for reads that are in a call or that earlier ones let expect: twice as
/// long as calls and Terraform's next reads take, within these bounds. With the lower one alone, batches fall apart as
/// soon as AWS takes longer than that to answer.
const LINGER: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_millis(200);

/// A batch waits no longer than so many times that, even while reads keep coming.
const WAITS: u32 = 4;

/// The reads of one region.
#[derive(Debug, Default)]
pub(in crate::aws) struct Company {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Reads of data sources, those that wait for something else than AWS too.
    reads: usize,
    /// Those in a call that takes no company.
    single: isize,
    /// The most reads that were seen together.
    peak: usize,
    /// True once a read began where another had ended: there are more of them than Terraform starts at a time.
    refilled: bool,
    /// When there were more than ever before.
    risen: Option<Instant>,
    /// Those who can ask AWS for something: signed, because a guard may be taken without a read, as tests do.
    active: isize,
    /// Members of batches that have not been sent.
    waiting: isize,
    /// When anything of this changed.
    moved: Option<Instant>,
    /// How long a call takes.
    call: Duration,
    /// How long the next of several reads lets wait for itself.
    next: Duration,
}

/// Counts while it lives.
#[derive(Debug)]
#[must_use]
pub(in crate::aws) struct Presence {
    company: Arc<Company>,
    leave: fn(&mut State),
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.company.change(self.leave);
    }
}

impl Company {
    /// A read of a data source.
    pub fn read(self: &Arc<Self>) -> Presence {
        let enter = |state: &mut State| {
            let now = Instant::now();
            if let Some(moved) = state.moved.filter(|_| state.reads < state.peak) {
                state.next = lately(state.next, now - moved);
                state.refilled = true;
            }
            state.active += 1;
            state.reads += 1;
            if state.reads > state.peak {
                state.peak = state.reads;
                state.risen = Some(now);
            }
        };
        self.enter(enter, |state| {
            state.active -= 1;
            state.reads -= 1;
        })
    }

    /// Runs the parts of one read beside each other, each counted as if it were a read. Gives what they end with, in
    /// their order.
    pub async fn together<F: Future>(self: &Arc<Self>, parts: impl IntoIterator<Item = F>) -> Vec<F::Output> {
        let _away = self.away();
        let counted = parts.into_iter().map(|part| {
            let present = self.part();
            async move {
                let _present = present;
                part.await
            }
        });
        join_all(counted.collect::<Vec<_>>()).await
    }

    fn part(self: &Arc<Self>) -> Presence {
        self.enter(|state| state.active += 1, |state| state.active -= 1)
    }

    /// A read that waits for something else than its own call, so that nobody needs to wait for it.
    pub fn away(self: &Arc<Self>) -> Presence {
        self.enter(|state| state.active -= 1, |state| state.active += 1)
    }

    /// A read in a call of its own. As long as no read has made room for another, nobody comes from there.
    pub fn single(self: &Arc<Self>) -> Presence {
        self.enter(|state| state.single += 1, |state| state.single -= 1)
    }

    /// One more member waits in a batch.
    pub fn queued(&self) {
        self.change(|state| state.waiting += 1);
    }

    /// So many members are sent.
    pub fn sent(&self, members: usize) {
        self.change(|state| state.waiting -= members.cast_signed());
    }

    /// A call took so long.
    pub fn took(&self, call: Duration) {
        let state = &mut *self.state();
        state.call = lately(state.call, call);
    }

    /// True when somebody else reads too.
    pub fn is_shared(&self) -> bool {
        self.state().reads > 1
    }

    /// Ends at the next change after this call, also if it is awaited later.
    pub fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// How much longer a batch waits whose first member came at that time; `None` when it waits no longer.
    pub fn patience(&self, oldest: Instant) -> Option<Duration> {
        let state = &mut *self.state();
        let now = Instant::now();
        let come = state.active - if state.refilled { 0 } else { state.single };
        let complete = state.waiting >= come;
        let expected = if state.refilled { state.peak } else { state.reads };
        let pace = (state.call.max(state.next) * 2).clamp(*LINGER.start(), *LINGER.end());
        let moved = state.moved.map_or(oldest, |moved| moved.max(oldest));
        let linger = (moved + pace).min(oldest + pace * WAITS);
        let due = match state.risen {
            Some(risen) if complete && state.reads >= expected => linger.min(risen + QUIET),
            None if complete => now,
            _ => linger,
        };
        if due > now {
            return Some(due - now);
        }
        if complete {
            // Whoever was expected has not come, so the next batch expects fewer.
            state.peak = state.reads;
        }
        None
    }

    fn enter(self: &Arc<Self>, enter: fn(&mut State), leave: fn(&mut State)) -> Presence {
        self.change(enter);
        Presence { company: Arc::clone(self), leave }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let state = &mut *self.state();
        change(state);
        state.moved = Some(Instant::now());
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An average in which the last ones count most.
fn lately(average: Duration, last: Duration) -> Duration {
    (average * 3 + last.min(*LINGER.end())) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> impl Future<Output = ()> {
        tokio::time::sleep(Duration::from_millis(millis))
    }

    #[tokio::test(start_paused = true)]
    async fn a_lone_read_waits_for_the_quiet_once() {
        let company = Arc::new(Company::default());
        let _read = company.read();
        company.queued();
        assert_eq!(company.patience(Instant::now()), Some(QUIET));
        at(2).await;
        assert_eq!(company.patience(Instant::now()), None);
        company.sent(1);
        company.queued();
        assert_eq!(company.patience(Instant::now()), None, "its next call does not wait at all");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_waited_for_when_all_reads_wait_themselves() {
        let company = Arc::new(Company::default());
        let reads = [company.read(), company.read(), company.read()];
        at(2).await;
        let oldest = Instant::now();
        company.queued();
        company.queued();
        assert_eq!(company.patience(oldest), Some(*LINGER.start()));
        company.queued();
        assert_eq!(company.patience(oldest), None);
        company.sent(3);
        drop(reads);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_is_busy_holds_others_up_for_a_while_and_one_that_is_away_does_not() {
        let company = Arc::new(Company::default());
        let (_first, _second) = (company.read(), company.read());
        at(2).await;
        let oldest = Instant::now();
        company.queued();
        assert_eq!(company.patience(oldest), Some(*LINGER.start()));
        let away = company.away();
        assert_eq!(company.patience(oldest), None);
        drop(away);
        at(50).await;
        assert_eq!(company.patience(oldest), None);
    }

    #[tokio::test(start_paused = true)]
    async fn company_that_does_not_come_is_not_expected_again() {
        let company = Arc::new(Company::default());
        let (first, second) = (company.read(), company.read());
        drop(first);
        drop(company.read());
        drop(second);
        let _read = company.read();
        company.queued();
        let oldest = Instant::now();
        assert_eq!(company.patience(oldest), Some(*LINGER.start()));
        at(50).await;
        assert_eq!(company.patience(oldest), None);
        assert_eq!(company.patience(Instant::now()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_follows_the_pace_of_calls_and_has_an_end() {
        let company = Arc::new(Company::default());
        let _busy = company.read();
        let _read = company.read();
        (0..20).for_each(|_| company.took(Duration::from_millis(60)));
        let oldest = Instant::now();
        company.queued();
        let wait = company.patience(oldest).expect("a wait");
        assert!(wait > Duration::from_millis(100) && wait <= Duration::from_millis(120), "{wait:?}");
        for _ in 0..5 {
            at(90).await;
            drop(company.away());
        }
        assert_eq!(company.patience(oldest), Some(wait * 4 - Duration::from_millis(450)));
        (0..20).for_each(|_| company.took(Duration::from_secs(30)));
        assert!(company.patience(Instant::now()).expect("a wait") <= *LINGER.end());
    }

    #[tokio::test(start_paused = true)]
    async fn in_a_small_plan_nobody_waits_for_reads_that_have_ended_or_take_no_company() {
        let company = Arc::new(Company::default());
        let (gone, _other, _read) = (company.read(), company.read(), company.read());
        at(2).await;
        let _single = company.single();
        drop(gone);
        company.queued();
        assert_eq!(company.patience(Instant::now()), None);
        let _next = company.read();
        assert_eq!(company.patience(Instant::now()), Some(*LINGER.start()), "more reads than fit at a time");
    }

    #[tokio::test(start_paused = true)]
    async fn the_parts_of_a_read_wait_for_each_other() {
        let company = Arc::new(Company::default());
        let _read = company.read();
        let _outside = company.away();
        let _parts = [company.part(), company.part()];
        at(2).await;
        company.queued();
        assert_eq!(company.patience(Instant::now()), Some(*LINGER.start()));
        company.queued();
        assert_eq!(company.patience(Instant::now()), None);
    }
}
