//! The labelled corpus: what must fire fires, and nothing else does. `make guard-report` prints the table.

use super::world::{World, findings, fixtures, json, merge, parse};
use ecslive::guard::Options;
use ecslive::guard::rules::ALL;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Puts a case's changes into its document.
pub fn document(case: &Value) -> Value {
    let base = case["base"].as_str().unwrap_or("noop");
    let mut document = json(&format!("terraform/{base}.json"));
    let all = document["resource_changes"].as_array_mut().expect("changes");
    for (address, patch) in case["changes"].as_object().into_iter().flatten() {
        let change = all.iter_mut().find(|change| change["address"] == *address);
        let change = &mut change.unwrap_or_else(|| panic!("{}: no {address} in {base}", case["name"]))["change"];
        for side in ["before", "after"] {
            match patch.get(side) {
                Some(Value::Null) => change[side] = Value::Null,
                Some(fields) => {
                    fields.as_object().into_iter().flatten().for_each(|(key, value)| change[side][key] = value.clone())
                }
                None => {}
            }
        }
        for key in patch["drop"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            change["after"].as_object_mut().expect("an object").remove(key);
        }
        for (from, to) in [("unknown", "after_unknown"), ("sensitive", "after_sensitive")] {
            if let Some(marks) = patch.get(from) {
                merge(&mut change[to], marks);
            }
        }
        for key in ["actions", "replace_paths"] {
            if let Some(value) = patch.get(key) {
                change[key] = value.clone();
            }
        }
    }
    all.extend(case["add"].as_array().cloned().unwrap_or_default());
    if let Some(patch) = case.get("document") {
        merge(&mut document, patch);
    }
    document
}

struct Case {
    file: String,
    name: String,
    case: Value,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut files: Vec<String> = std::fs::read_dir(fixtures().join("corpus"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    for file in files {
        for case in json(&format!("corpus/{file}")).as_array().expect("a list of cases") {
            let name = case["name"].as_str().expect("a name").to_owned();
            cases.push(Case { file: file.clone(), name, case: case.clone() });
        }
    }
    cases
}

/// The case of a rule with this name.
pub fn case(rule: &str, name: &str) -> Value {
    let found = cases().into_iter().find(|case| case.file == format!("{rule}.json") && case.name == name);
    found.unwrap_or_else(|| panic!("{rule} has no case {name:?}")).case
}

impl Case {
    /// True for a plan as Terraform wrote it, with nothing put into it.
    fn is_as_written(&self) -> bool {
        self.case.get("base").is_some()
            && ["add", "changes", "document"].iter().all(|key| self.case.get(*key).is_none())
    }
}

fn texts(value: &Value) -> Vec<String> {
    let mut texts: Vec<String> =
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    texts.sort();
    texts
}

/// What a case says of cannot-tell, as `RULE ADDRESS` or `RULE ADDRESS IAM-ACTION`; of not-asked, as `RULE ADDRESS`.
fn said(report: &ecslive::guard::Report) -> (Vec<String>, Vec<String>) {
    let unclear = report.cannot_tell.iter().map(|one| {
        let action = one.iam_action.as_deref().map_or(String::new(), |action| format!(" {action}"));
        format!("{} {}{action}", one.rule.as_deref().unwrap_or("-"), one.address.as_deref().unwrap_or("-"))
    });
    let asked = report.not_asked.iter().map(|one| format!("{} {}", one.rule, one.address));
    let mut unclear: Vec<String> = unclear.collect();
    unclear.sort();
    unclear.dedup();
    (unclear, asked.collect())
}

#[derive(Default)]
struct Score {
    fires: usize,
    found: usize,
    silent: usize,
    false_alarms: usize,
}

/// Runs all cases: the table by rule, and what went wrong.
fn run() -> (String, Vec<String>) {
    let mut scores: BTreeMap<&str, Score> = ALL.iter().map(|rule| (rule.id, Score::default())).collect();
    let mut wrong = Vec::new();
    let cases = cases();
    for Case { file, name, case } in &cases {
        let options = Options { offline: case["offline"] == true, ..Options::default() };
        let live = case.get("live").cloned().unwrap_or(json!({}));
        let world = World::of(case["world"].as_str().unwrap_or("world"), &live);
        let (report, _) = world.judge(&parse(&document(case)), &options);
        let (expected, got) = (texts(&case["expect"]), findings(&report));
        let (unclear, not_asked) = said(&report);
        if expected != got || texts(&case["cannot_tell"]) != unclear {
            wrong.push(format!(
                "{file}: {name}\n  expected {expected:?} {:?}\n  got      {got:?} {unclear:?}",
                texts(&case["cannot_tell"])
            ));
        }
        if case.get("not_asked").is_some_and(|wanted| texts(wanted) != not_asked) {
            wrong.push(format!("{file}: {name}\n  not asked {not_asked:?}"));
        }
        for (rule, score) in &mut scores {
            let of_rule = |lines: &[String]| {
                lines.iter().filter(|line| line.split(' ').nth(1) == Some(rule)).cloned().collect::<Vec<_>>()
            };
            let (expected, got) = (of_rule(&expected), of_rule(&got));
            score.fires += expected.len();
            score.found += expected.iter().filter(|line| got.contains(line)).count();
            score.false_alarms += got.iter().filter(|line| !expected.contains(line)).count();
            score.silent += usize::from(expected.is_empty() && file.strip_suffix(".json") == Some(rule));
        }
    }
    (table(&scores, cases.len(), cases.iter().filter(|case| case.is_as_written()).count()), wrong)
}

fn table(scores: &BTreeMap<&str, Score>, cases: usize, written: usize) -> String {
    let mut table = format!(
        "{cases} labelled plans, {written} of them as Terraform wrote them.\n\n| rule | must fire | found | near-misses | false alarms |\n|---|---|---|---|---|\n"
    );
    for rule in ALL {
        let score = &scores[rule.id];
        let Score { fires, found, silent, false_alarms } = score;
        let _ = writeln!(table, "| {} | {fires} | {found} | {silent} | {false_alarms} |", rule.id);
    }
    table
}

/// The table, for the documentation.
pub fn report() -> String {
    run().0
}

#[test]
#[allow(clippy::print_stdout, reason = "the table is what `make guard-report` shows")]
fn recall_and_false_alarms() {
    let (table, wrong) = run();
    println!("{table}");
    assert!(wrong.is_empty(), "{} of the cases are judged wrongly:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_rule_has_cases_that_fire_near_misses_and_something_that_cannot_be_told() {
    let cases = cases();
    for rule in ALL {
        let own: Vec<&Case> = cases.iter().filter(|case| case.file.strip_suffix(".json") == Some(rule.id)).collect();
        let fires =
            own.iter().filter(|case| texts(&case.case["expect"]).iter().any(|line| line.contains(rule.id))).count();
        assert!(fires >= 2 && own.len() - fires >= 2, "{}: {} cases, {fires} fire", rule.id, own.len());
        let unclear = own.iter().any(|case| case.case.get("cannot_tell").is_some());
        assert!(unclear || rule.needs.is_empty(), "{}: nothing that cannot be told", rule.id);
    }
}

/// Whatever fires when AWS answers is, without an answer, still found or said to be unclear: never silence.
fn never_silent(world: &World, options: &Options<'_>) -> Vec<String> {
    let mut silent = Vec::new();
    for Case { file, name, case } in cases() {
        let expected = texts(&case["expect"]);
        if expected.is_empty() {
            continue;
        }
        let (report, _) = world.judge(&parse(&document(&case)), options);
        let got = findings(&report);
        let (unclear, not_asked) = said(&report);
        let told = |about: &str| got.iter().chain(&unclear).chain(&not_asked).any(|line| line.contains(about));
        for line in expected {
            let about = line.split_once(' ').map_or("", |(_, about)| about);
            if !told(about) {
                silent.push(format!("{file}: {name}: {line}"));
            }
        }
    }
    silent
}

#[test]
fn without_any_permission_nothing_that_fires_becomes_silent() {
    let denied = [
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "ecr:DescribeImages",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
    ];
    let silent = never_silent(&World::new(&json!({ "denied": denied })), &Options::default());
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn offline_nothing_that_fires_becomes_silent() {
    let silent = never_silent(&World::new(&json!({})), &Options { offline: true, ..Options::default() });
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}
