//! What must hold for all types and values: both codecs give back what they were given, and no input brings them down.

use super::*;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool), Just(Type::Dynamic)];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            btree_map("[a-z]{1,2}", inner, 0..4).prop_map(Type::Object),
        ]
    })
}

/// Types without open parts.
fn closed() -> impl Strategy<Value = Type> {
    types().prop_map(close)
}

fn close(ty: Type) -> Type {
    match ty {
        Type::Dynamic => Type::String,
        Type::List(element) => Type::list(close(*element)),
        Type::Set(element) => Type::set(close(*element)),
        Type::Map(element) => Type::map(close(*element)),
        Type::Tuple(types) => Type::Tuple(types.into_iter().map(close).collect()),
        Type::Object(types) => Type::object(types.into_iter().map(|(name, ty)| (name, close(ty)))),
        ty => ty,
    }
}

fn numbers() -> impl Strategy<Value = Number> {
    let doubles = any::<f64>()
        .prop_filter_map("NaN and infinities", |float| Number::from_f64(float).ok().filter(Number::is_finite));
    // An integral double beyond the integers prints as fewer digits than it has; go-cty does not give it back either.
    let doubles = doubles.prop_filter("large integral doubles", |double| {
        Number::parse(&double.to_string()).is_ok_and(|parsed| parsed == *double) || double.to_string().contains('.')
    });
    let decimals = "-?[0-9]{1,30}(\\.[0-9]{1,30})?".prop_map(|text| Number::parse(&text).expect("a decimal"));
    prop_oneof![any::<i64>().prop_map(Number::from), doubles, decimals]
}

/// Values of a closed type; unknown ones only if asked for.
fn values(ty: Type, unknown: bool) -> BoxedStrategy<Value> {
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number => numbers().prop_map(Value::from).boxed(),
        Type::String => any::<String>().prop_map(Value::from).boxed(),
        Type::Dynamic => closed().prop_flat_map(move |ty| typed(ty, unknown)).boxed(),
        Type::List(element) => vec(values(*element, unknown), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(values(*element, unknown), 0..4).prop_map(Value::set::<Value>).boxed(),
        Type::Map(element) => vec((any::<String>(), values(*element, unknown)), 0..4).prop_map(Value::map).boxed(),
        Type::Tuple(types) => {
            let elements = types.into_iter().map(|ty| values(ty, unknown)).collect::<Vec<_>>();
            elements.prop_map(Value::Tuple).boxed()
        }
        Type::Object(types) => {
            let (names, types): (Vec<_>, Vec<_>) = types.into_iter().unzip();
            let values = types.into_iter().map(|ty| values(ty, unknown)).collect::<Vec<_>>();
            values.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
        }
    };
    if unknown {
        prop_oneof![8 => known, 1 => Just(Value::Null), 1 => Just(Value::unknown())].boxed()
    } else {
        prop_oneof![9 => known, 1 => Just(Value::Null)].boxed()
    }
}

fn typed(ty: Type, unknown: bool) -> BoxedStrategy<Value> {
    values(ty.clone(), unknown).prop_map(move |value| Value::dynamic(ty.clone(), value)).boxed()
}

fn with_value(types: impl Strategy<Value = Type>, unknown: bool) -> impl Strategy<Value = (Type, Value)> {
    types.prop_flat_map(move |ty| (Just(ty.clone()), values(ty, unknown)))
}

proptest! {
    #[test]
    fn types_come_back(ty in types()) {
        prop_assert_eq!(Type::from_json(&ty.to_json()).expect("a type"), ty);
    }

    #[test]
    fn values_come_back_from_messagepack((ty, value) in with_value(closed(), true)) {
        prop_assert_eq!(value.conforms(&ty), Ok(()));
        let bytes = msgpack::encode(&ty, &value).expect("a value of the type");
        prop_assert_eq!(msgpack::decode(&ty, &bytes), Ok(value));
    }

    #[test]
    fn values_come_back_from_json((ty, value) in with_value(closed(), false)) {
        let text = json::encode(&ty, &value).expect("a value of the type");
        let back = json::decode(&ty, &text).expect("a value of the type");
        // In JSON the digits are all there is of a number.
        prop_assert_eq!(json::encode(&ty, &back), Ok(text));
    }

    #[test]
    fn values_of_open_types_come_back(value in values(Type::Dynamic, true)) {
        let bytes = msgpack::encode(&Type::Dynamic, &value).expect("a value with its type");
        prop_assert_eq!(msgpack::decode(&Type::Dynamic, &bytes), Ok(value));
    }

    #[test]
    fn what_is_decoded_can_be_encoded_and_stays_the_same((ty, value) in with_value(types(), true)) {
        // Elements of several types under one open type are refused.
        if let Ok(bytes) = msgpack::encode(&ty, &value) {
            let settled = msgpack::decode(&ty, &bytes).expect("what was encoded");
            let again = msgpack::encode(&ty, &settled).expect("what was decoded");
            prop_assert_eq!(msgpack::decode(&ty, &again), Ok(settled));
        }
    }

    #[test]
    fn values_of_other_types_are_refused_the_same_way_by_all(ty in types(), (_, value) in with_value(types(), false)) {
        let conforms = value.conforms(&ty);
        prop_assert_eq!(msgpack::encode(&ty, &value).map(drop), conforms.clone());
        prop_assert_eq!(json::encode(&ty, &value).map(drop), conforms);
    }

    #[test]
    fn no_bytes_bring_the_decoder_down(ty in types(), bytes in vec(any::<u8>(), 0..64)) {
        let _ = msgpack::decode(&ty, &bytes);
    }

    #[test]
    fn no_change_of_a_good_message_brings_the_decoder_down(
        (ty, value) in with_value(types(), true),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        if let Ok(mut bytes) = msgpack::encode(&ty, &value) {
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
                prop_assert!(msgpack::decode(&ty, &bytes).is_err());
            } else {
                bytes[at] = byte;
                if let Ok(value) = msgpack::decode(&ty, &bytes) {
                    prop_assert_eq!(value.conforms(&ty), Ok(()));
                }
            }
        }
    }

    #[test]
    fn no_text_brings_the_json_decoders_down(ty in types(), text in "[\\[\\]{}\",:a-z0-9.e-]{0,40}") {
        let _ = json::decode(&ty, text.as_bytes());
        let _ = Type::from_json(text.as_bytes());
    }
}
