//! Amazon ECS: services, their deployments and revisions, task definitions.

mod listing;
mod revisions;
mod services;
mod task_definition;
mod tasks;

pub(super) use revisions::{deployments, revisions};
pub use services::Found;
pub(super) use services::{FoundService, ServiceGroup, services};
pub(super) use task_definition::{Wanted, task_definitions};
