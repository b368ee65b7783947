//! A Terraform provider with the two resources of hashicorp/aws that the demo and the acceptance tests need:
//! `aws_lb_listener_rule` and `aws_ecs_service`, with the same arguments and the same habits (they read what is there, and
//! write only what differs). It stands in where the real one cannot be fetched. Test equipment, not a product.
//!
//! It is also the proof that managed resources can be served on this runtime.

mod resource;
mod rule;
mod server;
mod service;
mod value;

use ecslive::framework::proto::provider_server::ProviderServer;
use ecslive::plugin::{self, Plugin};
use std::process::ExitCode;

const PLUGIN: Plugin = Plugin {
    name: "aws-standin",
    address: "ecslive/aws-standin",
    version: env!("CARGO_PKG_VERSION"),
    protocol: 6,
    documentation: "tests/standin",
};

fn main() -> ExitCode {
    plugin::run(PLUGIN, || tonic::service::Routes::new(ProviderServer::new(server::Standin::default())))
}
