//! Facts that several reads of one run need: fetched once, and again only for a reader who asks for a newer one.

use super::company::Company;
use crate::aws::progress::Progress;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared as SharedFuture};
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a fact is shared.
const SHARED_FOR: Duration = Duration::from_secs(60);

/// The oldest moment at which a fact may have been fetched. A decision that finds two facts at odds asks again with
/// [`Since::now`]: the difference may be one of age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Since(Option<Instant>);

impl Since {
    /// Any fact that a run may share: one of the last minute. An apply can take longer than that, and what it reads at its
    /// end has to be true then.
    pub const ANY: Self = Self(None);

    /// Only facts that are fetched from now on.
    pub fn now() -> Self {
        Self(Some(Instant::now()))
    }

    fn admits(self, started: Instant) -> bool {
        self.0.map_or_else(|| started.elapsed() < SHARED_FOR, |since| started >= since)
    }
}

/// Values by key, each fetched at most once at a time. Errors are shared by those who wait for the same fetch and
/// forgotten after it.
#[derive(Debug)]
pub struct Shared<K, V, E> {
    entries: Mutex<HashMap<K, Entry<V, E>>>,
    company: Arc<Company>,
}

#[derive(Debug, Clone)]
struct Entry<V, E> {
    started: Instant,
    fetch: SharedFuture<BoxFuture<'static, Result<V, E>>>,
    progress: Arc<Progress>,
}

/// Values of no region: nobody is counted who waits for them.
impl<K, V, E> Default for Shared<K, V, E> {
    fn default() -> Self {
        Self { entries: Mutex::default(), company: Arc::default() }
    }
}

impl<K, V, E> Shared<K, V, E>
where
    K: Eq + Hash + Clone,
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// No values yet. `company` are those who may share them.
    pub(in crate::aws) fn new(company: &Arc<Company>) -> Self {
        Self { entries: Mutex::default(), company: Arc::clone(company) }
    }

    /// The value under `key`: from a fetch that started since then, or from a new one.
    ///
    /// # Errors
    /// Whatever the fetch ended with.
    pub async fn get<F>(&self, key: K, since: Since, fetch: impl FnOnce() -> F) -> Result<V, E>
    where
        F: Future<Output = Result<V, E>> + Send + 'static,
    {
        let (entry, joined) = {
            let mut entries = self.entries();
            match entries.get(&key) {
                Some(entry) if since.admits(entry.started) => (entry.clone(), entry.fetch.peek().is_none()),
                _ => {
                    let progress = Arc::<Progress>::default();
                    let fetch = progress.of_boxed(fetch()).shared();
                    let entry = Entry { started: Instant::now(), fetch, progress };
                    entries.insert(key.clone(), entry.clone());
                    (entry, false)
                }
            }
        };
        // Somebody else asks for us. Nobody needs to wait for us to ask.
        let _away = joined.then(|| self.company.away());
        let _waits = Progress::current().map(|reader| reader.wait(&entry.progress));
        let result = entry.fetch.clone().await;
        if result.is_err() {
            let mut entries = self.entries();
            if entries.get(&key).is_some_and(|current| current.fetch.ptr_eq(&entry.fetch)) {
                entries.remove(&key);
            }
        }
        result
    }

    /// The value under `key` is not shared any more.
    pub fn forget(&self, key: &K) {
        self.entries().remove(key);
    }

    /// True when [`Shared::get`] would not fetch.
    pub fn has(&self, key: &K, since: Since) -> bool {
        self.entries().get(key).is_some_and(|entry| since.admits(entry.started))
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<K, Entry<V, E>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Source(Arc<AtomicUsize>);

    impl Source {
        fn fetch(&self, ok: bool) -> impl Future<Output = Result<usize, String>> + Send + use<> {
            let calls = Arc::clone(&self.0);
            async move {
                let call = calls.fetch_add(1, Ordering::SeqCst) + 1;
                // Long enough for all readers of a test to come along.
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                if ok { Ok(call) } else { Err(format!("failed {call}")) }
            }
        }
    }

    #[tokio::test]
    async fn readers_at_the_same_time_share_one_fetch() {
        let (shared, source) = (Shared::default(), Source::default());
        let reads = (0..10).map(|_| shared.get("key", Since::ANY, || source.fetch(true)));
        let values = futures_util::future::join_all(reads).await;
        assert_eq!(values, vec![Ok(1); 10]);
        assert_eq!(shared.get("key", Since::ANY, || source.fetch(true)).await, Ok(1));
    }

    #[tokio::test]
    async fn a_newer_fact_is_fetched_once_for_those_who_ask() {
        let (shared, source) = (Shared::default(), Source::default());
        assert_eq!(shared.get("key", Since::ANY, || source.fetch(true)).await, Ok(1));
        let since = Since::now();
        assert_eq!(shared.get("key", since, || source.fetch(true)).await, Ok(2));
        assert_eq!(shared.get("key", since, || source.fetch(true)).await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_fact_is_shared_for_a_minute() {
        let (shared, source) = (Shared::default(), Source::default());
        for (seconds, expect) in [(0, 1), (59, 1), (2, 2)] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            assert_eq!(shared.get("key", Since::ANY, || source.fetch(true)).await, Ok(expect));
        }
        shared.forget(&"key");
        assert_eq!(shared.get("key", Since::ANY, || source.fetch(true)).await, Ok(3));
    }

    #[tokio::test]
    async fn a_failure_is_shared_and_then_forgotten() {
        let (shared, source) = (Shared::default(), Source::default());
        let reads = (0..3).map(|_| shared.get("key", Since::ANY, || source.fetch(false)));
        let failures = futures_util::future::join_all(reads).await;
        assert_eq!(failures, vec![Err("failed 1".to_owned()); 3]);
        assert_eq!(shared.get("key", Since::ANY, || source.fetch(true)).await, Ok(2));
    }

    #[tokio::test]
    async fn a_reader_that_goes_away_does_not_strand_the_others() {
        let (shared, source) = (Shared::default(), Source::default());
        let mut first = Box::pin(shared.get("key", Since::ANY, || source.fetch(true)));
        assert!(futures_util::poll!(&mut first).is_pending());
        let second = shared.get("key", Since::ANY, || source.fetch(true));
        drop(first);
        assert_eq!(second.await, Ok(1));
    }
}
