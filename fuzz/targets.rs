//! What is fed with bytes from outside, and what has to hold whatever they are. Both the fuzzer and the tests on stable Rust
//! run these functions: nothing panics, nothing hangs, and what was read can be written and read again.

use ecslive::aws::Clients;
use ecslive::aws::settings::{Accounts, AssumeRole, Endpoints, Retry, RoleArn, Session, Settings, StaticCredentials};
use ecslive::framework::Provider;
use ecslive::guard::facts::Answers;
use ecslive::guard::plan::read;
use ecslive::guard::report::{Context, Format, render};
use ecslive::guard::{Allow, Options, Source, check, questions};
use ecslive::live::deployment::DeploymentQuestion;
use ecslive::live::image::ImageQuestion;
use ecslive::live::service::ServiceQuestion;
use ecslive::live::services::ServicesQuestion;
use ecslive::live::target_group::{OnShift, TargetGroupQuestion};
use ecslive::live::task_definition::TaskDefinitionQuestion;
use ecslive::live::{self, Address, Place, Problem, Question};
use ecslive::provider::Ecslive;
use ecslive::resolve::arn::{Arn, ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
use ecslive::resolve::container_definitions::ContainerDefinitions;
use ecslive::resolve::duration;
use ecslive::resolve::ecr::EcrImage;
use ecslive::resolve::image::Image;
use ecslive::resolve::name::{self, Cluster, Family, ServiceName};
use ecslive::resolve::target_group::Query;
use ecslive::tf::{Type, json, msgpack};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::future::pending;
use std::io::{Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Takes any bytes, and panics where something does not hold.
pub type Target = fn(&[u8]);

/// The targets by name; each has a folder of `corpus/`.
pub const TARGETS: [(&str, Target); 8] = [
    ("msgpack", of_msgpack),
    ("cty", of_json),
    ("plan", of_plan),
    ("names", of_names),
    ("containers", of_containers),
    ("source", of_source),
    ("allow", of_allow),
    ("answers", of_answers),
];

/// What separates the answers of several calls in one input.
pub const NEXT: &[u8] = b"\n=====\n";

/// The types of the provider and of its data sources, and one of each kind.
fn types() -> Vec<Type> {
    let mut types = vec![Type::Dynamic, Type::list(Type::Dynamic), Ecslive::schema().ty()];
    types.extend(Ecslive::data_sources().iter().map(|source| source.schema().ty()));
    types.push(Type::Set(Box::new(Type::Number)));
    types.push(Type::Map(Box::new(Type::Tuple(vec![Type::Bool, Type::String]))));
    types
}

/// The first byte picks a type.
fn typed(data: &[u8], run: impl Fn(&Type, &[u8])) {
    thread_local!(static TYPES: Vec<Type> = types());
    if let Some((first, rest)) = data.split_first() {
        TYPES.with(|types| run(&types[usize::from(*first) % types.len()], rest));
    }
}

fn of_msgpack(data: &[u8]) {
    typed(data, |ty, bytes| {
        let Ok(value) = msgpack::decode(ty, bytes) else { return };
        let written = msgpack::encode(ty, &value).expect("what was read can be written");
        // Not the value: doubles beyond the integers are written in the digits that Go prints, which are not all of them.
        let again = msgpack::decode(ty, &written).expect("what was written can be read");
        assert_eq!(msgpack::encode(ty, &again).as_ref(), Ok(&written), "what is written again is the same");
        let _ = json::encode(ty, &value);
    });
}

fn of_json(data: &[u8]) {
    typed(data, |ty, text| {
        let Ok(value) = json::decode(ty, text) else { return };
        let written = json::encode(ty, &value).expect("what was read can be written");
        assert_eq!(json::decode(ty, &written).expect("what was written can be read"), value);
        let packed = msgpack::encode(ty, &value).expect("JSON has nothing that msgpack has not");
        assert_eq!(msgpack::decode(ty, &packed).expect("what was written can be read"), value);
    });
}

fn of_plan(data: &[u8]) {
    let Ok(plan) = read(Cursor::new(data)) else { return };
    let answers = Answers::new();
    questions(&plan, &answers);
    for offline in [true, false] {
        let report = check(&plan, &answers, &Options { offline, ..Options::default() });
        for format in Format::ALL {
            let text = render(format, &report, &Context::default());
            if matches!(format, Format::Json | Format::Sarif) {
                serde_json::from_str::<serde_json::Value>(&text).expect("a report is JSON");
            }
        }
    }
}

fn of_names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(arn) = Arn::parse(&text) {
        assert_eq!(arn.as_str(), text);
        let _ = (arn.partition(), arn.service(), arn.region(), arn.account(), arn.resource());
    }
    if let Ok(group) = TargetGroupArn::parse(&text) {
        assert!(text.ends_with(group.suffix()) && group.suffix().contains(group.name()));
    }
    if let Ok(listener) = ListenerArn::parse(&text) {
        LoadBalancerArn::parse(listener.load_balancer().as_str()).expect("the ARN of a load balancer");
    }
    if let Ok(route) = RouteArn::parse(&text) {
        ListenerArn::parse(route.listener().as_str()).expect("the ARN of a listener");
    }
    if let Ok(image) = Image::parse(&text) {
        let tag = image.tag.iter().map(|tag| format!(":{tag}"));
        let digest = image.digest.iter().map(|digest| format!("@{digest}"));
        let whole: String = [image.name()].into_iter().chain(tag).chain(digest).collect();
        assert_eq!(Image::parse(&whole).expect("a reference"), image);
        if let Ok(in_ecr) = EcrImage::of(&image) {
            in_ecr.wanted();
        }
    }
    let _ = (Cluster::parse(&text), ServiceName::parse(&text), Family::parse(&text), name::region(&text));
    let _ = duration::parse(&text);
}

fn of_containers(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(definitions) = ContainerDefinitions::parse(text) else { return };
    let named: BTreeMap<String, String> =
        definitions.images().map(|(name, _)| (name.to_owned(), "web:v2".to_owned())).collect();
    if let Ok(replaced) = definitions.with_images(&named) {
        let again = ContainerDefinitions::parse(&replaced).expect("container definitions");
        assert!(again.images().all(|(_, image)| image == Some("web:v2")), "{replaced}");
    }
}

fn of_source(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("main.tf"), data).expect("a file");
    std::fs::write(folder.path().join("other.tf.json"), data).expect("a file");
    let source = Source::read(folder.path()).expect("a folder that is there");
    let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
    for address in ["aws_ecs_service.web", "module.shop.aws_lb_listener_rule.web[\"a\"]", "data.aws_lb.web"] {
        if let Some(location) = source.locate(address) {
            assert!(location.line >= 1 && location.line <= location.end_line, "{location:?}");
            assert!(location.end_line <= lines + 1, "{location:?} of {lines}");
        }
    }
}

fn of_allow(data: &[u8]) {
    let _ = Allow::parse(".ecslive-guard.toml", &String::from_utf8_lossy(data));
}

/// The questions of `answers`.
pub const QUESTIONS: u8 = 8;

/// The first byte picks a question, the rest is what AWS answers, call by call; the last answer again and again. An answer
/// is a body, or a status and a body: `!403 {…}`.
fn of_answers(data: &[u8]) {
    thread_local!(static REPLAY: OnceCell<Replay> = const { OnceCell::new() });
    let Some((first, rest)) = data.split_first() else { return };
    REPLAY.with(|replay| replay.get_or_init(Replay::new).run(*first, rest));
}

/// An AWS that answers what it is told to.
struct Replay {
    url: String,
    answers: Arc<Mutex<Vec<Vec<u8>>>>,
    runtime: tokio::runtime::Runtime,
}

impl Replay {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let answers = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let shared = Arc::clone(&answers);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let answers = Arc::clone(&shared);
                std::thread::spawn(move || serve(connection, &answers));
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { url, answers, runtime }
    }

    fn run(&self, question: u8, bodies: &[u8]) {
        let mut answers: Vec<Vec<u8>> = split(bodies).into_iter().map(<[u8]>::to_vec).collect();
        answers.reverse();
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = answers;
        let mut settings = self.settings();
        if question % QUESTIONS == 7 {
            settings.assume_roles = vec![role()];
            settings.accounts = Accounts { allowed: vec!["111111111111".to_owned()], ..Accounts::default() };
        }
        let clients = Clients::new(settings);
        let answer = self.runtime.block_on(ask(&clients, question));
        for problem in answer.err().into_iter().flatten() {
            let words = problem.summary.split(' ').count();
            assert!((2..=6).contains(&words) && !problem.detail.is_empty(), "{problem:?}");
        }
    }

    fn settings(&self) -> Settings {
        let url = || Some(self.url.clone());
        Settings {
            region: Some("eu-west-1".to_owned()),
            shared_config_files: Some(Vec::new()),
            shared_credentials_files: Some(Vec::new()),
            credentials: Some(StaticCredentials {
                access_key: "AKIDFUZZ".to_owned(),
                secret_key: "secret".to_owned(),
                token: None,
            }),
            endpoints: Endpoints { ecs: url(), elbv2: url(), codedeploy: url(), ecr: url(), sts: url() },
            retry: Retry { max_attempts: Some(1), ..Retry::default() },
            ..Settings::default()
        }
    }
}

fn role() -> AssumeRole {
    AssumeRole {
        session: Session::new(RoleArn::parse("arn:aws:iam::111111111111:role/deploy").expect("an ARN")),
        external_id: None,
        source_identity: None,
        tags: BTreeMap::new(),
        transitive_tag_keys: Vec::new(),
    }
}

fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(NEXT.len()).position(|window| window == NEXT) {
        parts.push(&rest[..at]);
        rest = &rest[at + NEXT.len()..];
    }
    parts.push(rest);
    parts
}

/// Answers requests on one connection.
fn serve(mut connection: TcpStream, answers: &Mutex<Vec<Vec<u8>>>) {
    let _ = connection.set_nodelay(true);
    let (mut seen, mut bytes) = (Vec::new(), [0; 16_384]);
    while let Ok(read @ 1..) = connection.read(&mut bytes) {
        seen.extend_from_slice(&bytes[..read]);
        let head = seen.windows(4).position(|window| window == b"\r\n\r\n");
        let Some(head) = head.map(|at| at + 4) else { continue };
        let text = String::from_utf8_lossy(&seen[..head]).to_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()?.parse().ok());
        if seen.len() < head + length.unwrap_or(0) {
            continue;
        }
        seen.clear();
        let body = {
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            if answers.len() > 1 { answers.pop() } else { answers.first().cloned() }.unwrap_or_default()
        };
        let (status, body) = status(&body);
        let head = format!("HTTP/1.1 {status} Answer\r\nx-amzn-requestid: fuzz\r\ncontent-length: {}", body.len());
        let answer = [head.as_bytes(), b"\r\n\r\n", body].concat();
        if connection.write_all(&answer).is_err() {
            return;
        }
    }
}

/// The status that an answer begins with, and its body.
fn status(answer: &[u8]) -> (u16, &[u8]) {
    let told = answer.strip_prefix(b"!").and_then(|rest| rest.split_at_checked(3));
    let status = told.and_then(|(status, _)| std::str::from_utf8(status).ok()?.parse().ok());
    match (status, told) {
        (Some(status @ 200..=599), Some((_, body))) => (status, body.strip_prefix(b" ").unwrap_or(body)),
        _ => (200, answer),
    }
}

async fn ask(clients: &Clients, question: u8) -> Result<(), Vec<Problem>> {
    let place = Place { timeout: Some(Duration::from_secs(5)), allow_missing: question >= 128, ..Place::default() };
    let cluster = || Cluster::parse("shop").expect("a name");
    let address = || Address { cluster: cluster(), service: ServiceName::parse("web").expect("a name") };
    match question % QUESTIONS {
        0 | 7 => {
            let family = Family::parse("web").expect("a name");
            told(clients, &TaskDefinitionQuestion { family, tags: true, place }).await
        }
        1 => told(clients, &ServiceQuestion { address: address(), place }).await,
        2 => told(clients, &DeploymentQuestion { address: address(), place }).await,
        3 => told(clients, &ServicesQuestion { cluster: cluster(), names: None, images: true, place }).await,
        4 => {
            let image = Image::parse("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1").expect("a reference");
            told(clients, &ImageQuestion::of(&image, true, place)?).await
        }
        unverified => {
            let query = Query { unverified: unverified == 5, ..Query::default() };
            told(clients, &TargetGroupQuestion { address: address(), query, on_shift: OnShift::Allow, place }).await
        }
    }
}

async fn told<Q: Question>(clients: &Clients, question: &Q) -> Result<(), Vec<Problem>> {
    let told = live::ask(clients, question, pending()).await?;
    serde_json::to_string(&told.answer).expect("an answer is JSON");
    Ok(())
}
