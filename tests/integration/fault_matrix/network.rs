//! What goes wrong on the way: connections that die, proxies that go, clocks that differ, outages that end.

use super::asked::{Asked, STATES};
use super::{has_next_step, runtime, settings, shown};
use ecslive::aws::Clients;
use ecslive::aws::settings::{Network, Retry, Settings};
use ecslive::live::Problem;
use fake_aws::{FakeAws, Fault};
use futures_util::future::join_all;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Something between the product and AWS: handles each connection on a thread of its own.
pub struct Between {
    address: SocketAddr,
}

impl Between {
    pub fn new(handle: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let handle = Arc::new(handle);
        std::thread::spawn(move || {
            for (index, connection) in listener.incoming().flatten().enumerate() {
                let handle = Arc::clone(&handle);
                std::thread::spawn(move || handle(connection, index));
            }
        });
        Self { address }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Carries bytes in both directions for as long as it may.
fn carry(client: TcpStream, to: SocketAddr, open: impl Fn() -> bool + Send + Sync + Clone + 'static) {
    let Ok(server) = TcpStream::connect(to) else { return };
    let pass = |mut from: TcpStream, mut to: TcpStream, open: Box<dyn Fn() -> bool + Send>| {
        std::thread::spawn(move || {
            let mut bytes = [0; 16_384];
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                // A line that is cut says nothing to either side.
                if open() && to.write_all(&bytes[..read]).is_err() {
                    break;
                }
            }
        })
    };
    let (client_too, server_too) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    let there = pass(client, server, Box::new(open.clone()));
    let back = pass(server_too, client_too, Box::new(open));
    let _ = (there.join(), back.join());
}

pub fn address(fake: &FakeAws) -> SocketAddr {
    fake.endpoint().trim_start_matches("http://").parse().expect("an address")
}

fn one(problems: Result<serde_json::Value, Vec<Problem>>) -> String {
    let problems = problems.expect_err("problems");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(has_next_step(&problems[0].detail), "{}", problems[0].detail);
    shown(&problems[0])
}

#[test]
fn a_connection_that_went_dead_without_a_word_is_replaced() {
    let fake = STATES[0].build();
    let (aws, dead) = (address(&fake), Arc::new(AtomicBool::new(false)));
    let cut = Arc::clone(&dead);
    let between = Between::new(move |client, index| {
        let cut = Arc::clone(&cut);
        carry(client, aws, move || index > 0 || !cut.load(Ordering::Relaxed));
    });
    let clients = Clients::new(settings(&between.url()));
    runtime().block_on(async {
        Asked::TaskDefinition.ask(&clients, &fake, None).await.expect("an answer");
        dead.store(true, Ordering::Relaxed);
        let start = Instant::now();
        Asked::Service.ask(&clients, &fake, None).await.expect("an answer over another connection");
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    });
}

#[test]
fn a_proxy_that_dies_is_told_with_what_was_asked() {
    let fake = STATES[0].build();
    let (aws, dead) = (address(&fake), Arc::new(AtomicBool::new(false)));
    let gone = Arc::clone(&dead);
    let proxy = Between::new(move |client, _| {
        if !gone.load(Ordering::Relaxed) {
            let gone = Arc::clone(&gone);
            carry(client, aws, move || !gone.load(Ordering::Relaxed));
        }
    });
    let network = Network { http_proxy: Some(proxy.url()), ..settings("").network };
    let clients = Clients::new(Settings { network, ..settings("http://aws.test") });
    runtime().block_on(async {
        Asked::TaskDefinition.ask(&clients, &fake, None).await.expect("an answer through the proxy");
        dead.store(true, Ordering::Relaxed);
        let text = one(Asked::Service.ask(&clients, &fake, None).await);
        assert!(text.contains("AWS Not Reachable") && text.contains("ecs:DescribeServices"), "{text}");
    });
}

#[test]
fn a_name_that_was_deleted_twice_is_absent() {
    let gone = |at: u32| {
        serde_json::json!({"serviceName": "web", "status": "INACTIVE", "createdAt": 1_700_000_000 + at,
            "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/web",
            "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", "desiredCount": 0, "runningCount": 0,
            "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1"})
    };
    let body = serde_json::json!({"services": [gone(2), gone(1)], "failures": []}).to_string();
    let aws = Between::new(move |mut client, _| {
        let mut bytes = [0; 16_384];
        while let Ok(1..) = client.read(&mut bytes) {
            let _ = write!(client, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        }
    });
    let fake = STATES[0].build();
    let clients = Clients::new(settings(&aws.url()));
    let problems = runtime().block_on(Asked::Service.ask(&clients, &fake, None)).expect_err("a problem");
    assert_eq!(problems[0].summary, "ECS Service Not Found", "{}", shown(&problems[0]));
}

#[test]
fn a_clock_that_differs_is_told_as_such() {
    for (code, message) in [
        ("InvalidSignatureException", "Signature expired: 20261129T055155Z is now earlier than 20261129T064655Z"),
        (
            "InvalidSignatureException",
            "Signature not yet current: 20261129T075155Z is still later than 20261129T065655Z",
        ),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("RequestExpired", "Request has expired."),
    ] {
        let body = format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}");
        let aws = Between::new(move |mut client, _| {
            let mut bytes = [0; 16_384];
            while let Ok(1..) = client.read(&mut bytes) {
                let head =
                    "HTTP/1.1 403 Forbidden\r\ncontent-type: application/x-amz-json-1.1\r\nx-amzn-requestid: 4711";
                let _ = write!(client, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            }
        });
        let fake = STATES[0].build();
        let clients = Clients::new(settings(&aws.url()));
        let text = one(runtime().block_on(Asked::Service.ask(&clients, &fake, None)));
        assert!(text.contains("Clock Differs From AWS") && text.contains("the clock of this machine"), "{text}");
        assert!(text.contains("ecs:DescribeServices (request ID 4711)"), "{text}");
    }
}

#[test]
fn a_hundred_reads_live_through_an_outage_that_ends() {
    let fake = FakeAws::spawn();
    let names = fake.region(fake_aws::REGION, |region| region.estate(100));
    for operation in ["ecs:DescribeServices", "elasticloadbalancing:DescribeRules"] {
        fake.fail_always(operation, Fault::Unavailable);
    }
    let retry = Retry { max_attempts: Some(25), ..Retry::default() };
    let clients = Clients::new(Settings { retry, ..settings(&fake.endpoint()) });
    runtime().block_on(async {
        let reads = names.iter().map(|name| Asked::named(name, &clients));
        let outage = async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let tries = fake.calls().len();
            fake.reset();
            tries
        };
        let (answers, tries) = tokio::join!(join_all(reads), outage);
        let wrong: Vec<_> = answers.iter().filter(|answer| answer.is_err()).collect();
        assert!(wrong.is_empty(), "{} of 100: {:?}", wrong.len(), wrong[0]);
        assert!(tries <= 60, "{tries} tries within 1.5 s do an outage no good");
    });
}

#[test]
fn a_stream_of_garbage_is_no_answer_and_ends() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let aws = Between::new(move |mut client, _| {
        let mut bytes = [0; 16_384];
        let _ = client.read(&mut bytes);
        let _ = client.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\n\r\n");
        while client.write_all(&[b' '; 16_384]).is_ok() && count.fetch_add(1, Ordering::Relaxed) < 200_000 {}
    });
    let fake = STATES[0].build();
    let clients = Clients::new(settings(&aws.url()));
    let start = Instant::now();
    let text = one(runtime().block_on(Asked::Service.ask(&clients, &fake, None)));
    assert!(text.contains("ecs:DescribeServices"), "{text}");
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}
