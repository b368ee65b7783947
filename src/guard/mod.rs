//! Plan checks: does this plan take down what is live? The library part of `ecslive guard`.
//!
//! `plan` reads the document, `rules` judge each change, `facts` is what they know of AWS, `report` says it in six formats.
//! Nothing here asks AWS: the caller does, with the questions that [`questions`] gives.
//!
//! ```text
//! let plan = plan::read(file)?;
//! let mut answers = Answers::new();
//! loop {
//!     let questions = guard::questions(&plan, &answers);
//!     if questions.is_empty() { break }
//!     answers.extend(live.answer(questions));     // one round: everything in it may be batched
//! }
//! let report = guard::check(&plan, &answers, &options);
//! ```
//!
//! The command line that this is made for: `ecslive guard [PLAN|-]`, where `-` or nothing is standard input, with
//! - `--format text|json|sarif|github|markdown|junit[=FILE]`, repeatable ([`report::Format`]); one round of calls feeds all
//! - `--fail-on error|warning|never` ([`FailOn`]) and `--fail-on-unknown` ([`Report::exit_code`])
//! - `--offline` ([`Options::offline`]): AWS is not asked, and the rules that need it say so
//! - `--target NAME` ([`report::Context::target`]): tells several reports of one pipeline apart
//! - `--source DIR` ([`Source::read`]): where the configuration is, for file and line
//! - `--config FILE` ([`Allow::parse`]), default `.ecslive-guard.toml`
//! - `--region`, `--profile` for what the plan does not say; `--print-schema` ([`report::SCHEMA`])
//!
//! Exit codes: 0 clean, 1 findings, 2 could not check, 130 and 143 on signals.

mod allow;
mod check;
pub mod facts;
mod outcome;
pub mod plan;
pub mod report;
pub mod rules;
mod secrets;
mod source;

pub use allow::{Allow, AllowError};
pub use check::{Options, check, questions, services};
pub use outcome::{
    CannotTell, FailOn, Finding, Labels, Location, NotAsked, Report, Severity, Skipped, Suppressed, Verdict,
};
pub use secrets::Secrets;
pub use source::Source;
