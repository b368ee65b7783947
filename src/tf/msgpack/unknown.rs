//! Unknown values: an extension, with what is known of the value in its payload.

use super::decode::value;
use super::encode::{ext, int, number, text};
use super::reader::{Reader, Token};
use crate::tf::value::nfc;
use crate::tf::{Bound, Refinements, Type, Value, ValueError};
use unicode_normalization::char::is_combining_mark;

/// The extension that carries refinements; any other carries nothing.
const REFINED: u8 = 0x0c;

/// The longest payload that go-cty reads.
const MAX_PAYLOAD: usize = 1024;

/// The longest prefix that go-cty sends, in bytes.
const MAX_PREFIX: usize = 256;

/// A list of known length becomes a list of unknown elements, if it is not longer than this.
const MAX_ELEMENTS: u64 = 1024;

const NULLNESS: i64 = 1;
const PREFIX: i64 = 2;
const MIN: i64 = 3;
const MAX: i64 = 4;
const MIN_LENGTH: i64 = 5;
const MAX_LENGTH: i64 = 6;

/// Reads the payload of an extension. The specification says that any extension is an unknown value.
pub fn decode(ty: &Type, code: u8, payload: &[u8]) -> Result<Value, ValueError> {
    if payload.len() <= 1 || code != REFINED {
        return Ok(Value::unknown());
    }
    if payload.len() > MAX_PAYLOAD {
        return Err(ValueError::here("oversize unknown value refinement"));
    }
    let mut reader = Reader::new(payload);
    let length = match reader.token()? {
        Token::Map(length) => length,
        Token::Nil => 0,
        _ => return Err(malformed("a map is required")),
    };
    if *ty == Type::Dynamic {
        return Ok(Value::unknown());
    }
    let mut refinements = Refinements::default();
    let mut null = false;
    for _ in 0..length {
        let Token::Int(key) = reader.token()? else {
            return Err(malformed("a key must be an integer"));
        };
        match key {
            NULLNESS => {
                let Token::Bool(is_null) = reader.token()? else {
                    return Err(malformed("nullness must be a bool"));
                };
                null = is_null;
                refinements.not_null = !is_null;
            }
            PREFIX => refinements.prefix = Some(prefix(ty, &mut reader)?).filter(|prefix| !prefix.is_empty()),
            MIN => refinements.min = Some(bound(ty, &mut reader)?),
            MAX => refinements.max = Some(bound(ty, &mut reader)?),
            MIN_LENGTH => refinements.min_length = Some(length_bound(ty, &mut reader)?).filter(|min| *min > 0),
            MAX_LENGTH => {
                refinements.max_length = Some(length_bound(ty, &mut reader)?).filter(|max| *max < i64::MAX as u64);
            }
            _ => reader.skip()?,
        }
    }
    if refinements.contradict() {
        return Err(malformed("no value fits all refinements"));
    }
    Ok(if null { Value::Null } else { collapse(ty, refinements) })
}

/// The value itself where the refinements leave only one, as go-cty does it.
fn collapse(ty: &Type, refinements: Refinements) -> Value {
    if refinements == Refinements::default() {
        return Value::unknown();
    }
    let exact = refinements.not_null && refinements.max_length.is_some();
    let exact_length = refinements.max_length.filter(|max| exact && *max == refinements.min_length.unwrap_or(0));
    match (ty, &refinements, exact_length) {
        (_, Refinements { not_null: true, min: Some(min), max: Some(max), .. }, _)
            if min.inclusive && max.inclusive && min.number == max.number =>
        {
            Value::Number(min.number.clone())
        }
        (Type::List(_), _, Some(length)) if length <= MAX_ELEMENTS => {
            Value::List((0..length).map(|_| Value::unknown()).collect())
        }
        (Type::Set(_), _, Some(0)) => Value::Set(Vec::new()),
        (Type::Set(_), _, Some(1)) => Value::Set(vec![Value::unknown()]),
        (Type::Map(_), _, Some(0)) => Value::Map(Default::default()),
        _ => Value::Unknown(Some(Box::new(refinements))),
    }
}

fn prefix(ty: &Type, reader: &mut Reader) -> Result<String, ValueError> {
    match (ty, reader.token()?) {
        (Type::String, Token::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(prefix) => Ok(nfc(prefix).into_owned()),
            Err(_) => Err(malformed("the prefix must be valid UTF-8")),
        },
        (Type::String, _) => Err(malformed("the prefix must be a string")),
        _ => Err(malformed("a prefix is for strings")),
    }
}

fn bound(ty: &Type, reader: &mut Reader) -> Result<Bound, ValueError> {
    if *ty != Type::Number {
        return Err(malformed("a bound is for numbers"));
    }
    let pair = Type::Tuple(vec![Type::Number, Type::Bool]);
    if let Ok(Value::Tuple(pair)) = value(reader, &pair, 0)
        && let [Value::Number(number), Value::Bool(inclusive)] = &pair[..]
    {
        return Ok(Bound { number: number.clone(), inclusive: *inclusive });
    }
    Err(malformed("a bound must be a number and a bool"))
}

fn length_bound(ty: &Type, reader: &mut Reader) -> Result<u64, ValueError> {
    match (ty, reader.token()?) {
        (Type::List(_) | Type::Set(_) | Type::Map(_), Token::Int(length)) => {
            u64::try_from(length).map_err(|_| malformed("a length must not be negative"))
        }
        (Type::List(_) | Type::Set(_) | Type::Map(_), _) => Err(malformed("a length must be an integer")),
        _ => Err(malformed("a length is for collections")),
    }
}

fn malformed(what: &str) -> ValueError {
    ValueError::here(format!("malformed refinement of an unknown value: {what}"))
}

/// Writes an unknown value. Refinements that do not fit the type are left out.
pub fn encode(out: &mut Vec<u8>, ty: &Type, refinements: Option<&Refinements>) {
    let Some(refinements) = refinements.filter(|_| *ty != Type::Dynamic) else {
        return out.extend([0xd4, 0, 0]);
    };
    let mut entries = 0;
    let mut payload = vec![0];
    let mut entry = |key: i64, write: &dyn Fn(&mut Vec<u8>)| {
        entries += 1;
        int(&mut payload, key);
        write(&mut payload);
    };
    if refinements.not_null {
        entry(NULLNESS, &|out| out.push(0xc2));
    }
    match ty {
        Type::String => {
            let prefix = refinements.prefix.as_deref().map(shortened).unwrap_or_default();
            if !prefix.is_empty() {
                entry(PREFIX, &|out| text(out, prefix));
            }
        }
        Type::Number => {
            for (key, bound) in [(MIN, &refinements.min), (MAX, &refinements.max)] {
                if let Some(bound) = bound {
                    entry(key, &|out| {
                        out.push(0x92);
                        number(out, &bound.number);
                        out.push(if bound.inclusive { 0xc3 } else { 0xc2 });
                    });
                }
            }
        }
        Type::List(_) | Type::Set(_) | Type::Map(_) => {
            for (key, length) in [(MIN_LENGTH, refinements.min_length), (MAX_LENGTH, refinements.max_length)] {
                if let Some(length) = length.and_then(|length| i64::try_from(length).ok()) {
                    entry(key, &|out| int(out, length));
                }
            }
        }
        _ => {}
    }
    payload[0] = 0x80 | entries;
    if entries == 0 || payload.len() > MAX_PAYLOAD {
        return out.extend([0xd4, 0, 0]);
    }
    ext(out, REFINED, &payload);
}

/// A prefix that is not too long and does not end where a mark might still combine.
fn shortened(prefix: &str) -> &str {
    if prefix.len() <= MAX_PREFIX {
        return prefix;
    }
    let end = (0..MAX_PREFIX).rev().find(|end| prefix.is_char_boundary(*end)).unwrap_or_default();
    let cut = &prefix[..end];
    if cut.ends_with(|last: char| last.is_ascii() && !last.is_ascii_alphanumeric()) {
        return cut;
    }
    let cut = cut.trim_end_matches(is_combining_mark);
    cut.char_indices().next_back().map_or("", |(last, _)| &cut[..last])
}
