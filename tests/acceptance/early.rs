//! What the real hashicorp/aws builds, all of it at the same time and before its tests begin: for every load balancer it waits
//! a minute, twice a fixed half, whatever AWS says. Their tests are in modules whose names come late, `lives` and `real_aws`, because
//! tests are begun by the alphabet: no thread should wait for what is being built while others could run.

use std::sync::{Mutex, Once, PoisonError};
use std::thread::JoinHandle;

/// Something that one test goes on with.
pub struct Early<T: 'static> {
    test: &'static str,
    build: fn() -> T,
    begun: Mutex<Option<JoinHandle<T>>>,
}

impl<T: Send + 'static> Early<T> {
    /// What this test needs, and how it is built.
    pub const fn new(test: &'static str, build: fn() -> T) -> Self {
        Self { test, build, begun: Mutex::new(None) }
    }

    /// Builds it beside what goes on, if its test is to run.
    pub fn begin(&self) {
        if is_to_run(self.test, std::env::args().skip(1)) {
            *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::spawn(self.build));
        }
    }

    /// Waits until it is built. For its test alone.
    pub fn take(&self) -> T {
        begin();
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).take();
        let built = begun.unwrap_or_else(|| std::thread::spawn(self.build)).join();
        built.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Begins with everything, once.
pub fn begin() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        crate::lives::begin();
        crate::real_aws::begin();
    });
}

/// Whether a test is among those that these arguments of a test program ask for.
fn is_to_run(test: &str, arguments: impl IntoIterator<Item = String>) -> bool {
    let mut arguments = arguments.into_iter();
    let (mut any, mut named) = (true, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => return false,
            "--skip" if arguments.next().is_some_and(|skipped| test.contains(&skipped)) => return false,
            "--test-threads" | "--color" | "--format" | "--logfile" | "--shuffle-seed" | "-Z" => {
                arguments.next();
            }
            option if option.starts_with('-') => {}
            filter => {
                any = false;
                named |= test.contains(filter);
            }
        }
    }
    any || named
}

#[test]
fn only_what_a_run_asks_for_is_begun() {
    let is = |line: &str| is_to_run("lives::real_aws::rolling", line.split_whitespace().map(str::to_owned));
    assert!(is("") && is("--nocapture --test-threads 4") && is("lives:: modules::") && is("--skip histories::"));
    assert!(!is("modules::") && !is("--skip real_aws::") && !is("lives:: --skip rolling") && !is("--list"));
}
