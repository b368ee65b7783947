//! The `timeouts` block: how long a read may take.

use super::lookup::Scope;
use crate::aws::Progress;
use crate::framework::stopped;
use crate::tf::Diagnostics;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, NestedBlock};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

/// How long a read may take when nobody says otherwise.
const DEFAULT: Duration = Duration::from_secs(10 * 60);

/// The block of the schema.
pub fn block() -> NestedBlock {
    let read = Attribute::string("read").optional().describe(
        "How long a read may take, waiting included, as a duration like `30s`, `10m` or `1h30m`. Defaults to `10m`.",
    );
    NestedBlock::single("timeouts", vec![read])
}

/// `timeouts.read`.
pub fn read(fields: &mut Fields) -> Arg<Duration> {
    match fields.nested("timeouts") {
        Arg::Known(mut block) => {
            let read = block.parse("read", duration);
            fields.absorb(block);
            read
        }
        Arg::Null => Arg::Null,
        Arg::Unknown => Arg::Unknown,
    }
}

/// How long a read may take.
pub fn limit(given: Option<Duration>) -> Duration {
    given.unwrap_or(DEFAULT)
}

/// Runs a read within its time, and until Terraform asks to stop. Whichever ends it, the message says what was being
/// waited for.
pub async fn within<T>(scope: &Scope, read: impl Future<Output = Result<T, Diagnostics>>) -> Result<T, Diagnostics> {
    let limit = limit(scope.timeout);
    let progress = Progress::until(Instant::now() + limit);
    let ended = |summary: &str, detail: &str| {
        let subject = scope.subject.clone().with_all(progress.facts());
        Err(subject.diagnostic(summary, detail).into())
    };
    // Held here, because what a read waits for is forgotten when it goes.
    let mut read = pin!(progress.of(read));
    tokio::select! {
        biased;
        result = &mut read => result,
        () = stopped() => {
            let detail = "Terraform asked to stop before the answer was there, so nothing is known. Plan again.";
            ended("Read Cancelled", detail)
        }
        () = tokio::time::sleep(limit) => {
            let detail = format!(
                "The answer was not there within {limit:?}. If the last cause says what is wrong, correct that; \
                 otherwise plan again, or allow more time:\n\n  timeouts {{\n    read = \"30m\"\n  }}"
            );
            ended("Read Timed Out", &detail)
        }
    }
}

/// A Go duration: numbers, each with a unit, largest first by custom but not by rule.
///
/// # Errors
/// What is wrong with it, for a message about an argument.
pub fn duration(text: &str) -> Result<Duration, String> {
    let bad =
        || format!("{text:?} is not a duration: write numbers with units h, m, s or ms, like \"90s\" or \"1h30m\"");
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(bad()),
        };
        let number: f64 = number.parse().map_err(|_| bad())?;
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| bad())?;
        total = total.checked_add(part).ok_or_else(bad)?;
        rest = tail;
    }
    if total.is_zero() { Err(bad()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_go_durations() {
        for (text, millis) in [("90s", 90_000), ("1h30m", 5_400_000), ("1.5s", 1500), ("250ms", 250), ("2m1s", 121_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in ["", "0s", "10", "s", "-1s", "1d", "1 s", "1..5s", "1e400h", "99999999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
