//! What a provider knows and a configuration does not: computed attributes, unknown while planning, filled afterwards.

use crate::value::{Object, text};
use ecslive::tf::schema::{Block, Mode};
use ecslive::tf::{Type, Value};

/// The account that everything belongs to.
const ACCOUNT: &str = "123456789012";

/// A plan: computed attributes of what does not exist yet are unknown.
pub fn planned(block: &Block, is_new: bool, proposed: Value) -> Value {
    each(block, proposed, &|_, computed, value| match value {
        Value::Null if computed && is_new => Value::unknown(),
        other => other,
    })
}

/// What exists: computed attributes that nobody told have a value all the same.
pub fn filled(type_name: &str, region: &str, block: &Block, planned: Value) -> Value {
    let Value::Object(attributes) = planned else { return planned };
    let name = text(&attributes, "name").or_else(|| text(&attributes, "family"));
    let name = name.unwrap_or_else(|| type_name.trim_start_matches("aws_").replace('_', "-"));
    let arn = arn(type_name, region, &name);
    let tags = attributes.get("tags").cloned().unwrap_or(Value::Null);
    let has_arn = block.attributes.iter().any(|attribute| attribute.name == "arn");
    each(block, Value::Object(attributes), &|attribute, computed, value| match value {
        Value::Unknown(_) if computed => match attribute {
            ("arn", _) => Value::from(arn.as_str()),
            ("id", _) if has_arn && !type_name.starts_with("aws_iam") => Value::from(arn.as_str()),
            ("id" | "name", _) => Value::from(name.as_str()),
            ("region", _) => Value::from(region),
            ("repository_url", _) => Value::from(format!("{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/{name}")),
            ("tags_all", _) => tags.clone(),
            (_, Type::String) => Value::from(""),
            (_, Type::Number) => Value::from(0_i64),
            (_, Type::Bool) => Value::Bool(false),
            (_, Type::List(_)) => Value::List(Vec::new()),
            (_, Type::Set(_)) => Value::Set(Vec::new()),
            _ => Value::Null,
        },
        other => other,
    })
}

fn arn(type_name: &str, region: &str, name: &str) -> String {
    match type_name {
        "aws_iam_role" => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        "aws_cloudwatch_log_group" => format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:{name}"),
        "aws_ecr_repository" => format!("arn:aws:ecr:{region}:{ACCOUNT}:repository/{name}"),
        other => {
            let kind = other.trim_start_matches("aws_");
            let (service, kind) = kind.split_once('_').unwrap_or((kind, kind));
            format!("arn:aws:{service}:{region}:{ACCOUNT}:{kind}/{name}")
        }
    }
}

/// What becomes of one attribute, by its name and type, whether it is computed, and its value.
type Change<'a> = dyn Fn((&str, &Type), bool, Value) -> Value + 'a;

/// Every attribute of a block and of the blocks in it.
fn each(block: &Block, value: Value, change: &Change<'_>) -> Value {
    let Value::Object(mut attributes) = value else { return value };
    for attribute in &block.attributes {
        let computed = matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed);
        let value = attributes.remove(attribute.name).unwrap_or(Value::Null);
        attributes.insert(attribute.name.to_owned(), change((attribute.name, &attribute.ty()), computed, value));
    }
    for nested in &block.blocks {
        let inner = |value| each(&nested.block, value, change);
        let value = match attributes.remove(nested.name).unwrap_or(Value::Null) {
            Value::List(items) => Value::List(items.into_iter().map(inner).collect()),
            Value::Set(items) => Value::set(items.into_iter().map(inner)),
            other => inner(other),
        };
        attributes.insert(nested.name.to_owned(), value);
    }
    Value::Object(attributes)
}

/// Both attributes that name a resource.
pub fn identify(object: &mut Object, arn: &str) {
    for name in ["id", "arn"] {
        object.insert(name.to_owned(), Value::from(arn));
    }
}
