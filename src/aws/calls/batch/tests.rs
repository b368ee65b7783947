//! What members get, however they arrive, fail or go away. The clock stands still unless a test moves it.

use super::*;
use crate::aws::ErrorKind;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

const OPERATION: &str = "ecs:DescribeServices";
const MOST: usize = 10;

/// An AWS that answers `name` with `name`, after so long. Names that start with `bad` fail the call, those with `lost` are
/// left out, and one with `slow` is a throttle.
#[derive(Clone, Default)]
struct Source {
    sent: Arc<Mutex<Vec<Vec<String>>>>,
    latency: Duration,
}

impl Source {
    fn batch(&self, calls: &Calls) -> Batch<u8, String> {
        let source = self.clone();
        Batch::new(calls, OPERATION, MOST, move |_, names| source.clone().answer(names))
    }

    async fn answer(self, names: Vec<String>) -> Outcome<String> {
        self.sent.lock().expect("a lock").push(names.clone());
        tokio::time::sleep(self.latency).await;
        let starts = |with: &str| names.iter().any(|name| name.starts_with(with));
        if starts("slow") {
            return Err(error(ErrorKind::Throttled));
        }
        if starts("bad") {
            return Err(error(ErrorKind::Rejected("InvalidParameterException".to_owned())));
        }
        let mut answers = Answers::new(OPERATION, Some("request"));
        // AWS gives no order.
        for name in names.iter().rev().filter(|name| !name.starts_with("lost")) {
            answers.insert(name, Ok(name.clone()));
        }
        Ok(answers)
    }

    /// The sizes of the calls so far.
    fn sizes(&self) -> Vec<usize> {
        self.sent.lock().expect("a lock").iter().map(Vec::len).collect()
    }
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, OPERATION, "no")
}

fn calls() -> Calls {
    Calls { company: Arc::default(), limits: Limits::new(), batched: true, identity: Arc::default() }
}

/// One read for each name, beside each other.
async fn read(calls: &Calls, batch: &Batch<u8, String>, names: &[&str]) -> Vec<Result<String, ErrorKind>> {
    let reads = names.iter().map(|name| {
        let present = calls.company.read();
        async move {
            let _present = present;
            batch.get(0, name, Since::ANY).await.map_err(|error| error.kind)
        }
    });
    join_all(reads.collect::<Vec<_>>()).await
}

#[tokio::test(start_paused = true)]
async fn members_that_arrive_together_are_one_call() {
    let (calls, source) = (calls(), Source::default());
    let batch = source.batch(&calls);
    let names = ["a", "b", "c", "a"];
    let answers = read(&calls, &batch, &names).await;
    assert_eq!(answers, names.map(|name| Ok(name.to_owned())));
    assert_eq!(source.sizes(), [3], "the same name is asked for once");
    assert_eq!(read(&calls, &batch, &["b"]).await, [Ok("b".to_owned())]);
    assert_eq!(source.sizes(), [3], "what is known is not asked for");
}

#[tokio::test(start_paused = true)]
async fn groups_do_not_mix_and_no_call_is_too_large() {
    let (calls, source) = (calls(), Source::default());
    let batch = source.batch(&calls);
    let names: Vec<String> = (0..23).map(|index| format!("n{index}")).collect();
    let other = batch.get_all(1, &names[..3], Since::ANY);
    let (many, other) = tokio::join!(batch.get_all(0, &names, Since::ANY), other);
    assert_eq!((many.expect("answers").len(), other.expect("answers").len()), (23, 3));
    let mut sizes = source.sizes();
    sizes.sort_unstable();
    assert_eq!(sizes, [3, 3, 10, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_lone_read_waits_two_milliseconds_once() {
    let (calls, source, start) = (calls(), Source::default(), Instant::now());
    let batch = source.batch(&calls);
    let _present = calls.company.read();
    for name in ["a", "b", "c"] {
        batch.get(0, name, Since::ANY).await.expect("an answer");
    }
    assert_eq!(source.sizes(), [1, 1, 1]);
    assert!(start.elapsed() <= Duration::from_millis(3), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_bad_name_fails_alone() {
    let (calls, source) = (calls(), Source::default());
    let batch = source.batch(&calls);
    let answers = read(&calls, &batch, &["a", "bad", "b"]).await;
    let bad = Err(ErrorKind::Rejected("InvalidParameterException".to_owned()));
    assert_eq!(answers, [Ok("a".to_owned()), bad, Ok("b".to_owned())]);
    assert_eq!(source.sizes(), [3, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn what_is_nobodys_fault_is_not_asked_again() {
    let (calls, source) = (calls(), Source::default());
    let batch = source.batch(&calls);
    let answers = read(&calls, &batch, &["a", "slow", "b"]).await;
    assert_eq!(answers, vec![Err(ErrorKind::Throttled); 3]);
    assert_eq!(source.sizes(), [3]);
}

#[tokio::test(start_paused = true)]
async fn a_member_without_an_answer_is_no_absence() {
    let (calls, source) = (calls(), Source::default());
    let batch = source.batch(&calls);
    assert_eq!(read(&calls, &batch, &["a", "lost"]).await, [Ok("a".to_owned()), Err(ErrorKind::BadAnswer)]);
    let error = batch.get(0, "lost", Since::ANY).await.expect_err("no answer");
    assert_eq!(error.message, "AWS neither describes lost nor says why not");
    assert_eq!(error.request_id.as_deref(), Some("request"));
    let mut twice = Answers::new(OPERATION, None);
    twice.insert("a", Ok("one".to_owned()));
    twice.insert("a", Ok("other".to_owned()));
    assert_eq!(twice.get("a").expect_err("a contradiction").kind, ErrorKind::BadAnswer);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_goes_away_strands_nobody_and_its_call_is_not_lost() {
    let (calls, source) = (calls(), Source { latency: Duration::from_millis(50), ..Source::default() });
    let batch = source.batch(&calls);
    let (first, second) = (calls.company.read(), calls.company.read());
    let mut leaves = Box::pin(batch.get(0, "leaves", Since::ANY));
    assert!(futures_util::poll!(&mut leaves).is_pending());
    drop((leaves, first));
    assert_eq!(batch.get(0, "stays", Since::ANY).await.expect("an answer"), "stays");
    drop(second);
    assert_eq!(batch.get(0, "leaves", Since::ANY).await.expect("an answer"), "leaves");
    assert_eq!(source.sizes(), [2]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_fills_while_it_waits_for_its_turn() {
    let (calls, source) = (calls(), Source::default());
    let batch = source.batch(&calls);
    for _ in 0..91 {
        calls.limits.take(OPERATION).await;
    }
    let start = Instant::now();
    let reads = (0..4).map(|index| {
        let (batch, name) = (&batch, format!("n{index}"));
        async move {
            tokio::time::sleep(Duration::from_millis(10 * index)).await;
            batch.get(0, &name, Since::ANY).await
        }
    });
    assert!(join_all(reads.collect::<Vec<_>>()).await.iter().all(Result::is_ok));
    assert_eq!(source.sizes(), [4]);
    assert!(start.elapsed() > Duration::from_millis(50), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_newer_fact_is_not_taken_from_an_older_call() {
    let (calls, source) = (calls(), Source::default());
    let batch = source.batch(&calls);
    batch.get(0, "a", Since::ANY).await.expect("an answer");
    batch.get(0, "a", Since::ANY).await.expect("an answer");
    tokio::time::advance(Duration::from_millis(1)).await;
    batch.get(0, "a", Since::now()).await.expect("an answer");
    assert_eq!(source.sizes(), [1, 1]);
}

/// A read: when it comes, for which name, and when it goes away.
fn arrival() -> impl Strategy<Value = (u64, String, Option<u64>)> {
    let name = prop_oneof![8 => "[a-f][0-9]", 1 => "bad[0-3]", 1 => "lost[0-3]"];
    (0_u64..300, name, prop::option::weighted(0.2, 0_u64..100))
}

proptest! {
    #[test]
    fn every_member_gets_its_own_answer(
        arrivals in prop::collection::vec(arrival(), 1..60),
        latency in 0_u64..120,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            let (calls, source) = (calls(), Source { latency: Duration::from_millis(latency), ..Source::default() });
            let batch = source.batch(&calls);
            let reads = arrivals.iter().map(async |(at, name, patience)| {
                tokio::time::sleep(Duration::from_millis(*at)).await;
                let _present = calls.company.read();
                let read = batch.get(0, name, Since::ANY);
                match patience {
                    None => Some(read.await),
                    Some(millis) => tokio::time::timeout(Duration::from_millis(*millis), read).await.ok(),
                }
            });
            let answers = tokio::time::timeout(Duration::from_secs(60), join_all(reads.collect::<Vec<_>>())).await;
            for ((_, name, patience), answer) in arrivals.iter().zip(answers.expect("nobody waits for ever")) {
                match answer {
                    None => assert!(patience.is_some()),
                    Some(Ok(value)) => assert!(value == *name && !name.starts_with("bad") && !name.starts_with("lost")),
                    Some(Err(error)) if name.starts_with("bad") => assert!(matches!(error.kind, ErrorKind::Rejected(_))),
                    Some(Err(error)) => assert!(name.starts_with("lost") && error.kind == ErrorKind::BadAnswer, "{name}"),
                }
            }
            for names in source.sent.lock().expect("a lock").iter() {
                assert!(names.len() <= MOST && names.iter().collect::<BTreeSet<_>>().len() == names.len(), "{names:?}");
            }
        });
    }
}
