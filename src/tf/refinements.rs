//! What may be known of an unknown value.

use super::Number;

/// What is known of an unknown value. It is always right to ignore it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refinements {
    /// Will not be null.
    pub not_null: bool,
    /// The text will start with this.
    pub prefix: Option<String>,
    /// The number will not be smaller.
    pub min: Option<Bound>,
    /// The number will not be larger.
    pub max: Option<Bound>,
    /// The collection will have at least this many elements; never 0.
    pub min_length: Option<u64>,
    /// The collection will have at most this many elements.
    pub max_length: Option<u64>,
}

/// The end of a range of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The number at the end of the range.
    pub number: Number,
    /// Whether that number is part of the range.
    pub inclusive: bool,
}

impl Refinements {
    /// True when no value can fit.
    pub(super) fn contradict(&self) -> bool {
        let numbers = match (&self.min, &self.max) {
            (Some(min), Some(max)) if min.inclusive == max.inclusive => min.number > max.number,
            (Some(min), Some(max)) => min.number >= max.number,
            _ => false,
        };
        let lengths = self.max_length.is_some_and(|max| self.min_length.unwrap_or(0) > max);
        numbers || lengths
    }
}
