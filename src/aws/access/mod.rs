//! Who asks, and how AWS is reached: settings, credentials and roles, the account, proxies, certificates.

mod account;
mod assume_role;
mod ca;
mod client;
mod credentials;
mod empty;
mod http;
mod metadata;
mod profiles;
mod proxy;
mod sendable;
mod session;
pub mod settings;

pub(in crate::aws) use ca::bundle;
pub(in crate::aws) use client::sdk_client;
pub(in crate::aws) use session::Session;
