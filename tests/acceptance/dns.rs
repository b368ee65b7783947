//! Name servers that never answer: the resolver of the machine hangs, and nobody waits for it longer than for anybody else.
//!
//! It takes a port below 1024 of loopback and a mount namespace. Where a machine gives neither, that is said and nothing is run.
#![cfg(target_os = "linux")]

use crate::stage::{Stage, WEB, binaries};
use std::io::Write;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const HOST: &str = "http://aws.shop.test";
/// Replaces the file for one process and its children.
const UNSHARED: &str = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";

/// A name server that takes questions and says nothing, for as long as this is kept.
struct Resolver {
    configuration: PathBuf,
    _socket: UdpSocket,
}

impl Resolver {
    /// None where it cannot be had, which is said past the capture of tests. Each has an address of loopback of its own.
    fn new(folder: &Path, address: &str) -> Option<Self> {
        let configuration = folder.join("resolv.conf");
        std::fs::write(&configuration, format!("nameserver {address}\n")).expect("a file");
        let socket = UdpSocket::bind((address, 53));
        let namespace = unshared(&configuration, Command::new("true")).stdin(Stdio::null()).output();
        match (socket, namespace) {
            (Ok(socket), Ok(output)) if output.status.success() => Some(Self { configuration, _socket: socket }),
            (socket, namespace) => {
                let why = format!("{:?}, {:?}", socket.err(), namespace.map(|output| output.status));
                let _ = writeln!(std::io::stderr(), "NOT RUN: a resolver that hangs cannot be had here: {why}");
                None
            }
        }
    }

    fn run(&self, command: Command) -> (Output, Duration) {
        let start = Instant::now();
        let output = unshared(&self.configuration, command).stdin(Stdio::null()).output().expect("an end");
        (output, start.elapsed())
    }
}

/// The command where this file says how names are resolved.
fn unshared(configuration: &Path, command: Command) -> Command {
    let mut unshared = Command::new("unshare");
    unshared.args(["--map-root-user", "--mount", "sh", "-c", UNSHARED]).arg(configuration);
    unshared.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        unshared.current_dir(folder).env_clear();
    }
    unshared.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    unshared
}

#[test]
fn a_resolver_that_hangs_is_not_waited_for_longer_than_for_a_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(resolver) = Resolver::new(folder.path(), "127.0.53.1") else { return };
    let mut stage = Stage::new();
    let log = stage.workspace.dir().join("trace.log");
    stage.workspace.env("TF_VAR_endpoint", HOST).env("AWS_MAX_ATTEMPTS", "2");
    stage.workspace.env("TF_LOG", "trace").env("TF_LOG_PATH", &log.display().to_string());
    let reads: String = (0..10).map(|i| format!("data \"ecslive_service\" \"it{i}\" {{\n{WEB}}}\n")).collect();
    stage.write(&reads);
    let (output, took) = resolver.run(stage.workspace.command(&["plan"]));
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for expected in ["AWS Not Reachable", "Endpoint: http://aws.shop.test", "Attempt: 2 of 2"] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
    // Two attempts of three seconds, a wait between them, and terraform on a busy machine. A resolver gives up after ten.
    assert!(took < Duration::from_secs(20), "{took:?}");
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(!log.contains("plugin failed to exit gracefully"), "the plugin waited for the resolver at its end");
}

#[test]
fn the_command_ends_although_the_resolver_hangs() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(resolver) = Resolver::new(folder.path(), "127.0.53.2") else { return };
    let mut command = Command::new(binaries().join("ecslive"));
    command.args(["--endpoint-url", HOST, "--region", "eu-west-1", "resolve", "service", "web", "--cluster=shop"]);
    command.arg("--timeout=2s").env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    let (output, took) = resolver.run(command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    for expected in ["Read Timed Out", "ecs:DescribeServices", HOST] {
        assert!(stderr.contains(expected), "{expected}: {stderr}");
    }
    assert!(took < Duration::from_secs(6), "{took:?}");
}
