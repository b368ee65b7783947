//! `parse_image(reference)`: the parts of an image reference.

use crate::framework::{Arguments, Function};
use crate::resolve::image::Image;
use crate::tf::function::{Definition, FunctionError, Parameter};
use crate::tf::{Type, Value};

/// The function.
pub struct ParseImage;

impl Function for ParseImage {
    const NAME: &'static str = "parse_image";

    fn definition() -> Definition {
        let parts = ["name", "registry", "repository", "tag", "digest"].map(|part| (part, Type::String));
        Definition::new("The parts of an image reference", Type::object(parts))
            .describe(
                "Takes an image reference apart: `registry` (host and port; null for Docker Hub's short names), \
                 `repository`, `tag`, `digest`, and `name`, which is the reference without tag and digest. Nothing is \
                 filled in: `tag` is null where the reference has none, never `latest`. Null gives null.",
            )
            .with(
                Parameter::new("reference", Type::String)
                    .nullable()
                    .describe("Image reference: `[registry/]repository[:tag][@digest]`, or null."),
            )
    }

    fn call(mut arguments: Arguments) -> Result<Value, FunctionError> {
        let Value::String(text) = arguments.take() else { return Ok(Value::Null) };
        let image =
            Image::parse(&text).map_err(|error| FunctionError { text: error.to_string(), argument: Some(0) })?;
        Ok(Value::object([
            ("name", Value::from(image.name())),
            ("registry", image.registry.into()),
            ("repository", image.repository.into()),
            ("tag", image.tag.into()),
            ("digest", image.digest.into()),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(reference: Value) -> Result<Value, String> {
        ParseImage::call(Arguments::new(vec![reference])).map_err(|error| error.text)
    }

    #[test]
    fn a_reference_has_parts() {
        let parts = |name: &str, registry: Option<&str>, repository: &str, tag: Option<&str>, digest: Option<&str>| {
            let or_null = |part: Option<&str>| Value::from(part.map(str::to_owned));
            Value::object([
                ("name", Value::from(name)),
                ("registry", or_null(registry)),
                ("repository", repository.into()),
                ("tag", or_null(tag)),
                ("digest", or_null(digest)),
            ])
        };
        assert_eq!(call("nginx".into()), Ok(parts("nginx", None, "nginx", None, None)));
        assert_eq!(
            call("localhost:5000/team/web:v1@sha256:ab12".into()),
            Ok(parts("localhost:5000/team/web", Some("localhost:5000"), "team/web", Some("v1"), Some("sha256:ab12")))
        );
    }

    #[test]
    fn null_has_none() {
        assert_eq!(call(Value::Null), Ok(Value::Null));
    }

    #[test]
    fn what_is_no_reference_is_an_error() {
        let error = call("Web".into());
        assert!(error.is_err_and(|text| text.contains("the repository \"Web\" has upper-case letters")));
    }
}
