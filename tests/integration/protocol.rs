//! Requests that no well-behaved Terraform sends, and reads that go wrong: each ends as a diagnostic.
//!
//! A toy provider stands in for ecslive, so that a read can panic, hang and answer nonsense on purpose.

use ecslive::framework::proto::provider_server::Provider as Rpc;
use ecslive::framework::proto::{self, DynamicValue};
use ecslive::framework::{
    AnyDataSource, AnyFunction, Arguments, Attributes, DataSource, Function, Provider, Server, stopped,
};
use ecslive::tf::config::{Arg, Fields};
use ecslive::tf::function::{Definition, FunctionError, Parameter};
use ecslive::tf::schema::{Attribute, Block};
use ecslive::tf::{Diagnostic, Diagnostics, Type, Value, msgpack};
use std::sync::Arc;
use tonic::Request;

struct Toy;

impl Provider for Toy {
    type Clients = String;
    type Config = Arg<String>;
    const NAME: &'static str = "toy";

    fn schema() -> Block {
        Block::new(vec![Attribute::string("prefix").optional()])
    }

    fn config(fields: &mut Fields) -> Arg<String> {
        fields.arg("prefix")
    }

    fn validate(_: &Arg<String>) -> Diagnostics {
        Diagnostics::default()
    }

    fn configure(config: Arg<String>) -> Result<String, Diagnostics> {
        Ok(config.optional("prefix")?.unwrap_or_default())
    }

    fn data_sources() -> Vec<Box<dyn AnyDataSource<String>>> {
        vec![Box::new(Echo)]
    }

    fn functions() -> Vec<Box<dyn AnyFunction>> {
        vec![Box::new(Shout)]
    }
}

/// Does what its configuration says.
struct Echo;

impl DataSource<String> for Echo {
    type Config = Arg<String>;
    const NAME: &'static str = "echo";

    fn schema() -> Block {
        Block::new(vec![Attribute::string("text").required(), Attribute::string("result").computed()])
    }

    fn config(fields: &mut Fields) -> Arg<String> {
        fields.parse("text", |text| if text == "bad" { Err("bad text") } else { Ok(text.to_owned()) })
    }

    async fn read(prefix: &String, config: Arg<String>, _: &Block) -> Result<Attributes, Diagnostics> {
        match config.required("text")?.as_str() {
            "panic" => panic!("the sky fell on us: planted"),
            "hang" => std::future::pending().await,
            "polite" => {
                stopped().await;
                Err(Diagnostic::error("Read Cancelled", "It waited for the post.").into())
            }
            "misconfigured" => Err(Diagnostic::error("No Post", "Build an office.").common("no post").into()),
            "forget" => Ok(Attributes::default()),
            "wrong type" => Ok(Attributes::new([("result", Value::Bool(true))])),
            text => Ok(Attributes::new([("result", format!("{prefix}{text}").into())])),
        }
    }
}

struct Shout;

impl Function for Shout {
    const NAME: &'static str = "shout";

    fn definition() -> Definition {
        Definition::new("Shouts", Type::String).with(Parameter::new("text", Type::String))
    }

    fn call(mut arguments: Arguments) -> Result<Value, FunctionError> {
        match arguments.take() {
            Value::String(text) if text == "panic" => panic!("too loud"),
            Value::String(text) => Ok(text.to_uppercase().into()),
            other => Err(FunctionError { text: format!("cannot shout {other:?}"), argument: Some(0) }),
        }
    }
}

fn dynamic(value: &Value, ty: &Type) -> Option<DynamicValue> {
    let msgpack = msgpack::encode(ty, value).expect("a value of the type");
    Some(DynamicValue { msgpack, json: Vec::new() })
}

fn text(value: Value) -> Option<DynamicValue> {
    let config = Value::object([("text", value), ("result", Value::Null)]);
    dynamic(&config, &<Echo as DataSource<String>>::schema().ty())
}

async fn configured(prefix: Value) -> Server<Toy> {
    let server = Server::default();
    let config = dynamic(&Value::object([("prefix", prefix)]), &Toy::schema().ty());
    let request = proto::configure_provider::Request { config, ..Default::default() };
    let answer = server.configure_provider(Request::new(request)).await.expect("no status").into_inner();
    assert_eq!(answer.diagnostics, vec![]);
    server
}

/// The state's `result`, or the diagnostics: summary, attribute, detail.
async fn read(server: &Server<Toy>, type_name: &str, config: Option<DynamicValue>) -> Result<Value, String> {
    let request = proto::read_data_source::Request { type_name: type_name.to_owned(), config, ..Default::default() };
    let answer = server.read_data_source(Request::new(request)).await.expect("no status").into_inner();
    match answer.state {
        Some(state) => {
            assert_eq!(answer.diagnostics, vec![]);
            let state = msgpack::decode(&<Echo as DataSource<String>>::schema().ty(), &state.msgpack).expect("a state");
            let Value::Object(attributes) = state else { panic!("no object: {state:?}") };
            Ok(attributes["result"].clone())
        }
        None => Err(lines(&answer.diagnostics)),
    }
}

fn lines(diagnostics: &[proto::Diagnostic]) -> String {
    let line = |diagnostic: &proto::Diagnostic| {
        let attribute = diagnostic.attribute.as_ref().map(|path| format!("{:?}", path.steps[0].selector));
        format!("{} | {} | {}", diagnostic.summary, attribute.unwrap_or_default(), diagnostic.detail)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn reads_with_the_configured_clients() {
    let server = configured("a".into()).await;
    assert_eq!(read(&server, "toy_echo", text("b".into())).await, Ok("ab".into()));
}

#[tokio::test]
async fn a_panic_is_a_diagnostic_and_the_next_read_goes_on() {
    let server = configured(Value::Null).await;
    let error = read(&server, "toy_echo", text("panic".into())).await.expect_err("a panic");
    assert!(error.starts_with("Provider Bug |  | The provider panicked: the sky fell on us\n"), "{error}");
    assert_eq!(read(&server, "toy_echo", text("b".into())).await, Ok("b".into()));
}

#[tokio::test]
async fn stop_cancels_what_is_in_flight_and_goes_on_serving() {
    let server = Arc::new(configured(Value::Null).await);
    let begin = |what: &'static str| {
        let server = Arc::clone(&server);
        tokio::spawn(async move { read(&server, "toy_echo", text(what.into())).await })
    };
    let (deaf, polite) = (begin("hang"), begin("polite"));
    tokio::task::yield_now().await;
    server.stop_provider(Request::new(Default::default())).await.expect("no status");
    let error = deaf.await.expect("no panic").expect_err("cancelled");
    assert!(error.starts_with("Read Cancelled |  | Terraform asked to stop"), "{error}");
    let error = polite.await.expect("no panic").expect_err("cancelled");
    assert_eq!(error, "Read Cancelled |  | It waited for the post.", "who hears of it has the last word");
    assert_eq!(read(&server, "toy_echo", text("b".into())).await, Ok("b".into()));
}

#[tokio::test]
async fn unknown_provider_arguments_are_named_when_something_is_read() {
    let server = configured(Value::unknown()).await;
    let error = read(&server, "toy_echo", text("b".into())).await.expect_err("not known");
    assert!(error.contains("The provider argument prefix is not known until apply"), "{error}");
}

/// Reads where Terraform allows that the answer waits.
async fn read_or_defer(server: &Server<Toy>, config: Option<DynamicValue>) -> proto::read_data_source::Response {
    let client_capabilities = Some(proto::ClientCapabilities { deferral_allowed: true, ..Default::default() });
    let type_name = "toy_echo".to_owned();
    let request = proto::read_data_source::Request { type_name, config, client_capabilities, ..Default::default() };
    server.read_data_source(Request::new(request)).await.expect("no status").into_inner()
}

#[tokio::test]
async fn where_terraform_can_wait_an_unknown_provider_argument_defers_the_read() {
    let server = configured(Value::unknown()).await;
    let answer = read_or_defer(&server, text("b".into())).await;
    assert_eq!(answer.diagnostics, vec![]);
    let reason = proto::deferred::Reason::ProviderConfigUnknown.into();
    assert_eq!(answer.deferred, Some(proto::Deferred { reason }));
    let state = answer.state.expect("a planned state");
    let state = msgpack::decode(&<Echo as DataSource<String>>::schema().ty(), &state.msgpack).expect("a state");
    assert_eq!(state, Value::object([("text", "b".into()), ("result", Value::unknown())]));
    // What is wrong offline is not put off.
    assert!(lines(&read_or_defer(&server, text("bad".into())).await.diagnostics).contains("Bad text."));
}

#[tokio::test]
async fn nothing_is_deferred_once_the_provider_is_configured() {
    let answer = read_or_defer(&configured("a".into()).await, text("b".into())).await;
    assert_eq!((answer.deferred, answer.diagnostics), (None, vec![]));
}

#[tokio::test]
async fn an_error_that_reads_have_in_common_is_told_in_full_once() {
    let server = configured(Value::Null).await;
    let error = async || read(&server, "toy_echo", text("misconfigured".into())).await.expect_err("no post");
    assert_eq!(error().await, "No Post |  | Build an office.");
    let same = "No Post |  | The same error as that of toy_echo (text = \"misconfigured\"), which says what to do.";
    assert_eq!(error().await, same);
}

#[tokio::test]
async fn a_read_before_the_configuration_is_refused() {
    let error = read(&Server::default(), "toy_echo", text("b".into())).await.expect_err("not configured");
    assert!(error.starts_with("Provider Not Configured"), "{error}");
}

#[tokio::test]
async fn unknown_type_names_are_named() {
    let server = configured(Value::Null).await;
    for name in ["toy_nothing", "echo", "", "ecslive_echo"] {
        let error = read(&server, name, text("b".into())).await.expect_err("no such data source");
        assert!(error.contains(&format!("no data source {name:?}")), "{error}");
    }
}

#[tokio::test]
async fn configurations_of_another_form_are_refused() {
    let server = configured(Value::Null).await;
    let raw = |msgpack: &[u8]| Some(DynamicValue { msgpack: msgpack.to_vec(), json: Vec::new() });
    let deep = [vec![0x91; 10_000], vec![0xc0]].concat();
    for (config, expect) in [
        (None, "Configuration Missing"),
        (raw(&[]), "Configuration Missing"),
        (raw(&[0xc0]), "Configuration Missing"),
        (raw(&[0xd4, 0, 0]), "Configuration Missing"),
        (raw(&[0xc1]), "Invalid Value"),
        (raw(&[0x81, 0xa4, b't', b'e', b'x', b't', 0xa1, b'b']), "an object with 2 attributes is required (1 given)"),
        (raw(&deep), "Invalid Value"),
        (raw(&[0xdf, 0xff, 0xff, 0xff, 0xff]), "Invalid Value"),
        (text(Value::Null), "Missing Argument | Some(AttributeName(\"text\")) | The argument text is required."),
        (text(Value::unknown()), "Value Not Known | Some(AttributeName(\"text\"))"),
        (text("bad".into()), "Invalid Value | Some(AttributeName(\"text\")) | Bad text."),
    ] {
        let error = read(&server, "toy_echo", config.clone()).await.expect_err("a configuration of another form");
        assert!(error.contains(expect), "{config:?}: {error}");
    }
    let json = br#"{"text":"b","result":null}"#.to_vec();
    let config = Some(DynamicValue { msgpack: Vec::new(), json });
    assert_eq!(read(&server, "toy_echo", config).await, Ok("b".into()));
}

#[tokio::test]
async fn answers_of_another_form_never_leave_the_provider() {
    let server = configured(Value::Null).await;
    let error = read(&server, "toy_echo", text("forget".into())).await.expect_err("no result");
    assert!(error.contains("echo: result was not computed"), "{error}");
    let error = read(&server, "toy_echo", text("wrong type".into())).await.expect_err("no string");
    assert!(error.starts_with("Provider Bug") && error.contains("string is required"), "{error}");
}

#[tokio::test]
async fn unknown_values_pass_validation() {
    let validate = async |config| {
        let type_name = "toy_echo".to_owned();
        let request = proto::validate_data_resource_config::Request { type_name, config };
        let answer = Server::<Toy>::default().validate_data_resource_config(Request::new(request)).await;
        lines(&answer.expect("no status").into_inner().diagnostics)
    };
    assert_eq!(validate(text(Value::unknown())).await, "");
    assert!(validate(text("bad".into())).await.contains("Bad text."));
}

async fn call(name: &str, arguments: Vec<DynamicValue>) -> Result<Value, (String, Option<i64>)> {
    let request = proto::call_function::Request { name: name.to_owned(), arguments };
    let answer = Server::<Toy>::default().call_function(Request::new(request)).await;
    let answer = answer.expect("no status").into_inner();
    match (answer.result, answer.error) {
        (Some(result), None) => Ok(msgpack::decode(&Type::String, &result.msgpack).expect("a string")),
        (None, Some(error)) => Err((error.text, error.function_argument)),
        other => panic!("neither result nor error: {other:?}"),
    }
}

#[tokio::test]
async fn function_calls_of_another_form_are_refused() {
    let string = |text: &str| dynamic(&text.into(), &Type::String).expect("a value");
    assert_eq!(call("shout", vec![string("a")]).await, Ok("A".into()));
    for (name, arguments, expect, argument) in [
        ("whisper", vec![], "no function \"whisper\"", None),
        ("shout", vec![], "1 arguments are needed, 0 are given", None),
        ("shout", vec![string("a"), string("b")], "1 arguments are needed, 2 are given", None),
        ("shout", vec![DynamicValue::default()], "argument must not be null", Some(0)),
        ("shout", vec![dynamic(&Value::unknown(), &Type::String).expect("a value")], "must be known", Some(0)),
        ("shout", vec![dynamic(&true.into(), &Type::Bool).expect("a value")], "string is required", Some(0)),
        ("shout", vec![string("panic")], "The provider panicked: too loud", None),
    ] {
        let (text, index) = call(name, arguments).await.expect_err(expect);
        assert!(text.contains(expect), "{text}");
        assert_eq!(index, argument, "{text}");
    }
}

#[tokio::test]
async fn metadata_and_schema_name_the_same_things() {
    let server = Server::<Toy>::default();
    let schema = server.get_provider_schema(Request::new(Default::default())).await.expect("no status").into_inner();
    let metadata = server.get_metadata(Request::new(Default::default())).await.expect("no status").into_inner();
    let functions = server.get_functions(Request::new(Default::default())).await.expect("no status").into_inner();
    assert_eq!(schema.data_source_schemas.into_keys().collect::<Vec<_>>(), ["toy_echo"]);
    assert_eq!(metadata.data_sources[0].type_name, "toy_echo");
    assert_eq!(schema.functions, functions.functions);
    assert_eq!(metadata.functions[0].name, "shout");
    assert_eq!(schema.server_capabilities, metadata.server_capabilities);
    assert!(schema.provider.expect("a provider schema").block.is_some());
}
