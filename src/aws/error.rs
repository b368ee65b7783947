//! What can go wrong on the way to an AWS answer. Absence is not among it: that is an answer.

use super::http::is_untrusted;
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
    /// The cause in AWS's or the system's words. Never holds credentials.
    pub message: String,
}

/// Kinds of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller may not do this.
    AccessDenied,
    /// The credentials are expired or were not accepted.
    CredentialsRejected,
    /// No credentials could be found: the sources that were tried, each with why it has none.
    NoCredentials(Vec<(&'static str, String)>),
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
        Self { kind, operation, request_id: None, message: message.into() }
    }

    /// An answer that cannot be used.
    pub fn bad_answer(operation: &'static str, request_id: Option<&str>, message: impl Into<String>) -> Self {
        let request_id = request_id.map(str::to_owned);
        Self { kind: ErrorKind::BadAnswer, operation, request_id, message: message.into() }
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
        let request_id = match error {
            SdkError::ServiceError(service) => service.err().request_id().map(str::to_owned),
            SdkError::ResponseError(response) => response.raw().headers().get("x-amzn-requestid").map(str::to_owned),
            _ => None,
        };
        let (kind, message) = match error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or_default();
                let message = service.err().message().unwrap_or("(no message)");
                let status = service.raw().status().as_u16();
                let kind = kind_of(code, status);
                let code = if code.is_empty() { format!("HTTP status {status}") } else { code.to_owned() };
                (kind, format!("{code}: {message}"))
            }
            SdkError::ResponseError(_) => (ErrorKind::BadAnswer, innermost(error)),
            SdkError::TimeoutError(_) => (ErrorKind::Unreachable, "no answer in time".to_owned()),
            SdkError::DispatchFailure(failure) => {
                let lines = causes(error).join(": ");
                let connector = failure.as_connector_error().filter(|error| !error.is_other());
                match connector {
                    Some(error) if is_untrusted(error) => (ErrorKind::Untrusted, lines),
                    None if lines.contains("credential") || lines.contains("identity") => {
                        (ErrorKind::NoCredentials(Vec::new()), lines)
                    }
                    _ => (ErrorKind::Unreachable, lines),
                }
            }
            _ => (ErrorKind::Rejected("ConstructionFailure".to_owned()), innermost(error)),
        };
        Self { kind, operation, request_id, message }
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
        | "IncompleteSignature"
        | "RequestExpired" => ErrorKind::CredentialsRejected,
        code if THROTTLES.contains(&code) => ErrorKind::Throttled,
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
        let line = cause.to_string();
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
