//! How long `ecslive guard` reads a plan of 100 MB, and how much memory that takes: at most 1.5 s and 64 MB.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and ends when it cannot go on")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const SIZE: usize = 100 * 1024 * 1024;

fn main() {
    if let Some(path) = std::env::args().nth(1).filter(|argument| argument.ends_with(".json")) {
        return read(Path::new(&path));
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plan-100-mb.json");
    write(&path).expect("a plan");
    let own = std::env::current_exe().expect("this program");
    for _ in 0..3 {
        let status = Command::new(&own).arg(&path).status().expect("this program starts");
        assert!(status.success());
    }
    let start = Instant::now();
    match Command::new("jq").args(["-r", "[.resource_changes[].type] | length"]).arg(&path).output() {
        Ok(_) => println!("jq, the same file          {:>6} ms", start.elapsed().as_millis()),
        Err(_) => println!("jq is not on this machine"),
    }
}

fn read(path: &Path) {
    let start = Instant::now();
    let plan = ecslive::guard::plan::read(File::open(path).expect("the plan")).expect("a plan");
    let elapsed = start.elapsed().as_millis();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?").trim().to_owned();
    println!(
        "plan::read, 100 MB         {elapsed:>6} ms   peak {peak}   {} resources, {} kept",
        plan.resources,
        plan.changes.len()
    );
}

/// A plan in which one resource in fifty is one that rules look at, each with 20 kB of values, half of them in
/// `planned_values` and `prior_state`.
fn write(path: &Path) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let values: String =
        (0..100).map(|key| format!("\"key_{key}\":{{\"name\":\"value {key} \\\"x\\\"\",\"n\":{key}}},")).collect();
    let values = format!("{{{values}\"arn\":null}}");
    let count = SIZE / (values.len() * 4 + 200);
    let kind = |index: usize| if index.is_multiple_of(50) { "aws_ssm_parameter" } else { "aws_instance" };
    let resource = |index: usize| {
        let kind = kind(index);
        format!(
            "{{\"address\":\"{kind}.x[{index}]\",\"mode\":\"managed\",\"type\":\"{kind}\",\"name\":\"x\",\"values\":{values}}}"
        )
    };
    write!(
        out,
        "{{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",\"planned_values\":{{\"root_module\":{{\"resources\":["
    )?;
    for index in 0..count {
        write!(out, "{}{}", if index > 0 { "," } else { "" }, resource(index))?;
    }
    write!(out, "]}}}},\"resource_changes\":[")?;
    for index in 0..count {
        let (comma, kind) = (if index > 0 { "," } else { "" }, kind(index));
        write!(
            out,
            "{comma}{{\"address\":\"{kind}.x[{index}]\",\"mode\":\"managed\",\"type\":\"{kind}\",\"name\":\"x\",\
             \"change\":{{\"actions\":[\"update\"],\"before\":{values},\"after\":{values},\"after_unknown\":{{}}}}}}"
        )?;
    }
    write!(out, "],\"prior_state\":{{\"format_version\":\"1.0\",\"values\":{{\"root_module\":{{\"resources\":[")?;
    for index in 0..count {
        write!(out, "{}{}", if index > 0 { "," } else { "" }, resource(index))?;
    }
    writeln!(out, "]}}}}}},\"configuration\":{{\"root_module\":{{}}}}}}")?;
    out.flush()
}
