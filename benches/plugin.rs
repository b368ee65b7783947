//! `make bench`: how much the plugin costs, beside what it is compared with in the same run.
//!
//! Machines are noisy: read the ratios. The limits are a prototype's numbers and a quarter; nothing fails on them.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and ends when it cannot go on")]

#[path = "../tests/support/host.rs"]
#[allow(dead_code)]
mod host;

use ecslive::framework::Provider;
use ecslive::framework::proto::{DynamicValue, configure_provider, read_data_source};
use ecslive::provider::Ecslive;
use ecslive::tf::{Type, Value, msgpack};
use fake_aws::{FakeAws, REGION};
use harness::{Workspace, root, terraform_binary};
use host::{BINARY, COOKIE, Certificate, Channel, Plugin, bare_command};
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 30;
const READS: usize = 100;

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
    let (idle, busy) = runtime.block_on(memory(&fake));
    row("memory when idle", mebibytes(idle), "9.2 MB");
    row(&format!("memory after {READS} reads"), mebibytes(busy), "15.6 MB");
    let size = std::fs::metadata(BINARY).expect("the binary").len();
    row("binary size", mebibytes(size), "14.8 MB");
    plans(&fake);
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

/// Resident memory after the connection is up, and after many reads.
async fn memory(fake: &FakeAws) -> (u64, u64) {
    let mut plugin = Plugin::start();
    let (_, channel) = plugin.connect().await;
    let idle = resident(plugin.id());
    configure(&channel, &fake.endpoint()).await;
    for _ in 0..READS {
        read(&channel).await;
    }
    let busy = resident(plugin.id());
    plugin.shutdown(&channel).await;
    (idle, busy)
}

fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// An object with these attributes; the others are null, or empty where they are lists.
fn object(ty: &Type, known: &[(&str, Value)]) -> Value {
    let Type::Object(attributes) = ty else { panic!("no object") };
    let attribute = |(name, ty): (&String, &Type)| {
        let known = known.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let empty = if matches!(ty, Type::List(_)) { Value::List(Vec::new()) } else { Value::Null };
        (name.clone(), known.unwrap_or(empty))
    };
    Value::Object(attributes.iter().map(attribute).collect())
}

fn value(ty: &Type, known: &[(&str, Value)]) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(ty, &object(ty, known)).expect("a value"), json: Vec::new() })
}

async fn configure(channel: &Channel, endpoint: &str) {
    let blocks = Ecslive::schema().blocks;
    let endpoints = &blocks.iter().find(|block| block.name == "endpoints").expect("a block").block;
    let urls = ["codedeploy", "ecs", "elbv2"].map(|name| (name, endpoint.into()));
    let endpoints = object(&endpoints.ty(), &urls);
    let config = [
        ("region", "eu-west-1".into()),
        ("access_key", "AKIDEXAMPLE".into()),
        ("secret_key", "secret".into()),
        ("endpoints", Value::List(vec![endpoints])),
    ];
    let config = value(&Ecslive::schema().ty(), &config);
    let request = configure_provider::Request { config, ..Default::default() };
    let path = "/tfplugin6.Provider/ConfigureProvider";
    let answer: configure_provider::Response = channel.unary(path, request).await.expect("an answer");
    assert!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
}

async fn read(channel: &Channel) {
    let sources = Ecslive::data_sources();
    let source = sources.iter().find(|source| source.name() == "task_definition").expect("the data source");
    let config = value(&source.schema().ty(), &[("family", "web".into())]);
    let request =
        read_data_source::Request { type_name: "ecslive_task_definition".to_owned(), config, ..Default::default() };
    let path = "/tfplugin6.Provider/ReadDataSource";
    let answer: read_data_source::Response = channel.unary(path, request).await.expect("an answer");
    assert!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
}

/// `terraform plan` with many data sources beside the same with `terraform_data`.
fn plans(fake: &FakeAws) {
    let binary = terraform_binary(&root()).expect("a terraform");
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    harness::install(&home, std::path::Path::new(BINARY), "ecslive", env!("CARGO_PKG_VERSION"));
    let ours = Workspace::new(&binary, &home, &folder.path().join("ours"));
    let mut config = format!(
        "terraform {{\n  required_providers {{\n    ecslive = {{ source = \"ecslive/ecslive\" }}\n  }}\n}}\n\
         provider \"ecslive\" {{\n  region = \"eu-west-1\"\n  endpoints {{\n    ecs = {url:?}\n    elbv2 = {url:?}\n    codedeploy \
         = {url:?}\n  }}\n}}\n",
        url = fake.endpoint()
    );
    for name in fake.region(REGION, |region| region.estate(READS)) {
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
