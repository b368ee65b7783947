//! Moments in AWS answers.

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
