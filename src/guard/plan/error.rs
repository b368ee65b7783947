//! Why a document could not be checked. Every case fails closed.

use std::fmt;

/// A document that guard does not judge, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// Title Case, without values.
    pub summary: String,
    /// What happened and what to do.
    pub detail: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.detail)
    }
}

impl std::error::Error for ReadError {}

const SHOW: &str = "Write the document with `terraform show -json FILE` (or `tofu show -json FILE`), where FILE comes from \
                    `terraform plan -out=FILE`.";

impl ReadError {
    fn new(summary: &str, detail: impl Into<String>) -> Self {
        Self { summary: summary.to_owned(), detail: detail.into() }
    }

    pub(super) fn from_io(error: std::io::Error) -> Self {
        Self::new("Plan Not Readable", format!("The plan document could not be read: {error}."))
    }

    pub(super) fn empty() -> Self {
        Self::new(
            "Plan Is Empty",
            format!("The input holds nothing: the command that writes it may have failed. {SHOW}"),
        )
    }

    pub(super) fn binary_plan() -> Self {
        Self::new("Binary Plan File", format!("This is a saved plan, not its JSON form. {SHOW}"))
    }

    pub(super) fn compressed() -> Self {
        Self::new("Compressed File", "The input is compressed with gzip: unpack it first.")
    }

    pub(super) fn json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        if error.is_eof() {
            let detail =
                format!("The document ends in the middle, at line {line}, column {column}: nothing was judged. {SHOW}");
            return Self::new("Plan Is Cut Off", detail);
        }
        if error.is_io() {
            return Self::new("Plan Not Readable", format!("The plan document could not be read: {error}."));
        }
        let detail = format!("The input is not JSON of a plan, at line {line}, column {column}. {SHOW}");
        Self::new("Not A Plan Document", detail)
    }

    pub(super) fn state() -> Self {
        Self::new(
            "Not A Plan But A State",
            format!("The document describes a state: it has no changes to judge. {SHOW}"),
        )
    }

    pub(super) fn event_stream() -> Self {
        let detail =
            format!("This is the log of `terraform plan -json`, one event a line, not a plan document. {SHOW}");
        Self::new("Not A Plan But A Log", detail)
    }

    pub(super) fn no_version() -> Self {
        let detail = format!("The document has no format_version, so it is not what `show -json` writes. {SHOW}");
        Self::new("Not A Plan Document", detail)
    }

    pub(super) fn version(version: &str) -> Self {
        let detail =
            format!("The document's format_version is {version:?}; versions 0 and 1 are understood. Update ecslive.");
        Self::new("Unknown Plan Format", detail)
    }

    pub(super) fn errored() -> Self {
        let detail = "Planning failed, so the document lacks what failed: it cannot be applied, and nothing was judged. \
                      Make `terraform plan` succeed first.";
        Self::new("Plan Has Errors", detail)
    }
}
