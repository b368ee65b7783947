//! A value beside its type: the one place that knows which value has the form of which type.

use super::{Number, Refinements, Step, Type, Value, ValueError, set};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A value that has the form of its type, one level deep.
pub(super) enum Form<'a> {
    Null,
    Unknown(Option<&'a Refinements>),
    Bool(bool),
    Number(&'a Number),
    String(&'a str),
    /// Of a list, set or tuple.
    Elements(Vec<(&'a Type, &'a Value)>),
    /// In the order of their keys.
    Map(Vec<(&'a str, &'a Type, &'a Value)>),
    /// All attributes in the order of their names.
    Object(Vec<(&'a str, &'a Type, &'a Value)>),
    /// A value where the schema leaves the type open, with its own type.
    Dynamic(Cow<'a, Type>, &'a Value),
}

/// Takes a value apart that should be of this type.
pub(super) fn form<'a>(ty: &'a Type, value: &'a Value) -> Result<Form<'a>, ValueError> {
    if *ty == Type::Dynamic {
        return open(value);
    }
    Ok(match (ty, value) {
        (_, Value::Dynamic(dynamic)) if concrete(&dynamic.ty, &dynamic.value)? == *ty => {
            return form(ty, &dynamic.value);
        }
        (_, Value::Null) => Form::Null,
        (_, Value::Unknown(refinements)) => Form::Unknown(refinements.as_deref()),
        (Type::Bool, Value::Bool(value)) => Form::Bool(*value),
        (Type::Number, Value::Number(number)) => Form::Number(number),
        (Type::String, Value::String(text)) => Form::String(text),
        (Type::List(element), Value::List(values)) => {
            alike(element, numbered(values))?;
            Form::Elements(values.iter().map(|value| (&**element, value)).collect())
        }
        (Type::Set(element), Value::Set(values)) => {
            alike(element, numbered(values))?;
            let values = set::canonical(values.iter().collect());
            Form::Elements(values.into_iter().map(|value| (&**element, value)).collect())
        }
        (Type::Map(element), Value::Map(values)) => {
            alike(element, keyed(values))?;
            Form::Map(values.iter().map(|(key, value)| (key.as_str(), &**element, value)).collect())
        }
        (Type::Tuple(types), Value::Tuple(values)) => {
            if types.len() != values.len() {
                return Err(wrong_length(types.len()));
            }
            Form::Elements(types.iter().zip(values).collect())
        }
        (Type::Object(types), Value::Object(values)) => {
            if types.len() != values.len() {
                return Err(wrong_attributes(types.len(), values.len()));
            }
            let attribute = |(name, ty): (&'a String, &'a Type)| match values.get(name) {
                Some(value) => Ok((name.as_str(), ty, value)),
                None => Err(ValueError::here(format!("attribute {name:?} is required"))),
            };
            Form::Object(types.iter().map(attribute).collect::<Result<_, _>>()?)
        }
        _ => return Err(required(ty)),
    })
}

/// A value where the type is open. Primitive values tell their type; others need to be told.
fn open(value: &Value) -> Result<Form<'_>, ValueError> {
    Ok(match value {
        Value::Null => Form::Null,
        Value::Unknown(_) => Form::Unknown(None),
        Value::Dynamic(dynamic) if dynamic.ty == Type::Dynamic => return open(&dynamic.value),
        Value::Dynamic(dynamic) if dynamic.ty.has_dynamic() => {
            Form::Dynamic(Cow::Owned(concrete(&dynamic.ty, &dynamic.value)?), &dynamic.value)
        }
        Value::Dynamic(dynamic) => Form::Dynamic(Cow::Borrowed(&dynamic.ty), &dynamic.value),
        _ => match primitive(value) {
            Some(ty) => Form::Dynamic(Cow::Owned(ty), value),
            None => return Err(ValueError::here("a value of an open type needs its type beside it")),
        },
    })
}

fn primitive(value: &Value) -> Option<Type> {
    match value {
        Value::Bool(_) => Some(Type::Bool),
        Value::Number(_) => Some(Type::Number),
        Value::String(_) => Some(Type::String),
        _ => None,
    }
}

/// Refuses elements of different types where `element` leaves the type open.
fn alike<'a>(element: &Type, values: impl Iterator<Item = (Step, &'a Value)>) -> Result<(), ValueError> {
    if element.has_dynamic() { one_type(element, values).map(drop) } else { Ok(()) }
}

/// The type of a value of this type with the open parts filled in, where they are neither null nor unknown.
pub(super) fn concrete(ty: &Type, value: &Value) -> Result<Type, ValueError> {
    Ok(match (ty, value) {
        (Type::Dynamic, Value::Dynamic(dynamic)) => concrete(&dynamic.ty, &dynamic.value)?,
        (Type::Dynamic, value) => primitive(value).unwrap_or(Type::Dynamic),
        (Type::List(element), Value::List(values)) => Type::list(one_type(element, numbered(values))?),
        (Type::Set(element), Value::Set(values)) => Type::set(one_type(element, numbered(values))?),
        (Type::Map(element), Value::Map(values)) => Type::map(one_type(element, keyed(values))?),
        (Type::Tuple(types), Value::Tuple(values)) if types.len() == values.len() => {
            let elements = types.iter().zip(numbered(values));
            let elements = elements.map(|(ty, (step, value))| concrete(ty, value).map_err(|error| error.within(step)));
            Type::Tuple(elements.collect::<Result<_, ValueError>>()?)
        }
        (Type::Object(types), Value::Object(values)) => {
            let attributes = types.iter().map(|(name, ty)| {
                let ty = match values.get(name) {
                    Some(value) => concrete(ty, value).map_err(|error| error.within(Step::named(true, name)))?,
                    None => ty.clone(),
                };
                Ok((name.clone(), ty))
            });
            Type::Object(attributes.collect::<Result<_, ValueError>>()?)
        }
        _ => ty.clone(),
    })
}

fn numbered(values: &[Value]) -> impl Iterator<Item = (Step, &Value)> {
    values.iter().enumerate().map(|(index, value)| (Step::Index(index), value))
}

fn keyed(values: &BTreeMap<String, Value>) -> impl Iterator<Item = (Step, &Value)> {
    values.iter().map(|(key, value)| (Step::Key(key.clone()), value))
}

/// The one type that all elements of a collection have, where `element` leaves it open.
fn one_type<'a>(element: &Type, values: impl Iterator<Item = (Step, &'a Value)>) -> Result<Type, ValueError> {
    let mut one = None;
    for (step, value) in values {
        match (concrete(element, value), &one) {
            (Err(error), _) => return Err(error.within(step)),
            (Ok(Type::Dynamic), _) => {}
            (Ok(ty), None) => one = Some(ty),
            (Ok(ty), Some(other)) if ty == *other => {}
            (Ok(ty), Some(other)) => {
                let message = format!("all elements must have the same type: found {ty} after {other}");
                return Err(ValueError::here(message).within(step));
            }
        }
    }
    Ok(one.unwrap_or_else(|| element.clone()))
}

/// Brings the decoded elements of a list or set to the form that go-cty gives them: all of one type, which stands also
/// beside those that are null or unknown.
pub(super) fn settle(element: &Type, values: &mut [Value]) -> Result<(), ValueError> {
    if element.has_dynamic() {
        let one = one_type(element, numbered(values))?;
        values.iter_mut().for_each(|value| label(element, &one, value));
    }
    Ok(())
}

/// The same for a map.
pub(super) fn settle_map(element: &Type, values: &mut BTreeMap<String, Value>) -> Result<(), ValueError> {
    if element.has_dynamic() {
        let one = one_type(element, keyed(values))?;
        values.values_mut().for_each(|value| label(element, &one, value));
    }
    Ok(())
}

fn label(element: &Type, one: &Type, value: &mut Value) {
    if *element == Type::Dynamic && *one != Type::Dynamic && matches!(value, Value::Null | Value::Unknown(_)) {
        *value = Value::dynamic(one.clone(), std::mem::replace(value, Value::Null));
    }
}

/// A decoded value with its own type, where the schema leaves the type open. The parts that `ty` leaves open have
/// brought their types, which go into the whole.
pub(super) fn close(ty: Type, value: Value) -> Result<Value, ValueError> {
    Ok(match ty {
        Type::Dynamic => value,
        _ if ty.has_dynamic() => Value::dynamic(concrete(&ty, &value)?, bare(value)),
        _ => Value::dynamic(ty, value),
    })
}

/// The same without types beside its parts.
fn bare(value: Value) -> Value {
    let all = |values: Vec<Value>| values.into_iter().map(bare).collect();
    let each = |values: BTreeMap<String, Value>| values.into_iter().map(|(name, value)| (name, bare(value))).collect();
    match value {
        Value::Dynamic(dynamic) => bare(dynamic.value),
        Value::List(values) => Value::List(all(values)),
        Value::Set(values) => Value::Set(all(values)),
        Value::Tuple(values) => Value::Tuple(all(values)),
        Value::Map(values) => Value::Map(each(values)),
        Value::Object(values) => Value::Object(each(values)),
        _ => value,
    }
}

/// The message for a value of another form.
pub(super) fn required(ty: &Type) -> ValueError {
    ValueError::here(match ty {
        Type::String => "string is required",
        Type::Number => "number is required",
        Type::Bool => "bool is required",
        Type::Dynamic => "a value with its type is required",
        Type::List(_) => "a list is required",
        Type::Set(_) => "a set is required",
        Type::Map(_) => "a map is required",
        Type::Tuple(_) => "a tuple is required",
        Type::Object(_) => "an object is required",
    })
}

/// The message for a tuple of another length.
pub(super) fn wrong_length(want: usize) -> ValueError {
    ValueError::here(format!("a tuple of length {want} is required"))
}

/// The message for an object with other attributes.
pub(super) fn wrong_attributes(want: usize, given: usize) -> ValueError {
    ValueError::here(format!("an object with {want} attributes is required ({given} given)"))
}
