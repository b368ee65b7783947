//! One set of questions, three front ends: in every state that fake-aws has a name for, the data source, `ecslive resolve --format
//! json` and `ecslive external` give the same answer, or refuse with the same titles.

use crate::fault_matrix::command::run;
use crate::host::{Channel, Plugin};
use crate::reads;
use ecslive::tf::Value as Terraform;
use fake_aws::FakeAws;
use fake_aws::history::states;
use serde_json::{Map, Value, json};
use std::process::Output;

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

/// Whether an attribute of a state and one of an answer are the same. Sets have no order.
pub fn same(theirs: &serde_json::Value, ours: &serde_json::Value) -> bool {
    let sorted = |value: &serde_json::Value| {
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
        let command = ended(&run(&fake.endpoint(), &arguments, ""));
        let external = ended(&run(&fake.endpoint(), &["external"], &self.query()));
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
