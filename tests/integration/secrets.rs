//! Nothing secret leaves the plugin: no message to the host holds it, and no line of the log, whatever goes wrong.

use crate::host::{BINARY, COOKIE, Channel, Plugin};
use crate::reads::object;
use ecslive::framework::Provider;
use ecslive::framework::proto::{
    DynamicValue, configure_provider, read_data_source, validate_data_resource_config, validate_provider_config,
};
use ecslive::provider::Ecslive;
use ecslive::tf::{Type, Value, msgpack};
use fake_aws::{FakeAws, Fault, REGION, Step};
use prost::Message;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

const SECRETS: [&str; 7] = [
    "planted-secret-key",
    "planted-token",
    "planted-external-id",
    "planted-password",
    // What fake-aws gives for the role.
    "secret-of-deploy",
    "token-of-deploy",
    // Basic authorization of jane:planted-password.
    "amFuZTpwbGFudGVkLXBhc3N3b3Jk",
];

const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1";

/// Data sources with what they are asked for.
fn asked() -> [(&'static str, Vec<(&'static str, Value)>); 6] {
    let service = || vec![("cluster", "shop".into()), ("service_name", "web".into())];
    [
        ("task_definition", vec![("family", "web".into())]),
        ("service", service()),
        ("target_group", service()),
        ("deployment", service()),
        ("services", vec![("cluster", "shop".into()), ("include_images", Value::Bool(true))]),
        ("image", vec![("image", IMAGE.into()), ("include_platforms", Value::Bool(true))]),
    ]
}

fn packed(ty: &Type, value: &Value) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(ty, value).expect("a value"), json: Vec::new() })
}

/// A provider block with every secret that one can have.
fn provider(endpoint: &str, proxy: &str) -> Option<DynamicValue> {
    let schema = Ecslive::schema();
    let block = |name: &str, known: &[(&str, Value)]| {
        let block = schema.blocks.iter().find(|block| block.name == name).expect("a block");
        Value::List(vec![object(&block.block.ty(), known)])
    };
    let urls = ["codedeploy", "ecr", "ecs", "elbv2", "sts"].map(|name| (name, endpoint.into()));
    let role =
        [("role_arn", "arn:aws:iam::222222222222:role/deploy".into()), ("external_id", "planted-external-id".into())];
    let known = [
        ("region", "eu-west-1".into()),
        ("access_key", "AKIDEXAMPLE".into()),
        ("secret_key", "planted-secret-key".into()),
        ("token", "planted-token".into()),
        ("http_proxy", proxy.into()),
        ("assume_role", block("assume_role", &role)),
        ("endpoints", block("endpoints", &urls)),
    ];
    packed(&schema.ty(), &object(&schema.ty(), &known))
}

async fn call<Q: Message + 'static, A: Message + Default + 'static>(
    channel: &Channel,
    path: &'static str,
    request: Q,
) -> Vec<u8> {
    let answer: A = channel.unary(path, request).await.expect("an answer");
    answer.encode_to_vec()
}

/// All that a host is told in one plan, as bytes.
async fn told(channel: &Channel, endpoint: &str, proxy: &str) -> Vec<u8> {
    let config = provider(endpoint, proxy);
    let request = validate_provider_config::Request { config: config.clone() };
    let path = "/tfplugin6.Provider/ValidateProviderConfig";
    let mut all = call::<_, validate_provider_config::Response>(channel, path, request).await;
    let request = configure_provider::Request { config, ..Default::default() };
    let path = "/tfplugin6.Provider/ConfigureProvider";
    all.extend(call::<_, configure_provider::Response>(channel, path, request).await);
    let sources = Ecslive::data_sources();
    for (name, known) in asked() {
        let source = sources.iter().find(|source| source.name() == name).expect("the data source");
        let ty = source.schema().ty();
        let (type_name, config) = (format!("ecslive_{name}"), packed(&ty, &object(&ty, &known)));
        let request = validate_data_resource_config::Request { type_name: type_name.clone(), config: config.clone() };
        let path = "/tfplugin6.Provider/ValidateDataResourceConfig";
        all.extend(call::<_, validate_data_resource_config::Response>(channel, path, request).await);
        let request = read_data_source::Request { type_name, config, ..Default::default() };
        let path = "/tfplugin6.Provider/ReadDataSource";
        all.extend(call::<_, read_data_source::Response>(channel, path, request).await);
    }
    all
}

#[track_caller]
fn has_none(text: &str, what: &str) {
    for secret in SECRETS {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} got out: {what}");
    }
}

#[tokio::test]
async fn no_message_and_no_log_has_a_secret() {
    let fake = FakeAws::spawn();
    fake.scenario("codedeploy");
    let levels = ["TF_LOG", "TF_LOG_PROVIDER", "RUST_LOG"].map(|name| (name, "trace"));
    let mut plugin =
        Plugin::start_with(|command| command.envs(levels).env("RUST_BACKTRACE", "full").env("AWS_MAX_ATTEMPTS", "1"));
    let channel = plugin.connect().await.1;
    let local = fake.endpoint();
    let remote = local.replace("127.0.0.1", "aws.shop.test");
    let way = format!("http://jane:planted-password@{}", local.trim_start_matches("http://"));
    // What cannot be a proxy is told to its user.
    let proxies = [
        (&local, way.as_str()),
        (&remote, way.as_str()),
        (&local, "jane:planted-password"),
        (&local, "ftp://jane:planted-password@["),
    ];
    for (endpoint, proxy) in proxies {
        let all = told(&channel, endpoint, proxy).await;
        has_none(&String::from_utf8_lossy(&all), proxy);
    }
    let operations = ["sts:AssumeRole", "ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecr:DescribeImages"];
    for fault in [
        Fault::AccessDenied,
        Fault::ExpiredToken,
        Fault::Html,
        Fault::Truncate,
        Fault::Drop,
        Fault::InternalError,
        Fault::Throttle,
    ] {
        for operations in [&operations[..1], &operations[1..]] {
            operations.iter().for_each(|operation| fake.fail_always(operation, fault.clone()));
            let all = told(&channel, &local, &way).await;
            let text = String::from_utf8_lossy(&all);
            let is_told = operations.iter().any(|operation| text.contains(operation));
            assert!(is_told, "{fault:?} in {operations:?} is not told");
            has_none(&text, &format!("{fault:?}"));
            fake.reset();
        }
    }
    // The secrets were there to be told.
    let all = told(&channel, &local, &way).await;
    assert!(String::from_utf8_lossy(&all).contains("task-definition/web:1"));
    let calls = fake.calls();
    assert!(calls.iter().any(|call| call.token.as_deref() == Some("planted-token")));
    assert!(calls.iter().any(|call| call.input["ExternalId"] == "planted-external-id"));
    assert!(calls.iter().any(|call| call.token.as_deref() == Some("token-of-deploy")));
    plugin.shutdown(&channel).await;
    let log = plugin.whole_log();
    assert!(log.contains("ecs:DescribeServices"), "{log}");
    has_none(&log, "the log");
    // The environment of a container belongs to the answer of `ecslive_task_definition`, and nowhere else.
    assert!(!log.contains("planted-secret-in-clear"));
}

/// What a program ends with that crashes once it has said something, where core files may be as large as they like.
fn crash(program: &str, arguments: &[&str], folder: &Path, environment: &[(&str, &str)]) -> ExitStatus {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh", program]).args(arguments);
    command.current_dir(folder).envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("a start");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
    assert!(!line.is_empty(), "{program} says nothing");
    // Where a machine is set up to make no core files, the limit tells it all the same.
    if let Ok(limits) = std::fs::read_to_string(format!("/proc/{}/limits", child.id())) {
        let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).expect("the limit");
        assert!(core.split_whitespace().all(|word| ["0", "1", "bytes"].contains(&word)), "{program}: {core}");
    }
    let killed = Command::new("kill").args(["-s", "ABRT", &child.id().to_string()]).status();
    assert!(killed.expect("kill").success());
    let status = child.wait().expect("an end");
    assert_eq!(status.signal(), Some(6), "{program}: {status}");
    status
}

#[test]
fn a_crash_leaves_no_core_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let fake = FakeAws::spawn();
    fake.scenario("codedeploy");
    fake.step(Step::Start);
    let endpoint = fake.endpoint();
    let question = ["resolve", "service", "web", "--cluster=shop", "--watch", "--format=json"];
    let watch = [&["--endpoint-url", &endpoint, "--region", REGION], &question[..]].concat();
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "planted-secret-key")];
    let plugin = crash(BINARY, &[], folder.path(), &[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "6")]);
    let command = crash(env!("CARGO_BIN_EXE_ecslive"), &watch, folder.path(), &keys);
    assert!(!plugin.core_dumped() && !command.core_dumped(), "{plugin}, {command}");
}
