//! `-debug`: a plugin that a person starts, and that hosts find through `TF_REATTACH_PROVIDERS`.

use std::io::{self, Write};
use std::process;

use serde_json::json;

use super::Plugin;
use super::listener::Address;

/// Tells the person how to point a host here, on stdout.
pub fn announce(plugin: &Plugin, address: &Address) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(announcement(plugin, address).as_bytes())?;
    stdout.flush()
}

/// Without `Test` a host would end this process after its first run, and Terraform would take the protocol for 5.
fn announcement(plugin: &Plugin, address: &Address) -> String {
    let Plugin { name, version, protocol, .. } = plugin;
    let reattach = json!({
        plugin.address: {
            "Protocol": "grpc",
            "ProtocolVersion": protocol,
            "Pid": process::id(),
            "Test": true,
            "Addr": { "Network": address.network(), "String": address.to_string() },
        }
    });
    format!(
        "terraform-provider-{name} {version} is waiting. In another shell:

  export TF_REATTACH_PROVIDERS='{reattach}'

and then run plan, apply or test as usual, with Terraform or OpenTofu. Ctrl-C here ends it.
"
    )
}
