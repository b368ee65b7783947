//! What a provider is made of: traits for its authors, and the gRPC service that Terraform talks to.
//!
//! Knows Terraform's protocol; knows nothing of AWS or of this provider.

mod convert;
mod data_source;
mod function;
mod provider;
mod server;
mod stop;
mod told;

pub use convert::{message, schema as schema_message, value};
pub use data_source::{AnyDataSource, Attributes, DataSource};
pub use function::{AnyFunction, Arguments, Function};
pub use provider::Provider;
pub use server::Server;
pub use stop::stopped;

/// Messages and services of `proto/tfplugin6.proto`.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/tfplugin6.rs"));
}
