//! A host that has the right certificate and means no good: wrong order, wrong sizes, too many streams, resets, and reads
//! that never come. The plugin neither panics nor hangs nor keeps anything of it.

use crate::host::{Channel, Handshake, Plugin};
use ecslive::framework::proto::{configure_provider, read_data_source};
use ecslive::plugin::proto::health::{HealthCheckRequest, HealthCheckResponse};
use futures_util::future::join_all;
use prost::Message;
use rustls::version::TLS13;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tonic::Status;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const READ: &str = "/tfplugin6.Provider/ReadDataSource";
const CONFIGURE: &str = "/tfplugin6.Provider/ConfigureProvider";
/// What a crowd may leave behind in an allocator.
const MORE_MEMORY: u64 = 48_000_000;

/// A plugin, with what it needed when nobody had done anything to it.
struct Victim {
    plugin: Plugin,
    handshake: Handshake,
    files: usize,
    memory: u64,
}

impl Victim {
    async fn start() -> Self {
        let plugin = Plugin::start();
        let (handshake, channel) = plugin.connect().await;
        health(&channel).await.expect("an answer");
        drop(channel);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let (files, memory) = (files(plugin.id()), resident(plugin.id()));
        Self { plugin, handshake, files, memory }
    }

    async fn channel(&self) -> Channel {
        self.plugin.channel(&self.handshake).await
    }

    /// Raw bytes over TLS, and what comes back within a moment.
    async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let certificate = Some(self.plugin.certificate());
        let mut stream = self.handshake.dial_tls(certificate, &TLS13).await.expect("a connection");
        let _ = stream.write_all(PREFACE).await;
        let _ = stream.write_all(bytes).await;
        let _ = stream.flush().await;
        let mut answer = Vec::new();
        let _ = timeout(Duration::from_millis(300), stream.read_to_end(&mut answer)).await;
        answer
    }

    /// It serves the next host, gave everything back, and goes when it is told to.
    async fn check_unharmed(mut self, what: &str) {
        let channel = self.channel().await;
        let start = Instant::now();
        assert_eq!(health(&channel).await.expect("an answer"), 1, "{what}");
        assert!(start.elapsed() < Duration::from_secs(5), "{what}: {:?}", start.elapsed());
        let until = Instant::now() + Duration::from_secs(15);
        while files(self.plugin.id()) > self.files + 1 {
            assert!(Instant::now() < until, "{what}: {} files, {} before", files(self.plugin.id()), self.files);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let memory = resident(self.plugin.id());
        assert!(memory < self.memory + MORE_MEMORY, "{what}: {memory} bytes, {} before", self.memory);
        let (status, took) = self.plugin.shutdown(&channel).await;
        assert!(status.success() && took < Duration::from_secs(2), "{what}: {status} after {took:?}");
        let log = self.plugin.whole_log();
        assert!(!log.contains("panic"), "{what}: {log}");
    }
}

fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

fn files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).expect("a process").count()
}

async fn health(channel: &Channel) -> Result<i32, Status> {
    let request = HealthCheckRequest { service: "plugin".to_owned() };
    let answer: HealthCheckResponse = channel.unary("/grpc.health.v1.Health/Check", request).await?;
    Ok(answer.status)
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a length").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The headers of a call of a method, by the static table of HPACK.
fn headers(stream: u32, path: &str) -> Vec<u8> {
    let literal = |text: &str| [&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    let block = [
        &[0x83, 0x86, 0x04][..],
        &literal(path),
        &[0x01],
        &literal("localhost"),
        &[0x0f, 0x10],
        &literal("application/grpc"),
        &[0x00],
        &literal("te"),
        &literal("trailers"),
    ];
    frame(1, 4, stream, &block.concat())
}

fn read_of(type_name: &str, bytes: &[u8]) -> read_data_source::Request {
    let config = Some(ecslive::framework::proto::DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
    read_data_source::Request { type_name: type_name.to_owned(), config, ..Default::default() }
}

#[tokio::test]
async fn calls_in_the_wrong_order_and_with_nonsense_are_answered() {
    let victim = Victim::start().await;
    let channel = victim.channel().await;
    for (type_name, bytes) in [
        ("ecslive_task_definition", &b"\x80"[..]),
        ("ecslive_nothing", b""),
        ("", b"\xc1"),
        ("ecslive_image", &[0xdf; 40]),
    ] {
        let answer: Result<read_data_source::Response, Status> = channel.unary(READ, read_of(type_name, bytes)).await;
        let told = answer.map_or_else(|status| !status.message().is_empty(), |answer| !answer.diagnostics.is_empty());
        assert!(told, "a read of {type_name:?} before the provider is configured");
    }
    for bytes in [&b""[..], b"\xc0", b"\x81\xa6region\x92", &[0xff; 100]] {
        let config = Some(ecslive::framework::proto::DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
        let request = configure_provider::Request { config, ..Default::default() };
        let answer: Result<configure_provider::Response, Status> = channel.unary(CONFIGURE, request).await;
        assert!(answer.map_or(true, |answer| !answer.diagnostics.is_empty() || bytes == b"\xc0"), "{bytes:?}");
    }
    // A message that is none.
    let answer: Result<read_data_source::Response, Status> =
        channel.unary(READ, HealthCheckRequest { service: "\u{1}".repeat(1000) }).await;
    assert!(answer.map_or(true, |answer| !answer.diagnostics.is_empty()));
    drop(channel);
    victim.check_unharmed("wrong order").await;
}

#[tokio::test]
async fn messages_and_frames_of_any_size_are_refused() {
    let victim = Victim::start().await;
    let channel = victim.channel().await;
    let huge = read_of("ecslive_task_definition", &vec![0x90; ecslive::plugin::MAX_MESSAGE_BYTES + 1]);
    let answer: Result<read_data_source::Response, Status> = channel.unary(READ, huge).await;
    assert!(answer.is_err(), "a message above the limit");
    drop(channel);
    // A message of 4 GB, of which nothing comes; a frame that is larger than allowed; one that is none.
    let settings = frame(4, 0, 0, &[]);
    let promised = [&settings[..], &headers(1, READ), &frame(0, 0, 1, &[0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3])].concat();
    victim.raw(&promised).await;
    let mut large = frame(0, 0, 1, &[]);
    large[..3].copy_from_slice(&[0xff, 0xff, 0xff]);
    let answer = victim.raw(&[&settings[..], &headers(1, READ), &large, &[0; 4096]].concat()).await;
    assert!(answer.windows(9).any(|window| window[3] == 7), "no GOAWAY for a frame of 16 MB");
    for nonsense in [&[0xff; 512][..], &frame(1, 4, 1, &[0xff; 200]), &frame(9, 4, 7, b"x"), &frame(5, 4, 1, &[0; 8])] {
        victim.raw(&[&settings[..], nonsense].concat()).await;
    }
    victim.check_unharmed("sizes").await;
}

#[tokio::test]
async fn thousands_of_streams_are_answered() {
    let victim = Victim::start().await;
    let channels = [victim.channel().await, victim.channel().await];
    let calls = (0..4000).map(|index| health(&channels[index % 2]));
    let answers = timeout(Duration::from_secs(60), join_all(calls)).await.expect("an end");
    assert!(answers.iter().all(|answer| matches!(answer, Ok(1))), "{:?}", answers.iter().find(|it| it.is_err()));
    drop(channels);
    victim.check_unharmed("streams").await;
}

#[tokio::test]
async fn streams_that_are_reset_at_once_cost_nothing() {
    let victim = Victim::start().await;
    for _ in 0..5 {
        let mut bytes = frame(4, 0, 0, &[]);
        for stream in (1..4000).step_by(2) {
            bytes.extend(headers(stream, READ));
            bytes.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
        }
        victim.raw(&bytes).await;
    }
    victim.check_unharmed("resets").await;
}

#[tokio::test]
async fn answers_that_nobody_reads_are_not_piled_up() {
    let victim = Victim::start().await;
    // No byte of any answer may be sent: a window of none.
    let mut bytes = frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]);
    for stream in (1..400).step_by(2) {
        bytes.extend(headers(stream, "/tfplugin6.Provider/GetProviderSchema"));
        bytes.extend(frame(0, 1, stream, &[0, 0, 0, 0, 0]));
    }
    victim.raw(&bytes).await;
    victim.check_unharmed("slow reads").await;
}

#[tokio::test]
async fn garbage_in_place_of_tls_holds_up_nobody() {
    let victim = Victim::start().await;
    let peers = (0..200_u8).map(|index| {
        let handshake = &victim.handshake;
        async move {
            let mut stream = handshake.dial().await;
            let _ = stream.write_all(&[index; 3000]).await;
            let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut Vec::new())).await;
        }
    });
    let channel = victim.channel().await;
    let (_, served) = tokio::join!(join_all(peers.collect::<Vec<_>>()), health(&channel));
    assert_eq!(served.expect("an answer"), 1);
    drop(channel);
    victim.check_unharmed("garbage").await;
}

#[test]
fn what_a_host_sends_is_encoded_as_the_tests_believe() {
    let request = read_of("ecslive_image", b"\xc0");
    let again = read_data_source::Request::decode(&request.encode_to_vec()[..]).expect("a message");
    assert_eq!(again.type_name, "ecslive_image");
    assert_eq!(frame(4, 0, 0, &[]), [0, 0, 0, 4, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_stops_nothing() {
    use crate::host::{COOKIE, Certificate, bare_command};
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    for is_full in [true, false] {
        let (certificate, temporary) = (Certificate::new(), tempfile::tempdir_in("/tmp").expect("a folder"));
        let mut command = bare_command(temporary.path());
        command.env(COOKIE.0, COOKIE.1).env("PLUGIN_PROTOCOL_VERSIONS", "6").env("TF_LOG", "trace");
        command.env("PLUGIN_CLIENT_CERT", &certificate.pem).stdout(Stdio::piped());
        let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        command.stderr(if is_full { Stdio::from(full()) } else { Stdio::piped() });
        let mut plugin = command.spawn().expect("a start");
        drop(plugin.stderr.take());
        let mut line = String::new();
        BufReader::new(plugin.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let handshake = Handshake::parse(line.trim_end());
        let channel = Channel::over(handshake.dial_tls(Some(&certificate), &TLS13).await.expect("TLS")).await;
        let answer: Result<read_data_source::Response, Status> =
            channel.unary(READ, read_of("ecslive_image", b"\xc1")).await;
        assert!(answer.map_or(true, |answer| !answer.diagnostics.is_empty()));
        assert_eq!(health(&channel).await.expect("an answer"), 1, "full: {is_full}");
        plugin.kill().and_then(|()| plugin.wait()).expect("an end");
    }
}
