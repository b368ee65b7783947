//! Everything that needs no terraform: the rules of the house, the pages, the plugin from outside.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

#[path = "../support/host.rs"]
mod host;
#[path = "../support/reads.rs"]
#[cfg(target_os = "linux")]
mod reads;

mod architecture;
mod conformance;
mod contract;
mod cycles;
mod dependencies;
mod docs;
#[expect(clippy::print_stdout, reason = "says what each fault ended in")]
mod fault_matrix;
#[cfg(target_os = "linux")]
mod front_ends;
mod fuzz;
mod guard;
mod guides;
#[expect(clippy::print_stdout, reason = "says how many histories were walked")]
mod histories;
#[cfg(target_os = "linux")]
mod hostile;
mod permissions;
mod plugin;
mod protocol;
#[cfg(target_os = "linux")]
mod secrets;
mod settings;
mod wire;
mod words;
mod workflows;
