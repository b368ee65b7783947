//! Turns `proto/` into Rust, with no `protoc` needed, and keeps static programs to themselves.
//!
//! The compiled descriptors stay next to the code as `wire.bin`; a test holds them against `tests/fixtures/wire.tsv`.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use protox::prost::Message;

const PROTOS: [&str; 5] =
    ["tfplugin6.proto", "grpc_controller.proto", "grpc_broker.proto", "grpc_stdio.proto", "grpc_health.proto"];

/// Lets static programs look names up without the system's libraries; says why.
const STATIC_NAMES: &str = "src/static_names.c";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(PROTOS, ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("wire.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().build_client(false).generate_default_stubs(true).compile_fds(descriptors)?;
    static_names()
}

fn static_names() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={STATIC_NAMES}");
    let of_target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_static = of_target("FEATURE").split(',').any(|feature| feature == "crt-static");
    if is_static && of_target("OS") == "linux" && of_target("ENV") == "gnu" {
        for object in cc::Build::new().file(STATIC_NAMES).try_compile_intermediates()? {
            println!("cargo::rustc-link-arg-bins={}", object.display());
        }
    }
    Ok(())
}
