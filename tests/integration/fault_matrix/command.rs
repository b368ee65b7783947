//! What `ecslive` says under a fault: exit code, stdout, stderr.

use super::asked::{ASKED, Asked, STATES};
use super::{FAULTS, WORKERS};
use fake_aws::state::{ACCOUNT_ID, Action};
use fake_aws::{FakeAws, Fault, REGION};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The command, with nothing of the environment but credentials.
pub fn ecslive(endpoint: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecslive"));
    command.env_clear().env("AWS_ACCESS_KEY_ID", "AKIDFAULTS").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.env("AWS_MAX_ATTEMPTS", "1").env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    command.args(["--endpoint-url", endpoint, "--region", REGION]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the command to its end.
pub fn run(endpoint: &str, arguments: &[impl AsRef<OsStr>], stdin: &str) -> Output {
    let mut child = ecslive(endpoint, arguments).spawn().expect("ecslive starts");
    // A command that does not read it may be gone already.
    let _ = child.stdin.take().expect("stdin").write_all(stdin.as_bytes());
    child.wait_with_output().expect("an end")
}

/// What there is to run: the arguments, stdin, and whether a report is written whatever happens.
struct Run {
    name: String,
    fake: fn(&Self) -> FakeAws,
    state: usize,
    arguments: Vec<String>,
    stdin: String,
    guard: bool,
}

fn in_state(run: &Run) -> FakeAws {
    STATES[run.state].build()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn runs() -> Vec<Run> {
    let mut runs = Vec::new();
    for (state, of) in STATES.iter().enumerate() {
        let fake = of.build();
        for asked in ASKED {
            let arguments = words("resolve --format=json --timeout=3s").into_iter().chain(asked.command(&fake));
            let arguments: Vec<String> = arguments.collect();
            runs.push(Run {
                name: format!("{asked:?}"),
                fake: in_state,
                state,
                arguments: reorder(arguments),
                stdin: String::new(),
                guard: false,
            });
        }
        runs.push(Run {
            name: "external".to_owned(),
            fake: in_state,
            state,
            arguments: words("external"),
            stdin: json!({"query": "target-group", "cluster": "shop", "service_name": "web", "timeout": "3s"})
                .to_string(),
            guard: false,
        });
        runs.push(Run {
            name: "guard".to_owned(),
            fake: in_state,
            state,
            arguments: words("guard --format=text --timeout=6s"),
            stdin: plan(&fake),
            guard: true,
        });
    }
    runs
}

/// `--timeout` belongs to the question.
fn reorder(arguments: Vec<String>) -> Vec<String> {
    let (timeout, mut others): (Vec<String>, Vec<String>) =
        arguments.into_iter().partition(|word| word.starts_with("--timeout"));
    others.extend(timeout);
    others
}

/// A plan that gives the service other settings and turns every rule around.
pub fn plan(fake: &FakeAws) -> String {
    let change = |kind: &str, key: &str, before: &Value, after: &Value| {
        json!({"address": format!("{kind}.web[{key:?}]"), "mode": "managed", "type": kind, "name": "web", "index": key,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["update"], "before": before, "after": after, "after_unknown": {},
                "before_sensitive": {}, "after_sensitive": {}}})
    };
    let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT_ID}:service/shop/web");
    let changes = fake.region(REGION, |region| {
        let running = region.service("shop", "web").task_definition.clone();
        let service = |tags: Value| {
            json!({"arn": arn, "id": arn, "name": "web", "cluster": "shop", "task_definition": running,
                "desired_count": 2, "tags": tags})
        };
        let mut changes =
            vec![change("aws_ecs_service", "web", &service(json!({})), &service(json!({"team": "shop"})))];
        for (arn, rule) in &region.rules {
            let Action::Forward { weights, .. } = &rule.action else { continue };
            let forward = |turned: bool| {
                let weight = |(group, weight): &(String, u32)| {
                    json!({"arn": group, "weight": if turned { 100 - *weight } else { *weight }})
                };
                let groups: Vec<Value> = weights.iter().map(weight).collect();
                json!({"arn": arn, "listener_arn": rule.listener,
                    "action": [{"type": "forward", "forward": [{"target_group": groups, "stickiness": []}]}]})
            };
            changes.push(change("aws_lb_listener_rule", arn, &forward(false), &forward(true)));
        }
        changes
    });
    json!({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes}).to_string()
}

/// What is wrong with an end under a fault, if anything is.
fn wrong(run: &Run, operation: &str, fault: &Fault, right: &Output, output: &Output) -> Option<String> {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let all = format!("{stdout}{stderr}");
    let shown = || format!("exit {:?}\n{all}", output.status.code());
    if output.status.code() == right.status.code() && output.stdout == right.stdout {
        return None;
    }
    if matches!(fault, Fault::Latency(_)) {
        return Some(format!("a slow answer is another answer: {}", shown()));
    }
    if all.contains("panicked") || all.is_empty() {
        return Some(shown());
    }
    if run.guard {
        // A report says what it could not tell, and why.
        let told = all.contains("Could not be judged") || output.status.code() == Some(2);
        let reasons = all.matches(operation).count() - all.matches(&format!("Grant {operation}")).count();
        let wrapped = all.split_whitespace().collect::<Vec<_>>().join(" ");
        let one = wrapped.matches(&format!(" {operation}")).count() <= 2 && reasons <= 2;
        return (!told || !wrapped.contains(operation) || !one).then(shown);
    }
    let errors = stderr.matches("Error: ").count();
    let fine = output.status.code() == Some(2) && output.stdout.is_empty() && errors == 1 && stderr.contains(operation);
    (!fine).then(shown)
}

#[test]
fn the_command_ends_every_fault_with_the_truth_or_with_one_error() {
    let runs = runs();
    let (mut seen, mut todo) = (BTreeSet::new(), Vec::new());
    for run in &runs {
        let fake = (run.fake)(run);
        let right = run_(run, &fake);
        let called: BTreeSet<String> = fake.calls().into_iter().map(|call| call.operation).collect();
        for operation in called {
            if seen.insert((run.name.clone(), operation.clone())) {
                todo.extend(
                    FAULTS.iter().map(|(name, fault, _)| (run, operation.clone(), *name, fault, right.clone())),
                );
            }
        }
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new((BTreeMap::<String, usize>::new(), Vec::new())));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((run, operation, name, fault, right)) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let fake = (run.fake)(run);
                    fake.fail_always(operation, (*fault).clone());
                    let output = run_(run, &fake);
                    let found = wrong(run, operation, fault, right, &output);
                    let (counts, failed) = &mut *done.lock().expect("a lock");
                    *counts.entry(run.name.clone()).or_default() += 1;
                    failed.extend(found.map(|why| format!("{} {operation} {name}: {why}", run.name)));
                }
            });
        }
    });
    let (counts, failed) = done.into_inner().expect("a lock");
    println!("commands under faults: {counts:?}");
    assert!(failed.is_empty(), "{} are wrong:\n\n{}", failed.len(), failed.join("\n\n"));
    assert_eq!(counts.len(), ASKED.len() + 2, "{counts:?}");
}

fn run_(it: &Run, fake: &FakeAws) -> Output {
    run(&fake.endpoint(), &it.arguments, &it.stdin)
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_says_what_it_has_to_say_although_nobody_reads_stderr_or_the_disk_is_full() {
    let fake = STATES[0].build();
    let arguments: Vec<String> =
        reorder(words("resolve --format=json").into_iter().chain(Asked::Service.command(&fake)).collect());
    let mut command = ecslive(&fake.endpoint(), &arguments);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = command.stderr(full).stdin(Stdio::null()).output().expect("an end");
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["found"], json!(true));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let mut command = ecslive(&fake.endpoint(), &arguments);
    let output = command.stdout(full).stdin(Stdio::null()).output().expect("an end");
    assert_eq!(output.status.code(), Some(2), "an answer that could not be written is none");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("Answer Not Written") && stderr.contains("No space left"), "{stderr}");
}
