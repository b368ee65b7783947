//! The compiled protocol files against `tests/fixtures/wire.tsv`, in both directions.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};

const TABLE: &str = include_str!("../fixtures/wire.tsv");
const COMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/wire.bin"));

#[test]
fn protocol_files_say_what_the_table_says() {
    let expected: BTreeSet<String> = TABLE.lines().skip(1).map(normalized).collect();
    let actual = compiled_rows();
    let missing: Vec<_> = expected.difference(&actual).collect();
    let extra: Vec<_> = actual.difference(&expected).collect();
    assert!(missing.is_empty() && extra.is_empty(), "not in proto/: {missing:#?}\nnot in wire.tsv: {extra:#?}");
}

/// One line of the table with the spaces around its eight cells gone.
fn normalized(line: &str) -> String {
    let mut cells: Vec<_> = line.split('\t').map(str::trim).collect();
    cells.resize(8, "");
    cells.join("\t")
}

fn row(kind: &str, scope: &str, rest: [&str; 6]) -> String {
    [&[kind, scope], &rest[..]].concat().join("\t")
}

fn compiled_rows() -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for file in FileDescriptorSet::decode(COMPILED).unwrap().file {
        let package = file.package();
        if package == "google.protobuf" {
            continue;
        }
        rows.insert(row("file", file.name(), ["", package, "", "", "", ""]));
        for message in &file.message_type {
            message_rows(package, message, &mut rows);
        }
        for enumeration in &file.enum_type {
            enum_rows(package, enumeration, &mut rows);
        }
        for service in &file.service {
            for method in &service.method {
                let client = if method.client_streaming() { "client-stream" } else { "" };
                let server = if method.server_streaming() { "server-stream" } else { "" };
                let streaming = format!("{client} {server}");
                let types = format!("{} -> {}", bare(method.input_type()), bare(method.output_type()));
                let scope = format!("{package}.{}", service.name());
                rows.insert(row("rpc", &scope, ["", method.name(), streaming.trim(), &types, "", ""]));
            }
        }
    }
    rows
}

fn message_rows(scope: &str, message: &DescriptorProto, rows: &mut BTreeSet<String>) {
    let scope = &format!("{scope}.{}", message.name());
    if message.field.is_empty() {
        rows.insert(row("empty", scope, [""; 6]));
    }
    if message.options.as_ref().is_some_and(|options| options.map_entry()) {
        rows.insert(row("map_entry", scope, [""; 6]));
    }
    for field in &message.field {
        let label = match field.label() {
            Label::Repeated => "repeated",
            _ if field.proto3_optional() => "optional",
            _ => "",
        };
        let oneof = match field.oneof_index {
            Some(index) if !field.proto3_optional() => message.oneof_decl[index as usize].name(),
            _ => "",
        };
        let note = if field.options.as_ref().is_some_and(|options| options.deprecated()) { "deprecated" } else { "" };
        let cells = [&field.number().to_string(), field.name(), label, &type_name(field), oneof, note];
        rows.insert(row("field", scope, cells));
    }
    message.nested_type.iter().for_each(|nested| message_rows(scope, nested, rows));
    message.enum_type.iter().for_each(|nested| enum_rows(scope, nested, rows));
}

fn enum_rows(scope: &str, enumeration: &EnumDescriptorProto, rows: &mut BTreeSet<String>) {
    let scope = format!("{scope}.{}", enumeration.name());
    for value in &enumeration.value {
        rows.insert(row("enum", &scope, [&value.number().to_string(), value.name(), "", "", "", ""]));
    }
}

fn type_name(field: &FieldDescriptorProto) -> String {
    match field.r#type() {
        Type::Message | Type::Enum => bare(field.type_name()).to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    }
}

/// Descriptors write absolute names with a dot in front.
fn bare(name: &str) -> &str {
    name.trim_start_matches('.')
}
