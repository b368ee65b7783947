//! The provider-defined functions, one file each: pure, offline, the same answer for the same arguments.

mod forward_weights;
mod newest_task_definition;

use crate::framework::AnyFunction;

/// All functions, in the order of the documentation.
pub fn all() -> Vec<Box<dyn AnyFunction>> {
    vec![Box::new(newest_task_definition::NewestTaskDefinition), Box::new(forward_weights::ForwardWeights)]
}
