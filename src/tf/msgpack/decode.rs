//! From MessagePack to a value of a type.

use super::reader::{Reader, Token};
use super::unknown;
use crate::tf::typed::{close, required, settle, settle_map, wrong_attributes, wrong_length};
use crate::tf::value::nfc;
use crate::tf::{MAX_DEPTH, Number, NumberError, Step, Type, Value, ValueError, set};
use std::collections::BTreeMap;

/// Space is set aside for this many elements at most before they are read: the length may be a lie.
const MAX_RESERVE: usize = 256;

/// Reads a value of this type.
///
/// # Errors
/// When the bytes are not MessagePack, are cut off, go on after the value, or hold a value of another type; and when
/// they are nested too deep. No bytes at all are no value; that an empty message field is null is a rule of the protocol.
pub fn decode(ty: &Type, bytes: &[u8]) -> Result<Value, ValueError> {
    let mut reader = Reader::new(bytes);
    let decoded = value(&mut reader, ty, 0)?;
    if reader.at_end() { Ok(decoded) } else { Err(ValueError::here("the message goes on after its value")) }
}

/// Reads a value of this type inside `depth` others.
pub(super) fn value(reader: &mut Reader, ty: &Type, depth: usize) -> Result<Value, ValueError> {
    if depth > MAX_DEPTH {
        return Err(ValueError::here(format!("the value is nested more than {MAX_DEPTH} levels deep")));
    }
    let inside = depth + 1;
    match (ty, reader.token()?) {
        (_, Token::Ext(code, payload)) => unknown::decode(ty, code, payload),
        (_, Token::Nil) => Ok(Value::Null),
        (Type::Dynamic, Token::Array(length)) => open(reader, length, inside),
        (Type::Bool, Token::Bool(value)) => Ok(Value::Bool(value)),
        (Type::String, Token::Bytes(bytes)) => Ok(Value::String(text(bytes)?)),
        (Type::Number, token) => number(&token).map(Value::Number),
        (Type::List(element), Token::Array(length)) => {
            let mut elements = array(reader, length, |_| element, inside)?;
            settle(element, &mut elements)?;
            Ok(Value::List(elements))
        }
        (Type::Set(element), Token::Array(length)) => {
            let mut elements = array(reader, length, |_| element, inside)?;
            settle(element, &mut elements)?;
            Ok(Value::Set(set::canonical(elements)))
        }
        (Type::Tuple(types), Token::Array(length)) if length == types.len() => {
            array(reader, length, |index| &types[index], inside).map(Value::Tuple)
        }
        (Type::Tuple(types), Token::Array(_)) => Err(wrong_length(types.len())),
        (Type::Map(element), Token::Map(length)) => map(reader, length, element, inside),
        (Type::Object(types), Token::Map(length)) => object(reader, length, types, inside),
        _ => Err(required(ty)),
    }
}

/// A value with its type.
fn open(reader: &mut Reader, length: usize, depth: usize) -> Result<Value, ValueError> {
    if length != 2 {
        return Err(ValueError::here("dynamic value array must have exactly two elements"));
    }
    let Token::Bytes(json) = reader.token()? else {
        return Err(ValueError::here("the type of a dynamic value must be a text"));
    };
    let ty = Type::from_json(json).map_err(|error| ValueError::here(error.to_string()))?;
    let value = value(reader, &ty, depth)?;
    close(ty, value)
}

fn number(token: &Token) -> Result<Number, ValueError> {
    Ok(match token {
        Token::Int(int) => Number::from(*int),
        Token::Uint(uint) => Number::from(*uint),
        Token::Float(float) => Number::from_f64(*float)?,
        Token::Bytes(bytes) => Number::parse(std::str::from_utf8(bytes).map_err(|_| NumberError::Syntax)?)?,
        _ => return Err(required(&Type::Number)),
    })
}

/// A text in normal form. go-cty lets broken UTF-8 pass; here it is an error, as no value can hold it.
fn text(bytes: &[u8]) -> Result<String, ValueError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ValueError::here("a string must be valid UTF-8"))?;
    Ok(nfc(text).into_owned())
}

fn array<'a>(
    reader: &mut Reader,
    length: usize,
    ty: impl Fn(usize) -> &'a Type,
    depth: usize,
) -> Result<Vec<Value>, ValueError> {
    let mut elements = Vec::with_capacity(length.min(MAX_RESERVE));
    for index in 0..length {
        elements.push(value(reader, ty(index), depth).map_err(|error| error.within(Step::Index(index)))?);
    }
    Ok(elements)
}

/// A map. The last of equal keys counts, as in go-cty.
fn map(reader: &mut Reader, length: usize, element: &Type, depth: usize) -> Result<Value, ValueError> {
    let mut elements = BTreeMap::new();
    for _ in 0..length {
        let Token::Bytes(key) = reader.token()? else {
            return Err(ValueError::here("all keys must be strings"));
        };
        let key = text(key)?;
        match value(reader, element, depth) {
            Ok(value) => elements.insert(key, value),
            Err(error) => return Err(error.within(Step::Key(key))),
        };
    }
    settle_map(element, &mut elements)?;
    Ok(Value::Map(elements))
}

fn object(
    reader: &mut Reader,
    length: usize,
    types: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<Value, ValueError> {
    if length != types.len() {
        return Err(wrong_attributes(types.len(), length));
    }
    let mut attributes = BTreeMap::new();
    for _ in 0..length {
        let Token::Bytes(name) = reader.token()? else {
            return Err(ValueError::here("all keys must be strings"));
        };
        let name = text(name)?;
        let value = match types.get(&name) {
            Some(ty) => value(reader, ty, depth),
            None => Err(ValueError::here("unsupported attribute")),
        };
        match value {
            Err(error) => return Err(error.within(Step::Attribute(name))),
            Ok(_) if attributes.contains_key(&name) => {
                return Err(ValueError::here("the attribute is given twice").within(Step::Attribute(name)));
            }
            Ok(value) => attributes.insert(name, value),
        };
    }
    Ok(Value::Object(attributes))
}
