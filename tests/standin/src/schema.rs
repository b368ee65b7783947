//! The schemas of `schema.json`: names, types, required, optional and computed, nesting, as hashicorp/aws has them.

use ecslive::tf::schema::{Attribute, Block, Mode, NestedBlock};
use ecslive::tf::{Type, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// All schemas.
pub struct Schemas {
    /// The provider block, with `endpoint` beside what is in it.
    pub provider: Block,
    /// The resources by type name.
    pub resources: BTreeMap<String, Block>,
}

/// Read once.
pub static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let json: Json = serde_json::from_str(include_str!("../schema.json")).unwrap_or_default();
    let mut provider = block(&json["provider_config"]);
    provider.attributes.push(Attribute::string("endpoint"));
    let resources = json["resources"].as_object().into_iter().flatten();
    Schemas { provider, resources: resources.map(|(name, json)| (name.clone(), block(json))).collect() }
});

/// The schema of a resource.
pub fn of(type_name: &str) -> Result<&'static Block, String> {
    SCHEMAS.resources.get(type_name).ok_or_else(|| format!("the stand-in has no {type_name}"))
}

fn block(json: &Json) -> Block {
    let attributes = json["attributes"].as_object().into_iter().flatten();
    let mut made = Block::new(attributes.map(|(name, json)| attribute(name, json)).collect());
    for (name, json) in json["blocks"].as_object().into_iter().flatten() {
        let inner = block(json);
        let nested = match json["nesting"].as_str() {
            Some("set") => NestedBlock::set(known(name), inner.attributes),
            Some("single") => NestedBlock::single(known(name), inner.attributes),
            _ => NestedBlock::list(known(name), inner.attributes),
        };
        let times = |key: &str| json[key].as_u64().and_then(|times| u32::try_from(times).ok()).unwrap_or_default();
        let nested = nested.between(times("min_items"), times("max_items"));
        made = made.with_block(inner.blocks.into_iter().fold(nested, NestedBlock::with_block));
    }
    made
}

fn attribute(name: &str, json: &Json) -> Attribute {
    let ty = Type::from_json(json["type"].to_string().as_bytes()).unwrap_or(Type::Dynamic);
    let is = |key: &str| json[key].as_bool() == Some(true);
    let mode = match (is("required"), is("optional"), is("computed")) {
        (true, ..) => Mode::Required,
        (_, true, true) => Mode::OptionalComputed,
        (_, false, true) => Mode::Computed,
        _ => Mode::Optional,
    };
    Attribute { mode, ..Attribute::of(known(name), ty) }
}

/// Names live as long as the program, and so do schemas.
fn known(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

/// A block with nothing in it.
pub fn empty(block: &Block) -> BTreeMap<String, Value> {
    let attributes = block.attributes.iter().map(|attribute| (attribute.name.to_owned(), Value::Null));
    let blocks = block.blocks.iter().map(|nested| {
        let nothing = match nested.ty() {
            Type::List(_) => Value::List(Vec::new()),
            Type::Set(_) => Value::Set(Vec::new()),
            _ => Value::Null,
        };
        (nested.name.to_owned(), nothing)
    });
    attributes.chain(blocks).collect()
}

/// The block of this name within another.
pub fn inner<'a>(block: &'a Block, name: &str) -> Result<&'a Block, String> {
    let found = block.blocks.iter().find(|nested| nested.name == name);
    found.map(|nested| &nested.block).ok_or_else(|| format!("there is no block {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_one_that_terraform_takes() {
        assert!(SCHEMAS.resources.len() >= 20, "{}", SCHEMAS.resources.len());
        for (name, block) in &SCHEMAS.resources {
            assert_eq!(block.check(&[]), Ok(()), "{name}");
            assert!(!block.ty().has_dynamic(), "{name}");
        }
    }

    #[test]
    fn what_hashicorp_aws_6_can_do_is_there() {
        let service = of("aws_ecs_service").expect("a schema");
        let balancer = inner(service, "load_balancer").expect("a block");
        let advanced = inner(balancer, "advanced_configuration").expect("a block");
        let mode = |name: &str| advanced.attributes.iter().find(|it| it.name == name).map(|it| it.mode);
        assert_eq!(mode("production_listener_rule"), Some(Mode::Required));
        assert_eq!(mode("test_listener_rule"), Some(Mode::Optional));
        assert_eq!(mode("production_rule"), None);
    }
}
