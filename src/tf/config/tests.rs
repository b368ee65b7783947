//! Configurations as a host sends them, right and wrong.

use super::*;
use crate::tf::Number;

fn config() -> Value {
    Value::object([
        ("name", Value::from("web")),
        ("port", 8080.into()),
        ("big", 70_000.into()),
        ("half", Value::Number(Number::parse("0.5").expect("a number"))),
        ("flag", true.into()),
        ("later", Value::unknown()),
        ("nothing", Value::Null),
        ("names", vec!["a", "b"].into()),
        ("some", Value::List(vec!["a".into(), Value::unknown()])),
        ("gaps", Value::List(vec!["a".into(), Value::Null])),
        ("labels", Value::map([("k", "v")])),
        ("set", Value::set(["y", "x"])),
        ("any", Value::dynamic(Type::String, "typed")),
        ("block", Value::object([("read", "10m")])),
        ("blocks", Value::List(vec![Value::object([("url", "x")]), Value::unknown(), Value::object([("url", 1)])])),
    ])
}

fn short(text: &str) -> Result<usize, String> {
    if text.len() < 3 { Ok(text.len()) } else { Err(format!("{text:?} is too long")) }
}

#[test]
fn values_have_their_typed_forms() {
    let config = config();
    let mut fields = Fields::new(&config);
    assert_eq!(fields.arg("name"), Arg::Known("web".to_owned()));
    assert_eq!(fields.arg("port"), Arg::Known(8080_u16));
    assert_eq!(fields.arg("flag"), Arg::Known(true));
    assert_eq!(fields.arg::<String>("later"), Arg::Unknown);
    assert_eq!(fields.arg::<String>("nothing"), Arg::Null);
    assert_eq!(fields.arg("names"), Arg::Known(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(fields.arg("set"), Arg::Known(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(fields.arg("labels"), Arg::Known(BTreeMap::from([("k".to_owned(), "v".to_owned())])));
    assert_eq!(fields.arg("any"), Arg::Known("typed".to_owned()));
    assert_eq!(fields.arg("half"), Arg::Known(Number::parse("0.5").expect("a number")));
    assert_eq!(fields.arg("gaps"), Arg::Known(vec![Some("a".to_owned()), None]));
    assert_eq!(fields.arg("later"), Arg::Known(Value::unknown()));
    assert_eq!(fields.finish(), Diagnostics::default());
}

#[test]
fn an_unknown_part_makes_the_whole_unknown_unless_asked_for() {
    let config = config();
    let mut fields = Fields::new(&config);
    assert_eq!(fields.arg::<Vec<String>>("some"), Arg::Unknown);
    assert_eq!(fields.arg("some"), Arg::Known(vec![Arg::Known("a".to_owned()), Arg::Unknown]));
    assert_eq!(fields.finish(), Diagnostics::default());
}

#[test]
fn parsed_values_are_recorded_when_they_are_wrong() {
    let config = config();
    let mut fields = Fields::new(&config);
    assert_eq!(fields.parse("name", short), Arg::Unknown);
    assert_eq!(fields.parse("later", short), Arg::Unknown);
    assert_eq!(fields.parse("nothing", short), Arg::Null);
    assert_eq!(fields.parse_all("names", short), Arg::Known(vec![1, 1]));
    assert_eq!(fields.parse_all("names", |_| Err::<(), _>("no letters allowed")), Arg::Unknown);
    assert_eq!(fields.parse_all("set", |_| Err::<(), _>("no letters allowed")), Arg::Unknown);
    insta::assert_snapshot!(fields.finish(), @r#"
    Error: Invalid Value

      on name

    "web" is too long.

    Error: Invalid Value

      on names[0]

    No letters allowed.

    Error: Invalid Value

      on names[1]

    No letters allowed.

    Error: Invalid Value

      on set

    No letters allowed.

    Error: Invalid Value

      on set

    No letters allowed.
    "#);
}

#[test]
fn wrong_shapes_are_diagnostics() {
    let config = config();
    let mut fields = Fields::new(&config);
    assert_eq!(fields.arg::<bool>("name"), Arg::Unknown);
    assert_eq!(fields.arg::<u16>("big"), Arg::Unknown);
    assert_eq!(fields.arg::<i64>("half"), Arg::Unknown);
    assert_eq!(fields.arg::<Vec<String>>("gaps"), Arg::Unknown);
    assert_eq!(fields.arg::<BTreeMap<String, bool>>("labels"), Arg::Unknown);
    assert_eq!(fields.arg::<String>("absent"), Arg::Unknown);
    assert!(fields.nested_list("name").is_empty());
    insta::assert_snapshot!(fields.finish(), @r#"
    Error: Invalid Value

      on name

    Bool is required.

    Error: Invalid Value

      on big

    A whole number from 0 to 65535 is required, not 70000.

    Error: Invalid Value

      on half

    A whole number from -9223372036854775808 to 9223372036854775807 is required, not 0.5.

    Error: Invalid Value

      on gaps[1]

    String is required, not null.

    Error: Invalid Value

      on labels["k"]

    Bool is required.

    Error: Invalid Value

      on absent

    The configuration carries no absent.

    Error: Invalid Value

      on name

    A list is required.
    "#);
}

#[test]
fn nested_blocks_name_their_place() {
    let config = config();
    let mut fields = Fields::new(&config);
    let Arg::Known(mut block) = fields.nested("block") else { panic!("the block is there") };
    assert_eq!(block.parse("read", short), Arg::Unknown);
    fields.absorb(block);
    let urls: Vec<Arg<String>> = fields
        .nested_list("blocks")
        .into_iter()
        .map(|mut block| {
            let url = block.arg("url");
            fields.absorb(block);
            url
        })
        .collect();
    assert_eq!(urls, [Arg::Known("x".to_owned()), Arg::Unknown]);
    assert!(fields.nested("nothing").is_null());
    assert!(fields.nested("later").is_unknown());
    let Arg::Known(wrong) = fields.nested("flag") else { panic!("something is there") };
    fields.absorb(wrong);
    insta::assert_snapshot!(fields.finish(), @r#"
    Error: Invalid Value

      on block.read

    "10m" is too long.

    Error: Invalid Value

      on blocks[2].url

    String is required.

    Error: Invalid Value

      on flag

    An object is required.
    "#);
}

#[test]
fn a_configuration_that_is_no_object_is_an_error() {
    let mut fields = Fields::new(&Value::Null);
    assert_eq!(fields.arg::<String>("name"), Arg::Unknown);
    insta::assert_snapshot!(fields.finish(), @r"
    Error: Invalid Value

    Object is required, not null.
    ");
}

#[test]
fn an_unknown_configuration_is_no_error() {
    let config = Value::unknown();
    let mut fields = Fields::new(&config);
    assert_eq!(fields.arg::<String>("name"), Arg::Unknown);
    assert_eq!(fields.finish(), Diagnostics::default());
}

#[test]
fn arguments_turn_into_values_or_errors() {
    assert_eq!(Arg::Known(1).required("a"), Ok(1));
    assert_eq!(Arg::<i64>::Null.optional("a"), Ok(None));
    assert_eq!(Arg::Null.or(2), Arg::Known(2));
    assert_eq!(Arg::Unknown.or(2), Arg::Unknown);
    assert_eq!(Arg::Known(1).map(|one| one + 1).known(), Some(&2));
    let errors: Diagnostics = [Arg::<i64>::Unknown.required("a"), Arg::Null.required("b")]
        .map(|arg| arg.expect_err("an error"))
        .into_iter()
        .collect();
    insta::assert_snapshot!(errors, @r"
    Error: Value Not Known

      on a

    The value of a is needed and is not known before apply.

    Error: Missing Argument

      on b

    The argument b is required.
    ");
}
