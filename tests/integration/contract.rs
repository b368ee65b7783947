//! What users have written configurations against: names, types and modes. A change here is a change for them.

use ecslive::framework::Provider;
use ecslive::provider::Ecslive;
use ecslive::tf::schema::{Attribute, AttributeType, Block, Mode, RESERVED_IN_DATA_SOURCES, RESERVED_IN_PROVIDERS};
use std::fmt::Write;

fn all_blocks() -> Vec<(String, Block)> {
    let sources = Ecslive::data_sources();
    let sources = sources.iter().map(|source| (format!("data ecslive_{}", source.name()), source.schema()));
    std::iter::once(("provider ecslive".to_owned(), Ecslive::schema())).chain(sources).collect()
}

fn outline(text: &mut String, block: &Block, indent: &str) {
    for attribute in &block.attributes {
        outline_attribute(text, attribute, indent);
    }
    for nested in &block.blocks {
        writeln!(text, "{indent}{} {{}} {:?}", nested.name, nested.nesting).expect("a String");
        outline(text, &nested.block, &format!("{indent}  "));
    }
}

fn outline_attribute(text: &mut String, attribute: &Attribute, indent: &str) {
    let mode = match attribute.mode {
        Mode::Required => "required",
        Mode::Optional => "optional",
        Mode::OptionalComputed => "optional, computed",
        Mode::Computed => "computed",
    };
    let sensitive = if attribute.sensitive { ", sensitive" } else { "" };
    writeln!(text, "{indent}{}: {} ({mode}{sensitive})", attribute.name, attribute.ty()).expect("a String");
    if let AttributeType::Nested { attributes, .. } = &attribute.kind {
        for attribute in attributes {
            outline_attribute(text, attribute, &format!("{indent}  "));
        }
    }
}

#[test]
fn the_schema_is_what_it_was() {
    let mut text = String::new();
    for (title, block) in all_blocks() {
        writeln!(text, "{title}").expect("a String");
        outline(&mut text, &block, "  ");
    }
    for function in Ecslive::functions() {
        let definition = function.definition();
        let parameters = definition.parameters.iter().map(|parameter| {
            format!("{}: {}{}", parameter.name, parameter.ty, if parameter.allow_null { " or null" } else { "" })
        });
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        writeln!(text, "function {}({parameters}) -> {}", function.name(), definition.returns).expect("a String");
    }
    insta::assert_snapshot!("schema", text);
}

#[test]
fn terraform_accepts_every_schema() {
    for (title, block) in all_blocks() {
        let reserved = if title.starts_with("data") { RESERVED_IN_DATA_SOURCES } else { RESERVED_IN_PROVIDERS };
        assert_eq!(block.check(reserved), Ok(()), "{title}");
    }
    for function in Ecslive::functions() {
        assert_eq!(function.definition().check(), Ok(()), "{}", function.name());
    }
}

#[test]
fn everything_is_described() {
    fn silent(block: &Block) -> Vec<String> {
        let attributes = block.attributes.iter().flat_map(|attribute| match &attribute.kind {
            AttributeType::Nested { attributes, .. } => std::iter::once(attribute).chain(attributes).collect(),
            AttributeType::Plain(_) => vec![attribute],
        });
        let silent_ones = attributes.filter(|attribute| attribute.description.is_empty());
        let mut names: Vec<String> = silent_ones.map(|attribute| attribute.name.to_string()).collect();
        names.extend(block.blocks.iter().flat_map(|nested| silent(&nested.block)));
        names
    }
    for (title, block) in all_blocks() {
        assert!(!block.description.is_empty(), "{title}");
        assert_eq!(silent(&block), Vec::<String>::new(), "{title}");
    }
    for function in Ecslive::functions() {
        let definition = function.definition();
        assert!(!definition.summary.is_empty() && !definition.description.is_empty(), "{}", function.name());
        assert!(definition.parameters.iter().all(|parameter| !parameter.description.is_empty()), "{}", function.name());
    }
}
