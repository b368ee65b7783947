//! `parse_task_definition_arn(arn)`: the parts of the ARN of a task definition.

use crate::framework::{Arguments, Function};
use crate::resolve::arn::{Arn, NameError};
use crate::resolve::name::{Family, Named};
use crate::resolve::task_definition::TaskDefinitionArn;
use crate::tf::function::{Definition, FunctionError, Parameter};
use crate::tf::{Type, Value};

/// The function.
pub struct ParseTaskDefinitionArn;

impl Function for ParseTaskDefinitionArn {
    const NAME: &'static str = "parse_task_definition_arn";

    fn definition() -> Definition {
        let parts = [
            ("partition", Type::String),
            ("region", Type::String),
            ("account_id", Type::String),
            ("family", Type::String),
            ("revision", Type::Number),
            ("family_revision", Type::String),
            ("arn_without_revision", Type::String),
        ];
        Definition::new("The parts of the ARN of a task definition", Type::object(parts))
            .describe(
                "Takes the ARN of a task definition apart, in every partition: `partition`, `region`, `account_id`, \
                 `family`, `revision`, `family_revision` and `arn_without_revision`. `revision` and `family_revision` \
                 are null for an ARN without a revision. Null gives null.",
            )
            .with(Parameter::new("arn", Type::String).nullable().describe("ARN of a revision or of a family, or null."))
    }

    fn call(mut arguments: Arguments) -> Result<Value, FunctionError> {
        let Value::String(text) = arguments.take() else { return Ok(Value::Null) };
        let parts = parts(&text).map_err(|error| FunctionError { text: error.to_string(), argument: Some(0) })?;
        let Parts { arn, family, revision } = parts;
        let without_revision =
            format!("arn:{}:ecs:{}:{}:task-definition/{family}", arn.partition(), arn.region(), arn.account());
        Ok(Value::object([
            ("partition", Value::from(arn.partition())),
            ("region", arn.region().into()),
            ("account_id", arn.account().into()),
            ("family_revision", revision.map(|revision| format!("{family}:{revision}")).into()),
            ("revision", revision.into()),
            ("family", family.into()),
            ("arn_without_revision", without_revision.into()),
        ]))
    }
}

struct Parts {
    arn: Arn,
    family: String,
    revision: Option<u64>,
}

fn parts(text: &str) -> Result<Parts, NameError> {
    let arn = Arn::parse(text)?;
    match TaskDefinitionArn::parse(text) {
        Ok(found) => Ok(Parts { arn, family: found.family().to_owned(), revision: Some(found.revision()) }),
        Err(_) => Ok(Parts { arn, family: Family::parse(text)?.name().to_owned(), revision: None }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arn: Value) -> Result<Value, String> {
        ParseTaskDefinitionArn::call(Arguments::new(vec![arn])).map_err(|error| error.text)
    }

    #[test]
    fn an_arn_has_parts() {
        let family = "arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/web";
        let parts = |revision: Value, family_revision: Value| {
            Value::object([
                ("partition", Value::from("aws-cn")),
                ("region", "cn-north-1".into()),
                ("account_id", "123456789012".into()),
                ("family", "web".into()),
                ("revision", revision),
                ("family_revision", family_revision),
                ("arn_without_revision", family.into()),
            ])
        };
        assert_eq!(call(format!("{family}:12").into()), Ok(parts(12.into(), "web:12".into())));
        assert_eq!(call(family.into()), Ok(parts(Value::Null, Value::Null)));
    }

    #[test]
    fn null_has_none() {
        assert_eq!(call(Value::Null), Ok(Value::Null));
    }

    #[test]
    fn what_is_no_arn_of_a_task_definition_is_an_error() {
        let ecs = "arn:aws:ecs:eu-west-1:123456789012";
        for (text, expected) in [
            ("web:1".to_owned(), "\"web:1\" is not an ARN"),
            (String::new(), "\"\" is not an ARN"),
            (format!("{ecs}:service/shop/web"), "is an ECS service, not an ECS task definition"),
            (format!("{ecs}:task-definition/web:x"), "\"web:x\" is not a valid task definition family name"),
        ] {
            let error = call(text.into()).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
