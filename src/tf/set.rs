//! The order of the elements of a set, and which of them are one.
//!
//! Sets of texts, numbers and bools are sorted by value. For other elements go-cty sorts by a text that it makes of each.
//! The same text is made here, so that equal sets become equal bytes on both sides; but numbers are written in full, where
//! go-cty rounds to ten digits. The order of a set means nothing, so that only shows where bytes are compared.

use super::Value;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt::Write;

/// Elements sorted, equal ones taken as one. Elements that hold something unknown may yet differ, so they all stay.
pub(super) fn canonical<V: Borrow<Value>>(mut elements: Vec<V>) -> Vec<V> {
    if elements.windows(2).all(|pair| primitive(pair[0].borrow(), pair[1].borrow()) == Some(Ordering::Less)) {
        return elements;
    }
    elements.sort_by_cached_key(|element| Key::of(element.borrow()));
    elements.dedup_by(|a, b| {
        let (a, b): (&Value, &Value) = ((*a).borrow(), (*b).borrow());
        a == b && a.is_wholly_known()
    });
    elements
}

/// The order of two primitive values of one type; none when they are something else.
fn primitive(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// What an element is sorted by: known before unknown before null.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Bool(bool),
    Number(super::Number),
    Text(String),
    Unknown,
    Null,
}

impl Key {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Unknown(_) => Self::Unknown,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Dynamic(dynamic) => Self::of(&dynamic.value),
            _ => {
                let mut text = String::new();
                describe(value, &mut text);
                Self::Text(text)
            }
        }
    }
}

fn describe(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push('~'),
        Value::Unknown(_) => text.push('?'),
        Value::Bool(true) => text.push('T'),
        Value::Bool(false) => text.push('F'),
        // Writing to a String cannot fail.
        Value::Number(number) => drop(write!(text, "{number}")),
        Value::String(value) => drop(write!(text, "{value:?}")),
        Value::List(elements) | Value::Set(elements) => sequence('[', elements.iter(), ']', text),
        Value::Tuple(elements) => sequence('<', elements.iter(), '>', text),
        Value::Object(attributes) => sequence('<', attributes.values(), '>', text),
        Value::Map(elements) => {
            text.push('{');
            for (key, value) in elements {
                let _ = write!(text, "{key:?}:");
                describe(value, text);
                text.push(';');
            }
            text.push('}');
        }
        Value::Dynamic(dynamic) => describe(&dynamic.value, text),
    }
}

fn sequence<'a>(open: char, elements: impl Iterator<Item = &'a Value>, close: char, text: &mut String) {
    text.push(open);
    for element in elements {
        describe(element, text);
        text.push(';');
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<const N: usize>(elements: [Value; N]) -> Vec<Value> {
        canonical(elements.to_vec())
    }

    #[test]
    fn primitive_values_are_sorted_by_value() {
        assert_eq!(sorted([10.into(), 2.into(), (-1).into()]), [(-1).into(), 2.into(), 10.into()]);
        assert_eq!(sorted([true.into(), false.into()]), [false.into(), true.into()]);
        let texts = [Value::Null, Value::unknown(), "é".into(), "b".into(), "a".into()];
        assert_eq!(sorted(texts), ["a".into(), "b".into(), "é".into(), Value::unknown(), Value::Null]);
    }

    #[test]
    fn equal_elements_are_one() {
        assert_eq!(sorted(["a".into(), "b".into(), "a".into()]), ["a".into(), "b".into()]);
        assert_eq!(sorted([Value::Null, Value::Null]), [Value::Null]);
        let object = Value::object([("a", 1)]);
        assert_eq!(sorted([object.clone(), object.clone()]), [object]);
    }

    #[test]
    fn unknown_elements_stay_apart() {
        let maybe = Value::object([("a", Value::unknown())]);
        assert_eq!(sorted([maybe.clone(), maybe.clone()]).len(), 2);
        assert_eq!(sorted([Value::unknown(), Value::unknown()]).len(), 2);
    }

    #[test]
    fn objects_are_sorted_by_the_texts_of_their_attributes() {
        let object = |a: i32, b: &str| Value::object([("a", Value::from(a)), ("b", Value::from(b))]);
        let sorted = sorted([object(9, "x"), object(10, "y"), object(10, "x")]);
        assert_eq!(sorted, [object(10, "x"), object(10, "y"), object(9, "x")]);
    }
}
