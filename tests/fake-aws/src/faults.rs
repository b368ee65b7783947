//! What goes wrong on demand, what was called, and the published token buckets.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Something that goes wrong instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The service's own throttling error.
    Throttle,
    /// Status 500.
    InternalError,
    /// Status 503.
    Unavailable,
    /// The connection ends without an answer.
    Drop,
    /// The connection stays open without an answer.
    Stall,
    /// The body ends half-way.
    Truncate,
    /// A page of HTML with status 200.
    Html,
    /// Not allowed.
    AccessDenied,
    /// The token is expired.
    ExpiredToken,
    /// The right answer, after so many milliseconds.
    Latency(u64),
}

/// One call, as it was made.
#[derive(Debug, Clone, Serialize)]
pub struct Recorded {
    /// `ecs:DescribeServices`.
    pub operation: String,
    /// The region that it was signed for.
    pub region: String,
    /// The access key id that it was signed with; empty for a call that needs no signature.
    pub access_key: String,
    /// The session token that came with it.
    pub token: Option<String>,
    /// Who called, as the `User-Agent` header says.
    pub user_agent: String,
    /// What was asked: the JSON object, or the parameters of the query by name.
    pub input: Value,
    /// How many services, ARNs or ids were asked for.
    pub batch: usize,
    /// True when it was throttled by a token bucket.
    pub throttled: bool,
}

/// Faults by operation, calls in order, buckets by name.
#[derive(Debug, Default)]
pub struct Journal {
    faults: BTreeMap<String, VecDeque<Fault>>,
    forever: BTreeMap<String, Fault>,
    /// The calls so far.
    pub calls: Vec<Recorded>,
    buckets: Option<BTreeMap<(String, &'static str), Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// Every operation that is answered, besides those of [`crate::account`].
pub const OPERATIONS: [&str; 38] = [
    "ecs:DescribeServices",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:UpdateService",
    "ecs:DeleteService",
    "ecs:DescribeTaskDefinition",
    "ecs:RegisterTaskDefinition",
    "ecs:DeregisterTaskDefinition",
    "ecs:ListTaskDefinitions",
    "ecs:ListTaskDefinitionFamilies",
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeServiceDeployments",
    "ecs:ListServiceDeployments",
    "ecs:StopServiceDeployment",
    "ecs:ContinueServiceDeployment",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "codedeploy:BatchGetDeployments",
    "codedeploy:GetDeployment",
    "codedeploy:GetDeploymentGroup",
    "codedeploy:BatchGetDeploymentGroups",
    "codedeploy:GetDeploymentTarget",
    "codedeploy:CreateDeployment",
    "codedeploy:StopDeployment",
    "codedeploy:ContinueDeployment",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:CreateRule",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:DeleteRule",
    "ecr:DescribeImages",
    "ecr:BatchGetImage",
    "sts:GetCallerIdentity",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
];

/// An operation that nothing answers: a fault for it would never come, and its test would prove nothing.
pub fn refuse_unknown(operation: &str) -> Result<(), String> {
    if crate::account::is_answered(operation) || OPERATIONS.contains(&operation) {
        Ok(())
    } else {
        Err(format!("{operation:?} is no operation that is answered here"))
    }
}

impl Journal {
    /// The next so many calls of an operation go wrong.
    pub fn fail(&mut self, operation: &str, fault: &Fault, times: usize) {
        let queue = self.faults.entry(operation.to_owned()).or_default();
        queue.extend(std::iter::repeat_n(fault.clone(), times));
    }

    /// All calls of an operation go wrong from now on.
    pub fn fail_always(&mut self, operation: &str, fault: Fault) {
        self.forever.insert(operation.to_owned(), fault);
    }

    /// Nothing goes wrong any more, no call was made, the buckets are full or off as before.
    pub fn reset(&mut self) {
        let buckets = self.buckets.take().map(|_| BTreeMap::new());
        *self = Self { buckets, ..Self::default() };
    }

    /// Switches the published token buckets on.
    pub fn meter(&mut self) {
        self.buckets = Some(BTreeMap::new());
    }

    /// What happens to the next call of an operation, if anything.
    pub fn next_fault(&mut self, operation: &str) -> Option<Fault> {
        let queued = self.faults.get_mut(operation).and_then(VecDeque::pop_front);
        queued.or_else(|| self.forever.get(operation).cloned())
    }

    /// Takes a token; false when there is none.
    pub fn admit(&mut self, operation: &str, region: &str, now: Instant) -> bool {
        let (Some(buckets), Some((name, burst, refill))) = (&mut self.buckets, bucket_of(operation)) else {
            return true;
        };
        let bucket = buckets.entry((region.to_owned(), name)).or_insert(Bucket { tokens: burst, filled: now });
        let passed = now.saturating_duration_since(bucket.filled);
        bucket.tokens = (bucket.tokens + passed.as_secs_f64() * refill).min(burst);
        bucket.filled = now;
        let enough = bucket.tokens >= 1.0;
        if enough {
            bucket.tokens -= 1.0;
        }
        enough
    }
}

/// Name, burst and refill per second of the bucket an operation draws from (ECS and ELB documentation on request
/// throttling).
fn bucket_of(operation: &str) -> Option<(&'static str, f64, f64)> {
    match operation {
        "ecs:DescribeServices" | "ecs:ListServices" => Some(("service read", 100.0, 20.0)),
        "ecs:DescribeTaskDefinition" | "ecs:ListTaskDefinitions" | "ecs:ListTaskDefinitionFamilies" => {
            Some(("task definition read", 50.0, 20.0))
        }
        "ecs:DescribeServiceRevisions" => Some(("service revision read", 50.0, 20.0)),
        "ecs:DescribeServiceDeployments" | "ecs:ListServiceDeployments" => {
            Some(("service deployment read", 50.0, 20.0))
        }
        _ if operation.starts_with("elasticloadbalancing:Describe") => Some(("elb read", 40.0, 10.0)),
        _ => None,
    }
}

/// How long a stalled connection stays open: longer than anybody waits.
pub const STALL: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_needs_an_operation_that_is_answered() {
        assert_eq!(refuse_unknown("ecs:DescribeServices"), Ok(()));
        assert!(refuse_unknown("elbv2:DescribeRules").is_err());
    }

    #[test]
    fn buckets_empty_and_refill() {
        let (mut journal, now) = (Journal::default(), Instant::now());
        assert!((0..1000).all(|_| journal.admit("ecs:DescribeServices", "r", now)), "off by default");
        journal.meter();
        let admitted = (0..1000).filter(|_| journal.admit("elasticloadbalancing:DescribeRules", "r", now)).count();
        assert_eq!(admitted, 40);
        assert!(!journal.admit("elasticloadbalancing:DescribeListeners", "r", now), "shared by all Describe calls");
        assert!(journal.admit("elasticloadbalancing:DescribeRules", "other", now), "one bucket a region");
        let later = now + Duration::from_secs(1);
        let admitted = (0..1000).filter(|_| journal.admit("elasticloadbalancing:DescribeRules", "r", later)).count();
        assert_eq!(admitted, 10);
    }

    #[test]
    fn faults_come_as_often_as_ordered() {
        let mut journal = Journal::default();
        journal.fail("ecs:DescribeServices", &Fault::Throttle, 2);
        let next: Vec<_> = (0..3).map(|_| journal.next_fault("ecs:DescribeServices")).collect();
        assert_eq!(next, [Some(Fault::Throttle), Some(Fault::Throttle), None]);
        journal.fail_always("ecs:DescribeServices", Fault::Drop);
        assert_eq!(journal.next_fault("ecs:DescribeServices"), Some(Fault::Drop));
        assert_eq!(journal.next_fault("ecs:DescribeTaskDefinition"), None);
    }
}
