//! `make bench`: how much the plugin costs, beside what it is compared with in the same run.
//!
//! Machines are noisy: read the ratios. The limits are a prototype's numbers and a quarter; nothing fails on them.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and ends when it cannot go on")]

#[path = "../tests/support/host.rs"]
#[allow(dead_code)]
mod host;
#[path = "../tests/support/reads.rs"]
mod reads;

use aws_credential_types::Credentials;
use aws_sdk_ecs::config::{BehaviorVersion, Region};
use fake_aws::{FakeAws, REGION};
use futures_util::future::join_all;
use harness::{Workspace, root, terraform_binary};
use host::{BINARY, COOKIE, Certificate, Channel, Plugin, bare_command};
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 30;
const READS: usize = 100;
const BURST: u32 = 40;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _context = runtime.enter();
    println!("{:<44}{:>12}{:>14}", "", "measured", "limit");
    let nothing = median(|| {
        let start = Instant::now();
        Command::new("true").status().expect("true starts");
        start.elapsed()
    });
    let (certificate, temporary) = (Certificate::new(), tempfile::tempdir().expect("a folder"));
    let handshake = median(|| {
        let mut command = bare_command(temporary.path());
        command.env(COOKIE.0, COOKIE.1).env("PLUGIN_PROTOCOL_VERSIONS", "5,6");
        command.env("PLUGIN_CLIENT_CERT", &certificate.pem).stdout(Stdio::piped());
        let start = Instant::now();
        let mut plugin = command.spawn().expect("the plugin starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(plugin.stdout.take().expect("stdout"));
        stdout.read_line(&mut line).expect("a handshake line");
        let elapsed = start.elapsed();
        assert!(line.starts_with("1|6|"), "{line}");
        plugin.kill().and_then(|()| plugin.wait()).expect("an end");
        elapsed
    });
    row("exec to handshake line", millis(handshake), "");
    row("  times `true`, started and ended", ratio(handshake, nothing), "3.1");
    let shutdown = median(|| {
        runtime.block_on(async {
            let mut plugin = Plugin::start();
            let (_, channel) = plugin.connect().await;
            plugin.shutdown(&channel).await.1
        })
    });
    row("Shutdown to exit", millis(shutdown), "100 ms");
    let fake = FakeAws::spawn();
    fake.scenario("codedeploy");
    let names = fake.region(REGION, |region| region.estate(READS));
    runtime.block_on(reads_of(&fake, &names));
    let size = std::fs::metadata(BINARY).expect("the binary").len();
    row("binary size", mebibytes(size), "14.8 MB");
    beside_commands(&runtime, &fake);
    plans(&fake, &names);
}

fn median(measure: impl Fn() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| measure()).collect();
    times.sort();
    times[ROUNDS / 2]
}

fn row(what: &str, measured: String, limit: &str) {
    println!("{what:<44}{measured:>12}{limit:>14}");
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn ratio(a: Duration, b: Duration) -> String {
    format!("{:.1}", a.as_secs_f64() / b.as_secs_f64())
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_000_000.0)
}

/// What reads cost: memory when there are none and after many, and the time of the processor for one.
async fn reads_of(fake: &FakeAws, names: &[String]) {
    let mut plugin = Plugin::start();
    let (_, channel) = plugin.connect().await;
    row("memory when idle", mebibytes(resident(plugin.id())), "9.2 MB");
    reads::configure(&channel, &fake.endpoint()).await;
    // Fewer than the burst of AWS's bucket, so that nothing waits for a token.
    let (sdk, myself) = (sdk(fake), Path::new("/proc/thread-self"));
    let (mut bursts, mut calls) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let before = processor(plugin.id());
        for _ in 0..BURST {
            task_definition(&channel).await;
        }
        bursts.push((processor(plugin.id()) - before) / BURST);
        let before = used(myself);
        for _ in 0..BURST {
            // As long as the read waits for company: a processor that has slept is slower.
            tokio::time::sleep(Duration::from_millis(2)).await;
            sdk.describe_task_definition().task_definition("web").send().await.expect("an answer");
        }
        calls.push((used(myself) - before) / BURST);
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    bursts.sort();
    calls.sort();
    row("processor time of a read", format!("{:.2} ms", bursts[2].as_secs_f64() * 1000.0), "");
    row("  times that of the SDK's call alone", ratio(bursts[2], calls[2]), "");
    let mut done = 0;
    for until in [READS, 1_000, 10_000] {
        while done < until {
            let read = |name| {
                let channel = &channel;
                async move {
                    let asked = [("cluster", "shop".into()), ("service_name", name)];
                    reads::read(channel, "target_group", &asked).await.expect("a state")
                }
            };
            done += join_all(names.iter().map(|name| read(name.as_str().into()))).await.len();
        }
        row(&format!("memory after {until} reads, {READS} at a time"), mebibytes(resident(plugin.id())), "flat");
        fake.reset();
    }
    plugin.shutdown(&channel).await;
}

async fn task_definition(channel: &Channel) {
    reads::read(channel, "task_definition", &[("family", "web".into())]).await.expect("a state");
}

/// A question to the plugin, to the command, and to the aws CLI: each from the start of the process to the answer.
fn beside_commands(runtime: &tokio::runtime::Runtime, fake: &FakeAws) {
    let plugin = median(|| {
        let start = Instant::now();
        runtime.block_on(async {
            let plugin = Plugin::start();
            let (_, channel) = plugin.connect().await;
            reads::configure(&channel, &fake.endpoint()).await;
            task_definition(&channel).await;
            start.elapsed()
        })
    });
    row("exec of the plugin to the answer of a read", millis(plugin), "");
    let endpoint = fake.endpoint();
    let ecslive = median(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecslive"));
        command.args(["--endpoint-url", &endpoint, "--region", REGION, "resolve", "task-definition", "web"]);
        run(command)
    });
    row("exec of `ecslive resolve` to its end", millis(ecslive), "");
    row("  times the plugin's", ratio(ecslive, plugin), "1.3");
    let installed = root().join(".tools/awscli/bin/aws");
    let aws = if installed.exists() { installed } else { "aws".into() };
    let call = || {
        let mut command = Command::new(&aws);
        let operation = ["ecs", "describe-task-definition", "--task-definition", "web"];
        command.args(["--endpoint-url", &endpoint, "--region", REGION]).args(operation);
        command
    };
    if call().stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return row("no aws CLI: `make bench` installs it where it can", String::new(), "");
    }
    let aws: Duration = (0..10).map(|_| run(call())).sum::<Duration>() * 10;
    let start = Instant::now();
    runtime.block_on(async {
        let plugin = Plugin::start();
        let (_, channel) = plugin.connect().await;
        reads::configure(&channel, &endpoint).await;
        for _ in 0..READS {
            task_definition(&channel).await;
        }
    });
    let ours = start.elapsed();
    row(&format!("{READS} calls of the aws CLI (10, times 10)"), millis(aws), "");
    row(&format!("{READS} reads of a plugin, start included"), millis(ours), "");
    row("  the aws CLI takes so many times as long", ratio(aws, ours), "");
}

/// How long a command takes that has to succeed.
fn run(mut command: Command) -> Duration {
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    assert!(command.status().expect("a start").success());
    start.elapsed()
}

/// The SDK without anything around it.
fn sdk(fake: &FakeAws) -> aws_sdk_ecs::Client {
    let config = aws_sdk_ecs::Config::builder().behavior_version(BehaviorVersion::latest());
    let keys = Credentials::new("AKIDEXAMPLE", "secret", None, None, "bench");
    let config = config.endpoint_url(fake.endpoint()).region(Region::new(REGION)).credentials_provider(keys);
    aws_sdk_ecs::Client::from_conf(config.build())
}

/// The time of the processor that the threads of a process have used.
fn processor(pid: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("a process").flatten();
    threads.map(|thread| used(&thread.path())).sum()
}

/// The time of the processor that a thread has used.
fn used(thread: &Path) -> Duration {
    let told = std::fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default())
}

fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// `terraform plan` with many data sources beside the same with `terraform_data`.
fn plans(fake: &FakeAws, names: &[String]) {
    let binary = terraform_binary(&root()).expect("a terraform");
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    harness::install(&home, Path::new(BINARY), "ecslive", env!("CARGO_PKG_VERSION"));
    let ours = Workspace::new(&binary, &home, &folder.path().join("ours"));
    let mut config = format!(
        "terraform {{\n  required_providers {{\n    ecslive = {{ source = \"ecslive/ecslive\" }}\n  }}\n}}\n\
         provider \"ecslive\" {{\n  region = \"eu-west-1\"\n  endpoints {{\n    ecs = {url:?}\n    elbv2 = {url:?}\n    codedeploy \
         = {url:?}\n  }}\n}}\n",
        url = fake.endpoint()
    );
    for name in names {
        let block = "data \"ecslive_target_group\"";
        writeln!(config, "{block} {name:?} {{\n  cluster = \"shop\"\n  service_name = {name:?}\n}}").expect("a String");
    }
    ours.write("main.tf", &config).run(&["init"]).success();
    let theirs = Workspace::new(&binary, &home, &folder.path().join("theirs"));
    let data: String = (0..READS).map(|index| format!("resource \"terraform_data\" \"d{index}\" {{}}\n")).collect();
    theirs.write("main.tf", &data).run(&["init"]).success();
    let time = |workspace: &Workspace| {
        let mut times: Vec<Duration> = (0..5)
            .map(|_| {
                let start = Instant::now();
                workspace.run(&["plan"]).success();
                start.elapsed()
            })
            .collect();
        times.sort();
        times[2]
    };
    let (base, with) = (time(&theirs), time(&ours));
    row(&format!("terraform plan, {READS} terraform_data"), millis(base), "");
    row(&format!("terraform plan, {READS} data sources"), millis(with), "");
    row("  times the plan without them", ratio(with, base), "4.2");
}
