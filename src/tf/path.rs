//! Where in a value something is. Knows nothing of values or schemas.

use std::fmt;

/// Steps from the root of a value to a place in it. No steps at all mean the whole value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into an attribute or block of an object.
    Attribute(String),
    /// Into an element of a map.
    Key(String),
    /// Into an element of a list or tuple. Elements of sets have no address.
    Index(usize),
}

impl Step {
    /// The step to an attribute, or to an element of a map.
    pub(super) fn named(attribute: bool, name: &str) -> Self {
        if attribute { Self::Attribute(name.to_owned()) } else { Self::Key(name.to_owned()) }
    }
}

impl Path {
    /// The whole value.
    pub fn root() -> Self {
        Self::default()
    }

    /// An attribute or block at the root.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self::root().nested(name)
    }

    /// An attribute or block of the object that is here.
    #[must_use]
    pub fn nested(self, name: impl Into<String>) -> Self {
        self.then(Step::Attribute(name.into()))
    }

    /// An element of the map that is here.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.then(Step::Key(key.into()))
    }

    /// An element of the list or tuple that is here, counted from 0.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// The same with one more step at the end.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// The same place seen from `outer`, the path of the value that this path starts in.
    #[must_use]
    pub fn within(self, outer: &Path) -> Self {
        Self(outer.0.iter().cloned().chain(self.0).collect())
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl From<Step> for Path {
    fn from(step: Step) -> Self {
        Self(vec![step])
    }
}

impl From<&str> for Path {
    fn from(name: &str) -> Self {
        Self::attribute(name)
    }
}

impl fmt::Display for Path {
    /// As one would write it in a configuration: `a.b[0]["x"]`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_an_expression() {
        let path = Path::attribute("a").nested("b").index(0).key("x");
        assert_eq!(path.to_string(), r#"a.b[0]["x"]"#);
        assert_eq!(Path::root().to_string(), "");
    }

    #[test]
    fn moves_into_an_outer_value() {
        let outer = Path::attribute("a").index(1);
        assert_eq!(Path::attribute("b").within(&outer), Path::attribute("a").index(1).nested("b"));
    }
}
