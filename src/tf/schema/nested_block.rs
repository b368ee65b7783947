//! Blocks in blocks.

use super::{Attribute, Block};
use crate::tf::Type;
use std::borrow::Cow;

/// A block in a block.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedBlock {
    /// The name in the configuration.
    pub name: &'static str,
    /// One block or which collection.
    pub nesting: BlockNesting,
    /// What is in each.
    pub block: Block,
    /// The fewest allowed; 0 or 1 for a single block.
    pub min: u32,
    /// The most allowed; 0 is no limit.
    pub max: u32,
}

/// How nested blocks are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockNesting {
    /// At most one block; null when absent.
    Single,
    /// Blocks in order.
    List,
    /// Blocks without order.
    Set,
    /// Blocks by label.
    Map,
    /// At most one block; an object of nulls when absent.
    Group,
}

impl NestedBlock {
    fn new(name: &'static str, nesting: BlockNesting, attributes: Vec<Attribute>) -> Self {
        Self { name, nesting, block: Block::new(attributes), min: 0, max: 0 }
    }

    /// At most one block; null when absent.
    pub fn single(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::new(name, BlockNesting::Single, attributes)
    }

    /// Blocks in order.
    pub fn list(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::new(name, BlockNesting::List, attributes)
    }

    /// Blocks without order.
    pub fn set(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::new(name, BlockNesting::Set, attributes)
    }

    /// Blocks by label.
    pub fn map(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::new(name, BlockNesting::Map, attributes)
    }

    /// At most one block; an object of nulls when absent.
    pub fn group(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::new(name, BlockNesting::Group, attributes)
    }

    /// The same with a fewest and a most number of blocks; 0 as the most is no limit.
    #[must_use]
    pub fn between(self, min: u32, max: u32) -> Self {
        Self { min, max, ..self }
    }

    /// The same with a text in Markdown.
    #[must_use]
    pub fn describe(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { block: self.block.describe(description), ..self }
    }

    /// The same with one more block nested in each.
    #[must_use]
    pub fn with_block(self, block: NestedBlock) -> Self {
        Self { block: self.block.with_block(block), ..self }
    }

    /// The type of the values. Where a block holds something of an open type, so does a collection of them: Terraform
    /// makes a tuple or an object of it, whose type comes with the value.
    pub fn ty(&self) -> Type {
        let object = self.block.ty();
        match self.nesting {
            BlockNesting::Single | BlockNesting::Group => object,
            BlockNesting::Set => Type::set(object),
            BlockNesting::List | BlockNesting::Map if object.has_dynamic() => Type::Dynamic,
            BlockNesting::List => Type::list(object),
            BlockNesting::Map => Type::map(object),
        }
    }
}
