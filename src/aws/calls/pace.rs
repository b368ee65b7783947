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
/// The same where it shares few processors with others.
const SLOW_START: Duration = Duration::from_millis(4);
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
    start: Duration,
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
                    sleep(self.start).await;
                }
                region.read(index, region.calls.company.read()).await;
            }
        });
        join_all(reads.collect::<Vec<_>>()).await;
        let made = region.source.made.load(Ordering::Relaxed);
        Ran { calls: made, least: self.least(), wall: start.elapsed(), critical: self.critical() }
    }

    /// How many reads can go on at a time: no more than Terraform starts while one of them lasts.
    fn at_a_time(self) -> usize {
        if self.latency.is_zero() {
            return self.parallelism;
        }
        let started = (self.latency * DEPENDENT).as_micros() / self.start.as_micros();
        self.parallelism.min(usize::try_from(started).expect("few").max(1))
    }

    /// The fewest calls when so many reads go on at a time.
    fn least(self) -> usize {
        let calls = |of: usize, most: usize, at_a_time: usize| of.div_ceil(most.min(at_a_time).max(1));
        let (native, code_deploy) = (self.services.div_ceil(2), self.services / 2);
        let at_a_time = self.at_a_time();
        let half = at_a_time.div_ceil(2);
        calls(self.services, 10, at_a_time)
            + calls(native, 20, half)
            + calls(code_deploy, 25, half)
            + self.services.div_ceil(ON_A_LISTENER)
    }

    /// The shortest time: what a first read waits, Terraform's starts, and waves of calls that follow each other; or what
    /// the fewest calls have to wait for tokens, where that is longer. The scarcest are those for CodeDeploy and ELB.
    fn critical(self) -> Duration {
        let waves = u32::try_from(self.services.div_ceil(self.parallelism)).expect("few");
        let starts = self.start * u32::try_from(self.services).expect("few");
        let half = self.parallelism.div_ceil(2).min(25);
        let code_deploy = ((self.services / 2).div_ceil(half) as f64 - 50.0) / 5.0;
        let elb = (self.services.div_ceil(ON_A_LISTENER) as f64 - 36.0) / 9.0;
        let tokens = Duration::from_secs_f64(code_deploy.max(elb).max(0.0));
        (QUIET + starts + self.latency * DEPENDENT * waves).max(tokens)
    }
}

/// The rows in which calls or time are more than so many times the least. Calls may be more where answers take no time:
/// reads hardly meet then.
async fn above(plans: impl IntoIterator<Item = Plan>, most: f64) -> Vec<String> {
    let mut above = Vec::new();
    for plan in plans {
        let Plan { services, parallelism, latency, start } = plan;
        let Ran { calls, least, wall, critical } = plan.run().await;
        let (of_calls, of_time) = (calls as f64 / least as f64, wall.as_secs_f64() / critical.as_secs_f64());
        if of_time > 1.25 || of_calls > (if latency.is_zero() { 1.35 } else { most }) {
            above.push(format!(
                "{services} services, -parallelism={parallelism}, {latency:?}, one every {start:?}: {calls} calls, x least \
                 {of_calls:.2}; {wall:?}, x critical path {of_time:.2}"
            ));
        }
    }
    above
}

const SETTINGS: [(usize, u64); 6] = [(10, 0), (10, 30), (10, 100), (50, 0), (50, 30), (50, 100)];

fn plans(sizes: &[usize], start: Duration) -> impl Iterator<Item = Plan> {
    let plan = move |services| {
        SETTINGS.map(|(parallelism, latency)| Plan {
            services,
            parallelism,
            latency: Duration::from_millis(latency),
            start,
        })
    };
    sizes.iter().copied().flat_map(plan)
}

#[tokio::test(start_paused = true)]
async fn a_plan_makes_hardly_more_calls_than_the_fewest_and_takes_hardly_longer_than_they_must() {
    let above = above(plans(&[1, 10, 100, 1000], START), 1.25).await;
    assert!(above.is_empty(), "{}", above.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn reads_that_a_busy_terraform_starts_slowly_meet_as_well() {
    // Fewer than a hundred are over before the pace is known: their first read goes alone.
    let slow = plans(&[100, 1000], SLOW_START).filter(|plan| !plan.latency.is_zero());
    let above = above(slow, 1.30).await;
    assert!(above.is_empty(), "{}", above.join("\n"));
}
