//! What Rust types can be made of values.

use super::Arg;
use crate::tf::typed::required;
use crate::tf::{Number, Path, Step, Type, Value};
use std::collections::BTreeMap;

/// Why a value has no typed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// It or a part of it is unknown.
    Unknown,
    /// It is wrong: where, seen from the value, and how. Lower case, no full stop.
    Wrong(Path, String),
}

impl Unusable {
    pub(super) fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong(Path::root(), message.into())
    }

    fn within(self, step: Step) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Wrong(path, message) => Self::Wrong(path.within(&step.into()), message),
        }
    }
}

/// What can be made of a value.
pub trait FromValue: Sized {
    /// The typed form of a value.
    ///
    /// # Errors
    /// When the value, or a part of it, is unknown or of another form.
    fn from_value(value: &Value) -> Result<Self, Unusable>;
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Result<Self, Unusable> {
        Ok(value.clone())
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, Unusable> {
        match value {
            Value::String(text) => Ok(text.clone()),
            other => Err(unusable(other, &Type::String)),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self, Unusable> {
        match value {
            Value::Bool(value) => Ok(*value),
            other => Err(unusable(other, &Type::Bool)),
        }
    }
}

impl FromValue for Number {
    fn from_value(value: &Value) -> Result<Self, Unusable> {
        match value {
            Value::Number(number) => Ok(number.clone()),
            other => Err(unusable(other, &Type::Number)),
        }
    }
}

macro_rules! whole_numbers {
    ($($int:ty),*) => {$(
        impl FromValue for $int {
            fn from_value(value: &Value) -> Result<Self, Unusable> {
                let number = Number::from_value(value)?;
                number.as_i64().and_then(|int| int.try_into().ok()).ok_or_else(|| {
                    let (min, max) = (<$int>::MIN, <$int>::MAX);
                    Unusable::wrong(format!("a whole number from {min} to {max} is required, not {number}"))
                })
            }
        }
    )*};
}

whole_numbers!(u8, u16, u32, i32, i64);

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Result<Self, Unusable> {
        match value {
            Value::List(values) | Value::Tuple(values) => {
                let values = values.iter().enumerate();
                values.map(|(index, value)| T::from_value(value).map_err(|e| e.within(Step::Index(index)))).collect()
            }
            // Elements of sets have no address.
            Value::Set(values) => values.iter().map(T::from_value).collect(),
            other => Err(unusable(other, &Type::list(Type::Dynamic))),
        }
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: &Value) -> Result<Self, Unusable> {
        match value {
            Value::Map(values) => {
                let value = |(key, value): (&String, &Value)| match T::from_value(value) {
                    Ok(value) => Ok((key.clone(), value)),
                    Err(unusable) => Err(unusable.within(Step::Key(key.clone()))),
                };
                values.iter().map(value).collect()
            }
            other => Err(unusable(other, &Type::map(Type::Dynamic))),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, Unusable> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl<T: FromValue> FromValue for Arg<T> {
    fn from_value(value: &Value) -> Result<Self, Unusable> {
        if value.is_null() {
            return Ok(Self::Null);
        }
        match T::from_value(value) {
            Ok(value) => Ok(Self::Known(value)),
            Err(Unusable::Unknown) => Ok(Self::Unknown),
            Err(wrong) => Err(wrong),
        }
    }
}

/// Why a value is not of the wanted type.
pub(super) fn unusable(value: &Value, want: &Type) -> Unusable {
    match value {
        Value::Unknown(_) => Unusable::Unknown,
        Value::Null => Unusable::wrong(format!("{want} is required, not null")),
        _ => Unusable::wrong(required(want).message),
    }
}
