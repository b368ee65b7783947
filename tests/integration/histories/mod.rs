//! Random histories of an account, with every state on the way looked at: what the product answers is held against the truth
//! that the state machine of AWS keeps in books of its own.
//!
//! `make histories N=20000` walks more of them; a failure prints the shortest story that leads to it.

mod answers;
mod facts;
mod laws;
mod model;
mod reader;
mod sketch;
#[cfg(target_os = "linux")]
mod soak;
mod tally;

use fake_aws::history::{History, histories};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use reader::Reader;
use std::sync::Mutex;
use tally::Tally;

/// How many are walked unless somebody wants more. One in fifty goes the whole way, through the endpoint and the SDK.
const HISTORIES: u32 = 2000;
const WHOLE_WAY: u32 = 50;
/// The most picks of one history: each is up to ten moves.
const LONGEST: usize = 12;
const WORKERS: u32 = 4;

fn wanted() -> u32 {
    std::env::var("ECSLIVE_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(HISTORIES)
}

#[test]
fn in_every_history_the_answers_are_the_truth() {
    hold("the domain", wanted(), false);
}

#[test]
fn the_whole_way_to_aws_and_back_changes_nothing() {
    hold("the whole way", wanted() / WHOLE_WAY, true);
}

fn hold(what: &str, histories: u32, whole_way: bool) {
    let tally = &Mutex::new(Tally::default());
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| scope.spawn(move || walk(worker, histories / WORKERS, whole_way, tally)))
            .collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker")).collect()
    });
    println!("{what}: {}", tally.lock().expect("a tally"));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Walks a share of the histories; the shortest story that breaks a law, if one does.
fn walk(worker: u32, cases: u32, whole_way: bool, tally: &Mutex<Tally>) -> Option<String> {
    let reader = whole_way.then(Reader::new);
    let config = Config { cases: cases.max(1), failure_persistence: None, ..Config::default() };
    let seed = [u8::try_from(worker).expect("few workers") + if whole_way { 101 } else { 1 }; 32];
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let result = runner
        .run(&histories(LONGEST), |history| look_at(reader.as_ref(), &history, tally).map_err(TestCaseError::fail));
    match result {
        Ok(()) => None,
        Err(TestError::Fail(reason, history)) => Some(format!("{reason}\n{}", history.story())),
        Err(TestError::Abort(reason)) => Some(reason.to_string()),
    }
}

fn look_at(reader: Option<&Reader>, history: &History, tally: &Mutex<Tally>) -> Result<(), String> {
    let mut seen = Tally { histories: 1, ..Tally::default() };
    let walked = history.walk(|world, moves| {
        // A move changes one service; the others stand as they were looked at.
        let changed = |service: &&str| moves.last().is_none_or(|last| last.service == **service);
        let mut services = world.services().into_iter().filter(changed);
        services.try_for_each(|service| laws::hold(reader, world, service, &mut seen))
    });
    tally.lock().expect("a tally").add(&seen);
    walked
}
