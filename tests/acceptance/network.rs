//! How AWS is reached: proxies, certificates, kinds of endpoints, repetitions, and how the provider introduces itself.

use crate::provider::{stage, with_provider};
use crate::proxy::Proxy;
use crate::stage::Stage;
use crate::tls::TlsFront;
use fake_aws::{Fault, REGION};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Plans one read with these arguments, from an endpoint if there is one.
fn plan(stage: &Stage, endpoint: Option<&str>, arguments: &str) -> harness::Output {
    let endpoints = endpoint.map(|url| format!("endpoints {{\n  ecs = {url:?}\n}}")).unwrap_or_default();
    with_provider(stage, &format!("provider \"ecslive\" {{\nregion = {REGION:?}\n{arguments}\n{endpoints}\n}}"))
}

fn address(stage: &Stage) -> SocketAddr {
    stage.fake.endpoint().trim_start_matches("http://").parse().expect("an address")
}

const PLAIN: &str = "http://ecs.shop.test";

#[test]
fn http_endpoints_are_reached_through_the_proxy() {
    let stage = stage();
    let proxy = Proxy::to(Some(address(&stage)));
    let url = format!("http_proxy = \"http://{}\"", proxy.address());
    plan(&stage, Some(PLAIN), &url).success();
    assert_eq!(proxy.lines(), ["POST http://ecs.shop.test/"]);
    let with_password = format!("http_proxy = \"http://jane:p%40ss@{}\"", proxy.address());
    plan(&stage, Some(PLAIN), &with_password).success();
    // jane:p@ss
    assert_eq!(proxy.take()[0].authorization.as_deref(), Some("Basic amFuZTpwQHNz"));
}

#[test]
fn the_provider_block_goes_before_the_proxies_of_the_environment() {
    let mut stage = stage();
    let (ours, other) = (Proxy::to(Some(address(&stage))), Proxy::to(Some(address(&stage))));
    stage.workspace.env("HTTP_PROXY", &format!("http://{}", other.address()));
    plan(&stage, Some(PLAIN), "").success();
    assert_eq!(other.lines(), ["POST http://ecs.shop.test/"]);
    plan(&stage, Some(PLAIN), &format!("http_proxy = \"http://{}\"", ours.address())).success();
    assert_eq!((ours.take().len(), other.take().len()), (1, 0));
}

#[test]
fn hosts_of_no_proxy_and_loopback_are_reached_directly() {
    let stage = stage();
    let proxy = Proxy::to(None);
    let all = format!("http_proxy = \"http://{}\"", proxy.address());
    plan(&stage, Some(&stage.fake.endpoint()), &all).success();
    let local = stage.fake.endpoint().replace("127.0.0.1", "localhost");
    plan(&stage, Some(&local), &all).success();
    assert_eq!(proxy.lines(), Vec::<String>::new());
    let output = plan(&stage, Some(PLAIN), &format!("{all}\nno_proxy = \"10.0.0.0/8, .shop.test\""));
    assert!(output.text().contains("AWS Not Reachable"), "{}", output.text());
    assert_eq!(proxy.lines(), Vec::<String>::new());
}

#[test]
fn https_endpoints_are_reached_through_a_tunnel() {
    let mut stage = stage();
    let front = TlsFront::new(&["ecs.shop.test"], address(&stage));
    let proxy = Proxy::to(Some(front.address()));
    let bundle = stage.workspace.home().join("ca.pem");
    std::fs::write(&bundle, &front.authority).expect("a file");
    let ca = "custom_ca_bundle = \"~/ca.pem\"";
    let url = format!("http://{}", proxy.address());
    for arguments in [format!("https_proxy = {url:?}"), format!("http_proxy = {url:?}")] {
        plan(&stage, Some("https://ecs.shop.test"), &format!("{ca}\n{arguments}")).success();
        assert_eq!(proxy.lines(), ["CONNECT ecs.shop.test:443"]);
    }
    stage.workspace.env("https_proxy", &url).env("AWS_CA_BUNDLE", &bundle.display().to_string());
    plan(&stage, Some("https://ecs.shop.test"), "").success();
    assert_eq!(proxy.lines(), ["CONNECT ecs.shop.test:443"]);
}

#[test]
fn a_proxy_that_lets_nobody_through_is_named_soon() {
    let mut stage = stage();
    stage.workspace.env("AWS_MAX_ATTEMPTS", "");
    let proxy = Proxy::to(None);
    let output = plan(&stage, Some("https://ecs.shop.test"), &format!("https_proxy = \"http://{}\"", proxy.address()));
    for expected in [
        "AWS Not Reachable",
        "Check the network, the proxy",
        "Attempt: 5 of 25, given up because several in a row found nobody Cause: the proxy opens no connection",
    ] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
    assert_eq!(proxy.take().len(), 5);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_named_at_once() {
    let stage = stage();
    let front = TlsFront::new(&["localhost"], address(&stage));
    let started = Instant::now();
    let output = plan(&stage, Some(&front.endpoint()), "max_retries = 25");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    for expected in ["AWS Certificate Not Trusted", "custom_ca_bundle", "is signed by an authority that is not trusted"]
    {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
}

#[test]
fn a_ca_bundle_may_hold_more_than_certificates() {
    let mut stage = stage();
    let front = TlsFront::new(&["localhost"], address(&stage));
    let other = TlsFront::new(&["localhost"], address(&stage));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let bundle = format!("# ours\n{}{broken}{}", other.authority, front.authority);
    std::fs::write(stage.workspace.home().join("ca.pem"), bundle).expect("a file");
    let path = stage.workspace.home().join("ca.pem").display().to_string();
    plan(&stage, Some(&front.endpoint()), &format!("custom_ca_bundle = {path:?}")).success();
    // The block goes before the environment.
    stage.workspace.env("AWS_CA_BUNDLE", "/nonexistent/ca.pem");
    plan(&stage, Some(&front.endpoint()), &format!("custom_ca_bundle = {path:?}")).success();
    let output = plan(&stage, Some(&front.endpoint()), "");
    let expected = "AWS_CA_BUNDLE names /nonexistent/ca.pem, which cannot be read";
    assert!(output.text().contains(expected), "{}", output.text());
}

#[test]
fn a_file_that_is_no_ca_bundle_is_an_error_on_the_argument() {
    let stage = stage();
    std::fs::write(stage.workspace.home().join("empty.pem"), "nothing").expect("a file");
    for (path, expected) in [
        ("/nonexistent/ca.pem", "The file /nonexistent/ca.pem cannot be read"),
        ("~/empty.pem", "empty.pem holds no certificate in PEM form."),
    ] {
        let output = plan(&stage, Some(&stage.fake.endpoint()), &format!("custom_ca_bundle = {path:?}"));
        for expected in [expected, "Unusable CA Bundle", "custom_ca_bundle = "] {
            assert!(output.text().contains(expected), "{expected}: {}", output.text());
        }
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

#[test]
fn fips_and_dual_stack_select_the_host() {
    let mut stage = stage();
    // Nothing is behind this proxy: what counts is where a connection was wanted.
    let proxy = Proxy::to(None);
    stage.workspace.env("HTTPS_PROXY", &format!("http://{}", proxy.address()));
    for (arguments, host) in [
        ("", "ecs.eu-west-1.amazonaws.com"),
        ("use_fips_endpoint = true", "ecs-fips.eu-west-1.amazonaws.com"),
        ("use_dualstack_endpoint = true", "ecs.eu-west-1.api.aws"),
        ("use_fips_endpoint = true\nuse_dualstack_endpoint = true", "ecs-fips.eu-west-1.api.aws"),
    ] {
        let output = plan(&stage, None, &format!("max_retries = 1\n{arguments}"));
        assert!(output.text().contains("AWS Not Reachable"), "{}", output.text());
        assert_eq!(proxy.lines(), [format!("CONNECT {host}:443")], "{arguments}");
    }
    stage.workspace.env("AWS_USE_FIPS_ENDPOINT", "true");
    plan(&stage, None, "max_retries = 1");
    assert_eq!(proxy.lines(), ["CONNECT ecs-fips.eu-west-1.amazonaws.com:443"]);
    // A URL is taken as it is.
    plan(&stage, Some(&stage.fake.endpoint()), "use_dualstack_endpoint = true").success();
}

#[test]
fn calls_are_tried_as_often_as_somebody_says() {
    let mut stage = stage();
    stage.fake.fail_always("ecs:DescribeTaskDefinition", Fault::InternalError);
    let endpoint = stage.fake.endpoint();
    let mut attempts = |variable: &str, arguments: &str| {
        stage.workspace.env("AWS_MAX_ATTEMPTS", variable);
        let before = stage.fake.count("ecs:DescribeTaskDefinition");
        let output = plan(&stage, Some(&endpoint), arguments);
        assert!(output.text().contains("AWS Server Error"), "{}", output.text());
        stage.fake.count("ecs:DescribeTaskDefinition") - before
    };
    assert_eq!(attempts("2", ""), 2);
    assert_eq!(attempts("3", "max_retries = 1"), 1);
    assert_eq!(attempts("2", "max_retries = 0\nretry_mode = \"adaptive\""), 2);
    for (name, value) in [("AWS_MAX_ATTEMPTS", "many"), ("AWS_RETRY_MODE", "never")] {
        stage.workspace.env("AWS_MAX_ATTEMPTS", "").env(name, value);
        let output = plan(&stage, Some(&endpoint), "");
        let expected = format!("{name} is {value:?}, which is ");
        assert!(output.text().contains(&expected), "{}", output.text());
    }
}

#[test]
fn the_user_agent_names_the_provider_and_what_terraform_was_told_to_add() {
    let mut stage = stage();
    stage.workspace.env("TF_APPEND_USER_AGENT", "team-shop/7");
    plan(&stage, Some(&stage.fake.endpoint()), "").success();
    let agent = stage.fake.calls()[0].user_agent.clone();
    assert!(agent.starts_with(concat!("terraform-provider-ecslive/", env!("CARGO_PKG_VERSION"), " aws-sdk-rust/")));
    assert!(agent.ends_with(" team-shop/7"), "{agent}");
}

#[test]
fn mistakes_in_the_arguments_are_found_offline() {
    let stage = stage();
    for (arguments, expected) in [
        ("max_retries = -1", "A whole number from 0 to"),
        ("retry_mode = \"legacy\"", "\"legacy\" is not a retry mode"),
        ("http_proxy = \"socks5://proxy\"", "Not the URL of a proxy"),
        ("https_proxy = \"http://user:planted@\"", "Not the URL of a proxy"),
        ("ec2_metadata_service_endpoint = \"169.254.169.254\"", "\"169.254.169.254\" is not an endpoint URL"),
        ("ec2_metadata_service_endpoint_mode = \"IPv5\"", "\"IPv5\" is not a mode of the metadata service"),
    ] {
        let output = plan(&stage, Some(&stage.fake.endpoint()), arguments);
        assert_eq!(output.code, Some(1), "{arguments}");
        assert!(output.text().contains(expected), "{arguments}: {}", output.text());
        // terraform quotes the line that a diagnostic points at; the provider's own words must not.
        assert_eq!(output.text().matches("planted").count(), arguments.matches("planted").count());
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

/// What the provider itself logs under these variables: the lines of the log that are its own.
fn logged(stage: &mut Stage, variables: &[(&str, &str)]) -> Vec<String> {
    let path = stage.workspace.dir().join("ecslive.log");
    let _ = std::fs::remove_file(&path);
    stage.workspace.env("TF_LOG_PATH", &path.display().to_string());
    for (name, value) in variables {
        stage.workspace.env(name, value);
    }
    let endpoint = stage.fake.endpoint();
    plan(stage, Some(&endpoint), "").success();
    for (name, _) in variables {
        stage.workspace.env(name, "");
    }
    let log = std::fs::read_to_string(path).expect("a log");
    log.lines().filter(|line| line.contains("@module=ecslive.")).map(str::to_owned).collect()
}

#[test]
fn the_log_tells_when_calls_are_tried_again_and_at_debug_every_call() {
    let mut stage = stage();
    let endpoint = stage.fake.endpoint();
    let quiet = logged(&mut stage, &[("TF_LOG", "INFO")]);
    assert!(quiet.iter().all(|line| line.contains("found credentials")), "{quiet:#?}");
    stage.fake.fail("ecs:DescribeTaskDefinition", Fault::InternalError, 1);
    let info = logged(&mut stage, &[("TF_LOG", "INFO")]).join("\n");
    let expected = [
        "ecs:DescribeTaskDefinition failed and is tried again, up to 3 times in all and for 2m3s at most",
        "cause=\"HTTP 500 (ServerException)\"",
        &format!("endpoint={endpoint}"),
    ];
    for expected in expected {
        assert!(info.contains(expected), "{expected}: {info}");
    }
    stage.fake.fail("ecs:DescribeTaskDefinition", Fault::InternalError, 1);
    let debug = logged(&mut stage, &[("TF_LOG_PROVIDER", "DEBUG")]);
    let calls: Vec<&String> = debug.iter().filter(|line| line.contains("called AWS")).collect();
    assert_eq!(calls.len(), 2, "{debug:#?}");
    for expected in ["attempt=1", "status=500", "request_id=00000000-", "operation=ecs:DescribeTaskDefinition", " ms="]
    {
        assert!(calls[0].contains(expected), "{expected}: {}", calls[0]);
    }
    assert!(calls[1].contains("attempt=2") && calls[1].contains("status=200"), "{}", calls[1]);
    assert!(!info.contains("a connection broke"), "{info}");
    let all = format!("{info}{}", debug.join("\n"));
    for secret in ["wJalrXUtnFEMI", "AKIDEXAMPLE", "containerDefinitions", "nginx"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}
