//! Values in JSON. Terraform sends them as such only where it does not know the schema any more.

use super::typed::{Form, close, form, required, settle, settle_map, wrong_length};
use super::value::nfc;
use super::{MAX_DEPTH, Number, Step, Type, Value, ValueError, set};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Reads a value of this type. Attributes that are not there are null; numbers keep all their digits.
///
/// # Errors
/// When the text is not JSON, holds a value of another type, or is nested too deep.
pub fn decode(ty: &Type, text: &[u8]) -> Result<Value, ValueError> {
    let json = serde_json::from_slice(text).map_err(|error| ValueError::here(format!("not valid JSON: {error}")))?;
    value(ty, json, 0)
}

fn value(ty: &Type, json: Json, depth: usize) -> Result<Value, ValueError> {
    if depth > MAX_DEPTH {
        return Err(ValueError::here(format!("the value is nested more than {MAX_DEPTH} levels deep")));
    }
    let inside = depth + 1;
    match (ty, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Dynamic, Json::Object(parts)) => open(parts, inside),
        (Type::Bool, Json::Bool(value)) => Ok(Value::Bool(value)),
        (Type::Bool, Json::String(text)) => match text.as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(required(ty)),
        },
        (Type::Number, Json::Number(value)) => Ok(Number::parse(value.as_str())?.into()),
        (Type::Number, Json::String(text)) => Ok(Number::parse(&text)?.into()),
        (Type::String, Json::String(text)) => Ok(text.into()),
        (Type::String, Json::Number(value)) => Ok(value.as_str().into()),
        (Type::String, Json::Bool(value)) => Ok(if value { "true" } else { "false" }.into()),
        (Type::List(element), Json::Array(values)) => {
            let mut elements = array(values, |_| element, inside)?;
            settle(element, &mut elements)?;
            Ok(Value::List(elements))
        }
        (Type::Set(element), Json::Array(values)) => {
            let mut elements = array(values, |_| element, inside)?;
            settle(element, &mut elements)?;
            Ok(Value::Set(set::canonical(elements)))
        }
        (Type::Tuple(types), Json::Array(values)) if types.len() == values.len() => {
            array(values, |index| &types[index], inside).map(Value::Tuple)
        }
        (Type::Tuple(types), Json::Array(_)) => Err(wrong_length(types.len())),
        (Type::Map(element), Json::Object(values)) => map(element, values, inside),
        (Type::Object(types), Json::Object(values)) => object(types, values, inside),
        _ => Err(required(ty)),
    }
}

/// A value with its type.
fn open(mut parts: serde_json::Map<String, Json>, depth: usize) -> Result<Value, ValueError> {
    match (parts.remove("type"), parts.remove("value"), parts.keys().next()) {
        (Some(ty), Some(json), None) => {
            let ty = Type::from_document(&ty).map_err(|error| ValueError::here(error.to_string()))?;
            let value = value(&ty, json, depth)?;
            close(ty, value)
        }
        (_, _, Some(key)) => Err(ValueError::here(format!("invalid key {key:?} in dynamically-typed value"))),
        (None, _, _) => Err(ValueError::here("missing type in dynamically-typed value")),
        (_, None, _) => Err(ValueError::here("missing value in dynamically-typed value")),
    }
}

fn array<'a>(values: Vec<Json>, ty: impl Fn(usize) -> &'a Type, depth: usize) -> Result<Vec<Value>, ValueError> {
    let elements = values.into_iter().enumerate();
    elements
        .map(|(index, json)| value(ty(index), json, depth).map_err(|error| error.within(Step::Index(index))))
        .collect()
}

fn map(element: &Type, values: serde_json::Map<String, Json>, depth: usize) -> Result<Value, ValueError> {
    let mut elements = BTreeMap::new();
    for (key, json) in values {
        let key = nfc(&key).into_owned();
        match value(element, json, depth) {
            Ok(value) => elements.insert(key, value),
            Err(error) => return Err(error.within(Step::Key(key))),
        };
    }
    settle_map(element, &mut elements)?;
    Ok(Value::Map(elements))
}

fn object(
    types: &BTreeMap<String, Type>,
    mut values: serde_json::Map<String, Json>,
    depth: usize,
) -> Result<Value, ValueError> {
    let mut attributes = BTreeMap::new();
    for (name, ty) in types {
        let json = values.remove(name).unwrap_or(Json::Null);
        let value = value(ty, json, depth).map_err(|error| error.within(Step::Attribute(name.clone())))?;
        attributes.insert(name.clone(), value);
    }
    match values.keys().next() {
        None => Ok(Value::Object(attributes)),
        Some(name) => Err(ValueError::here(format!("unsupported attribute {name:?}"))),
    }
}

/// Writes a value of this type.
///
/// # Errors
/// When the value has not the form of the type, or a part of it is unknown or infinite: neither has a form in JSON.
pub fn encode(ty: &Type, value: &Value) -> Result<Vec<u8>, ValueError> {
    let mut out = String::new();
    write(&mut out, ty, value)?;
    Ok(out.into_bytes())
}

fn write(out: &mut String, ty: &Type, value: &Value) -> Result<(), ValueError> {
    match form(ty, value)? {
        Form::Null => out.push_str("null"),
        Form::Unknown(_) => return Err(ValueError::here("value is not known")),
        Form::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Form::Number(number) if number.is_finite() => out.push_str(&number.to_string()),
        Form::Number(_) => return Err(ValueError::here("an infinite number has no form in JSON")),
        Form::String(value) => text(out, value),
        Form::Elements(elements) => {
            out.push('[');
            for (index, (ty, value)) in elements.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, ty, value).map_err(|error| error.within(Step::Index(index)))?;
            }
            out.push(']');
        }
        Form::Map(entries) | Form::Object(entries) => {
            let named = matches!(ty, Type::Object(_));
            out.push('{');
            for (index, (name, ty, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                text(out, name);
                out.push(':');
                write(out, ty, value).map_err(|error| error.within(Step::named(named, name)))?;
            }
            out.push('}');
        }
        Form::Dynamic(ty, value) => {
            out.push_str("{\"value\":");
            write(out, &ty, value)?;
            out.push_str(",\"type\":");
            out.push_str(&ty.json().to_string());
            out.push('}');
        }
    }
    Ok(())
}

fn text(out: &mut String, text: &str) {
    out.push_str(&Json::from(&*nfc(text)).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(ty: &Type, text: &str) -> String {
        decode(ty, text.as_bytes()).expect_err(text).to_string()
    }

    #[test]
    fn primitive_values_are_converted_as_in_go_cty() {
        assert_eq!(decode(&Type::String, b"1.50"), Ok("1.50".into()));
        assert_eq!(decode(&Type::String, b"true"), Ok("true".into()));
        assert_eq!(decode(&Type::Bool, b"\"0\""), Ok(false.into()));
        assert_eq!(decode(&Type::Number, b"\"12\""), Ok(12.into()));
        assert_eq!(error(&Type::Bool, "1"), "bool is required");
        assert_eq!(error(&Type::Bool, "\"yes\""), "bool is required");
        assert_eq!(error(&Type::Number, "\"\""), "number is required");
        assert_eq!(error(&Type::String, "[]"), "string is required");
    }

    #[test]
    fn numbers_keep_all_their_digits() {
        let text = b"[123456789012345678901234567890,0.1,1e-7,1.0]";
        let value = decode(&Type::list(Type::Number), text).expect("numbers");
        let back = encode(&Type::list(Type::Number), &value).expect("numbers");
        assert_eq!(back, b"[123456789012345678901234567890,0.1,0.0000001,1]");
        assert_eq!(error(&Type::Number, "1e999999999"), "a number has more than 4096 digits");
    }

    #[test]
    fn attributes_may_be_absent_but_not_unknown() {
        let ty = Type::object([("a", Type::Bool), ("b", Type::object([("c", Type::Bool)]))]);
        let expect = Value::object([("a", Value::Null), ("b", Value::object([("c", true)]))]);
        assert_eq!(decode(&ty, br#"{"b":{"c":true}}"#), Ok(expect));
        assert_eq!(error(&ty, r#"{"b":{"d":1}}"#), "b: unsupported attribute \"d\"");
    }

    #[test]
    fn values_of_an_open_type_carry_it() {
        let value = decode(&Type::Dynamic, br#"{"type":["list","dynamic"],"value":[{"type":"bool","value":true}]}"#);
        assert_eq!(value, Ok(Value::dynamic(Type::list(Type::Bool), vec![true])));
        assert_eq!(decode(&Type::Dynamic, b"null"), Ok(Value::Null));
        assert_eq!(error(&Type::Dynamic, r#"{"value":1}"#), "missing type in dynamically-typed value");
        assert_eq!(error(&Type::Dynamic, r#"{"type":"bool"}"#), "missing value in dynamically-typed value");
        assert_eq!(error(&Type::Dynamic, r#"{"x":1}"#), "invalid key \"x\" in dynamically-typed value");
        assert_eq!(error(&Type::Dynamic, "1"), "a value with its type is required");
    }

    #[test]
    fn what_has_no_form_in_json_is_an_error_with_its_place() {
        let ty = Type::map(Type::list(Type::Number));
        let error = |value: Value| {
            encode(&ty, &Value::map([("k", Value::List(vec![value]))])).expect_err("no JSON").to_string()
        };
        assert_eq!(error(Value::unknown()), "[\"k\"][0]: value is not known");
        let infinity = Number::parse("-Inf").expect("a number");
        assert_eq!(error(infinity.into()), "[\"k\"][0]: an infinite number has no form in JSON");
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(error(&Type::list(Type::Number), &deep).starts_with("not valid JSON: recursion limit exceeded"));
        assert!(error(&Type::list(Type::Bool), "[true").starts_with("not valid JSON: EOF"));
        assert!(error(&Type::Bool, "true true").starts_with("not valid JSON: trailing characters"));
    }
}
