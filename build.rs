//! Turns `proto/` into Rust, with no `protoc` needed.
//!
//! The compiled descriptors stay next to the code as `wire.bin`; a test holds them against `tests/fixtures/wire.tsv`.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use protox::prost::Message;

const PROTOS: [&str; 5] =
    ["tfplugin6.proto", "grpc_controller.proto", "grpc_broker.proto", "grpc_stdio.proto", "grpc_health.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(PROTOS, ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("wire.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().build_client(false).generate_default_stubs(true).compile_fds(descriptors)?;
    Ok(())
}
