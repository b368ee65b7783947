//! What a configuration gives: an empty text gives nothing.
//!
//! Modules pass `""` for "none": it is the default of many of their variables.

use crate::tf::schema::{Attribute, Block, Mode};
use crate::tf::{Diagnostic, Diagnostics, Path, Type, Value};

/// The arguments of a configuration: empty texts are null, collections of texts are without them, and what is only
/// computed is left out. With an error for every required argument that is an empty text.
pub fn given(config: &Value, schema: &Block) -> (Value, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let value = block(config, schema, &Path::root(), &mut diagnostics);
    (value, diagnostics)
}

fn block(config: &Value, schema: &Block, path: &Path, diagnostics: &mut Diagnostics) -> Value {
    let Value::Object(values) = config else { return config.clone() };
    let mut values = values.clone();
    for attribute in &schema.attributes {
        if attribute.mode == Mode::Computed {
            values.remove(attribute.name);
        }
        let Some(value) = values.get_mut(attribute.name) else { continue };
        if is_empty(value) && attribute.ty() == Type::String {
            *value = Value::Null;
            if attribute.mode == Mode::Required {
                diagnostics.push(missing(attribute, path));
            }
        } else if let Value::List(texts) | Value::Set(texts) = value
            && matches!(attribute.ty(), Type::List(element) | Type::Set(element) if *element == Type::String)
        {
            texts.retain(|text| !is_empty(text));
        }
    }
    for nested in &schema.blocks {
        let Some(value) = values.get_mut(nested.name) else { continue };
        let path = path.clone().nested(nested.name);
        match value {
            Value::List(blocks) => {
                for (index, value) in blocks.iter_mut().enumerate() {
                    *value = block(value, &nested.block, &path.clone().index(index), diagnostics);
                }
            }
            // Elements of sets have no address.
            Value::Set(blocks) => {
                for value in blocks {
                    *value = block(value, &nested.block, &path, diagnostics);
                }
            }
            Value::Map(blocks) => {
                for (key, value) in blocks {
                    *value = block(value, &nested.block, &path.clone().key(key.as_str()), diagnostics);
                }
            }
            value => *value = block(value, &nested.block, &path, diagnostics),
        }
    }
    Value::Object(values)
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.is_empty())
}

fn missing(attribute: &Attribute, path: &Path) -> Diagnostic {
    let path = path.clone().nested(attribute.name);
    let detail = format!("The argument {path} is required, and an empty text counts as not given. Give it a value.");
    Diagnostic::error("Missing Argument", detail).at(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf::schema::NestedBlock;

    fn schema() -> Block {
        let read = Attribute::string("read").required();
        Block::new(vec![
            Attribute::string("name").required(),
            Attribute::string("alias"),
            Attribute::string("arn").computed(),
            Attribute::number("port"),
            Attribute::set("arns", Type::String),
            Attribute::list("names", Type::String),
            Attribute::of("any", Type::Dynamic),
        ])
        .with_block(NestedBlock::single("timeouts", vec![Attribute::string("read")]))
        .with_block(NestedBlock::list("rules", vec![read]))
    }

    fn config(name: &str) -> Value {
        Value::object([
            ("name", Value::from(name)),
            ("alias", "".into()),
            ("arn", Value::Null),
            ("port", 1.into()),
            ("arns", Value::set(["", "a"])),
            ("names", Value::List(vec!["".into(), Value::unknown(), "b".into()])),
            ("any", "".into()),
            ("timeouts", Value::object([("read", "")])),
            ("rules", Value::List(vec![Value::object([("read", name)]), Value::unknown()])),
        ])
    }

    #[test]
    fn an_empty_text_is_not_given() {
        let (value, diagnostics) = given(&config("web"), &schema());
        assert!(diagnostics.is_empty(), "{diagnostics}");
        let expected = Value::object([
            ("name", Value::from("web")),
            ("alias", Value::Null),
            ("port", 1.into()),
            ("arns", Value::set(["a"])),
            ("names", Value::List(vec![Value::unknown(), "b".into()])),
            ("any", "".into()),
            ("timeouts", Value::object([("read", Value::Null)])),
            ("rules", Value::List(vec![Value::object([("read", "web")]), Value::unknown()])),
        ]);
        assert_eq!(value, expected);
    }

    #[test]
    fn a_required_one_is_missing() {
        let (_, diagnostics) = given(&config(""), &schema());
        let missing: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.detail.clone()).collect();
        assert_eq!(
            missing,
            [
                "The argument name is required, and an empty text counts as not given. Give it a value.",
                "The argument rules[0].read is required, and an empty text counts as not given. Give it a value.",
            ]
        );
    }

    #[test]
    fn what_is_unknown_stays_so() {
        assert_eq!(given(&Value::unknown(), &schema()).0, Value::unknown());
    }
}
