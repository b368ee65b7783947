//! The domain: pure decisions over plain facts. No IO, no clock, no SDK, no Terraform.
//!
//! `model` holds the facts; every other file answers one question, and either answers it or refuses with reasons.

pub mod arn;
pub mod container_definitions;
pub mod deployment;
pub mod duration;
pub mod ecr;
pub mod image;
pub mod inquiry;
mod kind;
pub mod model;
pub mod name;
mod native;
pub mod next;
pub mod progress;
pub mod refusal;
#[cfg(test)]
mod reported;
mod rolling;
pub mod running;
#[cfg(test)]
pub(crate) mod scenes;
pub mod target_group;
pub mod task_definition;
pub mod task_sets;
mod traffic;
pub mod unsettled;
pub mod wording;

pub use refusal::Refusal;
