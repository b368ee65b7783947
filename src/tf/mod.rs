//! Terraform's vocabulary: types, values, schemas, paths and diagnostics, and how values travel.
//!
//! Follows go-cty, the library that Terraform itself uses, in every rule that shows on the wire. Knows nothing of gRPC,
//! of this provider or of AWS.

pub mod config;
mod diagnostics;
pub mod function;
pub mod json;
pub mod msgpack;
mod number;
mod path;
mod refinements;
pub mod schema;
mod set;
mod ty;
mod typed;
mod value;

pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use refinements::{Bound, Refinements};
pub use ty::{Type, TypeError};
pub use value::{Dynamic, Value, ValueError};

/// How deep values and types may be nested. Terraform stays far below; what is deeper would exhaust the stack.
const MAX_DEPTH: usize = 100;

#[cfg(test)]
mod tests;
