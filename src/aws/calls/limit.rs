//! How fast AWS may be asked: its token buckets, kept on this side, so that a plan is never throttled.
//!
//! AWS has one bucket a region and kind of call ("Request throttling for the Amazon ECS API", "Request throttling for the
//! Elastic Load Balancing API"), and hashicorp/aws draws from the same ones in the same run: a tenth is left to it. Another
//! provider block is another process with buckets of its own; what it takes shows as a throttle, which empties ours.

use crate::aws::error::THROTTLES;
use crate::aws::progress::{Progress, Step};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What is taken of each bucket.
const SHARE: f64 = 0.9;

/// Operations of one bucket, its size, and the tokens that come back every second.
type Published = (&'static [&'static str], f64, f64);

/// The published buckets of the calls made here. CodeDeploy publishes none: its size is our own caution.
const BUCKETS: [Published; 6] = [
    (&["DescribeServices", "ListServices"], 100.0, 20.0),
    (&["DescribeTaskDefinition"], 50.0, 20.0),
    (&["DescribeServiceRevisions"], 50.0, 20.0),
    (&["DescribeServiceDeployments", "ListServiceDeployments"], 50.0, 20.0),
    (&["DescribeRules", "DescribeListeners", "DescribeTargetGroups"], 40.0, 10.0),
    (&["BatchGetDeployments", "GetDeploymentGroup", "GetDeploymentTarget"], 50.0 / SHARE, 5.0 / SHARE),
];

/// The buckets of one region. A clone draws from the same ones.
#[derive(Debug, Clone)]
pub(in crate::aws) struct Limits(Arc<[Bucket]>);

impl Limits {
    /// Full buckets.
    pub fn new() -> Self {
        Self(BUCKETS.iter().map(|(_, burst, refill)| Bucket::new(burst * SHARE, refill * SHARE)).collect())
    }

    /// No limits, for measurements.
    pub fn off() -> Self {
        Self(Arc::new([]))
    }

    /// Waits for the turn of one call: `ecs:DescribeServices` or `DescribeServices`. First come, first served. An
    /// operation without a bucket never waits.
    pub async fn take(&self, operation: &'static str) {
        if let Some(bucket) = self.of(operation) {
            let wait = bucket.spend(Instant::now());
            if !wait.is_zero() {
                let _turn = Progress::current().map(|reader| reader.step(Step::Turn(operation)));
                tokio::time::sleep(wait).await;
            }
        }
    }

    /// How scarce the tokens for this call are: from 0, when all of them are there, to 1, when none is.
    pub fn scarcity(&self, operation: &str) -> f64 {
        self.of(operation).map_or(0.0, |bucket| bucket.scarcity(Instant::now()))
    }

    fn of(&self, operation: &str) -> Option<&Bucket> {
        let name = operation.rsplit(':').next()?;
        let index = BUCKETS.iter().position(|(operations, _, _)| operations.contains(&name))?;
        self.0.get(index)
    }
}

#[derive(Debug)]
struct Bucket {
    burst: f64,
    refill: f64,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    /// Below zero when calls wait for tokens that are still to come.
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn new(burst: f64, refill: f64) -> Self {
        Self { burst, refill, level: Mutex::new(Level { tokens: burst, at: Instant::now() }) }
    }

    /// Spends a token, and tells how long it is until that token is there.
    fn spend(&self, now: Instant) -> Duration {
        self.change(now, |tokens| tokens - 1.0)
    }

    /// AWS says that its bucket is empty, so ours is.
    fn drain(&self, now: Instant) {
        self.change(now, |tokens| tokens.min(0.0));
    }

    fn scarcity(&self, now: Instant) -> f64 {
        self.change(now, |tokens| tokens);
        let level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        (1.0 - level.tokens / self.burst).clamp(0.0, 1.0)
    }

    fn change(&self, now: Instant, change: impl FnOnce(f64) -> f64) -> Duration {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        let tokens = change((level.tokens + passed * self.refill).min(self.burst));
        *level = Level { tokens, at: now };
        Duration::try_from_secs_f64(-tokens / self.refill).unwrap_or_default()
    }
}

/// Sees every attempt of the SDK: a retry is one more call, and a throttled one means that others empty the bucket.
impl Intercept for Limits {
    fn name(&self) -> &'static str {
        "Limits"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_retry = config.load::<RequestAttempts>().is_some_and(|attempts| attempts.attempts() > 1);
        if is_retry && let Some(bucket) = config.load::<Metadata>().and_then(|call| self.of(call.name())) {
            bucket.spend(Instant::now());
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let refused = context.response().filter(|response| !response.status().is_success());
        let body = refused.and_then(|response| response.body().bytes()).map(String::from_utf8_lossy);
        let throttled = body.is_some_and(|text| THROTTLES.iter().any(|code| text.contains(code)));
        if throttled && let Some(call) = config.load::<Metadata>() {
            tracing::warn!(operation = call.name(), "throttled by AWS; slowing down");
            if let Some(bucket) = self.of(call.name()) {
                bucket.drain(Instant::now());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_tenth_of_every_bucket_is_left_to_others() {
        for (operations, burst, refill) in BUCKETS {
            let (limits, start) = (Limits::new(), Instant::now());
            for index in 0..200 {
                limits.take(operations[index % operations.len()]).await;
            }
            let expected = (200.0 - burst * SHARE) / (refill * SHARE);
            let (took, name) = (start.elapsed().as_secs_f64(), operations[0]);
            assert!((took - expected).abs() < 0.5, "{name}: {took} s, expected {expected} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_ever_sees_more_than_aws_lets_through() {
        let (limits, mut calls) = (Limits::new(), Vec::new());
        for _ in 0..300 {
            limits.take("elasticloadbalancing:DescribeRules").await;
            calls.push(Instant::now());
        }
        let (mut tokens, mut at) = (40.0_f64, calls[0]);
        for call in calls {
            tokens = (tokens + (call - at).as_secs_f64() * 10.0).min(40.0) - 1.0;
            at = call;
            assert!(tokens >= 0.0, "throttled");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_of_other_kinds_do_not_wait() {
        let (limits, start) = (Limits::new(), Instant::now());
        for _ in 0..45 {
            limits.take("ecs:DescribeServiceRevisions").await;
        }
        limits.take("ecs:DescribeTaskDefinition").await;
        limits.take("ecr:DescribeImages").await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_the_bucket_empty_waits_for_a_token() {
        let (limits, start) = (Limits::new(), Instant::now());
        limits.of("DescribeServices").expect("a bucket").drain(Instant::now());
        limits.take("ecs:DescribeServices").await;
        assert!(start.elapsed() >= Duration::from_millis(50), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn a_throttle_of_aws_empties_the_bucket() {
        let (fake, limits) = (fake_aws::FakeAws::spawn(), Limits::new());
        fake.region(fake_aws::REGION, |region| region.rolling_service("shop", "web"));
        let config = aws_sdk_ecs::Config::builder()
            .behavior_version(aws_sdk_ecs::config::BehaviorVersion::latest())
            .region(aws_sdk_ecs::config::Region::new(fake_aws::REGION))
            .credentials_provider(aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
            .endpoint_url(fake.endpoint())
            .interceptor(limits.clone());
        let client = aws_sdk_ecs::Client::from_conf(config.build());
        let tokens = || limits.of("DescribeServices").expect("a bucket").level.lock().expect("a lock").tokens;
        let describe = async || client.describe_services().cluster("shop").services("web").send().await;
        describe().await.expect("an answer");
        assert!(tokens() > 89.0, "the first attempt is paid for by who makes the call: {}", tokens());
        fake.fail("ecs:DescribeServices", fake_aws::Fault::Throttle, 1);
        describe().await.expect("an answer");
        // The SDK waits up to a second before it tries again, in which 18 tokens come back.
        assert!(tokens() < 45.0, "{}", tokens());
    }
}
