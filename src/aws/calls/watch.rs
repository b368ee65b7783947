//! Watches every attempt of every call: for the log, for the messages of failures, and for those who wait.
//!
//! The log tells operation, endpoint, attempt, status, request id and time. It never tells what was sent or answered.

use crate::aws::cause::Cause;
use crate::aws::progress::{Call, Mark, Progress, Step};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Belongs to every client.
#[derive(Debug, Clone, Copy)]
pub(in crate::aws) struct Watch;

/// A call under way. It goes with the call, also when that is cancelled.
#[derive(Debug)]
struct Watched {
    call: Arc<Mutex<Call>>,
    began: Mutex<Instant>,
    _mark: Option<Mark>,
}

impl Storable for Watched {
    type Storer = StoreReplace<Self>;
}

impl Watched {
    fn call(&self) -> MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempt = config.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts);
        if let Some(watched) = config.load::<Watched>() {
            let mut call = watched.call();
            call.attempt = attempt;
            *watched.began.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            if attempt == 2 {
                tell_of_retries(&call, config);
            }
        } else if let Some(operation) = config.load::<Metadata>().map(action) {
            let attempts = config.load::<RetryConfig>().map_or(1, RetryConfig::max_attempts);
            let call = Arc::new(Mutex::new(Call { operation, attempt, attempts, ..Call::default() }));
            let mark = Progress::current().map(|progress| progress.step(Step::Call(Arc::clone(&call))));
            config.interceptor_state().store_put(Watched { call, began: Mutex::new(Instant::now()), _mark: mark });
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(watched) = config.load::<Watched>() {
            watched.call().endpoint = Some(endpoint(context.request().uri()));
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(watched) = config.load::<Watched>() else { return Ok(()) };
        let response = context.response();
        let cause = match context.output_or_error() {
            Some(Err(error)) => Some(match response {
                Some(response) if !response.status().is_success() => refusal(response),
                _ => Cause::of(error).to_string(),
            }),
            _ => None,
        };
        let mut call = watched.call();
        call.status = response.map(|response| response.status().as_u16());
        call.cause.clone_from(&cause);
        let took = watched.began.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        tracing::debug!(
            operation = call.operation,
            endpoint = call.endpoint.as_deref().unwrap_or("(none)"),
            attempt = call.attempt,
            status = call.status.unwrap_or_default(),
            request_id = response.and_then(request_id).unwrap_or_default(),
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            cause = cause.as_deref().unwrap_or_default(),
            "called AWS"
        );
        Ok(())
    }
}

/// One line when a call has to be tried again, so that nobody wonders about the silence that may follow.
fn tell_of_retries(call: &Call, config: &ConfigBag) {
    let retry = config.load::<RetryConfig>().cloned().unwrap_or_else(RetryConfig::standard);
    let attempt = config.load::<TimeoutConfig>().and_then(TimeoutConfig::operation_attempt_timeout);
    let longest = longest(&retry, attempt.unwrap_or_default());
    let left = Progress::current().and_then(|progress| progress.left());
    let at_most = spoken(left.map_or(longest, |left| left.min(longest)));
    let (operation, attempts) = (call.operation.as_str(), call.attempts);
    tracing::info!(
        operation,
        endpoint = call.endpoint.as_deref().unwrap_or_default(),
        cause = call.cause.as_deref().unwrap_or_default(),
        "{operation} failed and is tried again, up to {attempts} times in all and for {at_most} at most"
    );
}

/// How long all attempts but the first can take, with the pauses before them.
fn longest(retry: &RetryConfig, attempt: Duration) -> Duration {
    let mut pause = retry.initial_backoff();
    let mut total = Duration::ZERO;
    for _ in 1..retry.max_attempts() {
        total += pause.min(retry.max_backoff()) + attempt;
        pause = pause.saturating_mul(2);
    }
    total
}

/// `90s` as `1m30s`, as Terraform writes durations.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().ceil() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// The IAM action of a call.
fn action(call: &Metadata) -> String {
    let service = match call.service() {
        "Elastic Load Balancing v2" => "elasticloadbalancing".to_owned(),
        other => other.to_lowercase(),
    };
    format!("{service}:{}", call.name())
}

/// A URL without its query.
fn endpoint(uri: &str) -> String {
    uri.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned()
}

fn request_id(response: &HttpResponse) -> Option<&str> {
    response.headers().get("x-amzn-requestid")
}

/// `HTTP 500 (ServerException)`: the status, and AWS's code if the body has one.
fn refusal(response: &HttpResponse) -> String {
    let body = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    let status = response.status().as_u16();
    match code(&body) {
        Some(code) => format!("HTTP {status} ({code})"),
        None => format!("HTTP {status}"),
    }
}

/// AWS's error code in a JSON or XML body.
fn code(body: &str) -> Option<&str> {
    let is_code = |code: &&str| {
        (1..=64).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
    };
    let xml = body.split_once("<Code>").and_then(|(_, rest)| rest.split("</Code>").next());
    let json = || {
        let value = body.split_once("\"__type\"")?.1.trim_start().strip_prefix(':')?.trim_start();
        value.strip_prefix('"')?.split('"').next()?.rsplit('#').next()
    };
    xml.or_else(json).filter(is_code)
}

#[cfg(test)]
mod tests;
