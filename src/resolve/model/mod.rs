//! The facts that decisions are made of: what AWS said, in plain data.
//!
//! Filled by `aws`, read by the questions beside this folder. No defaults are invented here: what AWS left out is `None`,
//! and a value this version does not know keeps its text, so that it can be refused by name.

mod deployment;
mod moment;
mod route;
mod service;
mod task_definition;

pub use deployment::*;
pub use moment::Moment;
pub use route::*;
pub use service::*;
pub use task_definition::*;

/// Gives an enum AWS's names for its values; any other text becomes `Unknown`.
macro_rules! aws_names {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// The value under AWS's name for it; any other text becomes `Unknown`.
            pub fn from_aws(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }

            /// AWS's name for the value.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown(name) => name,
                }
            }
        }
    };
}
use aws_names;
