//! The JSON contract, version 1.

use crate::guard::outcome::Report;

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("schema.json");

pub fn render(report: &Report) -> String {
    let text = serde_json::to_string_pretty(report);
    text.unwrap_or_else(|error| format!("{{\"version\":1,\"outcome\":\"error\",\"error\":{:?}}}", error.to_string()))
        + "\n"
}
