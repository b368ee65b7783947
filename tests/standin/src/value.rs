//! Values taken apart.

use ecslive::tf::Value;
use std::collections::BTreeMap;

/// The attributes of an object.
pub type Object = BTreeMap<String, Value>;

/// The attributes of an object.
pub fn object(value: &Value) -> Result<&Object, String> {
    match value {
        Value::Object(attributes) => Ok(attributes),
        other => Err(format!("an object is needed, not {other:?}")),
    }
}

/// The elements of a list or set; none of null.
pub fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(items) | Value::Set(items) => items,
        _ => &[],
    }
}

/// The objects in the blocks of this name.
pub fn blocks<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a Object> {
    object.get(name).map_or(&[][..], items).iter().filter_map(|item| self::object(item).ok())
}

/// A string; `None` when it is not given or empty.
pub fn text(object: &Object, name: &str) -> Option<String> {
    match object.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.to_string()),
        _ => None,
    }
}

/// A string that has to be there.
pub fn required(object: &Object, name: &str) -> Result<String, String> {
    text(object, name).ok_or_else(|| format!("{name} is needed"))
}

/// The strings of a list or set.
pub fn texts(object: &Object, name: &str) -> Vec<String> {
    let strings = object.get(name).map_or(&[][..], items).iter().filter_map(|item| match item {
        Value::String(text) => Some(text.to_string()),
        _ => None,
    });
    strings.collect()
}

/// A whole number.
pub fn number(object: &Object, name: &str) -> Option<i32> {
    match object.get(name) {
        Some(Value::Number(number)) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        _ => None,
    }
}
