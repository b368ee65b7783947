//! Fields of AWS answers, each read or refused by its name.

use crate::resolve::model::Moment;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// RFC 3339 of the first moment that is there; the error names the field.
pub(super) fn rfc3339(field: &str, moments: &[Option<&DateTime>]) -> Result<Option<String>, String> {
    let first = moments.iter().find_map(|moment| *moment);
    first.map(|at| at.fmt(Format::DateTime)).transpose().map_err(|error| format!("{field}: {error}"))
}

/// The first moment that is there; the error names the field.
pub(super) fn moment(field: &str, moments: &[Option<&DateTime>]) -> Result<Option<Moment>, String> {
    let Some(at) = moments.iter().find_map(|moment| *moment) else { return Ok(None) };
    let bad = |error: &dyn std::fmt::Display| format!("{field}: {error}");
    let millis = at.to_millis().map_err(|error| bad(&error))?;
    let text = at.fmt(Format::DateTime).map_err(|error| bad(&error))?;
    Ok(Some(Moment { millis, text }))
}

/// Parses an ARN of an answer; the error says where it stood.
pub(super) fn parse<T, E: std::fmt::Display>(
    field: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, String> {
    parse(text).map_err(|error| format!("{field}: {error}"))
}

/// Percent as a whole number. A share that is neither all nor nothing never becomes one of the two by rounding.
pub(super) fn percent(share: f64) -> Result<u16, String> {
    if !(0.0..=100.0).contains(&share) {
        return Err(format!("a traffic weight of {share} is not within 0 to 100"));
    }
    let whole = if share < 50.0 { share.ceil() } else { share.floor() };
    // In range by the check above.
    Ok(whole as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_all_or_nothing_only_when_it_is() {
        let shares = [0.0, 0.1, 33.3, 50.0, 99.9, 100.0].map(percent);
        assert_eq!(shares, [Ok(0), Ok(1), Ok(34), Ok(50), Ok(99), Ok(100)]);
        for share in [-1.0, 100.5, f64::NAN] {
            assert!(percent(share).is_err(), "{share}");
        }
    }
}
