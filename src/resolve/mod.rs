//! The domain: pure decisions over plain facts. No IO, no clock, no SDK, no Terraform.
//!
//! `model` holds the facts; every other file answers one question, and either answers it or refuses with reasons.

pub mod arn;
mod claim;
pub mod container_definitions;
pub mod deployment;
pub mod ecr;
pub mod image;
pub mod inquiry;
pub mod model;
pub mod name;
mod native;
pub mod refusal;
pub mod running;
#[cfg(test)]
mod scenes;
pub mod target_group;
pub mod task_definition;
pub mod traffic;

pub use refusal::Refusal;
