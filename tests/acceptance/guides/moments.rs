//! The table of the guide about task definitions: which revision is which, at the moments that it names.

use super::commands::{account, shell};
use crate::stage::Stage;
use fake_aws::REGION;
use serde_json::Value;

/// The moments of the guide, as accounts. The guide counts from 7, an account from 1.
const MOMENTS: [(&str, &str); 7] = [
    ("nothing happens", "rolling"),
    ("the pipeline has registered, not deployed", "rolling"),
    ("a rolling or native deployment is under way", "rolling start"),
    ("the same, under CODE_DEPLOY", "codedeploy start"),
    ("the circuit breaker rolls back", "rolling start rollback"),
    ("after the rollback", "rolling start rollback rolled-back"),
    ("traffic is split, native blue/green", "canary start shift=10"),
];

fn asked(stage: &Stage, question: &str) -> Value {
    let output = shell(stage, &format!("ecslive resolve {question} --format json"));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{question}: {output:?}"))
}

/// `web:2` as the guide counts it.
fn counted(value: &Value) -> String {
    let number = |text: &str| text.split(':').next_back().and_then(|number| number.parse::<u32>().ok());
    value.as_str().and_then(number).map_or("null".to_owned(), |number| (number + 6).to_string())
}

#[test]
fn the_guide_knows_which_revision_is_which_at_every_moment() {
    let path = harness::root().join("docs/guides/which-task-definition.md");
    let page = std::fs::read_to_string(path).expect("the guide");
    let rows = page.lines().skip_while(|line| !line.starts_with("| moment |")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), MOMENTS.len(), "{rows:?}");
    for (row, (moment, state)) in rows.iter().zip(MOMENTS) {
        let stage = account(state);
        if moment.contains("registered") {
            stage.fake.region(REGION, |region| region.register("web", &[("web", "web:2")]));
        }
        let (family, service) = (asked(&stage, "task-definition web"), asked(&stage, "service web --cluster shop"));
        let told = [&family["family_revision"], &service["configured_task_definition"], &service["task_definition"]];
        let told = told.map(counted).join(" | ");
        assert_eq!(row.replace("**", ""), format!("| {moment} | {told} |"));
    }
}
