//! Schemas: the arguments and results of a provider or data source, with the texts of its documentation.

mod attribute;
mod check;
mod nested_block;

pub use attribute::{Attribute, AttributeType, Mode, Nesting};
pub use check::{RESERVED_IN_DATA_SOURCES, RESERVED_IN_PROVIDERS, is_name};
pub use nested_block::{BlockNesting, NestedBlock};

use super::{Path, Step, Type};
use std::borrow::Cow;

/// Attributes and nested blocks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// Set with `name = value`.
    pub attributes: Vec<Attribute>,
    /// Set with `name { … }`.
    pub blocks: Vec<NestedBlock>,
    /// Markdown.
    pub description: Cow<'static, str>,
    /// What to use instead, for a block that should no longer be used.
    pub deprecated: Option<Cow<'static, str>>,
}

impl Block {
    /// A block with these attributes.
    pub fn new(attributes: Vec<Attribute>) -> Self {
        Self { attributes, ..Self::default() }
    }

    /// The same with a text in Markdown.
    #[must_use]
    pub fn describe(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// The same with one more nested block.
    #[must_use]
    pub fn with_block(mut self, block: NestedBlock) -> Self {
        self.blocks.push(block);
        self
    }

    /// The same, to be used no longer.
    #[must_use]
    pub fn deprecate(self, instead: impl Into<Cow<'static, str>>) -> Self {
        Self { deprecated: Some(instead.into()), ..self }
    }

    /// The type of the values of the block: an object of all attributes and nested blocks.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name, attribute.ty()));
        let blocks = self.blocks.iter().map(|nested| (nested.name, nested.ty()));
        Type::object(attributes.chain(blocks))
    }

    /// The attribute at a path, at any depth; elements of collections do not matter.
    pub fn attribute(&self, path: &Path) -> Option<&Attribute> {
        let mut names = path.steps().iter().filter_map(|step| match step {
            Step::Attribute(name) => Some(name.as_str()),
            Step::Key(_) | Step::Index(_) => None,
        });
        let mut block = self;
        let mut name = names.next()?;
        while let Some(nested) = block.blocks.iter().find(|nested| nested.name == name) {
            block = &nested.block;
            name = names.next()?;
        }
        let mut found = block.attributes.iter().find(|attribute| attribute.name == name)?;
        for name in names {
            let AttributeType::Nested { attributes, .. } = &found.kind else { return None };
            found = attributes.iter().find(|attribute| attribute.name == name)?;
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests;
