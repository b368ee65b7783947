//! The plugin runtime seen from outside: the real binary, started by a host that plays by the rules and by some that
//! do not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use ecslive::plugin::proto::health::{HealthCheckRequest, HealthCheckResponse};
use ecslive::plugin::proto::{ConnInfo, StdioData};
use futures_util::stream;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};

use crate::host::{COOKIE, Certificate, Channel, Handshake, PATIENCE, Plugin, bare_command};

/// What Terraform waits before it kills is 2 s; ours is 100 ms on a quiet machine.
const QUICK: Duration = Duration::from_secs(1);

async fn health(channel: &Channel, service: &str) -> Result<i32, Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer: HealthCheckResponse = channel.unary("/grpc.health.v1.Health/Check", request).await?;
    Ok(answer.status)
}

async fn is_served(channel: &Channel) -> bool {
    timeout(PATIENCE, health(channel, "plugin")).await.unwrap().unwrap() == 1
}

/// A server that accepts a peer talks HTTP/2 and stays; one that refuses it hangs up, perhaps after a TLS alert.
async fn hangs_up(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> bool {
    let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let mut answer = Vec::new();
    let hung_up = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.is_ok();
    hung_up && answer.len() < 9
}

fn by_hand(arguments: &[&str], variables: &[(&str, &[u8])]) -> Output {
    let temporary = tempfile::tempdir().unwrap();
    let variables = variables.iter().map(|(name, value)| (name, std::ffi::OsStr::from_bytes(value)));
    let output = bare_command(temporary.path()).args(arguments).envs(variables).output().unwrap();
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "nothing is left behind");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().replace(env!("CARGO_PKG_VERSION"), "<version>")
}

/// What the binary says to a host that sends this, apart from its right cookie.
fn complaint(name: &str, value: &[u8]) -> String {
    let output = by_hand(&[], &[(COOKIE.0, COOKIE.1.as_bytes()), (name, value)]);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b""[..]));
    text(&output.stderr)
}

#[test]
fn a_person_who_starts_it_learns_what_it_is_for() {
    let output = by_hand(&[], &[]);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b""[..]));
    let text = text(&output.stderr);
    let (text, documentation) = text.split_once("Read on: ").unwrap();
    assert!(!documentation.trim().is_empty());
    insta::assert_snapshot!(text, @r#"
    terraform-provider-ecslive <version> is a plugin: Terraform and OpenTofu start it, it does nothing by itself.

    To use it, put this into a configuration, then run `terraform init` or `tofu init`:

      terraform {
        required_providers {
          ecslive = {
            source = "ecslive/ecslive"
          }
        }
      }
    "#);
}

#[test]
fn a_wrong_cookie_is_no_cookie() {
    let output = by_hand(&[], &[(COOKIE.0, b"d602bf8f")]);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b""[..]));
}

#[test]
fn an_unknown_argument_is_named() {
    let stderr = text(&by_hand(&["--debgu"], &[]).stderr);
    assert_eq!(stderr.lines().next(), Some(r#"Unknown argument "--debgu"; -help lists them all."#));
}

#[test]
fn version_and_help_go_to_stdout() {
    let version = by_hand(&["--version"], &[]);
    assert_eq!((version.status.code(), version.stderr.len()), (Some(0), 0));
    assert_eq!(text(&version.stdout), "terraform-provider-ecslive <version>\n");
    let help = by_hand(&["-help"], &[]);
    assert_eq!((help.status.code(), help.stderr.len()), (Some(0), 0));
    assert!(text(&help.stdout).contains("-debug") && text(&help.stdout).contains("TF_LOG_PROVIDER_ECSLIVE"));
}

#[test]
fn what_no_host_would_send_is_refused_by_name() {
    insta::assert_snapshot!(complaint("PLUGIN_CLIENT_CERT", b"hello"), @"[ERROR] terraform-provider-ecslive: PLUGIN_CLIENT_CERT holds 0 certificates in PEM form where a host sends one");
    insta::assert_snapshot!(complaint("PLUGIN_CLIENT_CERT", b"\xff"), @"[ERROR] terraform-provider-ecslive: PLUGIN_CLIENT_CERT is not valid UTF-8");
    insta::assert_snapshot!(complaint("PLUGIN_MIN_PORT", b"many"), @r#"[ERROR] terraform-provider-ecslive: PLUGIN_MIN_PORT is "many", which is not a port between 0 and 65535"#);
    insta::assert_snapshot!(complaint("PLUGIN_MIN_PORT", b"2"), @"[ERROR] terraform-provider-ecslive: PLUGIN_MIN_PORT is 2, which is above PLUGIN_MAX_PORT, 0");
    for (name, value) in [("PLUGIN_UNIX_SOCKET_DIR", "/does/not/exist"), ("PLUGIN_UNIX_SOCKET_GROUP", "nobody-has-it")]
    {
        let complaint = complaint(name, value.as_bytes());
        assert!(complaint.contains(name) && complaint.contains(value), "{complaint}");
    }
}

#[tokio::test]
async fn stdout_carries_one_line_of_six_parts() {
    let mut plugin = Plugin::start();
    let (handshake, channel) = plugin.connect().await;
    assert_eq!((handshake.line.split('|').count(), handshake.network.as_str()), (6, "unix"));
    assert!(handshake.certificate.is_some());
    plugin.shutdown(&channel).await;
    assert_eq!(plugin.stdout_line(), None);
}

#[test]
fn the_answer_is_protocol_6_whatever_is_offered() {
    for offer in ["6,5", "5,6", "5", "sechs,,-1", ""] {
        let plugin = Plugin::start_with(|command| command.env("PLUGIN_PROTOCOL_VERSIONS", offer));
        assert!(plugin.handshake().line.starts_with("1|6|"), "{offer:?}");
    }
}

#[test]
fn a_host_that_asks_for_multiplexing_hears_that_there_is_none() {
    let plugin = Plugin::start_with(|command| command.env("PLUGIN_MULTIPLEX_GRPC", "true"));
    assert!(plugin.handshake().line.ends_with("|false"));
}

#[test]
fn nobody_else_reaches_the_socket() {
    let plugin = Plugin::start();
    let handshake = plugin.handshake();
    let directory = Path::new(&handshake.address).parent().unwrap();
    assert_eq!(directory.parent(), Some(plugin.temporary.path()));
    assert_eq!(fs::metadata(directory).unwrap().permissions().mode() & 0o7777, 0o700);
}

#[tokio::test]
async fn a_directory_that_cannot_hold_a_socket_is_passed_over() {
    let temporary = tempfile::tempdir().unwrap();
    for name in ["x".repeat(120), "a|b".into(), "it's".into(), "line\nbreak".into()] {
        let directory = temporary.path().join(name);
        fs::create_dir(&directory).unwrap();
        let mut plugin = Plugin::start_with(|command| command.env("TMPDIR", &directory));
        let (handshake, channel) = plugin.connect().await;
        assert!(handshake.address.starts_with("/tmp/plugin-"), "{}", handshake.address);
        assert!(is_served(&channel).await);
        plugin.shutdown(&channel).await;
        assert!(!Path::new(&handshake.address).parent().unwrap().exists());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    }
    // Nobody, not even root, makes a folder in /proc.
    for missing in ["/does/not/exist", "relative", "", "/proc"] {
        let mut plugin = Plugin::start_with(|command| command.env("TMPDIR", missing));
        assert!(plugin.handshake().address.starts_with("/tmp/plugin-"), "{missing:?}");
        plugin.signal("TERM");
        plugin.exit();
    }
}

#[test]
fn the_hosts_directory_and_group_are_honoured() {
    let temporary = tempfile::tempdir_in("/tmp").unwrap();
    let group = fs::metadata(temporary.path()).unwrap().gid();
    let plugin = Plugin::start_with(|command| {
        command.env("PLUGIN_UNIX_SOCKET_DIR", temporary.path()).env("PLUGIN_UNIX_SOCKET_GROUP", group.to_string())
    });
    let handshake = plugin.handshake();
    let socket = Path::new(&handshake.address);
    let directory = socket.parent().unwrap();
    assert_eq!(directory.parent(), Some(temporary.path()));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(directory), mode(socket)), (0o710, 0o660));
    assert_eq!(fs::metadata(socket).unwrap().gid(), group);
}

#[tokio::test]
async fn only_the_hosts_own_certificate_gets_in() {
    let plugin = Plugin::start_with(|command| command.env("TF_LOG", "warn"));
    let handshake = plugin.handshake();
    let silent = handshake.dial().await;
    assert!(hangs_up(handshake.dial().await).await, "plain HTTP/2");
    let strangers = [None, Some(Certificate::new()), Some(plugin.certificate().stolen())];
    for version in [&TLS12, &TLS13] {
        for stranger in &strangers {
            // With TLS 1.3 a client has finished before the server looks at its certificate.
            if let Ok(stream) = handshake.dial_tls(stranger.as_ref(), version).await {
                assert!(hangs_up(stream).await, "{version:?}");
            }
        }
    }
    let channel = plugin.channel(&handshake).await;
    assert!(is_served(&channel).await, "and the silent one holds up nobody");
    plugin.wait_for_log("refused a connection", 1 + 2 * strangers.len());
    drop(silent);
}

#[tokio::test]
async fn a_host_without_p_521_gets_in_with_its_own_certificate_and_nobody_else_does() {
    for kind in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let host = Certificate::of(kind);
        let plugin = Plugin::start_with(|command| command.env("PLUGIN_CLIENT_CERT", &host.pem));
        let handshake = plugin.handshake();
        for peer in [None, Some(Certificate::of(kind)), Some(host.stolen())] {
            let stranger = handshake.dial_tls(peer.as_ref(), &TLS13).await;
            assert!(match stranger {
                Ok(stream) => hangs_up(stream).await,
                Err(_) => true,
            });
        }
        let channel = Channel::over(handshake.dial_tls(Some(&host), &TLS13).await.unwrap()).await;
        assert!(is_served(&channel).await);
    }
}

#[tokio::test]
async fn a_crowd_of_bad_peers_holds_up_nobody() {
    let plugin = Plugin::start();
    let handshake = plugin.handshake();
    let mut crowd = Vec::new();
    for _ in 0..200 {
        let mut peer = handshake.dial().await;
        peer.write_all(b"\x16\x03\x01\xff\xff").await.unwrap();
        crowd.push(peer);
    }
    assert!(is_served(&plugin.channel(&handshake).await).await);
}

#[tokio::test]
async fn http_2_is_settled_on_by_tls_1_2_and_1_3() {
    let plugin = Plugin::start();
    let handshake = plugin.handshake();
    for version in [&TLS12, &TLS13] {
        let stream = handshake.dial_tls(Some(plugin.certificate()), version).await.unwrap();
        let (_, session) = stream.get_ref();
        assert_eq!(session.alpn_protocol(), Some(&b"h2"[..]));
        assert_eq!(session.protocol_version(), Some(version.version));
        assert!(is_served(&Channel::over(stream).await).await);
    }
}

#[tokio::test]
async fn a_host_without_a_certificate_wants_no_tls() {
    let mut plugin = Plugin::start_with(|command| command.env_remove("PLUGIN_CLIENT_CERT"));
    let (handshake, channel) = plugin.connect().await;
    assert!(handshake.certificate.is_none() && handshake.line.ends_with("|grpc|"));
    assert!(is_served(&channel).await);
    assert_eq!(plugin.shutdown(&channel).await.0.code(), Some(0));
}

#[tokio::test]
async fn unknown_services_and_methods_are_unimplemented() {
    let plugin = Plugin::start();
    let (_, channel) = plugin.connect().await;
    assert_eq!(health(&channel, "tfplugin6.Provider").await.unwrap_err().code(), Code::NotFound);
    for path in ["/plugin.NoSuch/Method", "/plugin.GRPCController/NoSuch", "/tfplugin5.Provider/GetSchema"] {
        assert_eq!(channel.unary::<(), ()>(path, ()).await.unwrap_err().code(), Code::Unimplemented, "{path}");
    }
}

#[tokio::test]
async fn shutdown_waits_for_no_stream_and_no_call() {
    let mut plugin = Plugin::start();
    let (_, channel) = plugin.connect().await;
    let mut broker: Streaming<ConnInfo> =
        channel.streaming("/plugin.GRPCBroker/StartStream", stream::pending::<ConnInfo>()).await.unwrap();
    let mut stdio: Streaming<StdioData> =
        channel.streaming("/plugin.GRPCStdio/StreamStdio", stream::iter([()])).await.unwrap();
    let caller = channel.clone();
    let unfinished = tokio::spawn(async move {
        let request = stream::pending::<HealthCheckRequest>();
        caller.streaming::<_, HealthCheckResponse>("/grpc.health.v1.Health/Check", request).await
    });
    tokio::task::yield_now().await;
    // Requests arrive in order, so the unfinished one is in the hands of the plugin when this one is answered.
    assert!(is_served(&channel).await && !unfinished.is_finished());
    let (status, took) = plugin.shutdown(&channel).await;
    assert_eq!(status.code(), Some(0));
    assert!(took < QUICK, "{took:?}");
    assert_eq!(plugin.leftovers(), Vec::<String>::new());
    assert!(!matches!(stdio.message().await, Ok(Some(_))), "hosts log what comes here as a warning");
    assert!(!matches!(broker.message().await, Ok(Some(_))));
}

#[tokio::test]
async fn ctrl_c_is_for_the_host() {
    let mut plugin = Plugin::start();
    let (_, channel) = plugin.connect().await;
    plugin.signal("INT");
    assert!(is_served(&channel).await);
    plugin.signal("INT");
    assert!(is_served(&channel).await);
    assert_eq!(plugin.shutdown(&channel).await.0.code(), Some(0));
}

#[test]
fn sigterm_leaves_nothing_behind() {
    let mut plugin = Plugin::start();
    plugin.handshake();
    plugin.signal("TERM");
    assert_eq!(plugin.exit().0.code(), Some(143));
    assert_eq!(plugin.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn an_orphan_ends_by_itself() {
    let mut plugin = Plugin::start();
    let (_, channel) = plugin.connect().await;
    assert!(is_served(&channel).await);
    drop(channel);
    // The connection is closed by a task of this runtime, so the wait must leave it room.
    let (status, _) = tokio::task::spawn_blocking(move || (plugin.exit().0, plugin.leftovers())).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_debug_server_serves_any_number_of_hosts() {
    let mut plugin = Plugin::start_with(|command| command.arg("-debug").env_remove(COOKIE.0));
    let reattach = loop {
        let line = plugin.stdout_line().expect("a line with the variable");
        if let Some((_, value)) = line.split_once("TF_REATTACH_PROVIDERS='") {
            break value.strip_suffix('\'').expect("quoted for a shell").to_owned();
        }
    };
    let reattach: serde_json::Value = serde_json::from_str(&reattach).unwrap();
    let provider = &reattach["ecslive/ecslive"];
    assert_eq!(provider["Pid"], plugin.id());
    assert_eq!((&provider["Protocol"], &provider["ProtocolVersion"]), (&"grpc".into(), &6.into()));
    assert_eq!((&provider["Test"], &provider["Addr"]["Network"]), (&true.into(), &"unix".into()));
    let handshake = Handshake::parse(&format!("1|6|unix|{}|grpc|", provider["Addr"]["String"].as_str().unwrap()));
    let (one, other) = (plugin.channel(&handshake).await, plugin.channel(&handshake).await);
    assert!(is_served(&one).await && is_served(&other).await && is_served(&one).await);
    drop((one, other));
    assert!(is_served(&plugin.channel(&handshake).await).await);
    plugin.signal("INT");
    assert_eq!(plugin.exit().0.code(), Some(0));
    assert_eq!(plugin.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn stdin_is_left_to_terraform() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"yes\n").unwrap();
    file.rewind().unwrap();
    let stdin = file.try_clone().unwrap();
    let mut plugin = Plugin::start_with(|command| command.stdin(stdin));
    let (_, channel) = plugin.connect().await;
    assert!(is_served(&channel).await);
    plugin.shutdown(&channel).await;
    // Both descriptors share one position.
    assert_eq!(file.stream_position().unwrap(), 0);
}

#[tokio::test]
async fn the_log_is_silent_unless_asked_and_always_in_form() {
    for (variable, level, expected) in
        [("PATH", "", false), ("TF_LOG", "off", false), ("TF_LOG", "trace", true), ("TF_LOG_PROVIDER", "DEBUG", true)]
    {
        let mut plugin = Plugin::start_with(|command| command.env(variable, level));
        let (handshake, channel) = plugin.connect().await;
        assert!(hangs_up(handshake.dial().await).await && is_served(&channel).await);
        plugin.shutdown(&channel).await;
        let log = plugin.whole_log();
        assert_eq!(!log.is_empty(), expected, "{variable}={level}: {log}");
        for line in log.lines() {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            for key in ["@level", "@message", "@timestamp", "@module"] {
                assert!(entry[key].is_string(), "{line}");
            }
        }
    }
}
