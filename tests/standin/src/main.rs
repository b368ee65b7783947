//! A Terraform provider with the one resource of hashicorp/aws that the demo and the acceptance tests need:
//! `aws_lb_listener_rule`, with the same arguments and the same habits (it reads the weights that are there, and writes
//! the action only when it differs). It stands in where the real one cannot be fetched. Test equipment, not a product.
//!
//! It is also the proof that managed resources can be served on this runtime.

mod rule;
mod server;

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
