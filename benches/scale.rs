//! `make bench`: what many services in one plan cost, batched and one call at a time, at AWS's published rates.
//!
//! The calls hardly depend on the machine; read the times as ratios. `x least` compares with the fewest calls there can
//! be, `x at p` with the fewest when so many reads go on at a time. `x path` compares the time with the critical path: what
//! Terraform takes for as many reads of a plugin that answers at once, and for each wave of reads three calls that follow
//! each other; or what the fewest calls wait for tokens, where that is longer. For the comparison this program plays two
//! plugins itself: the one that answers at once, and one with the batches and limits switched off.
//! `cargo bench --bench scale -- 1000` does one size.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and ends when it cannot go on")]

use ecslive::aws::Clients;
use ecslive::framework::proto::provider_server::ProviderServer;
use ecslive::framework::{AnyDataSource, AnyFunction, Provider, Server};
use ecslive::plugin::{self, MAX_MESSAGE_BYTES, Plugin, Routes};
use ecslive::provider::Ecslive;
use ecslive::tf::config::Fields;
use ecslive::tf::schema::Block;
use ecslive::tf::{Diagnostics, Value};
use fake_aws::{FakeAws, Fault, REGION, Recorded};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use harness::{Workspace, root, terraform_binary};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const NAME: &str = "terraform-provider-ecslive";
/// Folders of the plugins that this program plays.
const UNBATCHED: &str = "unbatched";
const INSTANT: &str = "instant";
const SIZES: [usize; 4] = [1, 10, 100, 1000];
/// How many milliseconds AWS takes for an answer, here; one call at a time is measured with the one in the middle.
const LATENCIES: [u64; 3] = [0, 30, 100];
/// Calls that follow each other in one read: the service, what it names, the rule.
const DEPENDENT: u32 = 3;
const OPERATIONS: [&str; 6] = [
    "ecs:DescribeServices",
    "ecs:DescribeServiceRevisions",
    "codedeploy:BatchGetDeployments",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeTargetGroups",
];
const PARALLELISM: [usize; 2] = [10, 50];

fn main() -> ExitCode {
    // What hosts set for a plugin, and nobody else does.
    if std::env::var_os("TF_PLUGIN_MAGIC_COOKIE").is_some() {
        return play_plugin();
    }
    let folder = tempfile::tempdir().expect("a folder");
    let batched = Path::new(env!("CARGO_BIN_EXE_terraform-provider-ecslive")).parent().expect("a folder").to_owned();
    let myself = std::env::current_exe().expect("a program");
    let [unbatched, instant] = [UNBATCHED, INSTANT].map(|name| {
        let played = folder.path().join(name);
        std::fs::create_dir_all(&played).expect("a folder");
        std::fs::copy(&myself, played.join(NAME)).expect("a copy");
        played
    });
    println!(
        "\n{:<30}{:>7}{:>9}{:>9}{:>7}{:>11}{:>10}{:>9}{:>9}",
        "services, parallelism, ms", "calls", "x least", "x at p", "fill", "throttled", "wall", "x path", "memory"
    );
    let only: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for services in SIZES.into_iter().filter(|services| only.is_empty() || only.contains(services)) {
        for parallelism in PARALLELISM {
            let (folder, latency) = (folder.path(), 0);
            let at_once = Bench { services, parallelism, latency, floor: Duration::ZERO, plugin: &instant, folder };
            let floor = (0..3).map(|_| at_once.floor()).min().unwrap_or_default();
            for latency in LATENCIES {
                let bench = Bench { latency, floor, plugin: &batched, ..at_once };
                println!("{}", bench.row("batched"));
                if latency == LATENCIES[1] {
                    println!("{}", Bench { plugin: &unbatched, ..bench }.row("one by one"));
                }
            }
        }
    }
    ExitCode::SUCCESS
}

#[derive(Clone, Copy)]
struct Bench<'a> {
    services: usize,
    parallelism: usize,
    latency: u64,
    floor: Duration,
    plugin: &'a PathBuf,
    folder: &'a Path,
}

struct Run {
    calls: Vec<Recorded>,
    wall: Duration,
    memory: u64,
    succeeded: bool,
}

impl Bench<'_> {
    /// `terraform plan` of the target groups of an estate, with AWS's token buckets.
    fn plan(&self) -> Run {
        let fake = FakeAws::spawn();
        let names = fake.region(REGION, |region| region.estate(self.services));
        for operation in OPERATIONS {
            fake.fail_always(operation, Fault::Latency(self.latency));
        }
        fake.meter();
        let binary = terraform_binary(&root()).expect("a terraform");
        let workspace = Workspace::new(&binary, &self.folder.join("home"), &self.folder.join("work"));
        workspace.override_providers(&[("ecslive/ecslive", self.plugin)]);
        let url = fake.endpoint();
        let mut config = format!(
            "terraform {{\n  required_providers {{\n    ecslive = {{ source = \"ecslive/ecslive\" }}\n  }}\n}}\n\
             provider \"ecslive\" {{\n  region = {REGION:?}\n  endpoints {{\n    ecs = {url:?}\n    elbv2 = {url:?}\n    \
             codedeploy = {url:?}\n  }}\n}}\n"
        );
        for name in names {
            let block = "data \"ecslive_target_group\"";
            write!(config, "{block} {name:?} {{\n  cluster = \"shop\"\n  service_name = {name:?}\n}}\n")
                .expect("a String");
        }
        workspace.write("main.tf", &config);
        let (running, watched) = (Arc::new(AtomicBool::new(true)), self.plugin.join(NAME));
        let watch = std::thread::spawn({
            let running = Arc::clone(&running);
            move || peak_memory(&watched, &running)
        });
        let start = Instant::now();
        let output = workspace.run(&["plan", &format!("-parallelism={}", self.parallelism)]);
        let wall = start.elapsed();
        running.store(false, Ordering::Relaxed);
        let memory = watch.join().expect("an end");
        Run { calls: fake.calls(), wall, memory, succeeded: output.code == Some(0) }
    }

    fn floor(&self) -> Duration {
        let run = self.plan();
        assert!(run.succeeded && run.calls.is_empty(), "a plan that asks nobody");
        run.wall
    }

    /// What Terraform takes when every answer is there, and three calls for each wave of reads; or the wait for tokens.
    fn path(&self) -> Duration {
        let waves = u32::try_from(self.services.div_ceil(self.parallelism)).expect("few");
        let calls = self.floor + Duration::from_millis(self.latency) * DEPENDENT * waves;
        calls.max(tokens(self.services, self.parallelism))
    }

    fn row(&self, mode: &str) -> String {
        let run = self.plan();
        let calls = run.calls.len();
        let members: usize = run.calls.iter().map(|call| call.batch).sum();
        let throttled = run.calls.iter().filter(|call| call.throttled).count();
        let times = |least: usize| format!("{:.2}", calls as f64 / least as f64);
        format!(
            "{:<30}{calls:>7}{:>9}{:>9}{:>7.1}{throttled:>11}{:>10}{:>9.2}{:>9}{}",
            format!("{:>5}, {:>2}, {:>3}, {mode}", self.services, self.parallelism, self.latency),
            times(least(self.services, usize::MAX)),
            times(least(self.services, self.parallelism)),
            members as f64 / calls as f64,
            format!("{:.1} s", run.wall.as_secs_f64()),
            run.wall.as_secs_f64() / self.path().as_secs_f64(),
            format!("{:.1} MB", run.memory as f64 / 1_000_000.0),
            if run.succeeded { "" } else { "  the plan failed" },
        )
    }
}

/// The fewest calls for an estate when so many reads go on at a time: half of them are native, half under CODE_DEPLOY.
fn least(services: usize, parallelism: usize) -> usize {
    let calls = |of: usize, most: usize, at_a_time: usize| of.div_ceil(most.min(at_a_time).max(1));
    let (native, code_deploy) = (services.div_ceil(2), services / 2);
    let half = parallelism.div_ceil(2);
    calls(services, 10, parallelism) + calls(native, 20, half) + calls(code_deploy, 25, half) + services.div_ceil(20)
}

/// How long the fewest calls wait for tokens of the buckets that the plugin keeps: each on its own, the longest counts.
fn tokens(services: usize, parallelism: usize) -> Duration {
    let half = parallelism.div_ceil(2);
    let buckets = [
        (services.div_ceil(parallelism.min(10)), 90.0, 18.0),
        (services.div_ceil(2).div_ceil(half.min(20)), 45.0, 18.0),
        ((services / 2).div_ceil(half.min(25)), 50.0, 5.0),
        (services.div_ceil(20), 36.0, 9.0),
    ];
    let waits = buckets.map(|(calls, burst, refill)| (calls as f64 - burst) / refill);
    Duration::from_secs_f64(waits.into_iter().fold(0.0, f64::max))
}

/// The most memory that a process of this program had, in bytes, as long as it is watched.
fn peak_memory(program: &Path, running: &AtomicBool) -> u64 {
    let mut peak = 0;
    while running.load(Ordering::Relaxed) {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        for process in
            processes.filter(|process| std::fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == program))
        {
            let status = std::fs::read_to_string(process.path().join("status")).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            peak = peak.max(kilobytes.unwrap_or_default() * 1024);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    peak
}

/// The provider as it is but for one thing: `ONE_BY_ONE`, with one call for each member and without limits; else with data
/// sources that answer at once.
struct Played<const ONE_BY_ONE: bool>;

impl<const ONE_BY_ONE: bool> Provider for Played<ONE_BY_ONE> {
    type Clients = Clients;
    type Config = <Ecslive as Provider>::Config;

    const NAME: &'static str = Ecslive::NAME;

    fn schema() -> Block {
        Ecslive::schema()
    }

    fn config(fields: &mut Fields) -> Self::Config {
        Ecslive::config(fields)
    }

    fn validate(config: &Self::Config) -> Diagnostics {
        Ecslive::validate(config)
    }

    fn configure(config: Self::Config) -> Result<Clients, Diagnostics> {
        Ecslive::configure(config).map(Clients::unbatched)
    }

    fn data_sources() -> Vec<Box<dyn AnyDataSource<Clients>>> {
        let real = Ecslive::data_sources();
        if ONE_BY_ONE {
            return real;
        }
        real.into_iter().map(|source| Box::new(AtOnce(source)) as _).collect()
    }

    fn functions() -> Vec<Box<dyn AnyFunction>> {
        Ecslive::functions()
    }
}

/// A data source whose answer is its own configuration, with nothing in what is computed.
struct AtOnce(Box<dyn AnyDataSource<Clients>>);

impl AnyDataSource<Clients> for AtOnce {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn schema(&self) -> Block {
        self.0.schema()
    }

    fn validate(&self, config: &Value, schema: &Block) -> Diagnostics {
        self.0.validate(config, schema)
    }

    fn read<'a>(
        &'a self,
        _: &'a Clients,
        config: Value,
        _: &'a Block,
    ) -> BoxFuture<'a, Result<(Value, Diagnostics), Diagnostics>> {
        ready(Ok((config, Diagnostics::default()))).boxed()
    }
}

fn play_plugin() -> ExitCode {
    let myself = std::env::current_exe().expect("a program");
    if myself.parent().is_some_and(|folder| folder.ends_with(INSTANT)) { play::<false>() } else { play::<true>() }
}

fn play<const ONE_BY_ONE: bool>() -> ExitCode {
    let name = Plugin { name: "ecslive", address: "ecslive/ecslive", version: "0.0.0", protocol: 6, documentation: "" };
    plugin::run(name, || {
        let server = ProviderServer::new(Server::<Played<ONE_BY_ONE>>::default());
        Routes::new(server.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES))
    })
}
