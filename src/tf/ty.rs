//! Types of values, and the JSON text in which they travel.

use super::MAX_DEPTH;
use super::value::nfc;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// Unicode text.
    String,
    /// A number of any size and precision.
    Number,
    /// True or false.
    Bool,
    /// Any type: each value brings its own.
    Dynamic,
    /// Elements of one type in an order.
    List(Box<Type>),
    /// Different elements of one type without an order.
    Set(Box<Type>),
    /// Elements of one type by name.
    Map(Box<Type>),
    /// A fixed number of elements, each of its own type.
    Tuple(Vec<Type>),
    /// Named attributes, each of its own type.
    Object(BTreeMap<String, Type>),
}

/// Why a text is not the JSON form of a type.
#[derive(Debug, thiserror::Error)]
pub enum TypeError {
    /// Not JSON, or nested too deep for the parser.
    #[error("a type is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Nested too deep.
    #[error("a type is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    /// A name of no type.
    #[error("invalid primitive type name {0:?}")]
    Primitive(String),
    /// A name of no type that has parameters.
    #[error("invalid complex type kind name {0:?}")]
    Complex(String),
    /// Neither a name nor a name with parameters, or the wrong parameters.
    #[error("invalid type description")]
    Form,
}

impl Type {
    /// A list of elements of one type.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of elements of one type.
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of elements of one type.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// Reads the JSON form. Optional attributes of objects become plain ones: values always carry all of them.
    ///
    /// # Errors
    /// When the text is not JSON, not a type, or nested too deep.
    pub fn from_json(text: &[u8]) -> Result<Self, TypeError> {
        Self::from_document(&serde_json::from_slice(text)?)
    }

    /// Reads the JSON form as a document.
    pub(super) fn from_document(json: &Json) -> Result<Self, TypeError> {
        Self::parse(json, 0)
    }

    fn parse(json: &Json, depth: usize) -> Result<Self, TypeError> {
        if depth > MAX_DEPTH {
            return Err(TypeError::TooDeep);
        }
        let parts = match json {
            Json::String(name) => return Self::primitive(name),
            Json::Array(parts) => parts.as_slice(),
            _ => return Err(TypeError::Form),
        };
        let parse = |json| Self::parse(json, depth + 1);
        match parts {
            [Json::String(kind), Json::Array(elements)] if kind == "tuple" => {
                Ok(Self::Tuple(elements.iter().map(parse).collect::<Result<_, _>>()?))
            }
            [Json::String(kind), Json::Object(attributes), optional @ ..] if kind == "object" => {
                if !names_of(attributes, optional) {
                    return Err(TypeError::Form);
                }
                let attributes = attributes.iter().map(|(name, ty)| Ok((nfc(name).into_owned(), parse(ty)?)));
                Ok(Self::Object(attributes.collect::<Result<_, TypeError>>()?))
            }
            [Json::String(kind), element] => match kind.as_str() {
                "list" => Ok(Self::list(parse(element)?)),
                "set" => Ok(Self::set(parse(element)?)),
                "map" => Ok(Self::map(parse(element)?)),
                "tuple" | "object" => Err(TypeError::Form),
                _ => Err(TypeError::Complex(kind.clone())),
            },
            _ => Err(TypeError::Form),
        }
    }

    fn primitive(name: &str) -> Result<Self, TypeError> {
        match name {
            "string" => Ok(Self::String),
            "number" => Ok(Self::Number),
            "bool" => Ok(Self::Bool),
            "dynamic" => Ok(Self::Dynamic),
            _ => Err(TypeError::Primitive(name.to_owned())),
        }
    }

    /// The JSON form: compact, names sorted.
    pub fn to_json(&self) -> Vec<u8> {
        self.json().to_string().into_bytes()
    }

    /// The JSON form as a document.
    pub(super) fn json(&self) -> Json {
        match self {
            Self::String => "string".into(),
            Self::Number => "number".into(),
            Self::Bool => "bool".into(),
            Self::Dynamic => "dynamic".into(),
            Self::List(element) => Json::Array(vec!["list".into(), element.json()]),
            Self::Set(element) => Json::Array(vec!["set".into(), element.json()]),
            Self::Map(element) => Json::Array(vec!["map".into(), element.json()]),
            Self::Tuple(elements) => Json::Array(vec!["tuple".into(), elements.iter().map(Self::json).collect()]),
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, ty)| (name.clone(), ty.json()));
                Json::Array(vec!["object".into(), Json::Object(attributes.collect())])
            }
        }
    }

    /// True when a part of the type is dynamic.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::String | Self::Number | Self::Bool => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
        }
    }
}

/// True for nothing, or for one list of names of attributes.
fn names_of(attributes: &serde_json::Map<String, Json>, optional: &[Json]) -> bool {
    let known = |name: &Json| name.as_str().is_some_and(|name| attributes.contains_key(name));
    match optional {
        [] => true,
        [Json::Array(names)] => names.iter().all(known),
        _ => false,
    }
}

impl fmt::Display for Type {
    /// As Terraform's messages name it: `list of string`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Bool => f.write_str("bool"),
            Self::Dynamic => f.write_str("dynamic"),
            Self::List(element) => write!(f, "list of {element}"),
            Self::Set(element) => write!(f, "set of {element}"),
            Self::Map(element) => write!(f, "map of {element}"),
            Self::Tuple(_) => f.write_str("tuple"),
            Self::Object(_) => f.write_str("object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Type, String> {
        Type::from_json(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_form_survives_the_way_there_and_back() {
        for text in [
            r#""string""#,
            r#""dynamic""#,
            r#"["list","number"]"#,
            r#"["set",["map","bool"]]"#,
            r#"["tuple",[]]"#,
            r#"["tuple",["string",["list","dynamic"]]]"#,
            r#"["object",{}]"#,
            r#"["object",{"a":"string","b":["object",{"c":"bool"}]}]"#,
        ] {
            let ty = parse(text).expect(text);
            assert_eq!(String::from_utf8(ty.to_json()).expect("UTF-8"), text);
        }
    }

    #[test]
    fn white_space_and_optional_attributes_are_read_and_not_written() {
        let ty = parse(" [ \"object\", {\"b\": \"number\", \"a\": \"string\"}, [\"b\"] ]\n");
        assert_eq!(ty, Ok(Type::object([("a", Type::String), ("b", Type::Number)])));
    }

    #[test]
    fn refuses_what_is_no_type() {
        let errors: Vec<String> = [
            "",
            "\"int\"",
            "5",
            "null",
            "[]",
            "[\"list\"]",
            "[\"list\",\"string\",\"string\"]",
            "[\"bag\",\"string\"]",
            "[\"tuple\",\"string\"]",
            "[\"object\",[]]",
            "[\"object\",{\"a\":\"string\"},[\"b\"]]",
            "[\"object\",{},[],[]]",
            "\"string\" \"string\"",
        ]
        .iter()
        .map(|text| parse(text).expect_err(text))
        .collect();
        insta::assert_debug_snapshot!(errors, @r#"
        [
            "a type is not valid JSON: EOF while parsing a value at line 1 column 0",
            "invalid primitive type name \"int\"",
            "invalid type description",
            "invalid type description",
            "invalid type description",
            "invalid type description",
            "invalid type description",
            "invalid complex type kind name \"bag\"",
            "invalid type description",
            "invalid type description",
            "invalid type description",
            "invalid type description",
            "a type is not valid JSON: trailing characters at line 1 column 10",
        ]
        "#);
    }

    #[test]
    fn deep_nesting_is_an_error() {
        for levels in [MAX_DEPTH + 1, 10_000] {
            let text = format!("{}\"string\"{}", "[\"list\",".repeat(levels), "]".repeat(levels));
            assert!(parse(&text).is_err());
        }
        let text = format!("{}\"string\"{}", "[\"list\",".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(parse(&text).is_ok());
    }

    #[test]
    fn is_named_as_in_terraforms_messages() {
        assert_eq!(Type::list(Type::map(Type::String)).to_string(), "list of map of string");
    }
}
