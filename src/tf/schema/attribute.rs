//! Attributes: named values of a block.

use crate::tf::Type;
use std::borrow::Cow;

/// A named value of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name in the configuration.
    pub name: &'static str,
    /// What it holds.
    pub kind: AttributeType,
    /// Who sets it.
    pub mode: Mode,
    /// Terraform hides the value in its output.
    pub sensitive: bool,
    /// Markdown.
    pub description: Cow<'static, str>,
    /// What to use instead, for an attribute that should no longer be used.
    pub deprecated: Option<Cow<'static, str>>,
}

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeType {
    /// A value of a type.
    Plain(Type),
    /// One object or a collection of objects whose attributes are described one by one.
    Nested {
        /// One object or which collection.
        nesting: Nesting,
        /// The attributes of each object.
        attributes: Vec<Attribute>,
    },
}

/// How the objects of a nested attribute are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects.
    Map,
}

/// Who sets an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The user must.
    Required,
    /// The user may.
    Optional,
    /// The user may, else the provider does.
    OptionalComputed,
    /// The provider does.
    Computed,
}

impl Attribute {
    /// An attribute of a type; optional until told otherwise.
    pub fn of(name: &'static str, ty: Type) -> Self {
        Self::new(name, AttributeType::Plain(ty))
    }

    fn new(name: &'static str, kind: AttributeType) -> Self {
        let description = Cow::Borrowed("");
        Self { name, kind, mode: Mode::Optional, sensitive: false, description, deprecated: None }
    }

    fn nested(name: &'static str, nesting: Nesting, attributes: Vec<Attribute>) -> Self {
        Self::new(name, AttributeType::Nested { nesting, attributes })
    }

    /// A text.
    pub fn string(name: &'static str) -> Self {
        Self::of(name, Type::String)
    }

    /// A number.
    pub fn number(name: &'static str) -> Self {
        Self::of(name, Type::Number)
    }

    /// True or false.
    pub fn bool(name: &'static str) -> Self {
        Self::of(name, Type::Bool)
    }

    /// A list of elements of one type.
    pub fn list(name: &'static str, element: Type) -> Self {
        Self::of(name, Type::list(element))
    }

    /// A set of elements of one type.
    pub fn set(name: &'static str, element: Type) -> Self {
        Self::of(name, Type::set(element))
    }

    /// A map of elements of one type.
    pub fn map(name: &'static str, element: Type) -> Self {
        Self::of(name, Type::map(element))
    }

    /// One object with these attributes.
    pub fn nested_single(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::nested(name, Nesting::Single, attributes)
    }

    /// A list of objects with these attributes.
    pub fn nested_list(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::nested(name, Nesting::List, attributes)
    }

    /// A set of objects with these attributes.
    pub fn nested_set(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::nested(name, Nesting::Set, attributes)
    }

    /// A map of objects with these attributes.
    pub fn nested_map(name: &'static str, attributes: Vec<Attribute>) -> Self {
        Self::nested(name, Nesting::Map, attributes)
    }

    /// The same, to be set by the user.
    #[must_use]
    pub fn required(self) -> Self {
        Self { mode: Mode::Required, ..self }
    }

    /// The same, to be set or left out.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { mode: Mode::Optional, ..self }
    }

    /// The same, to be set by the user or else by the provider.
    #[must_use]
    pub fn optional_computed(self) -> Self {
        Self { mode: Mode::OptionalComputed, ..self }
    }

    /// The same, set by the provider.
    #[must_use]
    pub fn computed(self) -> Self {
        Self { mode: Mode::Computed, ..self }
    }

    /// The same, hidden in Terraform's output.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// The same with a text in Markdown.
    #[must_use]
    pub fn describe(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// The same, to be used no longer.
    #[must_use]
    pub fn deprecate(self, instead: impl Into<Cow<'static, str>>) -> Self {
        Self { deprecated: Some(instead.into()), ..self }
    }

    /// The same without nested attributes: their names stay part of the type.
    #[must_use]
    pub fn flat(self) -> Self {
        Self { kind: AttributeType::Plain(self.ty()), ..self }
    }

    /// The type of the values.
    pub fn ty(&self) -> Type {
        let (nesting, attributes) = match &self.kind {
            AttributeType::Plain(ty) => return ty.clone(),
            AttributeType::Nested { nesting, attributes } => (nesting, attributes),
        };
        let object = Type::object(attributes.iter().map(|attribute| (attribute.name, attribute.ty())));
        match nesting {
            Nesting::Single => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}
