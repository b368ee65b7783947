//! Durations: as Go and so Terraform write them, and as people read them.

use std::time::Duration;

/// A Go duration: numbers, each with a unit, largest first by custom but not by rule.
///
/// # Errors
/// What is wrong with it, for a message about an argument.
pub fn parse(text: &str) -> Result<Duration, String> {
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

/// A number of seconds in its two largest units, for people.
pub fn span(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units() {
        for (seconds, text) in [(9, "9 s"), (75, "1 min 15 s"), (7_300, "2 h 1 min"), (180_000, "2 d 2 h")] {
            assert_eq!(span(seconds), text);
        }
    }

    #[test]
    fn parses_go_durations() {
        for (text, millis) in [("90s", 90_000), ("1h30m", 5_400_000), ("1.5s", 1500), ("250ms", 250), ("2m1s", 121_000)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in ["", "0s", "10", "s", "-1s", "1d", "1 s", "1..5s", "1e400h", "99999999999999999999999h"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
