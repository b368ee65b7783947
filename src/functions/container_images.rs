//! `container_images(container_definitions)`: the image of each container.

use crate::framework::{Arguments, Function};
use crate::resolve::container_definitions::ContainerDefinitions;
use crate::tf::function::{Definition, FunctionError, Parameter};
use crate::tf::{Type, Value};
use std::collections::BTreeMap;

/// The function.
pub struct ContainerImages;

impl Function for ContainerImages {
    const NAME: &'static str = "container_images";

    fn definition() -> Definition {
        Definition::new("The image of each container of container definitions", Type::map(Type::String))
            .describe(
                "Gives the image reference of each container by its name, as it stands in the container definitions of \
                 a task definition; null for a container that has none. Null gives an empty map, so that the first \
                 apply works.",
            )
            .with(
                Parameter::new("container_definitions", Type::String)
                    .nullable()
                    .describe("Container definitions as JSON, or null."),
            )
    }

    fn call(mut arguments: Arguments) -> Result<Value, FunctionError> {
        let Value::String(text) = arguments.take() else { return Ok(Value::Map(BTreeMap::new())) };
        let definitions = ContainerDefinitions::parse(&text)
            .map_err(|error| FunctionError { text: error.to_string(), argument: Some(0) })?;
        Ok(Value::map(definitions.images().map(|(name, image)| (name, image.map(str::to_owned)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(definitions: Value) -> Result<Value, String> {
        ContainerImages::call(Arguments::new(vec![definitions])).map_err(|error| error.text)
    }

    #[test]
    fn every_container_has_its_image() {
        let text = r#"[{"name":"web","image":"nginx:1.27"},{"name":"proxy"}]"#;
        let expected = Value::map([("web", Value::from("nginx:1.27")), ("proxy", Value::Null)]);
        assert_eq!(call(text.into()), Ok(expected));
    }

    #[test]
    fn null_has_no_images() {
        assert_eq!(call(Value::Null), Ok(Value::Map(BTreeMap::new())));
    }

    #[test]
    fn what_is_no_list_of_containers_is_an_error() {
        assert!(call("web:1".into()).is_err_and(|text| text.starts_with("not JSON: ")));
        assert!(call("{}".into()).is_err_and(|text| text.starts_with("not container definitions: ")));
    }
}
