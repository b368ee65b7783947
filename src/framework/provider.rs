//! A provider: its configuration, its data sources, its functions.

use super::{AnyDataSource, AnyFunction};
use crate::tf::Diagnostics;
use crate::tf::config::Fields;
use crate::tf::schema::Block;

/// A provider.
pub trait Provider: Send + Sync + 'static {
    /// What data sources read with.
    type Clients: Send + Sync + 'static;

    /// The configuration with known, null and unknown values told apart.
    type Config: Send;

    /// The prefix of all type names.
    const NAME: &'static str;

    /// The provider block, with the texts of the documentation.
    fn schema() -> Block;

    /// Takes the configuration apart. Every value that cannot be used is recorded with its path.
    fn config(fields: &mut Fields) -> Self::Config;

    /// What is wrong between arguments that are each right. Runs offline; unknown values are not wrong.
    fn validate(config: &Self::Config) -> Diagnostics;

    /// Arguments that change nothing, so that nobody has to wait until they are known.
    fn without_effect() -> &'static [&'static str] {
        &[]
    }

    /// The clients for a configuration without unknown values. No network: credentials wait for the first read. Files
    /// that the configuration names are looked at here rather than in `validate`, which may run on another machine.
    ///
    /// # Errors
    /// Diagnostics on the arguments that cannot be used.
    fn configure(config: Self::Config) -> Result<Self::Clients, Diagnostics>;

    /// All data sources, in the order of the documentation.
    fn data_sources() -> Vec<Box<dyn AnyDataSource<Self::Clients>>>;

    /// All functions, in the order of the documentation.
    fn functions() -> Vec<Box<dyn AnyFunction>>;
}
