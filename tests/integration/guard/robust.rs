//! What no document and no size may do: end in a panic, or ask one by one.

use super::world::{World, json as fixture, parse};
use ecslive::guard::facts::{Answers, Question};
use ecslive::guard::plan::read;
use ecslive::guard::report::{Context, Format, render};
use ecslive::guard::{Options, questions};
use serde_json::{Value, json};
use std::io::Cursor;

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// Replaces one value somewhere by one of another shape.
fn damage(value: &mut Value, dice: &mut Dice) {
    let deeper = dice.roll(8) > 0;
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let at = dice.roll(fields.len());
            if let Some((_, inner)) = fields.iter_mut().nth(at) {
                damage(inner, dice);
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = dice.roll(items.len());
            damage(&mut items[at], dice);
        }
        other => {
            let shapes = [
                json!(null),
                json!([]),
                json!({}),
                json!(""),
                json!("arn:"),
                json!(true),
                json!(-1.5),
                json!([null]),
                json!("é:/*"),
            ];
            *other = shapes[dice.roll(shapes.len())].clone();
        }
    }
}

#[test]
fn no_damaged_plan_ends_in_a_panic() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let world = World::new(&json!({}));
    for name in
        ["new-revision", "tg-replaced", "weights", "destroy", "sensitive-image", "service-replaced", "condition"]
    {
        let whole = fixture(&format!("terraform/{name}.json"));
        for _ in 0..20 {
            let mut document = whole.clone();
            for _ in 0..1 + dice.roll(6) {
                let changes = document["resource_changes"].as_array().map_or(0, Vec::len);
                let at = dice.roll(changes);
                match document.pointer_mut(&format!("/resource_changes/{at}/change")) {
                    Some(change) => damage(change, &mut dice),
                    None => damage(&mut document, &mut dice),
                }
            }
            if let Ok(plan) = read(Cursor::new(document.to_string().into_bytes())) {
                let (report, _) = world.judge(&plan, &Options::default());
                for format in Format::ALL {
                    render(format, &report, &Context::default());
                }
            }
        }
    }
}

#[test]
fn no_cut_off_plan_is_judged() {
    let whole = fixture("terraform/weights.json").to_string();
    for at in (0..whole.len()).step_by(997) {
        assert!(read(Cursor::new(whole.as_bytes()[..at].to_vec())).is_err(), "cut at {at}");
    }
}

/// Five hundred services of a plan are asked for together, not one after the other.
#[test]
fn all_services_of_a_plan_are_asked_for_in_the_first_round() {
    let mut document = fixture("terraform/scaled-to-null.json");
    let changes = document["resource_changes"].as_array_mut().expect("changes");
    let service = changes.iter().find(|change| change["address"] == "aws_ecs_service.jobs").expect("jobs").clone();
    let copies = (0..500).map(|index| {
        let mut copy = service.clone();
        copy["address"] = json!(format!("aws_ecs_service.many[{index}]"));
        copy["change"]["before"]["id"] = json!(format!("arn:aws:ecs:eu-west-1:123456789012:service/shop/many-{index}"));
        copy
    });
    let copies: Vec<Value> = copies.collect();
    changes.extend(copies);
    let plan = parse(&document);
    let first = questions(&plan, &Answers::new());
    assert_eq!(first.iter().filter(|question| matches!(question, Question::Service { .. })).count(), 502);
    let (_, rounds) = World::new(&json!({})).judge(&plan, &Options::default());
    assert_eq!(rounds, 1, "and nothing else is needed for a count");
}
