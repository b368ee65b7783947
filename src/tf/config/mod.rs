//! Typed access to a configuration, in which any value may still be unknown.

mod arg;
mod from_value;
mod given;
mod together;

pub use arg::Arg;
pub use from_value::{FromValue, Unusable};
pub use given::given;
pub use together::{Argument, at_most_one, excludes};

use super::{Diagnostic, Diagnostics, Path, Type, Value};
use from_value::unusable;
use std::collections::BTreeMap;
use std::fmt::Display;

/// The attributes of an object, and what is wrong with them.
#[derive(Debug)]
pub struct Fields<'a> {
    attributes: Option<&'a BTreeMap<String, Value>>,
    path: Path,
    diagnostics: Diagnostics,
}

impl<'a> Fields<'a> {
    /// The attributes of a whole configuration.
    pub fn new(value: &'a Value) -> Self {
        Self::at(value, Path::root())
    }

    fn at(value: &'a Value, path: Path) -> Self {
        let mut fields = Self { attributes: None, path, diagnostics: Diagnostics::default() };
        match value {
            Value::Object(attributes) => fields.attributes = Some(attributes),
            Value::Unknown(_) => {}
            other => fields.record(Path::root(), unusable(other, &Type::object::<String>([]))),
        }
        fields
    }

    /// True when there is an argument of this name, given or not.
    pub fn has(&self, name: &str) -> bool {
        self.attributes.is_some_and(|attributes| attributes.contains_key(name))
    }

    /// An attribute.
    pub fn arg<T: FromValue>(&mut self, name: &str) -> Arg<T> {
        let result = match self.value(name) {
            None => return Arg::Unknown,
            Some(value) => Arg::from_value(value),
        };
        result.unwrap_or_else(|unusable| self.unusable(Path::attribute(name), unusable))
    }

    /// A text attribute in the form that `parse` gives it.
    pub fn parse<T, E: Display>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Arg<T> {
        match self.arg::<String>(name) {
            Arg::Known(text) => match parse(&text) {
                Ok(value) => Arg::Known(value),
                Err(error) => self.unusable(Path::attribute(name), Unusable::wrong(error.to_string())),
            },
            Arg::Null => Arg::Null,
            Arg::Unknown => Arg::Unknown,
        }
    }

    /// A list or set of texts, each in the form that `parse` gives it. All of them that are wrong are recorded.
    pub fn parse_all<T, E: Display>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Arg<Vec<T>> {
        let ordered = !matches!(self.value(name), Some(Value::Set(_)));
        let texts = match self.arg::<Vec<String>>(name) {
            Arg::Known(texts) => texts,
            Arg::Null => return Arg::Null,
            Arg::Unknown => return Arg::Unknown,
        };
        let mut values = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            match parse(text) {
                Ok(value) => values.push(value),
                Err(error) => {
                    let path = Path::attribute(name);
                    let path = if ordered { path.index(index) } else { path };
                    self.record(path, Unusable::wrong(error.to_string()));
                }
            }
        }
        if values.len() == texts.len() { Arg::Known(values) } else { Arg::Unknown }
    }

    /// A single nested block or object. Give it back to [`Fields::absorb`].
    pub fn nested(&mut self, name: &str) -> Arg<Fields<'a>> {
        match self.value(name) {
            None | Some(Value::Unknown(_)) => Arg::Unknown,
            Some(Value::Null) => Arg::Null,
            Some(value) => Arg::Known(Self::at(value, self.path.clone().nested(name))),
        }
    }

    /// The nested blocks or objects of a list or set, those that are known. Give each back to [`Fields::absorb`].
    pub fn nested_list(&mut self, name: &str) -> Vec<Fields<'a>> {
        let path = self.path.clone().nested(name);
        let (values, ordered) = match self.value(name) {
            None | Some(Value::Null | Value::Unknown(_)) => return Vec::new(),
            Some(Value::List(values) | Value::Tuple(values)) => (values, true),
            Some(Value::Set(values)) => (values, false),
            Some(other) => {
                self.record(Path::attribute(name), unusable(other, &Type::list(Type::Dynamic)));
                return Vec::new();
            }
        };
        let known = values.iter().enumerate().filter(|(_, value)| !matches!(value, Value::Unknown(_)));
        known
            .map(|(index, value)| Self::at(value, if ordered { path.clone().index(index) } else { path.clone() }))
            .collect()
    }

    /// Takes over what is wrong with a nested block.
    pub fn absorb(&mut self, nested: Fields) {
        self.diagnostics.extend(nested.diagnostics);
    }

    /// What is wrong with the attributes that were looked at.
    pub fn finish(self) -> Diagnostics {
        self.diagnostics
    }

    /// Configurations carry all attributes of the schema, so one that is missing is a mistake of ours or the host's.
    fn value(&mut self, name: &str) -> Option<&'a Value> {
        let attributes = self.attributes?;
        let value = attributes.get(name);
        if value.is_none() {
            self.record(Path::attribute(name), Unusable::wrong(format!("the configuration carries no {name}")));
        }
        value.map(|value| match value {
            Value::Dynamic(dynamic) => &dynamic.value,
            _ => value,
        })
    }

    fn unusable<T>(&mut self, path: Path, unusable: Unusable) -> Arg<T> {
        self.record(path, unusable);
        Arg::Unknown
    }

    fn record(&mut self, path: Path, unusable: Unusable) {
        if let Unusable::Wrong(inner, message) = unusable {
            let path = inner.within(&path).within(&self.path);
            self.diagnostics.push(Diagnostic::error("Invalid Value", sentence(&message)).at(path));
        }
    }
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

#[cfg(test)]
mod tests;
