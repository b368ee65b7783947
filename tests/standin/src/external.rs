//! The data source of hashicorp/external: a program that gets a query and prints a result, both objects of texts in JSON.

use crate::value::{Object, texts};
use ecslive::tf::schema::{Attribute, Block};
use ecslive::tf::{Type, Value};
use serde_json::{Map, Value as Json};
use std::io::Write;
use std::process::{Command, Stdio};

/// Its only data source, and its name.
pub const NAME: &str = "external";

/// The schema of version 2.
pub fn schema() -> Block {
    Block::new(vec![
        Attribute::list("program", Type::String).required(),
        Attribute::string("working_dir").optional(),
        Attribute::map("query", Type::String).optional(),
        Attribute::map("result", Type::String).computed(),
        Attribute::string("id").computed(),
    ])
}

/// Runs the program.
pub fn read(mut object: Object) -> Result<Object, String> {
    let program = texts(&object, "program");
    let (name, arguments) = program.split_first().ok_or("program is needed")?;
    let query = match object.get("query") {
        Some(Value::Map(query)) => query.iter().filter_map(|(key, value)| match value {
            Value::String(text) => Some((key.clone(), Json::from(text.to_string()))),
            _ => None,
        }),
        _ => return Err("query is needed".to_owned()),
    };
    let query = Json::Object(query.collect()).to_string();
    let told = |error: std::io::Error| format!("{name}: {error}");
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(told)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(query.as_bytes()).map_err(told)?;
    }
    let output = child.wait_with_output().map_err(told)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let result: Map<String, Json> = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let text = |(key, value): (String, Json)| match value {
        Json::String(text) => Ok((key, Value::from(text))),
        _ => Err(format!("{key} is no text")),
    };
    let result = result.into_iter().map(text).collect::<Result<_, String>>()?;
    object.insert("result".to_owned(), Value::Map(result));
    object.insert("id".to_owned(), Value::from("-"));
    Ok(object)
}
