//! Attempts that fail, end or hang, against fake-aws and against an endpoint that answers what a test wants.

use super::*;
use crate::aws::settings::{Endpoints, Network, Patience, Retry, Settings, StaticCredentials};
use crate::aws::{Clients, ErrorKind, Since};
use crate::resolve::arn::{RouteArn, RuleArn};
use crate::resolve::inquiry::{Scope, Seen};
use fake_aws::{FakeAws, Fault, REGION};
use std::io::{Read, Write};
use std::net::TcpListener;

/// Clients for an endpoint with so many attempts, of which each waits so long for an answer.
fn clients(endpoint: &str, attempts: u32, read: Duration) -> Clients {
    let url = || Some(endpoint.to_owned());
    let secret = || "planted".to_owned();
    Clients::new(Settings {
        region: Some(REGION.to_owned()),
        credentials: Some(StaticCredentials { access_key: secret(), secret_key: secret(), token: None }),
        endpoints: Endpoints { ecs: url(), elbv2: url(), ..Endpoints::default() },
        retry: Retry { max_attempts: Some(attempts), mode: None },
        network: Network { patience: Patience { read, ..Patience::default() }, ..Network::default() },
        ..Settings::default()
    })
}

fn fake() -> FakeAws {
    let fake = FakeAws::spawn();
    fake.region(REGION, |region| region.register("web", &[("web", "nginx")]));
    fake
}

/// An endpoint that answers each request with what `answer` makes of its body: status line and body.
fn endpoint(answer: impl Fn(&str) -> (&'static str, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = Vec::new();
            let mut buffer = [0; 8192];
            let is_whole = |request: &[u8]| {
                let text = String::from_utf8_lossy(request).to_lowercase();
                let (head, body) = text.split_once("\r\n\r\n")?;
                let length = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
                (body.len() >= length).then_some(())
            };
            while is_whole(&request).is_none() {
                match stream.read(&mut buffer) {
                    Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
                    _ => break,
                }
            }
            let (status, body) = answer(&String::from_utf8_lossy(&request));
            let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    url
}

async fn family(clients: &Clients) -> Result<bool, crate::aws::Error> {
    Ok(clients.region(None).await?.task_definition("web", false).await?.is_some())
}

#[tokio::test]
async fn an_attempt_that_gets_no_answer_is_given_up_and_the_next_one_answers() {
    let fake = fake();
    fake.fail("ecs:DescribeTaskDefinition", Fault::Stall, 1);
    let clients = clients(&fake.endpoint(), 25, Duration::from_millis(300));
    assert_eq!(family(&clients).await.ok(), Some(true));
    assert_eq!(fake.count("ecs:DescribeTaskDefinition"), 2);
}

#[tokio::test]
async fn a_call_that_never_gets_an_answer_says_how_often_it_was_tried() {
    let fake = fake();
    fake.fail_always("ecs:DescribeTaskDefinition", Fault::Stall);
    let clients = clients(&fake.endpoint(), 2, Duration::from_millis(300));
    let error = family(&clients).await.expect_err("no answer");
    assert_eq!((&error.kind, error.message.as_str()), (&ErrorKind::Unreachable, "no answer within 300ms"));
    let call = error.call.expect("a call");
    assert_eq!((call.attempt().as_str(), call.endpoint), ("2 of 2", Some(fake.endpoint())));
}

#[tokio::test]
async fn a_status_without_an_answer_of_aws_is_named_by_its_number() {
    for (status, kind, message) in [
        ("502 Bad Gateway", ErrorKind::ServerFault, "HTTP 502"),
        ("429 Too Many Requests", ErrorKind::Throttled, "HTTP 429"),
        ("403 Forbidden", ErrorKind::BadAnswer, "HTTP 403 with a body that is no error message of AWS"),
    ] {
        let url = endpoint(move |_| (status, "<html>Go away</html>".to_owned()));
        let error = family(&clients(&url, 1, Duration::from_secs(9))).await.expect_err(status);
        assert_eq!((&error.kind, error.message.as_str()), (&kind, message));
        let expected: u16 = status[..3].parse().expect("a status");
        assert_eq!(error.call.expect("a call").status, Some(expected));
    }
}

#[tokio::test]
async fn who_waits_knows_for_what() {
    let fake = fake();
    fake.fail("ecs:DescribeTaskDefinition", Fault::InternalError, 1);
    fake.fail_always("ecs:DescribeTaskDefinition", Fault::Stall);
    let clients = clients(&fake.endpoint(), 25, Duration::from_secs(30));
    let progress = Progress::until(Instant::now() + Duration::from_secs(60));
    let mut read = Box::pin(progress.of(family(&clients)));
    // The second attempt hangs.
    let facts = loop {
        let waited = tokio::time::timeout(Duration::from_millis(50), &mut read).await;
        assert!(waited.is_err(), "an answer");
        if fake.count("ecs:DescribeTaskDefinition") == 2 {
            break progress.facts();
        }
    };
    let lines: Vec<String> = facts.into_iter().map(|(label, value)| format!("{label}: {value}")).collect();
    let endpoint = format!("Endpoint: {}", fake.endpoint());
    let expected = [
        "Waiting for: ecs:DescribeTaskDefinition",
        &endpoint,
        "Attempt: 2 of 25",
        "Last cause: HTTP 500 (ServerException)",
    ];
    assert_eq!(lines, expected);
    drop(read);
    // The call belongs to a task of its own and goes on, but nobody waits for it any more.
    assert_eq!(progress.facts(), vec![]);
}

/// A rule of a listener of its own.
fn rule(id: &str) -> RuleArn {
    let arn = format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/1/{id}/{id}");
    RuleArn::parse(&arn).expect("an ARN")
}

#[tokio::test]
async fn one_arn_that_elb_does_not_know_fails_alone_and_is_named() {
    for (code, message) in [
        ("RuleNotFound", "One or more rules not found"),
        ("ListenerNotFound", "One or more listeners not found"),
        ("TargetGroupNotFound", "One or more target groups not found"),
        ("LoadBalancerNotFound", "One or more load balancers not found"),
        ("ValidationError", "'arn:x' is not a valid listener rule ARN"),
    ] {
        let calls = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let url = endpoint(move |request| {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let good = rule("900d");
            if request.contains("0bad") {
                let error =
                    format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
                return ("400 Bad Request", format!("<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"));
            }
            let rule = format!("<member><RuleArn>{}</RuleArn><Actions/></member>", good.as_str());
            let result = format!("<DescribeRulesResult><Rules>{rule}</Rules></DescribeRulesResult>");
            ("200 OK", format!("<DescribeRulesResponse>{result}</DescribeRulesResponse>"))
        });
        let clients = clients(&url, 1, Duration::from_secs(9));
        let (one, other) = (clients.region(None).await.expect("a region"), clients.region(None).await.expect("one"));
        let scope = |id| Scope::Route(RouteArn::Rule(rule(id)));
        let (good, bad) = (scope("900d"), scope("0bad"));
        let (good, bad) = tokio::join!(one.routes(&good, Since::ANY), other.routes(&bad, Since::ANY));
        assert!(matches!(good.as_ref(), Ok(Seen::Routes(routes)) if routes.len() == 1), "{code}: {good:?}");
        assert!(matches!(bad, Ok(Seen::Gone)), "{code}: {bad:?}");
        assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 3, "both together, then each alone");
    }
}

#[test]
fn a_refusal_is_named_by_status_and_code() {
    for (body, expected) in [
        ("{\"__type\": \"com.amazonaws.ecs#ServerException\", \"message\": \"x\"}", Some("ServerException")),
        ("{\"__type\":\"ThrottlingException\"}", Some("ThrottlingException")),
        ("<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>", Some("Throttling")),
        ("<html>502 Bad Gateway</html>", None),
        ("", None),
    ] {
        assert_eq!(code(body), expected, "{body}");
    }
}

#[test]
fn the_longest_time_counts_pauses_and_attempts() {
    let retry = RetryConfig::standard().with_max_attempts(3);
    assert_eq!(longest(&retry, Duration::from_secs(60)), Duration::from_secs(123));
    assert_eq!(spoken(Duration::from_millis(122_100)), "2m3s");
    assert_eq!(spoken(Duration::from_secs(3_660)), "1h1m0s");
    assert_eq!(spoken(Duration::from_millis(1)), "1s");
}

#[test]
fn an_endpoint_is_a_url_without_what_was_asked() {
    assert_eq!(super::endpoint("https://sts.test/?Action=AssumeRole&ExternalId=x"), "https://sts.test");
}
