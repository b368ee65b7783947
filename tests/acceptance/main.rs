//! The real terraform (or tofu) with the real plugin against fake-aws: what a user sees, and what AWS was asked.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod accounts;
mod any_endpoint;
mod assume_role;
mod cli;
mod copied;
mod credentials;
mod demo;
mod deployment;
mod dns;
mod early;
mod examples;
mod faults;
mod first_apply;
mod functions;
mod guard;
mod guides;
mod host;
mod image;
mod install;
mod instance;
mod lives;
mod load_balancers;
mod modules;
mod network;
#[cfg(unix)]
mod pictures;
mod provider;
mod proxy;
mod real_aws;
mod reported;
mod scale;
mod scenarios;
mod secrets;
mod service;
mod services;
mod stage;
mod task_definition;
mod tls;
mod traffic_shift;
mod watch;
