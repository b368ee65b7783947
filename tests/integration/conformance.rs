//! Values and bytes as go-cty has them: `tests/fixtures/cty.json`, or the file of the same form that `VECTORS` names.

use ecslive::tf::{Bound, Number, Refinements, Type, Value, json, msgpack};
use serde_json::Value as Json;
use std::collections::BTreeMap;

type Outcome<T = ()> = Result<T, String>;

#[test]
#[expect(clippy::print_stderr, reason = "`make conformance` shows how many vectors passed")]
fn values_travel_as_in_go_cty() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cty.json");
    let path = std::env::var_os("VECTORS").unwrap_or_else(|| fixture.into());
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match run(&text) {
        Ok(report) => eprintln!("{report}"),
        Err(report) => panic!("{}: {report}", path.display()),
    }
}

/// Runs a file of vectors.
fn run(text: &[u8]) -> Outcome<String> {
    let vectors: Json = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let vectors = vectors.as_array().filter(|vectors| !vectors.is_empty()).ok_or("no vectors")?;
    let mut differing = Vec::new();
    let mut failures = Vec::new();
    for vector in vectors {
        let name = vector["name"].as_str().unwrap_or("(no name)");
        match (check(vector), vector.get("lenient") == Some(&Json::Bool(true))) {
            (Ok(()), _) => {}
            (Err(problem), true) => differing.push(format!("\n  {name} may differ and does: {problem}")),
            (Err(problem), false) => failures.push(format!("\n  {name}: {problem}")),
        }
    }
    let passed = vectors.len() - failures.len();
    if failures.is_empty() {
        Ok(format!("{passed} vectors passed{}", differing.concat()))
    } else {
        Err(format!("{} of {} vectors failed{}", failures.len(), vectors.len(), failures.concat()))
    }
}

fn check(vector: &Json) -> Outcome {
    field(vector, "name")?;
    let ty = ty(&vector["type"])?;
    let bytes = hex(field(vector, "msgpack_hex")?)?;
    let decoded = msgpack::decode(&ty, &bytes).map_err(|error| error.to_string());
    let canonical = match field(vector, "kind")? {
        "encode_decode" => bytes,
        "decode" => hex(field(vector, "canonical_hex")?)?,
        "decode_error" => {
            return match decoded {
                Err(_) => Ok(()),
                Ok(value) => Err(format!("decodes to {value:?} and should not")),
            };
        }
        kind => return Err(format!("unknown kind {kind:?}")),
    };
    let own = vector.get("value_type").map_or_else(|| Ok(ty.clone()), self::ty)?;
    let expected = build(&vector["value"], &ty, &own)?;
    let decoded = decoded?;
    // go-cty prints a large integral double in fewer digits than it has, so a vector may show it as another number.
    if decoded != expected
        && (printed(&ty, &decoded) != printed(&ty, &expected) || !reads_as(&ty, &decoded, &canonical))
    {
        return Err(format!("decodes to {decoded:?}, not {expected:?}"));
    }
    let encoded = msgpack::encode(&ty, &expected).map_err(|error| format!("encoding: {error}"))?;
    if encoded != canonical {
        // go-cty's order of elements that are neither texts, numbers nor bools is its own affair.
        let reordered =
            msgpack::decode(&ty, &canonical).map_err(|error| format!("decoding the canonical form: {error}"))?;
        if !sets_of_collections(&own) || reordered != expected {
            return Err(format!("encodes to {encoded:02x?}, not {canonical:02x?}"));
        }
    }
    check_json(vector, &ty, &expected)
}

fn printed(ty: &Type, value: &Value) -> Outcome<Vec<u8>> {
    json::encode(ty, value).map_err(|error| format!("{error} in {value:?}"))
}

fn reads_as(ty: &Type, value: &Value, bytes: &[u8]) -> bool {
    msgpack::encode(ty, value).is_ok_and(|encoded| encoded == bytes)
}

fn check_json(vector: &Json, ty: &Type, expected: &Value) -> Outcome {
    let encoded = json::encode(ty, expected).map_err(|error| error.to_string());
    let text = match vector.get("value_json") {
        Some(Json::String(text)) => text,
        Some(Json::Null) => return encoded.map_or(Ok(()), |_| Err("has a form in JSON and should not".to_owned())),
        _ => return Err("value_json is missing".to_owned()),
    };
    let own = vector.get("value_type").map_or_else(|| Ok(ty.clone()), self::ty)?;
    // In JSON the digits are all there is: an inexact double comes back as the decimal that it prints as.
    let printed = build(&as_printed(&vector["value"]), ty, &own)?;
    let decode = |text: &[u8]| json::decode(ty, text).map_err(|error| format!("decoding JSON: {error}"));
    same("decoding JSON", &decode(text.as_bytes())?, &printed)?;
    let back = decode(&encoded?)?;
    if vector["value"] == as_printed(&vector["value"]) {
        same("JSON there and back", &back, &printed)
    } else {
        // Which digits stand for a double is a matter of taste below its smallest exponent.
        same("JSON there and back", &doubles(back)?, &doubles(printed)?)
    }
}

fn same(what: &str, found: &Value, expected: &Value) -> Outcome {
    if found == expected { Ok(()) } else { Err(format!("{what} gives {found:?}, not {expected:?}")) }
}

fn as_printed(value: &Json) -> Json {
    match value {
        Json::Object(parts) => {
            let parts = parts.iter().filter(|(key, _)| *key != "f64_inexact");
            Json::Object(parts.map(|(key, value)| (key.clone(), as_printed(value))).collect())
        }
        Json::Array(parts) => parts.iter().map(as_printed).collect(),
        _ => value.clone(),
    }
}

/// The value with the nearest double in place of each number.
fn doubles(value: Value) -> Outcome<Value> {
    let all = |values: Vec<Value>| values.into_iter().map(doubles).collect::<Outcome<Vec<_>>>();
    let each = |values: BTreeMap<String, Value>| {
        values.into_iter().map(|(name, value)| Ok((name, doubles(value)?))).collect::<Outcome<BTreeMap<_, _>>>()
    };
    Ok(match value {
        Value::Number(found) => number(&found.to_string(), true)?.into(),
        Value::List(values) => Value::List(all(values)?),
        Value::Set(values) => Value::set(all(values)?),
        Value::Tuple(values) => Value::Tuple(all(values)?),
        Value::Map(values) => Value::Map(each(values)?),
        Value::Object(values) => Value::Object(each(values)?),
        Value::Dynamic(dynamic) => Value::dynamic(dynamic.ty, doubles(dynamic.value)?),
        value => value,
    })
}

/// Makes the value of a tagged form. `ty` is the type of the schema, `own` the type that the value really has.
fn build(tagged: &Json, ty: &Type, own: &Type) -> Outcome<Value> {
    if *ty == Type::Dynamic && *own != Type::Dynamic {
        return Ok(Value::dynamic(own.clone(), build(tagged, own, own)?));
    }
    let parts = tagged.as_object().ok_or_else(|| format!("no tagged value: {tagged}"))?;
    for extra in parts.keys().filter(|key| matches!(key.as_str(), "f64_inexact" | "refinements")) {
        if !parts.contains_key(if extra == "refinements" { "unknown" } else { "number" }) {
            return Err(format!("{extra} does not fit: {tagged}"));
        }
    }
    let tags = parts.iter().filter(|(key, _)| !matches!(key.as_str(), "f64_inexact" | "refinements"));
    let [(tag, content)] = tags.collect::<Vec<_>>()[..] else {
        return Err(format!("not one tag: {tagged}"));
    };
    let misfit = || format!("a value of {own:?} cannot be {tagged}");
    Ok(match (tag.as_str(), content, ty, own) {
        ("null", null, ..) if self::ty(null)? == *own => Value::Null,
        ("unknown", unknown, ..) if self::ty(unknown)? == *own => {
            Value::Unknown(parts.get("refinements").map(refinements).transpose()?.map(Box::new))
        }
        ("string", Json::String(text), Type::String, _) => text.as_str().into(),
        ("bool", Json::Bool(value), Type::Bool, _) => (*value).into(),
        ("number", Json::String(text), Type::Number, _) => number(text, parts.contains_key("f64_inexact"))?.into(),
        ("list", Json::Array(values), Type::List(ty), Type::List(own)) => Value::List(all(values, ty, own)?),
        ("set", Json::Array(values), Type::Set(ty), Type::Set(own)) => Value::set(all(values, ty, own)?),
        ("tuple", Json::Array(values), Type::Tuple(types), Type::Tuple(own)) if values.len() == types.len() => {
            let values = values.iter().zip(types.iter().zip(own));
            Value::Tuple(values.map(|(value, (ty, own))| build(value, ty, own)).collect::<Outcome<_>>()?)
        }
        ("map", Json::Object(values), Type::Map(ty), Type::Map(own)) => {
            let values = values.iter().map(|(key, value)| Ok((key, build(value, ty, own)?)));
            Value::map(values.collect::<Outcome<Vec<_>>>()?)
        }
        ("object", Json::Object(values), Type::Object(types), Type::Object(own)) => {
            let values = values.iter().map(|(name, value)| {
                let (ty, own) = types.get(name).zip(own.get(name)).ok_or_else(misfit)?;
                Ok((name.clone(), build(value, ty, own)?))
            });
            Value::Object(values.collect::<Outcome<BTreeMap<_, _>>>()?)
        }
        _ => return Err(misfit()),
    })
}

fn all(values: &[Json], ty: &Type, own: &Type) -> Outcome<Vec<Value>> {
    values.iter().map(|value| build(value, ty, own)).collect()
}

fn refinements(json: &Json) -> Outcome<Refinements> {
    let mut refinements = Refinements::default();
    for (key, value) in json.as_object().ok_or("refinements are no object")? {
        let bound = || -> Outcome<_> {
            let text = field(value, "value")?;
            let inclusive = value["inclusive"].as_bool().ok_or_else(|| format!("no bound: {value}"))?;
            Ok(Some(Bound { number: number(text, value.get("f64_inexact").is_some())?, inclusive }))
        };
        let length = || value.as_u64().map(Some).ok_or_else(|| format!("no length: {value}"));
        match key.as_str() {
            "not_null" => refinements.not_null = value.as_bool().ok_or_else(|| format!("no bool: {value}"))?,
            "string_prefix" => refinements.prefix = Some(value.as_str().ok_or("no prefix")?.to_owned()),
            "number_min" => refinements.min = bound()?,
            "number_max" => refinements.max = bound()?,
            "length_min" => refinements.min_length = length()?,
            "length_max" => refinements.max_length = length()?,
            _ => return Err(format!("unknown refinement {key:?}")),
        }
    }
    Ok(refinements)
}

fn number(text: &str, double: bool) -> Outcome<Number> {
    let number = match text.strip_suffix("inity").unwrap_or(text) {
        text if double => Number::from_f64(text.parse().map_err(|_| format!("no double: {text:?}"))?),
        text => Number::parse(text),
    };
    number.map_err(|error| format!("{text:?}: {error}"))
}

fn sets_of_collections(ty: &Type) -> bool {
    match ty {
        Type::Set(element) => !matches!(**element, Type::String | Type::Number | Type::Bool),
        Type::List(element) | Type::Map(element) => sets_of_collections(element),
        Type::Tuple(types) => types.iter().any(sets_of_collections),
        Type::Object(types) => types.values().any(sets_of_collections),
        Type::String | Type::Number | Type::Bool | Type::Dynamic => false,
    }
}

fn ty(json: &Json) -> Outcome<Type> {
    Type::from_json(json.to_string().as_bytes()).map_err(|error| error.to_string())
}

fn field<'a>(vector: &'a Json, name: &str) -> Outcome<&'a str> {
    vector[name].as_str().ok_or_else(|| format!("{name} is missing"))
}

fn hex(text: &str) -> Outcome<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    let digits: Vec<u8> = digits.collect::<Option<_>>().ok_or_else(|| format!("no hexadecimal text: {text:?}"))?;
    let pairs = digits.chunks_exact(2);
    if pairs.remainder().is_empty() {
        Ok(pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
    } else {
        Err(format!("half a byte at the end: {text:?}"))
    }
}

#[test]
fn a_file_of_vectors_that_is_wrong_fails() {
    let good = r#"{"name":"n","kind":"encode_decode","type":"bool","msgpack_hex":"c3","value_json":"true","value":{"bool":true}}"#;
    assert_eq!(run(format!("[{good}]").as_bytes()).as_deref(), Ok("1 vectors passed"));
    for (from, to) in [
        ("c3", "c2"),
        ("c3", "c"),
        (r#""true""#, r#""false""#),
        (r#""true""#, "null"),
        (r#","value_json":"true""#, r#"""#),
        (r#"{"bool":true}"#, r#"{"null":"bool"}"#),
        (r#"{"bool":true}"#, r#"{"bool":true,"null":"bool"}"#),
        ("encode_decode", "decode"),
        ("encode_decode", "decode_error"),
        ("encode_decode", "other"),
        (r#""type":"bool""#, r#""type":"string""#),
    ] {
        let bad = good.replace(from, to);
        assert!(run(format!("[{good},{bad}]").as_bytes()).is_err(), "{bad}");
    }
    for text in ["", "[]", "{}", "[1]", "null"] {
        assert!(run(text.as_bytes()).is_err(), "{text}");
    }
}
