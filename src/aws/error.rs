//! What can go wrong on the way to an AWS answer. Absence is not among it: that is an answer.

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
    /// No credentials could be found.
    NoCredentials,
    /// No region is configured.
    NoRegion,
    /// AWS asked to slow down, and still did after all retries.
    Throttled,
    /// No answer: the endpoint could not be reached, or did not answer in time.
    Unreachable,
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

    /// An error of the SDK, sorted by what it means for the user.
    pub fn from_sdk<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static,
    {
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
                let lines = chain(error);
                let credentials = failure.as_connector_error().is_none_or(|error| error.is_other())
                    && lines.iter().any(|line| line.contains("credential") || line.contains("identity"));
                if credentials {
                    (ErrorKind::NoCredentials, lines.join(": "))
                } else {
                    (ErrorKind::Unreachable, lines.join(": "))
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

/// The messages from the outside in, without repetition and without the SDK's own wrappers.
fn chain(error: &(dyn StdError + 'static)) -> Vec<String> {
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
    chain(error).pop().unwrap_or_else(|| error.to_string())
}
