//! `newest_task_definition(a, b)`: the newer of two revisions of one family.

use crate::framework::{Arguments, Function};
use crate::resolve::task_definition::{TaskDefinitionArn, newest};
use crate::tf::function::{Definition, FunctionError, Parameter};
use crate::tf::{Type, Value};

/// The function.
pub struct NewestTaskDefinition;

impl Function for NewestTaskDefinition {
    const NAME: &'static str = "newest_task_definition";

    fn definition() -> Definition {
        Definition::new("The newer of two task definition revisions", Type::String)
            .describe(
                "Gives the ARN of the newer of two revisions of one family: the revision that Terraform registers or \
                 the one that the service is configured with, whichever is newer. Null loses against anything, so that the first apply works, \
                 and null twice gives null. Revisions of different families have no order and are an error.",
            )
            .with(Parameter::new("a", Type::String).nullable().describe("ARN of a revision, or null."))
            .with(Parameter::new("b", Type::String).nullable().describe("ARN of another revision, or null."))
    }

    fn call(mut arguments: Arguments) -> Result<Value, FunctionError> {
        let mut next = |index| match arguments.take() {
            Value::String(text) => TaskDefinitionArn::parse(&text)
                .map(Some)
                .map_err(|error| FunctionError { text: error.to_string(), argument: Some(index) }),
            _ => Ok(None),
        };
        let (a, b) = (next(0)?, next(1)?);
        let newest = newest(a, b).map_err(|error| FunctionError { text: error.to_string(), argument: Some(1) })?;
        Ok(newest.map(|arn| arn.as_str().to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(a: Value, b: Value) -> Result<Value, String> {
        NewestTaskDefinition::call(Arguments::new(vec![a, b])).map_err(|error| error.text)
    }

    fn arn(name: &str) -> Value {
        Value::from(format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}"))
    }

    #[test]
    fn ten_is_newer_than_nine() {
        assert_eq!(call(arn("web:9"), arn("web:10")), Ok(arn("web:10")));
        assert_eq!(call(arn("web:10"), arn("web:9")), Ok(arn("web:10")));
    }

    #[test]
    fn null_loses() {
        assert_eq!(call(Value::Null, arn("web:1")), Ok(arn("web:1")));
        assert_eq!(call(arn("web:1"), Value::Null), Ok(arn("web:1")));
        assert_eq!(call(Value::Null, Value::Null), Ok(Value::Null));
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let families = call(arn("web:1"), arn("api:2")).expect_err("two families");
        assert!(families.contains("are not revisions of one family"), "{families}");
        let text = call(Value::from("web:1"), Value::Null).expect_err("no ARN");
        assert!(text.contains("is not an ARN"), "{text}");
    }
}
