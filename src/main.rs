//! `terraform-provider-ecslive`: the plugin that Terraform starts.

use ecslive::framework::Server;
use ecslive::framework::proto::provider_server::ProviderServer;
use ecslive::plugin::{self, MAX_MESSAGE_BYTES, Plugin, Routes};
use ecslive::provider::Ecslive;
use std::process::ExitCode;

const PLUGIN: Plugin = Plugin {
    name: "ecslive",
    address: "ecslive/ecslive",
    version: env!("CARGO_PKG_VERSION"),
    protocol: 6,
    documentation: "README.md and docs/ of the source",
};

fn main() -> ExitCode {
    plugin::run(PLUGIN, || {
        let server = ProviderServer::new(Server::<Ecslive>::default());
        Routes::new(server.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES))
    })
}
