//! `fake-aws`: the AWS stand-in as a program.

use clap::Parser;
use fake_aws::{FakeAws, SCENARIOS};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// A scriptable Amazon ECS, ELBv2, CodeDeploy, ECR and STS on 127.0.0.1
///
/// Prints its URL as one line and serves until it is ended. Nothing is kept.
#[derive(Parser)]
#[command(version, after_help = after_help())]
struct Arguments {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 4599)]
    port: u16,
    /// What the account holds at the start
    #[arg(long, default_value = "codedeploy", value_parser = SCENARIOS.map(|(name, _)| name))]
    scenario: String,
    /// A JSON file with the account instead: {"eu-west-1": {"clusters": {...}, ...}}
    #[arg(long, conflicts_with = "scenario")]
    state: Option<PathBuf>,
    /// Throttle as AWS does, with the published token buckets
    #[arg(long)]
    meter: bool,
    /// End when stdin closes, so that no process is left behind
    #[arg(long)]
    watch_stdin: bool,
}

fn after_help() -> String {
    let scenarios = SCENARIOS.map(|(name, text)| format!("  {name:<12}{text}")).join("\n");
    format!(
        "Scenarios (region eu-west-1, cluster shop, service web):\n{scenarios}\n\n\
         Calls, with any AWS client:\n  \
         aws ecs describe-services --cluster shop --services web --region eu-west-1 --endpoint-url http://127.0.0.1:4599\n\n\
         Steps of a deployment, one at a time:\n  \
         curl -X POST http://127.0.0.1:4599/_fake/step/start\n  \
         curl -X POST 'http://127.0.0.1:4599/_fake/step/shift?percent=10'\n  \
         … complete, finish; or rollback, rolled-back; or fail\n\n\
         The same for a service that Terraform made, in the scenario empty:\n  \
         curl -X POST http://127.0.0.1:4599/_fake/built/shop/web\n\n\
         States by name, and a history one move at a time, with the truth beside it:\n  \
         curl http://127.0.0.1:4599/_fake/states     curl -X POST http://127.0.0.1:4599/_fake/state/w1\n  \
         curl -X POST 'http://127.0.0.1:4599/_fake/history/canary?hooks=pause&breaker=stop'\n  \
         curl http://127.0.0.1:4599/_fake/moves      curl -X POST http://127.0.0.1:4599/_fake/move/update\n  \
         curl http://127.0.0.1:4599/_fake/truth\n\n\
         Faults (throttle, internal_error, unavailable, drop, stall, truncate, html, access_denied, expired_token,\n\
         {{\"latency\": MILLISECONDS}}), so many times or for ever:\n  \
         curl -d '{{\"operation\": \"ecs:DescribeServices\", \"fault\": \"throttle\", \"times\": 2}}' \
         http://127.0.0.1:4599/_fake/faults\n\n\
         What was called:\n  \
         curl http://127.0.0.1:4599/_fake/calls      and forget it: curl -X POST http://127.0.0.1:4599/_fake/reset"
    )
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "fake-aws: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let fake = FakeAws::on_port(arguments.port)
        .map_err(|error| format!("cannot listen on port {}: {error}; --port 0 takes a free one", arguments.port))?;
    match &arguments.state {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            fake.load(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        None => {
            fake.scenario(&arguments.scenario);
        }
    }
    if arguments.meter {
        fake.meter();
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", fake.endpoint()).and_then(|()| stdout.flush()).map_err(|error| error.to_string())?;
    if arguments.watch_stdin {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    } else {
        fake.join();
    }
    Ok(())
}
