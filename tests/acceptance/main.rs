//! The real terraform (or tofu) with the real plugin against fake-aws: what a user sees, and what AWS was asked.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod accounts;
mod assume_role;
mod deployments;
mod faults;
mod first_apply;
mod host;
mod load_balancers;
mod provider;
mod scenarios;
mod service;
mod stage;
mod task_definition;
