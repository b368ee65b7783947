//! One set of questions, three front ends: in every state that fake-aws has a name for, the data source, `ecslive resolve --format
//! json` and `ecslive external` give the same answer, or refuse with the same titles.

use crate::host::{Channel, Plugin};
use crate::reads;
use ecslive::tf::Value as Terraform;
use fake_aws::history::states;
use fake_aws::{FakeAws, REGION};
use serde_json::{Map, Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// A question: the data source, its arguments beside the cluster, and the command's.
struct Asked {
    source: &'static str,
    arguments: fn() -> Vec<(&'static str, Terraform)>,
    command: &'static [&'static str],
}

fn web() -> (&'static str, Terraform) {
    ("service_name", "web".into())
}

const ASKED: [Asked; 6] = [
    Asked { source: "target_group", arguments: || vec![web()], command: &["target-group", "web"] },
    Asked {
        source: "target_group",
        arguments: || vec![web(), ("on_traffic_shift", "allow".into())],
        command: &["target-group", "web", "--on-traffic-shift=allow"],
    },
    Asked {
        source: "target_group",
        arguments: || vec![web(), ("on_traffic_shift", "allow".into()), ("verify_listener", false.into())],
        command: &["target-group", "web", "--on-traffic-shift=allow", "--no-verify-listener"],
    },
    Asked { source: "service", arguments: || vec![web()], command: &["service", "web"] },
    Asked {
        source: "deployment",
        arguments: || vec![web(), ("allow_missing", true.into())],
        command: &["deployment", "web", "--allow-missing"],
    },
    Asked {
        source: "services",
        arguments: || vec![("include_images", true.into())],
        command: &["services", "--include-images"],
    },
];

type Ended = Result<Value, Vec<String>>;

fn ecslive(fake: &FakeAws, arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecslive"));
    command.env_clear().env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    command.args(["--endpoint-url", &fake.endpoint(), "--region", REGION]).args(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("ecslive starts");
    // A command that does not read it may be gone already.
    let _ = child.stdin.take().expect("stdin").write_all(stdin.as_bytes());
    child.wait_with_output().expect("an end")
}

fn ended(output: &Output) -> Ended {
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).expect("a whole answer"));
    }
    assert!(output.stdout.is_empty(), "no half answer");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let titles = stderr.lines().filter_map(|line| line.strip_prefix("Error: "));
    Err(titles.map(str::to_owned).collect())
}

/// Texts only, as the protocol of `data "external"` wants it.
fn flat(answer: &Value) -> Value {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let fields = answer.as_object().expect("an object").iter();
    Value::Object(fields.map(|(name, value)| (name.clone(), Value::String(text(value)))).collect())
}

/// Sets have no order.
fn same(theirs: &Value, ours: &Value) -> bool {
    let sorted = |value: &Value| {
        let mut texts: Vec<String> = value.as_array().into_iter().flatten().map(ToString::to_string).collect();
        texts.sort();
        texts
    };
    theirs == ours || (theirs.is_array() && sorted(theirs) == sorted(ours))
}

impl Asked {
    fn query(&self) -> String {
        let mut query: Map<String, Value> = Map::new();
        query.insert("query".to_owned(), json!(self.source));
        query.insert("cluster".to_owned(), json!("shop"));
        for (name, value) in (self.arguments)() {
            let value = match value {
                Terraform::Bool(value) => value.to_string(),
                Terraform::String(text) => text.to_string(),
                other => panic!("{name} is {other:?}"),
            };
            query.insert(name.to_owned(), json!(value));
        }
        Value::Object(query).to_string()
    }

    async fn compare(&self, fake: &FakeAws, channel: &Channel, state: &str) {
        let known: Vec<(&str, Terraform)> =
            (self.arguments)().into_iter().chain([("cluster", "shop".into())]).collect();
        let source = reads::read(channel, self.source, &known).await;
        let arguments = [&["resolve"], self.command, &["--cluster=shop", "--format=json"]].concat();
        let command = ended(&ecslive(fake, &arguments, ""));
        let external = ended(&ecslive(fake, &["external"], &self.query()));
        let what = format!("{state}: {:?}", self.command);
        match (&source, &command, &external) {
            (Ok(state), Ok(command), Ok(external)) => {
                for (attribute, value) in command.as_object().expect("an object") {
                    assert!(same(&state[attribute], value), "{what}: {attribute} is {} and {value}", state[attribute]);
                }
                assert_eq!(&flat(command), external, "{what}");
            }
            (Err(source), Err(command), Err(external)) => {
                assert_eq!(source, command, "{what}");
                assert_eq!(source, external, "{what}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn three_front_ends_say_the_same_in_every_state() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (fake, mut plugin) = (FakeAws::spawn(), Plugin::start());
    let channel = runtime.block_on(plugin.connect()).1;
    let (mut compared, mut seen) = (0, 0);
    for state in states() {
        fake.run(state.build().expect("a state"));
        for asked in &ASKED {
            // A plan of its own: what it has read is not shared with the next.
            runtime.block_on(reads::configure(&channel, &fake.endpoint()));
            runtime.block_on(asked.compare(&fake, &channel, state.name));
            compared += 1;
        }
        seen += 1;
    }
    assert!(seen > 50 && compared == seen * ASKED.len(), "{seen} states, {compared} comparisons");
    assert!(runtime.block_on(plugin.shutdown(&channel)).0.success());
}
