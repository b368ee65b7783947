//! An AWS made of JSON: it answers the questions of a plan, and remembers how many rounds that took.

use ecslive::guard::facts::{Answers, Fact, Question, Reason};
use ecslive::guard::plan::{Plan, read};
use ecslive::guard::{Options, Report, check, questions};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plans")
}

pub fn json(path: &str) -> Value {
    let text = std::fs::read_to_string(fixtures().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn parse(document: &Value) -> Plan {
    read(Cursor::new(document.to_string().into_bytes())).unwrap_or_else(|error| panic!("{error}"))
}

/// RFC 7396.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().expect("an object").remove(key);
        } else {
            merge(&mut target[key], value);
        }
    }
}

pub struct World(Value);

impl World {
    pub fn new(patch: &Value) -> Self {
        Self::of("world", patch)
    }

    /// What AWS says in one of `worlds/`, with a patch.
    pub fn of(name: &str, patch: &Value) -> Self {
        let mut world = json(&format!("worlds/{name}.json"));
        merge(&mut world, patch);
        Self(world)
    }

    /// What AWS says besides.
    pub fn merge(&mut self, patch: &Value) {
        merge(&mut self.0, patch);
    }

    fn find<T: DeserializeOwned>(&self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Option<T> {
        let all = self.0[kind].as_object().into_iter().flatten();
        let found = all.map(|(_, value)| value).find(|value| wanted(value))?;
        Some(serde_json::from_value(found.clone()).unwrap_or_else(|error| panic!("{kind}: {error}: {found}")))
    }

    fn is_denied(&self, action: &str) -> bool {
        self.0["denied"].as_array().is_some_and(|denied| denied.iter().any(|one| one == action))
    }

    pub fn answer(&self, question: &Question) -> Fact {
        let action = match question {
            Question::Service { .. } => "ecs:DescribeServices",
            Question::Route(arn) if arn.contains(":listener/") => "elasticloadbalancing:DescribeListeners",
            Question::Route(_) | Question::Listener(_) => "elasticloadbalancing:DescribeRules",
            Question::Group(_) | Question::GroupNamed { .. } => "elasticloadbalancing:DescribeTargetGroups",
            Question::Exists(arn) if arn.contains(":targetgroup/") => "elasticloadbalancing:DescribeTargetGroups",
            Question::Exists(_) => "elasticloadbalancing:DescribeListeners",
            Question::LoadBalancer(_) => "elasticloadbalancing:DescribeLoadBalancers",
            Question::Definition(_) | Question::NewestDefinition { .. } => "ecs:DescribeTaskDefinition",
            Question::Users(_) => "ecs:ListServices",
            Question::Image(_) => "ecr:DescribeImages",
        };
        if self.is_denied(action) {
            return Fact::CannotTell(Reason::denied(action));
        }
        self.fact(question).unwrap_or(Fact::Absent)
    }

    fn fact(&self, question: &Question) -> Option<Fact> {
        let arn = |arn: &String| {
            let arn = arn.clone();
            move |value: &Value| value["arn"] == *arn
        };
        Some(match question {
            Question::Service { cluster, name, .. } => {
                let found = self.find("services", |value| value["cluster"] == *cluster && value["name"] == *name)?;
                Fact::Service(Box::new(found))
            }
            Question::Route(route) => Fact::Route(self.find("routes", arn(route))?),
            Question::Listener(listener) => {
                let rules = format!("{}/", listener.replacen(":listener/", ":listener-rule/", 1));
                let all = self.0["routes"].as_object().into_iter().flatten().map(|(_, value)| value);
                let of_it = |value: &&Value| {
                    let arn = value["arn"].as_str().unwrap_or_default();
                    arn == listener || arn.starts_with(&rules)
                };
                let routes: Vec<Value> = all.filter(of_it).cloned().collect();
                if routes.is_empty() {
                    return None;
                }
                let found = serde_json::json!({ "arn": listener, "routes": routes });
                Fact::Listener(serde_json::from_value(found).unwrap_or_else(|error| panic!("{error}")))
            }
            Question::Group(group) => Fact::Group(self.find("groups", arn(group))?),
            Question::GroupNamed { name, .. } => {
                let inside = format!(":targetgroup/{name}/");
                Fact::Group(
                    self.find("groups", |value| value["arn"].as_str().is_some_and(|arn| arn.contains(&inside)))?,
                )
            }
            Question::Exists(wanted) => {
                let kinds = ["groups", "load_balancers"].into_iter();
                kinds.filter_map(|kind| self.find::<Value>(kind, arn(wanted))).next().map(|_| Fact::Present)?
            }
            Question::LoadBalancer(balancer) => Fact::LoadBalancer(self.find("load_balancers", arn(balancer))?),
            Question::Definition(definition) => {
                let is = |value: &Value| {
                    let arn = value["arn"].as_str().unwrap_or_default();
                    arn == definition || arn.rsplit('/').next() == Some(definition)
                };
                Fact::Definition(self.find("definitions", is)?)
            }
            Question::NewestDefinition { family, .. } => {
                let all = self.0["definitions"].as_object().into_iter().flatten().map(|(_, value)| value);
                let number = |value: &&Value| {
                    let arn = value["arn"].as_str()?;
                    let number = arn.split_once(&format!("/{family}:"))?.1.parse::<u64>().ok()?;
                    (value["status"] == "ACTIVE").then_some(number)
                };
                let newest = all.filter(|value| number(value).is_some()).max_by_key(number)?;
                Fact::Definition(serde_json::from_value(newest.clone()).unwrap_or_else(|error| panic!("{error}")))
            }
            Question::Users(revision) => {
                let all = self.0["services"].as_object().into_iter().flatten().map(|(_, value)| value);
                let uses = |value: &&Value| {
                    let runs = value["running"].as_array().into_iter().flatten();
                    let mut sets = value["task_sets"].as_array().into_iter().flatten();
                    value["configured"] == *revision
                        || runs.into_iter().any(|runs| runs == revision)
                        || sets.any(|set| set["task_definition"] == *revision)
                };
                let users = all.filter(uses).filter_map(|value| Some(value["arn"].as_str()?.to_owned()));
                Fact::Users(users.collect())
            }
            Question::Image(image) => Fact::Image(self.find("images", |value| value["reference"] == *image)?),
        })
    }

    /// Asks round by round, as the command does.
    pub fn judge(&self, plan: &Plan, options: &Options<'_>) -> (Report, usize) {
        let mut answers = Answers::new();
        let mut rounds = 0;
        loop {
            let asked = if options.offline { BTreeSet::new() } else { questions(plan, &answers) };
            if asked.is_empty() {
                break;
            }
            rounds += 1;
            assert!(rounds <= 5, "questions without an end: {asked:?}");
            answers.extend(asked.into_iter().map(|question| {
                let fact = self.answer(&question);
                (question, fact)
            }));
        }
        (check(plan, &answers, options), rounds)
    }
}

/// `SEVERITY RULE ADDRESS` of what counts, sorted.
pub fn findings(report: &Report) -> Vec<String> {
    let line = |finding: &ecslive::guard::Finding| {
        format!("{} {} {}", finding.severity.as_str(), finding.rule, finding.address)
    };
    let mut lines: Vec<String> = report.counting().map(line).collect();
    lines.sort();
    lines
}
