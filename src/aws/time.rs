//! Moments in AWS answers.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// RFC 3339 of the first moment that is there; the error names the field.
pub(super) fn rfc3339(field: &str, moments: &[Option<&DateTime>]) -> Result<Option<String>, String> {
    let first = moments.iter().find_map(|moment| *moment);
    first.map(|at| at.fmt(Format::DateTime)).transpose().map_err(|error| format!("{field}: {error}"))
}
