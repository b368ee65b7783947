//! How calls are made: who shares them, who waits for whom, and what they cost.
//!
//! Knows no service of AWS.

mod batch;
mod company;
mod limit;
mod shared;
mod watch;

pub(in crate::aws) use batch::{Answers, Batch, Calls, Outcome};
pub(in crate::aws) use company::{Company, Presence};
pub(in crate::aws) use limit::Limits;
pub(in crate::aws) use shared::Shared;
pub use shared::Since;
pub(in crate::aws) use watch::Watch;

#[cfg(test)]
mod pace;
