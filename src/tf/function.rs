//! What a provider-defined function takes and gives. Knows nothing of how it is called.

use super::Type;
use super::schema::is_name;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Parameters, result and the texts of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// One line without full stop.
    pub summary: Cow<'static, str>,
    /// Markdown.
    pub description: Cow<'static, str>,
    /// The parameters before the variadic one.
    pub parameters: Vec<Parameter>,
    /// Takes all further arguments, if any.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
    /// What to use instead, for a function that should no longer be used.
    pub deprecated: Option<Cow<'static, str>>,
}

impl Definition {
    /// A function without parameters.
    pub fn new(summary: impl Into<Cow<'static, str>>, returns: Type) -> Self {
        let description = Cow::Borrowed("");
        Self { summary: summary.into(), description, parameters: vec![], variadic: None, returns, deprecated: None }
    }

    /// The same with a text in Markdown.
    #[must_use]
    pub fn describe(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// The same with a parameter that takes all further arguments.
    #[must_use]
    pub fn with_variadic(self, parameter: Parameter) -> Self {
        Self { variadic: Some(parameter), ..self }
    }

    /// The same, to be used no longer.
    #[must_use]
    pub fn deprecate(self, instead: impl Into<Cow<'static, str>>) -> Self {
        Self { deprecated: Some(instead.into()), ..self }
    }

    /// Checks what Terraform demands: one bad name makes it refuse the whole provider.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check(&self) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for parameter in self.parameters.iter().chain(&self.variadic) {
            let name = &*parameter.name;
            if !is_name(name) {
                problems.push(format!("parameter {name:?}: not a name of lower-case letters, digits and underscores"));
            }
            if !seen.insert(name) {
                problems.push(format!("parameter {name:?}: there are two of this name"));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Shown in documentation and error messages.
    pub name: Cow<'static, str>,
    /// The type that arguments are converted to.
    pub ty: Type,
    /// Whether null reaches the function; Terraform refuses it otherwise.
    pub allow_null: bool,
    /// Whether unknown values reach the function; otherwise the result of the call is unknown.
    pub allow_unknown: bool,
    /// Markdown.
    pub description: Cow<'static, str>,
}

impl Parameter {
    /// A parameter that takes neither null nor unknown.
    pub fn new(name: impl Into<Cow<'static, str>>, ty: Type) -> Self {
        Self { name: name.into(), ty, allow_null: false, allow_unknown: false, description: Cow::Borrowed("") }
    }

    /// The same, taking null.
    #[must_use]
    pub fn nullable(self) -> Self {
        Self { allow_null: true, ..self }
    }

    /// The same, taking unknown values.
    #[must_use]
    pub fn accept_unknown(self) -> Self {
        Self { allow_unknown: true, ..self }
    }

    /// The same with a text in Markdown.
    #[must_use]
    pub fn describe(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: description.into(), ..self }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// A fragment that follows a colon: lower case, no full stop.
    pub text: String,
    /// The argument to blame, counted from 0 over all arguments of the call.
    pub argument: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_parameter_names_that_terraform_refuses() {
        let parameter = |name| Parameter::new(name, Type::String);
        let good = Definition::new("", Type::Bool).with(parameter("a")).with_variadic(parameter("rest"));
        assert_eq!(good.check(), Ok(()));
        let problems = good.with(parameter("a")).with(parameter("no-name")).check().expect_err("two problems");
        insta::assert_debug_snapshot!(problems, @r#"
        [
            "parameter \"a\": there are two of this name",
            "parameter \"no-name\": not a name of lower-case letters, digits and underscores",
        ]
        "#);
    }
}
