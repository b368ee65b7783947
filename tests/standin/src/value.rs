//! Values taken apart.

use ecslive::tf::Value;
use std::collections::BTreeMap;

/// The attributes of an object.
pub fn object(value: &Value) -> Result<&BTreeMap<String, Value>, String> {
    match value {
        Value::Object(attributes) => Ok(attributes),
        other => Err(format!("an object is needed, not {other:?}")),
    }
}

/// The elements of a list or set.
pub fn items(value: &Value) -> Result<&[Value], String> {
    match value {
        Value::List(items) | Value::Set(items) => Ok(items),
        other => Err(format!("a list is needed, not {other:?}")),
    }
}

/// The only element of a list or set.
pub fn only(value: &Value) -> Result<&Value, String> {
    match items(value)? {
        [only] => Ok(only),
        several => Err(format!("one block is needed, not {}", several.len())),
    }
}

/// A string.
pub fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.to_string()),
        other => Err(format!("a string is needed, not {other:?}")),
    }
}

/// A whole number.
pub fn number(value: &Value) -> Option<i32> {
    match value {
        Value::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        _ => None,
    }
}
