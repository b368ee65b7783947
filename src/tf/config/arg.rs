//! A value of a configuration that may be null or not known yet.

use crate::tf::{Diagnostic, Path};

/// A value of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arg<T> {
    /// Not known yet. A value that cannot be used counts as unknown too, after it has been recorded.
    Unknown,
    /// Left out.
    Null,
    /// Known.
    Known(T),
}

impl<T> Arg<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown | Self::Null => None,
        }
    }

    /// True when it was left out. What is unknown may yet turn out to be null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// True when it is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The same with a value in place of null.
    #[must_use]
    pub fn or(self, default: T) -> Self {
        match self {
            Self::Null => Self::Known(default),
            Self::Unknown | Self::Known(_) => self,
        }
    }

    /// The same with the known value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Arg<U> {
        match self {
            Self::Unknown => Arg::Unknown,
            Self::Null => Arg::Null,
            Self::Known(value) => Arg::Known(change(value)),
        }
    }

    /// The value, or none for null.
    ///
    /// # Errors
    /// An error on the attribute when it is unknown.
    pub fn optional(self, attribute: impl Into<Path>) -> Result<Option<T>, Diagnostic> {
        match self {
            Self::Known(value) => Ok(Some(value)),
            Self::Null => Ok(None),
            Self::Unknown => {
                let attribute = attribute.into();
                let detail = format!("The value of {attribute} is needed and is not known before apply.");
                Err(Diagnostic::error("Value Not Known", detail).at(attribute))
            }
        }
    }

    /// The value.
    ///
    /// # Errors
    /// An error on the attribute when it is unknown or null.
    pub fn required(self, attribute: impl Into<Path>) -> Result<T, Diagnostic> {
        let attribute = attribute.into();
        self.optional(attribute.clone())?.ok_or_else(|| {
            let detail = format!("The argument {attribute} is required.");
            Diagnostic::error("Missing Argument", detail).at(attribute)
        })
    }
}
