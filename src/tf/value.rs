//! Values: what attributes and arguments hold, known or not.

use super::typed::{Form, form};
use super::{Number, NumberError, Path, Refinements, Step, Type, set};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A value. It does not tell its type: an empty list is one of any type, and so is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// A value that is not known yet, and what is known of it.
    Unknown(Option<Box<Refinements>>),
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text in Unicode's normalization form C; `From` sees to that.
    String(String),
    /// Elements of one type in an order.
    List(Vec<Value>),
    /// Different elements in go-cty's order; [`Value::set`] sees to both.
    Set(Vec<Value>),
    /// Elements of one type by name.
    Map(BTreeMap<String, Value>),
    /// Elements, each of its own type.
    Tuple(Vec<Value>),
    /// Named attributes, each of its own type.
    Object(BTreeMap<String, Value>),
    /// A value where the schema leaves the type open.
    Dynamic(Box<Dynamic>),
}

/// A value with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dynamic {
    /// The type of the value; dynamic only where the value is null or unknown.
    pub ty: Type,
    /// The value.
    pub value: Value,
}

/// A value that does not have the form of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there: lower case, no full stop.
    pub message: Cow<'static, str>,
}

impl Value {
    /// A value of which nothing is known.
    pub fn unknown() -> Self {
        Self::Unknown(None)
    }

    /// An object with these attributes.
    pub fn object<N: Into<String>, V: Into<Value>>(attributes: impl IntoIterator<Item = (N, V)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// A map of these elements.
    pub fn map<K: AsRef<str>, V: Into<Value>>(elements: impl IntoIterator<Item = (K, V)>) -> Self {
        let elements = elements.into_iter();
        Self::Map(elements.map(|(key, value)| (nfc(key.as_ref()).into_owned(), value.into())).collect())
    }

    /// A set of these elements: sorted, equal ones taken as one.
    pub fn set<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::Set(set::canonical(elements.into_iter().map(Into::into).collect()))
    }

    /// A value with its type, for where the schema leaves the type open.
    pub fn dynamic(ty: Type, value: impl Into<Value>) -> Self {
        Self::Dynamic(Box::new(Dynamic { ty, value: value.into() }))
    }

    /// True for null, typed or not.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Dynamic(dynamic) => dynamic.value.is_null(),
            _ => false,
        }
    }

    /// True when the value itself or a part of it is unknown.
    pub fn contains_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                elements.iter().any(Self::contains_unknown)
            }
            Self::Map(elements) | Self::Object(elements) => elements.values().any(Self::contains_unknown),
            Self::Dynamic(dynamic) => dynamic.value.contains_unknown(),
        }
    }

    /// True when neither the value nor a part of it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        !self.contains_unknown()
    }

    /// Whether the value has the form of a type.
    ///
    /// # Errors
    /// The first place where it has not.
    pub fn conforms(&self, ty: &Type) -> Result<(), ValueError> {
        match form(ty, self)? {
            Form::Elements(elements) => {
                for (index, (ty, value)) in elements.into_iter().enumerate() {
                    value.conforms(ty).map_err(|error| error.within(Step::Index(index)))?;
                }
            }
            Form::Map(entries) | Form::Object(entries) => {
                let named = matches!(ty, Type::Object(_));
                for (name, ty, value) in entries {
                    value.conforms(ty).map_err(|error| error.within(Step::named(named, name)))?;
                }
            }
            Form::Dynamic(ty, value) => value.conforms(&ty)?,
            Form::Null | Form::Unknown(_) | Form::Bool(_) | Form::Number(_) | Form::String(_) => {}
        }
        Ok(())
    }
}

/// Text in normalization form C, in which Terraform compares and sends it.
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

impl ValueError {
    /// An error in the value itself.
    pub(super) fn here(message: impl Into<Cow<'static, str>>) -> Self {
        Self { path: Path::root(), message: message.into() }
    }

    /// The same error seen from the value that `step` leads out of.
    pub(super) fn within(self, step: Step) -> Self {
        Self { path: self.path.within(&step.into()), ..self }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.path.steps().is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for ValueError {}

impl From<NumberError> for ValueError {
    fn from(error: NumberError) -> Self {
        Self::here(error.to_string())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Number(value.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Number(value.into())
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(nfc(value).into_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        match nfc(&value) {
            Cow::Owned(normal) => Self::String(normal),
            Cow::Borrowed(_) => Self::String(value),
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_normalized() {
        assert_eq!(Value::from("cafe\u{301}"), Value::String("caf\u{e9}".to_owned()));
        assert_eq!(Value::from("e\u{301}".to_owned()), Value::from("\u{e9}"));
        assert_eq!(Value::map([("e\u{301}", 1)]), Value::map([("\u{e9}", 1)]));
    }

    #[test]
    fn a_typed_null_is_null() {
        assert!(Value::dynamic(Type::String, Value::Null).is_null());
        assert!(Value::from(None::<bool>).is_null());
    }

    #[test]
    fn unknown_parts_are_found_at_any_depth() {
        let value = Value::object([("a", Value::List(vec![Value::dynamic(Type::Bool, Value::unknown())]))]);
        assert!(value.contains_unknown());
        assert!(!value.is_wholly_known());
        assert!(Value::object([("a", Value::Null)]).is_wholly_known());
    }

    #[test]
    fn conforms_names_the_place() {
        let ty = Type::object([("a", Type::list(Type::map(Type::String)))]);
        let value = |leaf: Value| Value::object([("a", Value::List(vec![Value::map([("k", leaf)])]))]);
        assert_eq!(value("x".into()).conforms(&ty), Ok(()));
        assert_eq!(value(Value::Null).conforms(&ty), Ok(()));
        let error = value(true.into()).conforms(&ty).expect_err("a bool");
        assert_eq!(error.to_string(), r#"a[0]["k"]: string is required"#);
    }
}
