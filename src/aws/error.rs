//! What can go wrong on the way to an AWS answer. Absence is not among it: that is an answer.

use super::cause::{Cause, is_cut_off};
use super::progress::{Call, Progress};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::error::Error as StdError;

/// A failed call, or one that could not be made.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct Error {
    /// What kind of failure it is, which decides what to advise.
    pub kind: ErrorKind,
    /// The IAM action of the call: `ecs:DescribeServices`.
    pub operation: &'static str,
    /// AWS's request id, when there was an answer.
    pub request_id: Option<String>,
    /// The cause in AWS's or plain words. Never holds credentials.
    pub message: String,
    /// How far the call had come, if one was made.
    pub call: Option<Box<Call>>,
}

/// Kinds of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller may not do this.
    AccessDenied,
    /// The credentials are expired or were not accepted.
    CredentialsRejected,
    /// The clock of this machine differs from AWS's by more than it accepts.
    ClockDiffers,
    /// No credentials could be found: the sources that were tried, each with why it has none.
    NoCredentials(Vec<(&'static str, String)>),
    /// No file has the profile that somebody asked for: the files, each with the profiles in it.
    NoProfile(Vec<String>),
    /// Somebody has to log in for this profile, with `aws sso login`.
    SsoLoginNeeded(String),
    /// Somebody has to log in for this profile, with `aws login`.
    ConsoleLoginNeeded(String),
    /// The role with this ARN could not be assumed.
    RoleNotAssumed(String),
    /// The credentials are for this account, which the provider configuration rules out.
    AccountNotAllowed(String),
    /// Something in the configuration, the environment or a file cannot be used; the message is a sentence.
    Misconfigured,
    /// No region is configured.
    NoRegion,
    /// AWS asked to slow down, and still did after all retries.
    Throttled,
    /// No answer: the endpoint could not be reached, or did not answer in time.
    Unreachable,
    /// The endpoint shows a certificate that is not trusted.
    Untrusted,
    /// AWS answered with something that cannot be true or cannot be read.
    BadAnswer,
    /// The request names a load balancer resource that does not exist.
    NotFound,
    /// AWS failed (5xx).
    ServerFault,
    /// AWS refused the request for another reason: its error code.
    Rejected(String),
}

impl Error {
    /// An error without an answer of AWS.
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        Self { kind, operation, request_id: None, message: message.into(), call: None }
    }

    /// Something in the configuration, the environment or a file that cannot be used, in a sentence.
    pub fn misconfigured(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Misconfigured, "configuration", message)
    }

    /// An answer that cannot be used.
    pub fn bad_answer(operation: &'static str, request_id: Option<&str>, message: impl Into<String>) -> Self {
        let request_id = request_id.map(str::to_owned);
        Self { request_id, ..Self::new(ErrorKind::BadAnswer, operation, message) }
    }

    /// True when one member of a batch may be to blame, so that the others deserve to be asked about alone: AWS fails the
    /// whole call for one ARN that it does not know, or for one service that the caller may not see.
    pub(super) fn may_blame_one_member(&self) -> bool {
        matches!(self.kind, ErrorKind::AccessDenied | ErrorKind::NotFound | ErrorKind::Rejected(_))
    }

    /// An error of the SDK, sorted by what it means for the user. When the credentials for a call could not be had,
    /// it is the error of that.
    pub fn from_sdk<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static,
    {
        if let Some(credentials) = within(error) {
            return credentials.clone();
        }
        let header = |raw: &HttpResponse| raw.headers().get("x-amzn-requestid").map(str::to_owned);
        let request_id = match error {
            // Query protocols have it in the document, and a document that is none has it in the header all the same.
            SdkError::ServiceError(service) => {
                service.err().request_id().map(str::to_owned).or_else(|| header(service.raw()))
            }
            SdkError::ResponseError(response) => header(response.raw()),
            _ => None,
        };
        let (kind, message) = match error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or_default();
                of_answer(operation, code, service.err().message(), service.raw().status().as_u16())
            }
            SdkError::ResponseError(_) if is_cut_off(error) => (ErrorKind::Unreachable, Cause::of(error).to_string()),
            // A body that cannot be read on top of a status that is an error: the status says it.
            SdkError::ResponseError(response) if !response.raw().status().is_success() => {
                of_answer(operation, "", None, response.raw().status().as_u16())
            }
            SdkError::ResponseError(response) => {
                let (status, why) = (response.raw().status().as_u16(), innermost(error));
                (ErrorKind::BadAnswer, format!("HTTP {status} with a body that is no answer to this request ({why})"))
            }
            SdkError::TimeoutError(_) => (ErrorKind::Unreachable, Cause::of(error).to_string()),
            SdkError::DispatchFailure(_) => of_connection(error),
            _ => (ErrorKind::Misconfigured, format!("The request {operation} cannot be made ({}).", innermost(error))),
        };
        let call = Progress::ended(operation).map(Box::new);
        Self { request_id, call, ..Self::new(kind, operation, message) }
    }
}

/// An answer that is an error.
fn of_answer(operation: &str, code: &str, message: Option<&str>, status: u16) -> (ErrorKind, String) {
    let message = message.unwrap_or_default();
    let text = match (code, message) {
        ("", _) if status >= 500 || status == 429 => format!("HTTP {status}"),
        ("", _) => format!("HTTP {status} with a body that is no error message of AWS"),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    };
    // Elastic Load Balancing says so of ARNs of another region, and of those that were never any.
    let is_foreign = code == "ValidationError" && message.contains("is not a valid");
    if is_foreign && operation.starts_with("elasticloadbalancing:") {
        return (ErrorKind::NotFound, text);
    }
    // How services that check signatures say that the time in one is too far from theirs.
    if ["Signature expired:", "Signature not yet current:"].iter().any(|start| message.starts_with(start)) {
        return (ErrorKind::ClockDiffers, text);
    }
    (kind_of(code, status), text)
}

/// No answer.
fn of_connection(error: &(dyn StdError + 'static)) -> (ErrorKind, String) {
    let lines = causes(error).join(": ");
    match Cause::of(error) {
        cause @ Cause::Untrusted(_) => (ErrorKind::Untrusted, cause.to_string()),
        Cause::Other(_) if lines.contains("credential") || lines.contains("identity") => {
            (ErrorKind::NoCredentials(Vec::new()), lines)
        }
        Cause::Other(_) if lines.contains("endpoint") => {
            (ErrorKind::Misconfigured, format!("There is no endpoint for this configuration ({lines})."))
        }
        cause => (ErrorKind::Unreachable, cause.to_string()),
    }
}

/// The error codes that ask to slow down.
pub(super) const THROTTLES: [&str; 8] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
];

fn kind_of(code: &str, status: u16) -> ErrorKind {
    match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => ErrorKind::AccessDenied,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature" => ErrorKind::CredentialsRejected,
        "RequestExpired" | "RequestTimeTooSkewed" => ErrorKind::ClockDiffers,
        code if THROTTLES.contains(&code) => ErrorKind::Throttled,
        "" if status == 429 => ErrorKind::Throttled,
        "RuleNotFound" | "ListenerNotFound" | "LoadBalancerNotFound" | "TargetGroupNotFound" => ErrorKind::NotFound,
        _ if status >= 500 => ErrorKind::ServerFault,
        // Without a code there was no readable error document, so nothing may be concluded from it.
        "" => ErrorKind::BadAnswer,
        code => ErrorKind::Rejected(code.to_owned()),
    }
}

/// The error of ours that an SDK error wraps: how our credential providers failed.
pub(super) fn within<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(ours) = cause.downcast_ref() {
            return Some(ours);
        }
        next = cause.source();
    }
    None
}

/// The messages of what caused an error, from the outside in, without repetition.
pub(super) fn causes(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        // The number that systems give an error says nothing to a person.
        let line = cause.to_string();
        let line = line.split(" (os error ").next().unwrap_or_default().to_owned();
        if !lines.iter().any(|earlier| earlier.contains(&line)) {
            lines.push(line);
        }
        next = cause.source();
    }
    lines
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).pop().unwrap_or_else(|| error.to_string())
}
