//! A Terraform provider with resources of hashicorp/aws, for what the real one cannot do here: native blue/green needs its
//! version 6. The schemas are the true ones (`schema.json`), so that a wrong name or place of an argument fails.
//! Listener rules, services, target groups and what they stand on are made and read in the AWS of the tests; of everything else
//! the plan is what there is. It stands in for hashicorp/external as well. Test equipment, not a product.
//!
//! It is also the proof that managed resources can be served on this runtime.

mod action;
mod ecs;
mod elbv2;
mod external;
mod fill;
mod replace;
mod resource;
mod schema;
mod server;
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
