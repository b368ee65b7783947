//! Mixed reads for long, while AWS fails now and then: no answer is wrong, and nothing is kept.
//!
//! Twenty seconds in `make test`, half an hour in `make soak`.

use super::laws;
use super::reader::Reader;
use super::tally::Tally;
use crate::front_ends;
use crate::host::{Channel, Plugin};
use crate::reads;
use ecslive::tf::Value;
use fake_aws::history::{CLUSTER, World, histories};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const SECONDS: u64 = 20;
const WORKERS: u8 = 3;
/// What an allocator may keep: of a process of ours, and of this one, in which the account lives too.
const PLUGIN_GROWTH: u64 = 8_000_000;
const OWN_GROWTH: u64 = 64_000_000;
const MORE_FILES: usize = 16;

fn wanted() -> Duration {
    let wanted = std::env::var("ECSLIVE_SOAK").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(wanted.unwrap_or(SECONDS))
}

/// Bytes and open files of a process.
#[derive(Debug, Clone, Copy)]
struct Size {
    memory: u64,
    files: usize,
}

impl Size {
    fn of(process: &str) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        let memory = line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024;
        Self { memory, files: std::fs::read_dir(format!("/proc/{process}/fd")).expect("a process").count() }
    }

    fn has_grown_little(self, before: Self, bytes: u64, what: &str) -> String {
        assert!(self.files <= before.files + MORE_FILES, "{what}: {} files, {} before", self.files, before.files);
        assert!(self.memory <= before.memory + bytes, "{what}: {} bytes, {} before", self.memory, before.memory);
        let megabytes = |bytes: u64| bytes as f64 / 1_000_000.0;
        format!(
            "{what}: {:.1} MB and {} files after the warm-up, {:.1} MB and {} files at the end",
            megabytes(before.memory),
            before.files,
            megabytes(self.memory),
            self.files
        )
    }
}

/// Histories of one worker, the same in every run.
struct Source(TestRunner);

impl Source {
    fn new(worker: u8) -> Self {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[worker + 201; 32]);
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    fn walk(&mut self, mut look: impl FnMut(&World) -> Result<(), String>) {
        let tree = histories(super::LONGEST).new_tree(&mut self.0).expect("a history");
        let history = tree.current();
        let walked = history.walk(|world, _| look(world));
        walked.unwrap_or_else(|why| panic!("{why}\n{}", history.story()));
    }
}

#[test]
fn reads_go_on_for_long_without_a_wrong_answer_and_nothing_is_kept() {
    let (start, wanted, tally) = (Instant::now(), wanted(), Mutex::new(Tally::default()));
    let (warm, own) = (wanted / 4, Mutex::new(None));
    let is_over = || start.elapsed() >= wanted;
    let plugin = std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (tally, is_over) = (&tally, &is_over);
            scope.spawn(move || {
                let (mut source, mut seen) = (Source::new(worker), Tally::default());
                let reader = Reader::new();
                while !is_over() {
                    seen.histories += 1;
                    source.walk(|world| {
                        if is_over() {
                            return Ok(());
                        }
                        reader.trouble(seen.states);
                        let mut services = world.services().into_iter();
                        services.try_for_each(|service| laws::hold(Some(&reader), world, service, &mut seen))
                    });
                }
                tally.lock().expect("a tally").add(&seen);
            });
        }
        let plugin = scope.spawn(|| through_the_plugin(&is_over, warm, start));
        std::thread::sleep(warm);
        *own.lock().expect("a lock") = Some(Size::of("self"));
        plugin.join().expect("the plugin")
    });
    let before = own.into_inner().expect("a lock").expect("a size");
    println!("soak of {wanted:?}: {}", tally.into_inner().expect("a tally"));
    println!("{plugin}\n{}", Size::of("self").has_grown_little(before, OWN_GROWTH, "this process"));
}

/// Reads of the real plugin, each held against what the library answers.
fn through_the_plugin(is_over: &dyn Fn() -> bool, warm: Duration, start: Instant) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut plugin = Plugin::start();
    let channel = runtime.block_on(plugin.connect()).1;
    let (mut source, reader, mut reads, mut warmed) = (Source::new(WORKERS), Reader::new(), 0, None);
    let id = plugin.id().to_string();
    while !is_over() {
        source.walk(|world| {
            reader.run(world);
            for service in world.services().into_iter().take_while(|_| !is_over()) {
                reader.trouble(reads);
                // A plan of its own: what it has read is not shared with the next.
                runtime.block_on(reads::configure(&channel, &reader.endpoint()));
                runtime.block_on(compare(&channel, &reader, service))?;
                reads += 3;
            }
            Ok(())
        });
        if warmed.is_none() && start.elapsed() > warm {
            warmed = Some(Size::of(&id));
        }
    }
    let warmed = warmed.unwrap_or_else(|| Size::of(&id));
    let grown = Size::of(&id).has_grown_little(warmed, PLUGIN_GROWTH, "the plugin");
    let (status, _) = runtime.block_on(plugin.shutdown(&channel));
    assert!(status.success() && !plugin.whole_log().contains("panic"));
    format!("{reads} reads of the plugin, each as the library answers; {grown}")
}

async fn compare(channel: &Channel, reader: &Reader, service: &str) -> Result<(), String> {
    let known: [(&str, Value); 2] = [("cluster", CLUSTER.into()), ("service_name", service.into())];
    for name in ["target_group", "service", "deployment"] {
        let theirs = reads::read(channel, name, &known).await;
        let ours = reader.answer(name, service).await;
        let same = match (&theirs, &ours) {
            (Ok(theirs), Ok(ours)) => ours
                .as_object()
                .expect("an object")
                .iter()
                .all(|(attribute, value)| front_ends::same(&theirs[attribute], value)),
            (Err(theirs), Err(ours)) => theirs == ours,
            _ => false,
        };
        if !same {
            return Err(format!("{service}, {name}: the plugin says {theirs:?}, the library {ours:?}"));
        }
    }
    Ok(())
}
