//! Every fault of AWS, in every operation, for every question: the right answer, or one diagnostic that names the
//! operation, the request where there was one, and what to do; in bounded time.

mod asked;
pub mod command;
mod guard;
mod network;
mod record;
mod secrets;
mod session;

pub use record::recorded;

use asked::{ASKED, Asked, STATES, State};
use ecslive::aws::Clients;
use ecslive::aws::settings::{Network, Patience, Retry, Settings};
use ecslive::live::permissions::PERMISSIONS;
use ecslive::live::{Kind, Problem};
use ecslive::resolve::wording::Wording;
use fake_aws::Fault;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// What the SDK may wait between two attempts, and two attempts of a call that hangs.
const BOUND: Duration = Duration::from_secs(20);
const WORKERS: usize = 12;
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(1500),
    read: Duration::from_millis(1500),
    attempt: Duration::from_millis(2000),
};

/// What goes wrong, and whether AWS has seen the request, so that there is an id.
const FAULTS: [(&str, Fault, bool); 10] = [
    ("throttle", Fault::Throttle, true),
    ("500", Fault::InternalError, true),
    ("503", Fault::Unavailable, true),
    ("drop", Fault::Drop, false),
    ("stall", Fault::Stall, false),
    ("truncate", Fault::Truncate, false),
    ("html", Fault::Html, true),
    ("denied", Fault::AccessDenied, true),
    ("expired", Fault::ExpiredToken, true),
    ("latency", Fault::Latency(300), false),
];

/// Faults that an attempt later may be over.
fn passes(fault: &Fault) -> bool {
    !matches!(fault, Fault::Html | Fault::AccessDenied | Fault::ExpiredToken)
}

pub fn settings(endpoint: &str) -> Settings {
    Settings {
        retry: Retry { max_attempts: Some(2), ..Retry::default() },
        network: Network { patience: PATIENCE, ..Network::default() },
        ..crate::settings::of(endpoint)
    }
}

pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A question, an operation that it takes, and the state in which it does.
struct Case {
    state: State,
    asked: Asked,
    operation: String,
    right: Result<Value, Vec<String>>,
}

/// How a question under a fault ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Right,
    Told,
}

fn summaries(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{}: {}", problem.summary, problem.detail)).collect()
}

fn cases() -> Vec<Case> {
    let runtime = runtime();
    let mut seen = BTreeSet::new();
    let mut cases = Vec::new();
    for state in STATES {
        let fake = state.build();
        for asked in ASKED {
            fake.reset();
            let clients = Clients::new(settings(&fake.endpoint()));
            let right = runtime.block_on(asked.ask(&clients, &fake, None)).map_err(|problems| summaries(&problems));
            let called: BTreeSet<String> = fake.calls().into_iter().map(|call| call.operation).collect();
            for operation in called {
                if seen.insert((format!("{asked:?}"), operation.clone())) {
                    cases.push(Case { state, asked, operation, right: right.clone() });
                }
            }
        }
    }
    cases
}

impl Case {
    fn check(&self, runtime: &Runtime, fault: &(&str, Fault, bool), always: bool) -> Result<End, String> {
        let (name, fault, has_id) = fault;
        let fake = self.state.build();
        let often = if always { "always" } else { "once" };
        let at = format!("{:?} {:?} {} {name} {often}", self.state.scenario, self.asked, self.operation);
        match always {
            true => fake.fail_always(&self.operation, fault.clone()),
            false => fake.fail(&self.operation, fault.clone(), 1),
        }
        let clients = Clients::new(settings(&fake.endpoint()));
        let start = Instant::now();
        let told = runtime.block_on(self.asked.ask(&clients, &fake, None));
        if start.elapsed() > BOUND {
            return Err(format!("{at}: took {:?}", start.elapsed()));
        }
        match (&told, &self.right) {
            (Ok(answer), Ok(right)) if answer == right => return Ok(End::Right),
            (Ok(answer), right) => return Err(format!("{at}: {answer} instead of {right:?}")),
            (Err(problems), Err(right)) if summaries(problems) == *right => return Ok(End::Right),
            _ => {}
        }
        let problems = told.expect_err("problems");
        let shown: Vec<String> = problems.iter().map(shown).collect();
        let wrong = |why: &str| Err(format!("{at}: {why}:\n{}", shown.join("\n---\n")));
        if !always && passes(fault) {
            return wrong("one failure is one too many");
        }
        let [problem] = problems.as_slice() else { return wrong("more than one problem") };
        if problem.kind != Kind::Failed {
            return wrong("a failure is taken for an answer");
        }
        if !shown[0].contains(&self.operation) {
            return wrong("the operation is not named");
        }
        if *has_id && !shown[0].contains("(request ID 00000000-") {
            return wrong("the request is not named");
        }
        if !has_next_step(&problem.detail) {
            return wrong("nothing is advised");
        }
        Ok(End::Told)
    }
}

pub fn shown(problem: &Problem) -> String {
    let facts: Vec<String> = problem.facts.iter().map(|(label, value)| format!("{label}: {value}")).collect();
    format!("{}\n{}\n{}", problem.summary, Wording::Terraform.write(&problem.detail), facts.join("\n"))
}

/// An imperative that somebody can follow.
pub fn has_next_step(detail: &str) -> bool {
    let steps =
        ["Allow ", "Check ", "check ", "Renew ", "lan again", "Correct ", "Set ", "slower", "-parallelism", "Run "];
    steps.iter().any(|step| Wording::Terraform.write(detail).contains(step))
}

#[test]
fn every_fault_in_every_operation_ends_with_the_truth_or_with_one_diagnostic() {
    let cases = cases();
    let covered: BTreeSet<&str> = cases.iter().map(|case| case.operation.as_str()).collect();
    // What the guard alone takes is put to the test by its command.
    let asked = PERMISSIONS.iter().filter(|it| !it.questions.is_empty() || !it.optional.is_empty());
    let lacking: Vec<&str> = asked
        .map(|permission| permission.action)
        .filter(|action| !covered.contains(action) && !NOT_CALLED.contains(action))
        .collect();
    assert!(lacking.is_empty(), "no question takes {lacking:?} in any state");
    let both = |fault: &'static (&str, Fault, bool)| {
        let once = passes(&fault.1) && !matches!(fault.1, Fault::Latency(_));
        [true].into_iter().chain(once.then_some(false)).map(move |always| (fault, always))
    };
    let faults: Vec<_> = FAULTS.iter().flat_map(both).collect();
    let todo: Vec<_> = cases.iter().flat_map(|case| faults.iter().map(move |fault| (case, *fault))).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new((BTreeMap::new(), Vec::new())));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let runtime = runtime();
                while let Some((case, (fault, always))) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let end = case.check(&runtime, fault, *always);
                    let (ends, wrong) = &mut *done.lock().expect("a lock");
                    match end {
                        Ok(end) => *ends.entry((case.operation.clone(), fault.0, *always, end)).or_insert(0) += 1,
                        Err(why) => wrong.push(why),
                    }
                }
            });
        }
    });
    let (ends, wrong) = done.into_inner().expect("a lock");
    print(&covered, &ends, todo.len());
    assert!(wrong.is_empty(), "{} of {} are wrong:\n\n{}", wrong.len(), todo.len(), wrong.join("\n\n"));
}

/// Listed for a policy, and never called by its own name.
const NOT_CALLED: [&str; 1] = ["ecs:ListTagsForResource"];

type Ends = BTreeMap<(String, &'static str, bool, End), usize>;

/// Operations by faults: how many questions got the right answer, and how many a diagnostic, when it fails always; all
/// that is tried again succeeds when it fails once.
fn print(operations: &BTreeSet<&str>, ends: &Ends, asked: usize) {
    println!("{asked} questions under faults: right answers + diagnostics, when the operation fails always");
    println!("{:<42}{}", "", FAULTS.iter().map(|(name, ..)| format!("{name:>9}")).collect::<String>());
    for operation in operations {
        let cell = |fault: &'static str| {
            let count = |end| ends.get(&((*operation).to_owned(), fault, true, end)).copied().unwrap_or_default();
            format!("{:>9}", format!("{}+{}", count(End::Right), count(End::Told)))
        };
        println!("{operation:<42}{}", FAULTS.iter().map(|(name, ..)| cell(name)).collect::<String>());
    }
    let once: usize = ends.iter().filter(|((_, _, always, _), _)| !always).map(|(_, count)| count).sum();
    println!("when it fails once: {once} right answers");
}
