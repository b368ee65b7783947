//! The real terraform (or tofu) with the real plugin against fake-aws: what a user sees, and what AWS was asked.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod any_endpoint;
mod demo;
mod deployment;
mod faults;
mod first_apply;
mod host;
mod image;
mod load_balancers;
mod provider;
mod scale;
mod scenarios;
mod service;
mod services;
mod stage;
mod task_definition;
mod traffic_shift;
