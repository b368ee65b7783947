//! Values in MessagePack, as Terraform sends and expects them.
//!
//! The type decides what bytes mean: an array alone could be a list, a set, a tuple, or a value with its type.

mod decode;
mod encode;
mod reader;
mod unknown;

pub use decode::decode;
pub use encode::encode;

#[cfg(test)]
mod tests;
