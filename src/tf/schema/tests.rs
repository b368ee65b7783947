//! What Terraform accepts as a schema, and what a schema implies.

use super::*;

fn schema() -> Block {
    Block::new(vec![
        Attribute::string("name").required(),
        Attribute::nested_list("groups", vec![Attribute::map("weights", Type::Number).computed()]).computed(),
    ])
    .with_block(NestedBlock::single("timeouts", vec![Attribute::string("read").optional()]))
    .with_block(NestedBlock::list("filter", vec![Attribute::set("values", Type::String)]).between(1, 2))
}

#[test]
fn the_type_of_a_block_is_an_object_of_everything_in_it() {
    let expect = r#"["object",{"filter":["list",["object",{"values":["set","string"]}]],"groups":["list",["object",{"weights":["map","number"]}]],"name":"string","timeouts":["object",{"read":"string"}]}]"#;
    assert_eq!(String::from_utf8(schema().ty().to_json()).expect("UTF-8"), expect);
}

#[test]
fn blocks_of_an_open_type_bring_their_type() {
    let open = || vec![Attribute::of("any", Type::Dynamic)];
    assert_eq!(NestedBlock::list("a", open()).ty(), Type::Dynamic);
    assert_eq!(NestedBlock::map("a", open()).ty(), Type::Dynamic);
    assert_eq!(NestedBlock::group("a", open()).ty(), Type::object([("any", Type::Dynamic)]));
}

#[test]
fn every_nesting_has_its_type() {
    let object = Type::object([("b", Type::Bool)]);
    let attributes = || vec![Attribute::bool("b")];
    assert_eq!(Attribute::nested_single("a", attributes()).ty(), object);
    assert_eq!(Attribute::nested_set("a", attributes()).ty(), Type::set(object.clone()));
    assert_eq!(Attribute::nested_map("a", attributes()).ty(), Type::map(object.clone()));
    assert_eq!(NestedBlock::set("a", attributes()).ty(), Type::set(object.clone()));
    assert_eq!(NestedBlock::map("a", attributes()).ty(), Type::map(object));
}

#[test]
fn attributes_are_found_through_blocks_and_objects() {
    let schema = schema();
    let name = |path: Path| schema.attribute(&path).map(|attribute| attribute.name);
    assert_eq!(name(Path::attribute("name")), Some("name"));
    assert_eq!(name(Path::attribute("filter").index(0).nested("values")), Some("values"));
    assert_eq!(name(Path::attribute("groups").index(3).nested("weights").key("x")), Some("weights"));
    assert_eq!(name(Path::attribute("timeouts").nested("read")), Some("read"));
    assert_eq!(name(Path::attribute("timeouts")), None);
    assert_eq!(name(Path::attribute("name").nested("first")), None);
    assert_eq!(name(Path::root()), None);
}

#[test]
fn a_good_schema_has_no_problems() {
    assert_eq!(schema().check(RESERVED_IN_DATA_SOURCES), Ok(()));
}

#[test]
fn every_rule_is_checked() {
    let bad = Block::new(vec![
        Attribute::string("fooBar"),
        Attribute::string("count"),
        Attribute::string("twice"),
        Attribute::string("old").deprecate(" "),
        Attribute::nested_single("nothing", vec![]),
        Attribute::nested_set("any", vec![Attribute::of("x", Type::list(Type::Dynamic))]),
        Attribute::nested_list("out", vec![Attribute::string("in").required()]).computed(),
    ])
    .with_block(NestedBlock::single("twice", vec![]).between(0, 2))
    .with_block(NestedBlock::list("few", vec![]).between(2, 1))
    .with_block(NestedBlock::map("named", vec![]).between(1, 0))
    .with_block(NestedBlock::set("open", vec![Attribute::of("x", Type::Dynamic)]))
    .with_block(NestedBlock::group("deep", vec![Attribute::string("1st"), Attribute::string("")]));
    let problems = bad.check(RESERVED_IN_DATA_SOURCES).expect_err("many problems");
    insta::assert_debug_snapshot!(problems, @r#"
    [
        "count: the name is reserved by Terraform",
        "fooBar: not a name of lower-case letters, digits and underscores",
        "twice: there are two of this name",
        "old: a deprecation needs a message",
        "nothing: a nested attribute needs attributes",
        "any: a set of objects must not hold a value of an open type",
        "out.in: must be computed, as what it is part of",
        "twice: 0 to 2 blocks do not fit nesting Single",
        "few: 2 to 1 blocks do not fit nesting List",
        "named: 1 to 0 blocks do not fit nesting Map",
        "open: a set of blocks must not hold a value of an open type",
        "deep.1st: not a name of lower-case letters, digits and underscores",
        "deep.: not a name of lower-case letters, digits and underscores",
    ]
    "#);
}
