//! One place in a value of the plan: what is there, what is not known yet, what must not be printed.

use serde_json::Value;
use std::fmt;

/// What a plan says of an attribute. Unknown is an outcome of its own, never absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<T> {
    /// The value.
    Known(T),
    /// Null, or not there.
    Null,
    /// Known only after apply.
    Unknown,
}

impl<T> Field<T> {
    /// The value, if it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value by reference.
    pub fn as_ref(&self) -> Field<&T> {
        match self {
            Self::Known(value) => Field::Known(value),
            Self::Null => Field::Null,
            Self::Unknown => Field::Unknown,
        }
    }

    /// True when only the apply knows.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Changes a known value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Known(value) => Field::Known(change(value)),
            Self::Null => Field::Null,
            Self::Unknown => Field::Unknown,
        }
    }
}

/// A text of the plan. It may be judged whatever it is; printing shows a sensitive one as such.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    value: String,
    sensitive: bool,
}

impl Text {
    /// A text that may be printed.
    pub fn plain(value: impl Into<String>) -> Self {
        Self { value: value.into(), sensitive: false }
    }

    /// The value for comparisons. Not for messages: those print the `Text` itself.
    pub fn judged(&self) -> &str {
        &self.value
    }

    /// Another value that comes from the same place in the plan.
    pub fn part(&self, value: impl Into<String>) -> Self {
        Self { value: value.into(), sensitive: self.sensitive }
    }

    /// True when it must not be printed.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.sensitive { HIDDEN } else { &self.value })
    }
}

/// What stands for a value that must not be printed.
pub const HIDDEN: &str = "(sensitive value)";

/// One place in `before` or `after`, with its places in `after_unknown` and in the sensitive marks.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    value: Option<&'a Value>,
    unknown: Option<&'a Value>,
    sensitive: Option<&'a Value>,
}

/// Below a mark: a mark of `true` covers all that is below it.
fn below<'a>(mark: Option<&'a Value>, step: impl FnOnce(&'a Value) -> Option<&'a Value>) -> Option<&'a Value> {
    match mark {
        Some(Value::Bool(true)) => mark,
        Some(mark) => step(mark),
        None => None,
    }
}

fn is_true(mark: Option<&Value>) -> bool {
    matches!(mark, Some(Value::Bool(true)))
}

fn holds_true(mark: &Value) -> bool {
    match mark {
        Value::Bool(marked) => *marked,
        Value::Array(items) => items.iter().any(holds_true),
        Value::Object(fields) => fields.values().any(holds_true),
        _ => false,
    }
}

impl<'a> Node<'a> {
    /// The whole value of a resource.
    pub fn root(value: &'a Value, unknown: &'a Value, sensitive: &'a Value) -> Self {
        Self { value: Some(value), unknown: Some(unknown), sensitive: Some(sensitive) }
    }

    /// The attribute or block `key`.
    pub fn get(self, key: &str) -> Self {
        Self {
            value: self.value.and_then(|value| value.get(key)),
            unknown: below(self.unknown, |mark| mark.get(key)),
            sensitive: below(self.sensitive, |mark| mark.get(key)),
        }
    }

    /// True when nothing of it is known.
    pub fn is_unknown(self) -> bool {
        is_true(self.unknown)
    }

    /// True when it or something below it is not known.
    pub fn holds_unknown(self) -> bool {
        self.unknown.is_some_and(holds_true)
    }

    /// True when it or something below it must not be printed.
    pub fn holds_sensitive(self) -> bool {
        self.sensitive.is_some_and(holds_true)
    }

    fn field<T>(self, read: impl FnOnce(&'a Value) -> Option<T>) -> Field<T> {
        if self.is_unknown() {
            return Field::Unknown;
        }
        self.value.and_then(read).map_or(Field::Null, Field::Known)
    }

    /// A text; a number counts as the text it is written with.
    pub fn text(self) -> Field<Text> {
        let sensitive = is_true(self.sensitive);
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        self.field(|value| text(value).map(|value| Text { value, sensitive }))
    }

    /// A text that is not empty: hashicorp/aws writes "" for what is not set.
    pub fn name(self) -> Field<Text> {
        match self.text() {
            Field::Known(text) if text.value.is_empty() => Field::Null,
            text => text,
        }
    }

    /// A whole number, also when the document writes it as text or as `2.0`.
    pub fn number(self) -> Field<i64> {
        #[allow(clippy::cast_possible_truncation, reason = "whole numbers of a plan are small")]
        let whole = |text: &str| text.parse::<f64>().ok().filter(|number| number.fract() == 0.0).map(|n| n as i64);
        self.field(|value| match value {
            Value::Number(number) => number.as_i64().or_else(|| whole(&number.to_string())),
            Value::String(text) => whole(text),
            _ => None,
        })
    }

    /// A boolean.
    pub fn boolean(self) -> Field<bool> {
        self.field(Value::as_bool)
    }

    /// The elements of a list or set, each with its own marks.
    pub fn items(self) -> Field<Vec<Self>> {
        if self.is_unknown() {
            return Field::Unknown;
        }
        let unknown = self.unknown.and_then(Value::as_array).map_or(0, Vec::len);
        let known = match self.value.and_then(Value::as_array) {
            Some(items) => items.len(),
            None if unknown == 0 => return Field::Null,
            None => 0,
        };
        let at = |index: usize| Self {
            value: self.value.and_then(|value| value.get(index)),
            unknown: below(self.unknown, |mark| mark.get(index)),
            sensitive: below(self.sensitive, |mark| mark.get(index)),
        };
        Field::Known((0..known.max(unknown)).map(at).collect())
    }

    /// The block `key` of which there is at most one.
    pub fn block(self, key: &str) -> Field<Self> {
        match self.get(key).items() {
            Field::Known(items) => items.into_iter().next().map_or(Field::Null, Field::Known),
            Field::Null => Field::Null,
            Field::Unknown => Field::Unknown,
        }
    }

    /// The blocks `key`; none when it is null.
    pub fn blocks(self, key: &str) -> Field<Vec<Self>> {
        match self.get(key).items() {
            Field::Null => Field::Known(Vec::new()),
            items => items,
        }
    }

    /// The texts of a list; `Unknown` when one of them is.
    pub fn texts(self, key: &str) -> Field<Vec<Text>> {
        match self.blocks(key) {
            Field::Known(items) if items.iter().any(|item| item.is_unknown()) => Field::Unknown,
            items => items.map(|items| items.into_iter().filter_map(|item| item.text().known()).collect()),
        }
    }

    /// The value as the document has it, for comparisons.
    pub fn raw(self) -> Option<&'a Value> {
        self.value.filter(|value| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_whole_set_that_is_unknown_is_unknown_in_every_place_below() {
        let (value, unknown, none) = (json!({}), json!({"forward": true}), json!({}));
        let node = Node::root(&value, &unknown, &none).get("forward");
        assert_eq!(node.get("weight").number(), Field::Unknown);
        assert!(node.items().is_unknown());
    }

    #[test]
    fn an_element_with_an_unknown_arn_keeps_its_weight() {
        let value = json!({"target_group": [{"weight": 100}]});
        let (unknown, none) = (json!({"target_group": [{"arn": true}]}), json!({}));
        let items = Node::root(&value, &unknown, &none).blocks("target_group").known().unwrap_or_default();
        assert_eq!(items[0].get("weight").number(), Field::Known(100));
        assert_eq!(items[0].get("arn").text(), Field::Unknown);
    }

    #[test]
    fn a_sensitive_text_can_be_judged_and_is_never_printed() {
        let (value, unknown, sensitive) = (json!({"image": "canary"}), json!({}), json!(true));
        let text = Node::root(&value, &unknown, &sensitive).get("image").text().known();
        let text = text.unwrap_or_else(|| Text::plain(""));
        assert_eq!((text.judged(), text.to_string().as_str()), ("canary", "(sensitive value)"));
    }

    #[test]
    fn numbers_are_whole_however_they_are_written() {
        let (value, none) = (json!({"a": 2, "b": "2", "c": 2.0, "d": 2.5}), json!({}));
        let node = Node::root(&value, &none, &none);
        for key in ["a", "b", "c"] {
            assert_eq!(node.get(key).number(), Field::Known(2), "{key}");
        }
        assert_eq!(node.get("d").number(), Field::Null);
    }
}
