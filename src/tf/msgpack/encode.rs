//! From a value of a type to MessagePack, in the shortest form that go-cty would choose.

use super::unknown;
use crate::tf::number::Wire;
use crate::tf::typed::{Form, form};
use crate::tf::value::nfc;
use crate::tf::{Number, Step, Type, Value, ValueError};

/// Writes a value of this type.
///
/// # Errors
/// When the value has not the form of the type; with the place where it has not.
pub fn encode(ty: &Type, value: &Value) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::new();
    write(&mut out, ty, value)?;
    Ok(out)
}

fn write(out: &mut Vec<u8>, ty: &Type, value: &Value) -> Result<(), ValueError> {
    match form(ty, value)? {
        Form::Null => out.push(0xc0),
        Form::Unknown(refinements) => unknown::encode(out, ty, refinements),
        Form::Bool(value) => out.push(if value { 0xc3 } else { 0xc2 }),
        Form::Number(value) => number(out, value),
        Form::String(value) => text(out, value),
        Form::Elements(elements) => {
            head(out, elements.len(), 0x90, 16, [None, Some(0xdc), Some(0xdd)]);
            for (index, (ty, value)) in elements.into_iter().enumerate() {
                write(out, ty, value).map_err(|error| error.within(Step::Index(index)))?;
            }
        }
        Form::Map(entries) | Form::Object(entries) => {
            let named = matches!(ty, Type::Object(_));
            head(out, entries.len(), 0x80, 16, [None, Some(0xde), Some(0xdf)]);
            for (name, ty, value) in entries {
                text(out, name);
                write(out, ty, value).map_err(|error| error.within(Step::named(named, name)))?;
            }
        }
        Form::Dynamic(ty, value) => {
            let json = ty.to_json();
            out.push(0x92);
            head(out, json.len(), 0, 0, [Some(0xc4), Some(0xc5), Some(0xc6)]);
            out.extend(json);
            write(out, &ty, value)?;
        }
    }
    Ok(())
}

/// Writes an integer if it is one that fits, else a double if it has a fraction and is exact, else a decimal.
pub(super) fn number(out: &mut Vec<u8>, number: &Number) {
    match number.wire() {
        Wire::Int(value) => int(out, value),
        Wire::Float(float) => {
            out.push(0xcb);
            out.extend(float.to_be_bytes());
        }
        Wire::Text(decimal) => text(out, &decimal),
    }
}

pub(super) fn int(out: &mut Vec<u8>, int: i64) {
    /// The code of the form of one byte; the forms of 2, 4 and 8 bytes follow.
    const UNSIGNED: u8 = 0xcc;
    const SIGNED: u8 = 0xd0;
    let bytes = int.to_be_bytes();
    let (code, width) = match int {
        -32..=0x7f => return out.push(bytes[7]),
        0x80..=0xff => (UNSIGNED, 1),
        0x100..=0xffff => (UNSIGNED + 1, 2),
        0x1_0000..=0xffff_ffff => (UNSIGNED + 2, 4),
        0x1_0000_0000.. => (UNSIGNED + 3, 8),
        -0x80..=-33 => (SIGNED, 1),
        -0x8000..=-0x81 => (SIGNED + 1, 2),
        -0x8000_0000..=-0x8001 => (SIGNED + 2, 4),
        ..=-0x8000_0001 => (SIGNED + 3, 8),
    };
    out.push(code);
    out.extend_from_slice(&bytes[8 - width..]);
}

pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    let text = nfc(text);
    head(out, text.len(), 0xa0, 32, [Some(0xd9), Some(0xda), Some(0xdb)]);
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn ext(out: &mut Vec<u8>, code: u8, payload: &[u8]) {
    match payload.len() {
        1 => out.push(0xd4),
        2 => out.push(0xd5),
        4 => out.push(0xd6),
        8 => out.push(0xd7),
        16 => out.push(0xd8),
        length => head(out, length, 0, 0, [Some(0xc7), Some(0xc8), Some(0xc9)]),
    }
    out.push(code);
    out.extend_from_slice(payload);
}

/// The head of something with a length: `fix` plus the length below `limit`, else a code with one, two or four bytes.
fn head(out: &mut Vec<u8>, length: usize, fix: u8, limit: usize, codes: [Option<u8>; 3]) {
    let bytes = length.to_be_bytes();
    let last = bytes[bytes.len() - 1];
    match (length, codes) {
        _ if length < limit => out.push(fix | last),
        (0..=0xff, [Some(code), ..]) => out.extend([code, last]),
        (0..=0xffff, [_, Some(code), _]) => {
            out.push(code);
            out.extend_from_slice(&bytes[bytes.len() - 2..]);
        }
        // Messages are far smaller than the 4 GiB where four bytes end.
        (_, [.., code]) => {
            out.extend(code);
            out.extend_from_slice(&bytes[bytes.len() - 4..]);
        }
    }
}
