//! A plan of many target groups on a clock of its own: how many calls it makes and how long it takes, beside the fewest
//! calls and the shortest time that its parallelism allows. Exact, on any machine.

use super::batch::{Answers, Batch, Calls, Outcome};
use super::company::Presence;
use super::limit::Limits;
use super::shared::{Shared, Since};
use crate::aws::error::Error;
use futures_util::future::join_all;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// What Terraform takes for one more data source: it starts them one after the other.
const START: Duration = Duration::from_millis(1);
const RULES: &str = "elasticloadbalancing:DescribeRules";
/// Services of one listener.
const ON_A_LISTENER: usize = 20;
/// What a read without company waits.
const QUIET: Duration = Duration::from_millis(2);
/// Calls that follow each other in one read: the service, its revision or deployment, the rule.
const DEPENDENT: u32 = 3;

/// `terraform plan` of so many target groups: half of them native, half under CODE_DEPLOY, as `Region::estate` has them.
#[derive(Clone, Copy)]
struct Plan {
    services: usize,
    parallelism: usize,
    latency: Duration,
}

#[derive(Debug)]
struct Ran {
    calls: usize,
    least: usize,
    wall: Duration,
    critical: Duration,
}

/// An AWS that answers everything after so long.
#[derive(Clone)]
struct Source {
    made: Arc<AtomicUsize>,
    latency: Duration,
}

impl Source {
    async fn call(self) {
        self.made.fetch_add(1, Ordering::Relaxed);
        sleep(self.latency).await;
    }

    fn batch(&self, calls: &Calls, operation: &'static str, most: usize) -> Batch<(), ()> {
        let source = self.clone();
        Batch::new(calls, operation, most, move |(), names: Vec<String>| {
            let source = source.clone();
            async move { source.answer(operation, names).await }
        })
    }

    async fn answer(self, operation: &'static str, names: Vec<String>) -> Outcome<()> {
        self.call().await;
        let mut answers = Answers::new(operation, None);
        names.into_iter().for_each(|name| answers.insert(name, Ok(())));
        Ok(answers)
    }
}

/// What the reads of the plan share.
struct Region {
    calls: Calls,
    source: Source,
    services: Batch<(), ()>,
    revisions: Batch<(), ()>,
    deployments: Batch<(), ()>,
    rules: Batch<(), ()>,
    whole: Shared<usize, (), Error>,
    first: Mutex<HashMap<usize, usize>>,
}

impl Region {
    fn new(latency: Duration) -> Self {
        let calls = Calls { company: Arc::default(), limits: Limits::new(), batched: true, identity: Arc::default() };
        let source = Source { made: Arc::default(), latency };
        Self {
            services: source.batch(&calls, "ecs:DescribeServices", 10),
            revisions: source.batch(&calls, "ecs:DescribeServiceRevisions", 20),
            deployments: source.batch(&calls, "codedeploy:BatchGetDeployments", 25),
            rules: source.batch(&calls, RULES, 20),
            whole: Shared::new(&calls.company),
            first: Mutex::default(),
            calls,
            source,
        }
    }

    async fn read(&self, index: usize, _present: Presence) {
        let name = format!("web-{index}");
        self.services.get((), &name, Since::ANY).await.expect("a service");
        let second = if index.is_multiple_of(2) { &self.revisions } else { &self.deployments };
        second.get((), &name, Since::ANY).await.expect("what the service names");
        let listener = index / ON_A_LISTENER;
        let is_second = *self.first.lock().expect("a lock").entry(listener).or_insert(index) != index;
        if !is_second {
            // As `Routes` does.
            tokio::task::yield_now().await;
        }
        if is_second || self.whole.has(&listener, Since::ANY) {
            let (limits, source) = (self.calls.limits.clone(), self.source.clone());
            let fetch = || {
                let asking = self.calls.company.asking(RULES, 1);
                async move {
                    let _asking = asking;
                    limits.take(RULES).await;
                    source.call().await;
                    Ok(())
                }
            };
            return self.whole.get(listener, Since::ANY, fetch).await.expect("the rules");
        }
        self.rules.get((), &name, Since::ANY).await.expect("a rule");
    }
}

impl Plan {
    async fn run(self) -> Ran {
        let (region, slots, terraform) =
            (Region::new(self.latency), Semaphore::new(self.parallelism), Semaphore::new(1));
        let start = Instant::now();
        let reads = (0..self.services).map(|index| {
            let (region, slots, terraform) = (&region, &slots, &terraform);
            async move {
                let _slot = slots.acquire().await.expect("a slot");
                {
                    let _turn = terraform.acquire().await.expect("a turn");
                    sleep(START).await;
                }
                region.read(index, region.calls.company.read()).await;
            }
        });
        join_all(reads.collect::<Vec<_>>()).await;
        let made = region.source.made.load(Ordering::Relaxed);
        Ran { calls: made, least: self.least(), wall: start.elapsed(), critical: self.critical() }
    }

    /// The fewest calls when so many reads go on at a time.
    fn least(self) -> usize {
        let calls = |of: usize, most: usize, at_a_time: usize| of.div_ceil(most.min(at_a_time).max(1));
        let (native, code_deploy) = (self.services.div_ceil(2), self.services / 2);
        let half = self.parallelism.div_ceil(2);
        calls(self.services, 10, self.parallelism)
            + calls(native, 20, half)
            + calls(code_deploy, 25, half)
            + self.services.div_ceil(ON_A_LISTENER)
    }

    /// The shortest time: what a first read waits, Terraform's starts, and waves of calls that follow each other; or what
    /// the fewest calls have to wait for tokens, where that is longer. The scarcest are those for CodeDeploy and ELB.
    fn critical(self) -> Duration {
        let waves = u32::try_from(self.services.div_ceil(self.parallelism)).expect("few");
        let starts = START * u32::try_from(self.services).expect("few");
        let half = self.parallelism.div_ceil(2).min(25);
        let code_deploy = ((self.services / 2).div_ceil(half) as f64 - 50.0) / 5.0;
        let elb = (self.services.div_ceil(ON_A_LISTENER) as f64 - 36.0) / 9.0;
        let tokens = Duration::from_secs_f64(code_deploy.max(elb).max(0.0));
        (QUIET + starts + self.latency * DEPENDENT * waves).max(tokens)
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_makes_hardly_more_calls_than_the_fewest_and_takes_hardly_longer_than_they_must() {
    let mut slow = Vec::new();
    for services in [1, 10, 100, 1000] {
        for (parallelism, latency) in [(10, 0), (10, 30), (10, 100), (50, 0), (50, 30), (50, 100)] {
            let plan = Plan { services, parallelism, latency: Duration::from_millis(latency) };
            let Ran { calls, least, wall, critical } = plan.run().await;
            let (of_calls, of_time) = (calls as f64 / least as f64, wall.as_secs_f64() / critical.as_secs_f64());
            let row = format!(
                "{services} services, -parallelism={parallelism}, {latency} ms: {calls} calls, x least {of_calls:.2}; \
                 {wall:?}, x critical path {of_time:.2}"
            );
            // Where answers take no time, reads hardly meet.
            let most = if latency == 0 { 1.35 } else { 1.25 };
            if of_calls > most || of_time > 1.25 {
                slow.push(row);
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}
