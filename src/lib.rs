//! ecslive tells Terraform what is live in Amazon ECS. This is the map of the crate; ARCHITECTURE.md is the tour.
//!
//! In reading order: what the provider offers, what it decides, where the facts come from, how it talks to Terraform.

pub mod aws;
pub mod cli;
pub mod data_sources;
pub mod framework;
pub mod functions;
pub mod guard;
pub mod live;
pub mod panics;
pub mod plugin;
pub mod provider;
pub mod resolve;
pub mod tf;
