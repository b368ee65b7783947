//! `forward_weights(live_weights, target_group_arns)`: the weights to write into a `forward` block.

use crate::framework::{Arguments, Function};
use crate::tf::function::{Definition, FunctionError, Parameter};
use crate::tf::{Number, Type, Value};
use std::collections::BTreeMap;

/// The function.
pub struct ForwardWeights;

impl Function for ForwardWeights {
    const NAME: &'static str = "forward_weights";

    fn definition() -> Definition {
        Definition::new("The weight of each target group for a forward block", Type::map(Type::Number))
            .describe(
                "Gives a weight for each of the target groups: the live one, 0 for a target group that has none, and \
                 100 for the first and 0 for the others when nothing is live yet. It is an error when a target group \
                 outside the list has weight, because writing the result would take its traffic away.",
            )
            .with(
                Parameter::new("live_weights", Type::map(Type::Number))
                    .nullable()
                    .describe("`target_group_weights` of `ecslive_target_group`; empty or null when nothing is live."),
            )
            .with(
                Parameter::new("target_group_arns", Type::list(Type::String))
                    .describe("ARNs of the target groups of the `forward` block, the initial one first."),
            )
    }

    fn call(mut arguments: Arguments) -> Result<Value, FunctionError> {
        let live = match arguments.take() {
            Value::Map(live) => live,
            _ => BTreeMap::new(),
        };
        let fail = |argument, text: String| Err(FunctionError { text, argument: Some(argument) });
        let Value::List(groups) = arguments.take() else {
            return fail(1, "a list of target group ARNs is needed".to_owned());
        };
        let zero = Number::from(0_i64);
        for (group, weight) in &live {
            let fits = matches!(weight, Value::Number(weight) if weight.as_i64().is_some_and(|weight| (0..=999).contains(&weight)));
            if !fits {
                return fail(0, format!("the weight of {group} is not a whole number from 0 to 999"));
            }
        }
        let nothing_is_live = live.values().all(|weight| matches!(weight, Value::Number(weight) if *weight == zero));
        let mut weights = BTreeMap::new();
        for (index, group) in groups.into_iter().enumerate() {
            let Value::String(group) = group else {
                return fail(1, "target group ARNs must not be null".to_owned());
            };
            let weight = match live.get(&*group) {
                _ if nothing_is_live && index == 0 => Number::from(100_i64),
                Some(Value::Number(weight)) => weight.clone(),
                _ => zero.clone(),
            };
            if weights.insert(group.to_string(), Value::Number(weight)).is_some() {
                return fail(1, format!("{group} is listed twice"));
            }
        }
        if weights.is_empty() {
            return fail(1, "at least one target group is needed".to_owned());
        }
        let left_out = live.iter().find(|(group, weight)| {
            !weights.contains_key(*group) && !matches!(weight, Value::Number(weight) if *weight == zero)
        });
        match left_out {
            Some((group, _)) => fail(
                1,
                format!(
                    "{group} has live traffic and is not listed, so these weights would take it away: list it, or move \
                     the traffic first"
                ),
            ),
            None => Ok(Value::Map(weights)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(weights: &[(&str, i64)]) -> Value {
        Value::Map(weights.iter().map(|(group, weight)| ((*group).to_owned(), Value::from(*weight))).collect())
    }

    fn call(live: Value, groups: &[&str]) -> Result<Value, String> {
        let groups = Value::List(groups.iter().map(|group| Value::from(*group)).collect());
        ForwardWeights::call(Arguments::new(vec![live, groups])).map_err(|error| error.text)
    }

    #[test]
    fn live_weights_are_kept_as_they_are() {
        let live = weights(&[("blue", 0), ("green", 1)]);
        assert_eq!(call(live.clone(), &["blue", "green"]), Ok(live));
    }

    #[test]
    fn a_target_group_without_live_weight_gets_none() {
        let expect = weights(&[("blue", 1), ("green", 0)]);
        assert_eq!(call(weights(&[("blue", 1)]), &["green", "blue"]), Ok(expect));
    }

    #[test]
    fn the_first_starts_when_nothing_is_live() {
        let expect = weights(&[("blue", 100), ("green", 0)]);
        assert_eq!(call(weights(&[]), &["blue", "green"]), Ok(expect.clone()));
        assert_eq!(call(Value::Null, &["blue", "green"]), Ok(expect.clone()));
        assert_eq!(call(weights(&[("red", 0)]), &["blue", "green"]), Ok(expect));
    }

    #[test]
    fn refuses_to_take_traffic_away() {
        let error = call(weights(&[("red", 100)]), &["blue", "green"]);
        assert!(
            error.is_err_and(|error| error.starts_with("red has live traffic and is not listed, so these weights"))
        );
        assert!(call(weights(&[("red", 0), ("blue", 1)]), &["blue"]).is_ok());
        for weight in [-1, 1000] {
            let error = call(weights(&[("blue", weight)]), &["blue"]);
            assert_eq!(error, Err("the weight of blue is not a whole number from 0 to 999".to_owned()));
        }
    }

    #[test]
    fn refuses_lists_that_make_no_sense() {
        assert_eq!(call(weights(&[]), &[]), Err("at least one target group is needed".to_owned()));
        assert_eq!(call(weights(&[]), &["blue", "blue"]), Err("blue is listed twice".to_owned()));
    }
}
