//! `with_images(container_definitions, images)`: container definitions with other images.

use crate::framework::{Arguments, Function};
use crate::resolve::container_definitions::{ContainerDefinitions, NotReplaced};
use crate::tf::function::{Definition, FunctionError, Parameter};
use crate::tf::{Type, Value};
use std::collections::BTreeMap;

/// The function.
pub struct WithImages;

impl Function for WithImages {
    const NAME: &'static str = "with_images";

    fn definition() -> Definition {
        Definition::new("Container definitions with other images", Type::String)
            .describe(
                "Gives the container definitions with the images of the map, and everything else character for \
                 character as it was: Terraform keeps the containers, and the pipeline their images. A container that \
                 is not in the map, or has null or an empty text there, keeps its image, so that the first apply works \
                 with an empty map. It is an error when the map names a container that does not exist.",
            )
            .with(
                Parameter::new("container_definitions", Type::String)
                    .nullable()
                    .describe("Container definitions as JSON; null gives null."),
            )
            .with(Parameter::new("images", Type::map(Type::String)).nullable().describe(
                "Image reference by container name, for the containers whose image is decided elsewhere, such as those \
                 in `images` of `ecslive_service`; empty or null changes nothing.",
            ))
    }

    fn call(mut arguments: Arguments) -> Result<Value, FunctionError> {
        let text = arguments.take();
        let images: BTreeMap<String, String> = match arguments.take() {
            Value::Map(images) => images.into_iter().filter_map(given).collect(),
            _ => BTreeMap::new(),
        };
        let Value::String(text) = text else { return Ok(Value::Null) };
        let definitions = ContainerDefinitions::parse(&text).map_err(NotReplaced::from);
        let replaced = definitions.and_then(|definitions| definitions.with_images(&images));
        replaced.map(Value::from).map_err(|error| {
            let argument = usize::from(matches!(error, NotReplaced::NoContainer { .. }));
            FunctionError { text: error.to_string(), argument: Some(argument) }
        })
    }
}

fn given((name, image): (String, Value)) -> Option<(String, String)> {
    match image {
        Value::String(image) if !image.is_empty() => Some((name, image)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"[{"name":"web","image":"nginx:1.26","cpu":10},{"name":"proxy","image":"envoy"}]"#;

    fn call(definitions: Value, images: Value) -> Result<Value, FunctionError> {
        WithImages::call(Arguments::new(vec![definitions, images]))
    }

    #[test]
    fn the_images_of_the_map_are_put_in() {
        let expected = TEXT.replace("nginx:1.26", "nginx:1.27");
        assert_eq!(call(TEXT.into(), Value::map([("web", "nginx:1.27")])), Ok(expected.into()));
    }

    #[test]
    fn what_is_not_given_stays() {
        let nothing =
            [Value::Null, Value::Map(BTreeMap::new()), Value::map([("web", Value::Null), ("proxy", "".into())])];
        for images in nothing {
            assert_eq!(call(TEXT.into(), images), Ok(TEXT.into()));
        }
        assert_eq!(call(Value::Null, Value::map([("web", "nginx")])), Ok(Value::Null));
    }

    #[test]
    fn errors_say_which_argument_is_wrong() {
        let error = call(TEXT.into(), Value::map([("worker", "nginx")])).expect_err("no such container");
        let expected = "there is no container \"worker\": the container definitions have web, proxy";
        assert_eq!((error.text.as_str(), error.argument), (expected, Some(1)));
        let error = call("{}".into(), Value::Null).expect_err("no list");
        assert_eq!(error.argument, Some(0));
    }
}
