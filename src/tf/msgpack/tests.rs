//! Bytes of every kind, also from hostile hosts.

use super::*;
use crate::tf::{Bound, MAX_DEPTH, Number, Refinements, Type, Value};

fn error(ty: &Type, bytes: &[u8]) -> String {
    decode(ty, bytes).expect_err("an error").to_string()
}

fn refined(refinements: Refinements) -> Value {
    Value::Unknown(Some(Box::new(refinements)))
}

/// An extension that carries refinements.
fn ext(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    super::encode::ext(&mut bytes, 0x0c, payload);
    bytes
}

#[test]
fn integers_take_their_shortest_form() {
    for (int, bytes) in [
        (0, vec![0x00]),
        (127, vec![0x7f]),
        (128, vec![0xcc, 0x80]),
        (256, vec![0xcd, 1, 0]),
        (65_536, vec![0xce, 0, 1, 0, 0]),
        (4_294_967_296, vec![0xcf, 0, 0, 0, 1, 0, 0, 0, 0]),
        (-1, vec![0xff]),
        (-32, vec![0xe0]),
        (-33, vec![0xd0, 0xdf]),
        (-129, vec![0xd1, 0xff, 0x7f]),
        (-32_769, vec![0xd2, 0xff, 0xff, 0x7f, 0xff]),
        (-2_147_483_649, vec![0xd3, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]),
        (i64::MIN, vec![0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        assert_eq!(encode(&Type::Number, &int.into()), Ok(bytes.clone()));
        assert_eq!(decode(&Type::Number, &bytes), Ok(int.into()));
    }
}

#[test]
fn numbers_are_read_from_every_form() {
    let number = |bytes: &[u8]| {
        decode(&Type::Number, bytes).map(|value| match value {
            Value::Number(number) => number.to_string(),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(number(&[0xca, 0x3f, 0xc0, 0, 0]).as_deref(), Ok("1.5"));
    assert_eq!(number(&[0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0]).as_deref(), Ok("0"));
    assert_eq!(number(&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).as_deref(), Ok("18446744073709551615"));
    assert_eq!(number(b"\xc4\x031e2").as_deref(), Ok("100"));
    assert_eq!(number(&[0xcb, 0xff, 0xf0, 0, 0, 0, 0, 0, 0]).as_deref(), Ok("-Infinity"));
    assert_eq!(error(&Type::Number, &[0xca, 0x7f, 0xc0, 0, 0]), "NaN is not a number");
    assert_eq!(error(&Type::Number, b"\xab1e999999999"), "a number has more than 4096 digits");
}

#[test]
fn a_large_integral_double_is_written_as_go_prints_it() {
    let value = decode(&Type::Number, &[0xcb, 0x44, 0xb5, 0x2d, 0x02, 0xc7, 0xe1, 0x4a, 0xf6]).expect("1e23");
    assert_eq!(encode(&Type::Number, &value), Ok([b"\xb8".as_slice(), b"1", &[b'0'; 23]].concat()));
}

#[test]
fn no_bytes_are_no_value() {
    assert_eq!(error(&Type::Dynamic, &[]), "the message ends too early");
}

#[test]
fn errors_name_the_place_and_what_is_needed_there() {
    let ty = Type::object([("a", Type::list(Type::map(Type::String))), ("b", Type::Bool)]);
    assert_eq!(error(&ty, b"\x82\xa1a\x91\x81\xa1k\x01\xa1b\xc3"), r#"a[0]["k"]: string is required"#);
    assert_eq!(error(&ty, b"\x82\xa1a\xc0\xa1c\xc3"), "c: unsupported attribute");
    assert_eq!(error(&ty, b"\x82\xa1a\xc0\xa1a\xc0"), "a: the attribute is given twice");
    assert_eq!(error(&ty, b"\x82\x01\xc0\xa1b\xc3"), "all keys must be strings");
    assert_eq!(error(&ty, b"\x81\xa1a\xc0"), "an object with 2 attributes is required (1 given)");
    assert_eq!(error(&ty, b"\x90"), "an object is required");
    assert_eq!(error(&Type::Tuple(vec![Type::Bool]), b"\x92\xc3\xc3"), "a tuple of length 1 is required");
    assert_eq!(error(&Type::map(Type::Bool), b"\x81\xc0\xc3"), "all keys must be strings");
    assert_eq!(error(&Type::set(Type::Bool), b"\xc3"), "a set is required");
    assert_eq!(error(&Type::Bool, b"\xc3\xc3"), "the message goes on after its value");
    assert_eq!(error(&Type::String, b"\xa2a"), "the message ends too early");
    assert_eq!(error(&Type::String, b"\xa1\xff"), "a string must be valid UTF-8");
    assert_eq!(error(&Type::String, b"\xc1"), "the byte 0xc1 is not MessagePack");
}

#[test]
fn texts_may_come_as_binaries_and_keys_twice() {
    let ty = Type::map(Type::String);
    assert_eq!(decode(&ty, b"\x82\xc4\x01a\xa1x\xa1a\xc4\x01y"), Ok(Value::map([("a", "y")])));
}

#[test]
fn a_length_that_lies_costs_nothing() {
    for bytes in [
        b"\xdd\xff\xff\xff\xff".as_slice(),
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x0c",
    ] {
        for ty in [Type::list(Type::Bool), Type::map(Type::Bool), Type::String, Type::Dynamic] {
            assert!(decode(&ty, bytes).is_err());
        }
    }
}

#[test]
fn values_of_an_open_type_carry_it() {
    let value = Value::dynamic(Type::list(Type::Dynamic), vec![Value::Null, "x".into()]);
    let bytes = encode(&Type::Dynamic, &value).expect("a list of strings");
    assert_eq!(bytes, b"\x92\xc4\x11[\"list\",\"string\"]\x92\xc0\xa1x");
    assert_eq!(
        decode(&Type::Dynamic, &bytes),
        Ok(Value::dynamic(Type::list(Type::String), vec![Value::Null, "x".into()]))
    );
    assert_eq!(encode(&Type::Dynamic, &true.into()), Ok(b"\x92\xc4\x06\"bool\"\xc3".to_vec()));
    let untold = encode(&Type::Dynamic, &Value::List(vec![])).expect_err("no type").to_string();
    assert_eq!(untold, "a value of an open type needs its type beside it");
}

#[test]
fn a_type_may_come_as_text_and_inside_another() {
    let typed = Value::dynamic(Type::String, "x");
    assert_eq!(decode(&Type::Dynamic, b"\x92\xa8\"string\"\xa1x"), Ok(typed.clone()));
    assert_eq!(decode(&Type::Dynamic, b"\x92\xc4\x09\"dynamic\"\x92\xc4\x08\"string\"\xa1x"), Ok(typed));
    assert_eq!(decode(&Type::Dynamic, b"\x92\xc4\x09\"dynamic\"\xc0"), Ok(Value::Null));
}

#[test]
fn a_collection_of_an_open_type_has_one() {
    let ty = Type::list(Type::Dynamic);
    let mixed = error(&ty, b"\x92\x92\xc4\x08\"string\"\xa1x\x92\xc4\x06\"bool\"\xc3");
    assert_eq!(mixed, "[1]: all elements must have the same type: found bool after string");
    let typed = |value: Value| Value::dynamic(Type::String, value);
    let gap = decode(&ty, b"\x93\xc0\x92\xc4\x08\"string\"\xa1x\xd4\0\0").expect("one type");
    assert_eq!(gap, Value::List(vec![typed(Value::Null), typed("x".into()), typed(Value::unknown())]));
    let author = Value::List(vec!["x".into(), true.into()]);
    assert!(encode(&ty, &author).is_err());
}

#[test]
fn sets_are_written_in_order_however_they_were_made() {
    let ty = Type::set(Type::String);
    let value = Value::Set(vec!["b".into(), "a".into(), "b".into()]);
    assert_eq!(encode(&ty, &value), Ok(b"\x92\xa1a\xa1b".to_vec()));
}

#[test]
fn any_extension_is_unknown() {
    for bytes in [
        b"\xd4\0\0".as_slice(),
        b"\xc7\0\x07",
        b"\xc8\0\x01\x0c\0",
        b"\xc9\0\0\0\x02\x07ab",
        b"\xd8\x070123456789abcdef",
    ] {
        assert_eq!(decode(&Type::String, bytes), Ok(Value::unknown()));
        assert_eq!(decode(&Type::Dynamic, bytes), Ok(Value::unknown()));
    }
}

#[test]
fn refinements_may_leave_one_value() {
    let one = |ty, payload: &[u8]| decode(&ty, &ext(payload)).expect("a value");
    let list = || Type::list(Type::String);
    assert_eq!(one(Type::Bool, b"\x81\x01\xc3"), Value::Null);
    assert_eq!(one(Type::Number, b"\x83\x01\xc2\x03\x92\x05\xc3\x04\x92\x05\xc3"), 5.into());
    assert_eq!(one(list(), b"\x83\x01\xc2\x05\x02\x06\x02"), Value::List(vec![Value::unknown(), Value::unknown()]));
    assert_eq!(one(list(), b"\x82\x01\xc2\x06\x00"), Value::List(vec![]));
    assert_eq!(one(Type::set(Type::Bool), b"\x83\x01\xc2\x05\x01\x06\x01"), Value::Set(vec![Value::unknown()]));
    assert_eq!(one(Type::map(Type::Bool), b"\x82\x01\xc2\x06\x00"), Value::map::<&str, Value>([]));
    let two = Refinements { not_null: true, min_length: Some(2), max_length: Some(2), ..Default::default() };
    assert_eq!(one(Type::set(Type::Bool), b"\x83\x01\xc2\x05\x02\x06\x02"), refined(two));
    let million =
        Refinements { not_null: true, min_length: Some(1 << 20), max_length: Some(1 << 20), ..Default::default() };
    assert_eq!(one(list(), b"\x83\x01\xc2\x05\xce\0\x10\0\0\x06\xce\0\x10\0\0"), refined(million));
}

#[test]
fn refinements_of_a_later_version_are_skipped() {
    let not_null = Refinements { not_null: true, ..Default::default() };
    let payload = b"\x83\x63\x92\x81\xa1a\x01\xc4\x01b\x01\xc2\x07\xc0";
    assert_eq!(decode(&Type::String, &ext(payload)), Ok(refined(not_null)));
    assert_eq!(decode(&Type::String, &ext(b"\x81\x63\xa1a")), Ok(Value::unknown()));
    assert_eq!(decode(&Type::Dynamic, &ext(b"\x81\x01\xc2")), Ok(Value::unknown()));
}

#[test]
fn malformed_refinements_are_refused() {
    let errors: Vec<String> = [
        (Type::String, b"\x91\x01".as_slice()),
        (Type::String, b"\x81\xa1a\xc2"),
        (Type::String, b"\x81\x01\x00"),
        (Type::String, b"\x81\x02\x00"),
        (Type::String, b"\x81\x02\xa1\xff"),
        (Type::Number, b"\x81\x02\xa1a"),
        (Type::Bool, b"\x81\x03\x92\x00\xc3"),
        (Type::Number, b"\x81\x03\x00"),
        (Type::Number, b"\x81\x03\x92\xc0\xc3"),
        (Type::Number, b"\x82\x03\x92\x02\xc3\x04\x92\x01\xc3"),
        (Type::Number, b"\x82\x03\x92\x01\xc3\x04\x92\x01\xc2"),
        (Type::list(Type::Bool), b"\x81\x05\xff"),
        (Type::list(Type::Bool), b"\x81\x05\xc0"),
        (Type::list(Type::Bool), b"\x82\x05\x02\x06\x01"),
        (Type::String, b"\x81\x06\x01"),
        (Type::String, b"\x82\x01\xc2"),
        (Type::String, &[0x80; 1025]),
    ]
    .iter()
    .map(|(ty, payload)| error(ty, &ext(payload)))
    .collect();
    insta::assert_debug_snapshot!(errors, @r#"
    [
        "malformed refinement of an unknown value: a map is required",
        "malformed refinement of an unknown value: a key must be an integer",
        "malformed refinement of an unknown value: nullness must be a bool",
        "malformed refinement of an unknown value: the prefix must be a string",
        "malformed refinement of an unknown value: the prefix must be valid UTF-8",
        "malformed refinement of an unknown value: a prefix is for strings",
        "malformed refinement of an unknown value: a bound is for numbers",
        "malformed refinement of an unknown value: a bound must be a number and a bool",
        "malformed refinement of an unknown value: a bound must be a number and a bool",
        "malformed refinement of an unknown value: no value fits all refinements",
        "malformed refinement of an unknown value: no value fits all refinements",
        "malformed refinement of an unknown value: a length must not be negative",
        "malformed refinement of an unknown value: a length must be an integer",
        "malformed refinement of an unknown value: no value fits all refinements",
        "malformed refinement of an unknown value: a length is for collections",
        "the message ends too early",
        "oversize unknown value refinement",
    ]
    "#);
}

#[test]
fn long_prefixes_are_cut_where_nothing_can_combine() {
    let prefix = |prefix: String| refined(Refinements { prefix: Some(prefix), ..Default::default() });
    let back =
        |value: &Value| decode(&Type::String, &encode(&Type::String, value).expect("a string")).expect("a string");
    let long = prefix("p".repeat(256));
    assert_eq!(back(&long), long);
    assert_eq!(back(&prefix("p".repeat(300))), prefix("p".repeat(254)));
    assert_eq!(back(&prefix("p/".repeat(300))), prefix("p/".repeat(127)));
    assert_eq!(back(&prefix("-".repeat(257))), prefix("-".repeat(255)));
    assert_eq!(back(&prefix(format!("{}\u{10000}e", "p".repeat(253)))), prefix("p".repeat(252)));
}

#[test]
fn refinements_that_do_not_fit_the_type_are_left_out() {
    let all = refined(Refinements {
        not_null: true,
        prefix: Some("a".to_owned()),
        min: Some(Bound { number: Number::from(1_i64), inclusive: true }),
        max: None,
        min_length: Some(1),
        max_length: None,
    });
    assert_eq!(encode(&Type::Bool, &all), Ok(b"\xc7\x03\x0c\x81\x01\xc2".to_vec()));
    assert_eq!(encode(&Type::Dynamic, &all), Ok(b"\xd4\0\0".to_vec()));
    assert_eq!(encode(&Type::map(Type::Bool), &all), Ok(b"\xc7\x05\x0c\x82\x01\xc2\x05\x01".to_vec()));
}

#[test]
fn deep_nesting_is_an_error() {
    let mut open = b"\x92\xc4\x09\"dynamic\"".repeat(10_000);
    open.push(0xc0);
    assert!(error(&Type::Dynamic, &open).ends_with(&format!("the value is nested more than {MAX_DEPTH} levels deep")));
    assert!(decode(&Type::Dynamic, &b"\x91".repeat(10_000)).is_err());
    let mut skipped = b"\x81\x63".to_vec();
    skipped.extend(b"\x91".repeat(1000));
    skipped.push(0xc0);
    assert_eq!(decode(&Type::String, &ext(&skipped)), Ok(Value::unknown()));
}
