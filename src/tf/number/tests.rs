//! Numbers at the edges of their forms.

use super::*;
use proptest::prelude::*;
use std::hash::DefaultHasher;

fn number(text: &str) -> Number {
    Number::parse(text).expect(text)
}

fn hash(number: &Number) -> u64 {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn prints_as_a_plain_decimal() {
    for (text, plain) in [
        ("0", "0"),
        ("-0.000", "0"),
        ("0e999999999", "0"),
        ("+5", "5"),
        ("007", "7"),
        ("5.", "5"),
        (".5", "0.5"),
        ("-.50", "-0.5"),
        ("1.50", "1.5"),
        ("12.34e1", "123.4"),
        ("12.34e-4", "0.001234"),
        ("1E+3", "1000"),
        ("100e-2", "1"),
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("0.1", "0.1"),
        ("Inf", "Infinity"),
        ("-inf", "-Infinity"),
    ] {
        assert_eq!(number(text).to_string(), plain, "{text}");
    }
    assert_eq!(number("1e100").to_string(), format!("1{}", "0".repeat(100)));
    assert_eq!(Number::from_f64(1e21).expect("no NaN").to_string(), "1000000000000000000000");
    assert_eq!(Number::from_f64(5e-7).expect("no NaN").to_string(), "0.0000005");
}

#[test]
fn refuses_what_is_no_number() {
    for text in
        ["", "-", ".", "e5", "1e", "1e+", "1_000", " 1", "1 ", "0x10", "1p5", "NaN", "Infinity", "--1", "+-1", "１"]
    {
        assert_eq!(Number::parse(text), Err(NumberError::Syntax), "{text:?}");
    }
    assert_eq!(Number::from_f64(f64::NAN), Err(NumberError::Nan));
}

#[test]
fn huge_numbers_cost_nothing() {
    for text in ["1e999999999", "1e-999999999", "-1e99999999999999999999", "1e4096"] {
        assert_eq!(Number::parse(text), Err(NumberError::TooLong), "{text}");
    }
    assert_eq!(Number::parse(&"9".repeat(1_000_000)), Err(NumberError::TooLong));
    assert!(Number::parse("1e4095").is_ok());
}

#[test]
fn integers_are_told_from_other_numbers() {
    assert_eq!(number("1e3").as_i64(), Some(1000));
    assert_eq!(Number::from_f64(-0.0).expect("no NaN").as_i64(), Some(0));
    assert_eq!(Number::from_f64(-9_223_372_036_854_775_808.0).expect("no NaN").as_i64(), Some(i64::MIN));
    assert_eq!(Number::from_f64(9_223_372_036_854_775_808.0).expect("no NaN").as_i64(), None);
    assert_eq!(Number::from(u64::MAX).as_i64(), None);
    assert_eq!(number("1.5").as_i64(), None);
}

#[test]
fn a_double_is_not_the_decimal_that_it_prints_as() {
    let tenth = Number::from_f64(0.1).expect("no NaN");
    assert_eq!(tenth.to_string(), "0.1");
    assert!(tenth > number("0.1"));
    assert_eq!(tenth, number("0.1000000000000000055511151231257827021181583404541015625"));
}

#[test]
fn equal_numbers_are_equal_whatever_they_came_from() {
    let pairs = [
        (Number::from_f64(1.5), number("1.50")),
        (Number::from_f64(3.0), Number::from(3_i64)),
        (Number::from_f64(18_446_744_073_709_551_616.0), number("18446744073709551616")),
        (Number::from_f64(f64::INFINITY), number("+Inf")),
    ];
    for (double, other) in pairs {
        let double = double.expect("no NaN");
        assert_eq!(double, other);
        assert_eq!(hash(&double), hash(&other));
    }
    assert_eq!(Number::from(u64::MAX), number("18446744073709551615"));
}

#[test]
fn order_is_numeric() {
    let mut numbers =
        ["Inf", "1e30", "10", "9.5", "2", "0.1", "0", "-0.05", "-0.1", "-2", "-10", "-1e30", "-Inf"].map(number);
    let sorted = numbers.iter().rev().map(ToString::to_string).collect::<Vec<_>>();
    numbers.sort();
    assert_eq!(numbers.map(|number| number.to_string()).to_vec(), sorted);
}

proptest! {
    #[test]
    fn text_comes_back(text in "-?[1-9][0-9]{0,40}(\\.[0-9]{0,40}[1-9])?") {
        let number = number(&text);
        prop_assert_eq!(number.exact(), text.as_str());
    }

    #[test]
    fn doubles_come_back(float in proptest::num::f64::ANY) {
        prop_assume!(!float.is_nan());
        let double = Number::from_f64(float).expect("no NaN");
        if float.is_finite() {
            prop_assert_eq!(&number(&double.exact()), &double);
            prop_assert_eq!(double.to_string().parse::<f64>(), Ok(float));
        }
    }

    #[test]
    fn doubles_keep_their_order(a in proptest::num::f64::NORMAL, b in proptest::num::f64::NORMAL) {
        let exact = |float: f64| number(&exact(float));
        prop_assert_eq!(Some(exact(a).cmp(&exact(b))), a.partial_cmp(&b));
    }

    #[test]
    fn integers_and_decimals_have_one_order(a in any::<i64>(), b in -1_000_000_i64..1_000_000) {
        let text = format!("{}e-3", b);
        prop_assert_eq!(Number::from(a).cmp(&number(&text)), (i128::from(a) * 1000).cmp(&i128::from(b)));
    }

    #[test]
    fn no_text_panics(text in ".{0,40}") {
        let _ = Number::parse(&text);
    }
}
