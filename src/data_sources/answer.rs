//! From a question to a state: the one place where answers and problems of `live` become Terraform's.

use crate::framework::{Attributes, stopped};
use crate::live::Clients;
use crate::live::{self, Problem, Question, Told};
use crate::resolve::wording::Wording;
use crate::tf::schema::{Block, Mode};
use crate::tf::{Diagnostic, Diagnostics, Path, Severity, Type, Value, json};
use serde::Serialize;
use std::fmt::Write;

/// Asks, until Terraform asks to stop, and gives what is computed.
pub async fn ask<Q: Question>(clients: &Clients, schema: &Block, question: &Q) -> Result<Attributes, Diagnostics> {
    let told = live::ask(clients, question, stopped()).await;
    let Told { answer, warnings } = told.map_err(|problems| diagnostics(&problems))?;
    let warning = |problem| Diagnostic { severity: Severity::Warning, ..diagnostic(problem) };
    Ok(attributes(schema, &answer)?.warn(warnings.iter().map(warning)))
}

/// What is computed, by the names that the answer gives and with the types of the schema.
pub fn attributes(schema: &Block, answer: &impl Serialize) -> Result<Attributes, Diagnostics> {
    let bug = |problem: String| {
        Diagnostic::error("Provider Bug", format!("{problem}. Please report this to the developers."))
    };
    let text = serde_json::to_vec(answer).map_err(|error| bug(error.to_string()))?;
    let computed = || schema.attributes.iter().filter(|it| matches!(it.mode, Mode::Computed | Mode::OptionalComputed));
    let ty = Type::object(computed().map(|attribute| (attribute.name, attribute.ty())));
    let Value::Object(mut values) = json::decode(&ty, &text).map_err(|error| bug(error.to_string()))? else {
        return Err(bug("the answer is not an object".to_owned()).into());
    };
    let value = |name: &'static str| (name, values.remove(name).unwrap_or(Value::Null));
    Ok(Attributes::default().with_all(computed().map(|attribute| attribute.name).map(value).collect::<Vec<_>>()))
}

/// Problems as Terraform shows them.
pub fn diagnostics(problems: &[Problem]) -> Diagnostics {
    problems.iter().map(diagnostic).collect()
}

/// A problem as Terraform shows it: the facts come after a blank line, one `Label: value` a line.
pub fn diagnostic(problem: &Problem) -> Diagnostic {
    let mut detail = Wording::Terraform.write(&problem.detail);
    for (index, (label, value)) in problem.facts.iter().enumerate() {
        let gap = if index == 0 { "\n\n" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = write!(detail, "{gap}{label}: {value}");
    }
    let diagnostic = Diagnostic::error(problem.summary.clone(), detail);
    let diagnostic = match problem.argument {
        Some(argument) => diagnostic.at(Path::attribute(argument)),
        None => diagnostic,
    };
    match &problem.common {
        Some(cause) => diagnostic.common(cause.clone()),
        None => diagnostic,
    }
}
