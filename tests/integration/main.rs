//! Everything that needs no terraform: the rules of the house, the pages, the plugin from outside.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

#[path = "../support/host.rs"]
mod host;

mod architecture;
mod conformance;
mod contract;
mod cycles;
mod dependencies;
mod docs;
mod guard;
#[expect(clippy::print_stdout, reason = "says how many histories were walked")]
mod histories;
mod permissions;
mod plugin;
mod protocol;
mod wire;
mod words;
