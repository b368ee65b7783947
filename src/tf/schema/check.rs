//! The rules that a schema must keep. Terraform refuses the whole provider, or crashes, when one does not.

use super::{Attribute, AttributeType, Block, BlockNesting, Mode, NestedBlock, Nesting};
use std::collections::BTreeSet;

/// Names that a `data` block gives another meaning.
pub const RESERVED_IN_DATA_SOURCES: &[&str] =
    &["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

/// Names that a `provider` block gives another meaning.
pub const RESERVED_IN_PROVIDERS: &[&str] = &["alias", "version"];

/// Whether a name is one of lower-case letters, digits and underscores that does not start with a digit.
pub fn is_name(name: &str) -> bool {
    let start = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    start && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

impl Block {
    /// Checks all rules that Terraform has for schemas. `reserved` are the names that cannot be used at the root.
    ///
    /// # Errors
    /// Everything that is wrong, each with the place where.
    pub fn check(&self, reserved: &[&str]) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        for name in self.names().filter(|name| reserved.contains(name)) {
            problems.push(format!("{name}: the name is reserved by Terraform"));
        }
        self.check_at("", &mut problems);
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let blocks = self.blocks.iter().map(|nested| nested.name);
        self.attributes.iter().map(|attribute| attribute.name).chain(blocks)
    }

    fn check_at(&self, place: &str, problems: &mut Vec<String>) {
        check_names(self.names(), place, problems);
        check_message(self.deprecated.as_deref(), place.trim_end_matches('.'), problems);
        for attribute in &self.attributes {
            attribute.check_at(place, problems);
        }
        for nested in &self.blocks {
            nested.check_at(place, problems);
        }
    }
}

impl Attribute {
    fn check_at(&self, place: &str, problems: &mut Vec<String>) {
        let place = format!("{place}{}", self.name);
        check_message(self.deprecated.as_deref(), &place, problems);
        let AttributeType::Nested { nesting, attributes } = &self.kind else { return };
        if attributes.is_empty() {
            problems.push(format!("{place}: a nested attribute needs attributes"));
        }
        if *nesting == Nesting::Set && attributes.iter().any(|attribute| attribute.ty().has_dynamic()) {
            problems.push(format!("{place}: a set of objects must not hold a value of an open type"));
        }
        let place = format!("{place}.");
        check_names(attributes.iter().map(|attribute| attribute.name), &place, problems);
        for attribute in attributes {
            if self.mode == Mode::Computed && attribute.mode != Mode::Computed {
                problems.push(format!("{place}{}: must be computed, as what it is part of", attribute.name));
            }
            attribute.check_at(&place, problems);
        }
    }
}

impl NestedBlock {
    fn check_at(&self, place: &str, problems: &mut Vec<String>) {
        let place = format!("{place}{}", self.name);
        let (min, max) = (self.min, self.max);
        let fits = match self.nesting {
            BlockNesting::Single => min == max && max <= 1,
            BlockNesting::List | BlockNesting::Set => max == 0 || min <= max,
            BlockNesting::Map | BlockNesting::Group => min == 0 && max == 0,
        };
        if !fits {
            problems.push(format!("{place}: {min} to {max} blocks do not fit nesting {:?}", self.nesting));
        }
        if self.nesting == BlockNesting::Set && self.block.ty().has_dynamic() {
            problems.push(format!("{place}: a set of blocks must not hold a value of an open type"));
        }
        self.block.check_at(&format!("{place}."), problems);
    }
}

fn check_names(names: impl Iterator<Item = &'static str>, place: &str, problems: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !is_name(name) {
            problems.push(format!("{place}{name}: not a name of lower-case letters, digits and underscores"));
        }
        if !seen.insert(name) {
            problems.push(format!("{place}{name}: there are two of this name"));
        }
    }
}

fn check_message(deprecated: Option<&str>, place: &str, problems: &mut Vec<String>) {
    if deprecated.is_some_and(|message| message.trim().is_empty()) {
        problems.push(format!("{place}: a deprecation needs a message"));
    }
}
