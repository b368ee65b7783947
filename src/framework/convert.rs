//! Between the words of `tf` and the messages of the protocol.

use super::proto;
use super::proto::attribute_path::{Step as ProtoStep, step::Selector};
use super::proto::schema::{nested_block, object};
use crate::tf::function::{Definition, FunctionError, Parameter};
use crate::tf::schema::{Attribute, AttributeType, Block, BlockNesting, Mode, NestedBlock, Nesting};
use crate::tf::{Diagnostic, Diagnostics, Path, Severity, Step, Type, Value, json, msgpack};

/// The value of a message; none and empty messages are null.
pub fn value(message: Option<&proto::DynamicValue>, ty: &Type) -> Result<Value, Diagnostic> {
    let decoded = match message {
        None => return Ok(Value::Null),
        Some(message) if message.msgpack.is_empty() && message.json.is_empty() => return Ok(Value::Null),
        Some(message) if message.msgpack.is_empty() => json::decode(ty, &message.json),
        Some(message) => msgpack::decode(ty, &message.msgpack),
    };
    decoded.map_err(|error| {
        let detail = format!(
            "Terraform sent a value that does not have the form of the schema: {}. Check that the Terraform and \
             provider versions belong together.",
            error.message
        );
        Diagnostic::error("Invalid Value", detail).at(error.path)
    })
}

/// The message of a value.
pub fn message(value: &Value, ty: &Type) -> Result<proto::DynamicValue, Diagnostic> {
    let bytes = msgpack::encode(ty, value).map_err(|error| {
        let detail = format!("The answer does not have the form of the schema: {error}. Please report this.");
        Diagnostic::error("Provider Bug", detail)
    })?;
    Ok(proto::DynamicValue { msgpack: bytes, json: Vec::new() })
}

/// A schema with this block.
pub fn schema(block: &Block) -> proto::Schema {
    proto::Schema { version: 0, block: Some(self::block(block)) }
}

fn block(block: &Block) -> proto::schema::Block {
    proto::schema::Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested).collect(),
        description: block.description.to_string(),
        description_kind: proto::StringKind::Markdown.into(),
        deprecated: block.deprecated.is_some(),
        deprecation_message: block.deprecated.as_deref().unwrap_or_default().to_owned(),
        ..Default::default()
    }
}

fn nested(nested: &NestedBlock) -> proto::schema::NestedBlock {
    let nesting = match nested.nesting {
        BlockNesting::Single => nested_block::NestingMode::Single,
        BlockNesting::List => nested_block::NestingMode::List,
        BlockNesting::Set => nested_block::NestingMode::Set,
        BlockNesting::Map => nested_block::NestingMode::Map,
        BlockNesting::Group => nested_block::NestingMode::Group,
    };
    proto::schema::NestedBlock {
        type_name: nested.name.to_string(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items: i64::from(nested.min),
        max_items: i64::from(nested.max),
    }
}

fn attribute(attribute: &Attribute) -> proto::schema::Attribute {
    let (ty, nested_type) = match &attribute.kind {
        AttributeType::Plain(ty) => (ty.to_json(), None),
        AttributeType::Nested { nesting, attributes } => {
            let nesting = match nesting {
                Nesting::Single => object::NestingMode::Single,
                Nesting::List => object::NestingMode::List,
                Nesting::Set => object::NestingMode::Set,
                Nesting::Map => object::NestingMode::Map,
            };
            let attributes = attributes.iter().map(self::attribute).collect();
            (Vec::new(), Some(proto::schema::Object { attributes, nesting: nesting.into(), ..Default::default() }))
        }
    };
    proto::schema::Attribute {
        name: attribute.name.to_string(),
        r#type: ty,
        nested_type,
        description: attribute.description.to_string(),
        description_kind: proto::StringKind::Markdown.into(),
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed),
        sensitive: attribute.sensitive,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.as_deref().unwrap_or_default().to_owned(),
        ..Default::default()
    }
}

/// A function's definition.
pub fn function(definition: &Definition) -> proto::Function {
    proto::Function {
        parameters: definition.parameters.iter().map(parameter).collect(),
        variadic_parameter: definition.variadic.as_ref().map(parameter),
        r#return: Some(proto::function::Return { r#type: definition.returns.to_json() }),
        summary: definition.summary.to_string(),
        description: definition.description.to_string(),
        description_kind: proto::StringKind::Markdown.into(),
        deprecation_message: definition.deprecated.as_deref().unwrap_or_default().to_owned(),
    }
}

fn parameter(parameter: &Parameter) -> proto::function::Parameter {
    proto::function::Parameter {
        name: parameter.name.to_string(),
        r#type: parameter.ty.to_json(),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.to_string(),
        description_kind: proto::StringKind::Markdown.into(),
    }
}

/// A function's error.
pub fn function_error(error: FunctionError) -> proto::FunctionError {
    let argument = error.argument.and_then(|index| i64::try_from(index).ok());
    proto::FunctionError { text: error.text, function_argument: argument }
}

/// The messages of diagnostics.
pub fn diagnostics(diagnostics: impl Into<Diagnostics>) -> Vec<proto::Diagnostic> {
    diagnostics.into().into_iter().map(diagnostic).collect()
}

fn diagnostic(diagnostic: Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: diagnostic.attribute.as_ref().and_then(path),
    }
}

/// An empty path is left out: Terraform then points at the block.
fn path(path: &Path) -> Option<proto::AttributePath> {
    let steps: Vec<ProtoStep> = path
        .steps()
        .iter()
        .map(|step| {
            let selector = match step {
                Step::Attribute(name) => Selector::AttributeName(name.to_string()),
                Step::Key(key) => Selector::ElementKeyString(key.to_string()),
                Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
            };
            ProtoStep { selector: Some(selector) }
        })
        .collect();
    (!steps.is_empty()).then_some(proto::AttributePath { steps })
}
