//! SARIF as code scanning takes it: by the rules for GitHub of the npm tool `@microsoft/sarif-multitool` where it can be had, else
//! by a schema of what guard writes. Which one ran is printed.

use super::formats::{hostile, story, validate};
use ecslive::guard::report::{Context, Format, render};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that the rules are taken from.
const TOOL: &str = "@microsoft/sarif-multitool@5.7.0";

/// The program: named by `ECSLIVE_TEST_SARIF_MULTITOOL`, in the project's folder for tools, or fetched into it by npm.
fn multitool() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("ECSLIVE_TEST_SARIF_MULTITOOL").filter(|named| !named.is_empty()) {
        return Some(PathBuf::from(named));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/sarif");
    let program = folder.join("node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool");
    if !program.is_file() && cfg!(target_os = "linux") {
        std::fs::create_dir_all(&folder).ok()?;
        let limits = ["--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"];
        let mut npm = Command::new("npm");
        // Where npm is missing or finds nobody, the schema is what there is.
        npm.arg("install").args(limits).arg("--prefix").arg(&folder).arg(TOOL).output().ok()?;
    }
    program.is_file().then_some(program)
}

/// What the tool finds at or above a warning, as `RULE PLACE`; `None` when it does not run on this machine.
fn findings(tool: &Path, sarif: &str) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, found) = (folder.path().join("guard.sarif"), folder.path().join("found.sarif"));
    std::fs::write(&file, sarif).expect("a file");
    let mut command = Command::new(tool);
    command.arg("validate").arg(&file).args(["--rule-kind", "Sarif;Ghas", "--log", "ForceOverwrite", "-o"]).arg(&found);
    command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1").output().ok()?;
    let log: Value = serde_json::from_str(&std::fs::read_to_string(found).ok()?).expect("JSON");
    let results = log["runs"][0]["results"].as_array().cloned().unwrap_or_default();
    let bad = results.iter().filter(|result| matches!(result["level"].as_str(), None | Some("error" | "warning")));
    Some(bad.map(|result| format!("{} {}", result["ruleId"], result["message"]["arguments"])).collect())
}

fn by_schema(sarif: &str) -> Vec<String> {
    let schema = include_str!("../../fixtures/sarif.schema.json");
    let (schema, sarif): (Value, Value) =
        (serde_json::from_str(schema).expect("JSON"), serde_json::from_str(sarif).expect("JSON"));
    let mut wrong = Vec::new();
    validate(&schema, &sarif, "sarif", &mut wrong);
    wrong
}

/// A document without a place, which GitHub refuses as a whole.
fn without_places(sarif: &str) -> String {
    let mut sarif: Value = serde_json::from_str(sarif).expect("JSON");
    for result in sarif["runs"][0]["results"].as_array_mut().expect("results") {
        result.as_object_mut().expect("an object").remove("locations");
    }
    sarif.to_string()
}

#[test]
#[allow(clippy::print_stdout, reason = "which of both ran is not to be guessed")]
fn code_scanning_takes_what_guard_writes_and_would_not_take_it_without_places() {
    let context = Context { target: Some("prod".to_owned()) };
    let documents = [story(), hostile(3)].map(|report| render(Format::Sarif, &report, &context));
    for document in &documents {
        assert_eq!(by_schema(document), [""; 0]);
        assert!(!by_schema(&without_places(document)).is_empty());
    }
    let tool = multitool();
    let found = tool.as_deref().and_then(|tool| findings(tool, &documents[0]));
    let (Some(tool), Some(found)) = (tool, found) else {
        println!("SARIF was checked by the schema alone: {TOOL} is not to be had");
        return;
    };
    println!("SARIF was checked by {TOOL} and by the schema");
    assert_eq!(found, [""; 0]);
    assert_eq!(findings(&tool, &documents[1]), Some(Vec::new()));
    let broken = findings(&tool, &without_places(&documents[0])).expect("an end");
    assert!(broken.iter().any(|found| found.contains("GH1015")), "{broken:?}");
}
