//! What a read waits for at the moment, so that a message can say it when somebody ends the waiting.
//!
//! Reads share calls, so what one waits for may be in the hands of another: a read, a shared fetch and a batch have a
//! [`Progress`] each, and whoever waits for another is linked to it as long as that lasts.

use futures_util::future::BoxFuture;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

tokio::task_local! {
    static CURRENT: Arc<Progress>;
}

/// How far a read is, or something that it waits for.
#[derive(Debug, Default)]
pub struct Progress(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The innermost last.
    steps: Vec<(u64, Step)>,
    parts: Vec<(u64, Arc<Progress>)>,
    /// The call that ended last.
    ended: Option<Call>,
    /// When the last of those who wait will have gone.
    until: Option<Instant>,
    next: u64,
}

/// Something that takes time.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// The turn of a call with this name to be sent.
    Turn(&'static str),
    /// That traffic settles.
    Traffic,
    /// Credentials from this source.
    Credentials(&'static str),
    /// A call.
    Call(Arc<Mutex<Call>>),
}

/// A call of AWS, as far as it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// The IAM action: `ecs:DescribeServices`.
    pub operation: String,
    /// Where it goes; none before the first attempt was sent.
    pub endpoint: Option<String>,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// How many attempts there may be.
    pub attempts: u32,
    /// The HTTP status of the last answer, if there was one.
    pub status: Option<u16>,
    /// How the last attempt that has ended went wrong.
    pub cause: Option<String>,
}

impl Call {
    /// Which attempt, of how many.
    pub fn attempt(&self) -> String {
        format!("{} of {}", self.attempt, self.attempts)
    }
}

/// Ends what it stands for when it goes.
#[derive(Debug)]
#[must_use]
pub(super) struct Mark {
    progress: Arc<Progress>,
    id: u64,
}

impl Drop for Mark {
    fn drop(&mut self) {
        let state = &mut *self.progress.state();
        state.parts.retain(|(id, _)| *id != self.id);
        if let Some(index) = state.steps.iter().position(|(id, _)| *id == self.id)
            && let (_, Step::Call(call)) = state.steps.remove(index)
        {
            state.ended = Some(call.lock().unwrap_or_else(PoisonError::into_inner).clone());
        }
    }
}

impl Progress {
    /// That of a read which ends at that time at the latest.
    pub fn until(deadline: Instant) -> Arc<Self> {
        let progress = Arc::<Self>::default();
        progress.state().until = Some(deadline);
        progress
    }

    /// Runs what it stands for.
    pub fn of<F: Future>(self: &Arc<Self>, work: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(Arc::clone(self), work)
    }

    /// [`Progress::of`] for what has to have a name.
    pub(super) fn of_boxed<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> BoxFuture<'static, T> {
        Box::pin(self.of(work))
    }

    /// That of whatever runs at the moment, if it has one.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Something of this takes time until the mark goes.
    pub(super) fn step(self: &Arc<Self>, step: Step) -> Mark {
        let state = &mut *self.state();
        state.next += 1;
        state.steps.push((state.next, step));
        Mark { progress: Arc::clone(self), id: state.next }
    }

    /// This waits for a part until the mark goes.
    pub(super) fn wait(self: &Arc<Self>, part: &Arc<Self>) -> Mark {
        let until = self.state().until;
        if let Some(until) = until {
            let known = &mut part.state().until;
            *known = (*known).max(Some(until));
        }
        let state = &mut *self.state();
        state.next += 1;
        state.parts.push((state.next, Arc::clone(part)));
        Mark { progress: Arc::clone(self), id: state.next }
    }

    /// How long somebody will still wait for this.
    pub(super) fn left(&self) -> Option<Duration> {
        self.state().until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// The call that ended last, if it was one of this kind.
    pub(super) fn ended(operation: &str) -> Option<Call> {
        Self::current()?.state().ended.clone().filter(|call| call.operation == operation)
    }

    /// What is being waited for: labels and values for a message, empty when it is nothing that has a name.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        match self.innermost() {
            None => Vec::new(),
            Some(Step::Turn(operation)) => vec![("Waiting for", format!("the turn of {operation}"))],
            Some(Step::Traffic) => vec![("Waiting for", "traffic to settle".to_owned())],
            Some(Step::Credentials(source)) => vec![("Waiting for", format!("AWS credentials ({source})"))],
            Some(Step::Call(call)) => {
                let call = call.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let attempt = call.attempt();
                let Some(endpoint) = call.endpoint else {
                    return vec![("Waiting for", format!("AWS credentials, to call {}", call.operation))];
                };
                let says_status = call.cause.as_deref().is_some_and(|cause| cause.starts_with("HTTP "));
                let status = call.status.filter(|_| !says_status);
                let status = status.map(|status| ("Last HTTP status", status.to_string()));
                let cause = call.cause.map(|cause| ("Last cause", cause));
                let facts = [("Waiting for", call.operation), ("Endpoint", endpoint), ("Attempt", attempt)];
                facts.into_iter().chain(status).chain(cause).collect()
            }
        }
    }

    fn innermost(&self) -> Option<Step> {
        let (parts, step) = {
            let state = self.state();
            (state.parts.clone(), state.steps.last().map(|(_, step)| step.clone()))
        };
        match step {
            Some(Step::Call(_) | Step::Credentials(_)) => step,
            _ => parts.iter().find_map(|(_, part)| part.innermost()).or(step),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str, endpoint: Option<&str>) -> Step {
        let endpoint = endpoint.map(str::to_owned);
        let call = Call { operation: operation.to_owned(), endpoint, attempt: 2, attempts: 25, ..Call::default() };
        Step::Call(Arc::new(Mutex::new(call)))
    }

    fn text(progress: &Progress) -> String {
        progress.facts().into_iter().map(|(label, value)| format!("{label}: {value}\n")).collect()
    }

    #[test]
    fn the_innermost_thing_is_what_is_waited_for() {
        let (read, fetch) = (Arc::<Progress>::default(), Arc::<Progress>::default());
        assert_eq!(text(&read), "");
        let waits = read.wait(&fetch);
        let turn = fetch.step(Step::Turn("ecs:DescribeServices"));
        assert_eq!(text(&read), "Waiting for: the turn of ecs:DescribeServices\n");
        let outer = fetch.step(call("ecs:DescribeServices", None));
        assert_eq!(text(&read), "Waiting for: AWS credentials, to call ecs:DescribeServices\n");
        let inner = fetch.step(call("sts:AssumeRole", Some("https://sts.test")));
        let expected = "Waiting for: sts:AssumeRole\nEndpoint: https://sts.test\nAttempt: 2 of 25\n";
        assert_eq!(text(&read), expected);
        drop((inner, outer, turn));
        assert_eq!(text(&read), "");
        drop(waits);
        let _turn = fetch.step(Step::Turn("ecs:DescribeServices"));
        assert_eq!(text(&read), "", "it waits no longer");
        let _traffic = read.step(Step::Traffic);
        assert_eq!(text(&read), "Waiting for: traffic to settle\n");
    }

    #[tokio::test(start_paused = true)]
    async fn somebody_waits_as_long_as_the_most_patient_reader() {
        let (short, long) = (Instant::now() + Duration::from_secs(5), Instant::now() + Duration::from_secs(60));
        let fetch = Arc::<Progress>::default();
        assert_eq!(fetch.left(), None);
        let _waits = [Progress::until(long).wait(&fetch), Progress::until(short).wait(&fetch)];
        assert_eq!(fetch.left(), Some(Duration::from_secs(60)));
    }
}
