//! A service under the ECS controller: its revisions with their tasks, and the deployment under way.
//!
//! ROLLING and the native strategies share this: a service can change from one to the other with a deployment in between
//! (aws/containers-roadmap#2664).

use super::Strategy;
use super::place::Place;
use crate::state::{
    Breaker, Deployment, Entry, Hook, HookRun, Pair, Region, Service, ServiceDeployment, ServiceRevision, Shares, Tasks,
};
use std::collections::BTreeMap;

/// `rolloutState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RolloutState {
    InProgress,
    Completed,
    Failed,
}

impl RolloutState {
    fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// A service revision with its tasks: a row of `deployments[]`.
#[derive(Debug, Clone)]
pub(super) struct Generation {
    /// The number in `ecs-svc/…` and in the revision's ARN.
    pub number: u64,
    /// ARN of the revision.
    pub revision: String,
    /// ARN of the task definition.
    pub task: String,
    /// ARN of the group where its tasks are.
    pub group: String,
    /// False for one that was deployed ROLLING: ECS gives such a source no weight.
    pub native: bool,
    /// `rolloutState`.
    pub rollout: RolloutState,
    /// `rolloutStateReason`.
    pub reason: String,
    /// Its tasks.
    pub tasks: Tasks,
    /// `failedTasks`: stays 0 while the circuit breaker is off.
    pub failed: u32,
    /// When it was made.
    pub created: f64,
}

/// Why a deployment goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Breaker,
    Alarm,
    User,
    Hook,
    Networking,
}

/// How far a rollback is. `lifecycleStage` says the same words as on the way there, so it never shows the direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Back {
    Begun,
    Production,
    Test,
    CleanUp,
}

/// The deployment under way.
#[derive(Debug, Clone)]
pub(super) struct Rollout {
    /// ARN; `None` for some seconds after UpdateService.
    pub arn: Option<String>,
    /// By number: what it moves away from, the one with the traffic first.
    pub sources: Vec<u64>,
    /// By number.
    pub target: u64,
    /// BLUE_GREEN, LINEAR or CANARY; not ROLLING.
    pub native: bool,
    /// IN_PROGRESS, STOP_REQUESTED, ROLLBACK_REQUESTED or ROLLBACK_IN_PROGRESS.
    pub status: &'static str,
    /// Where in `STAGES`; `None` for ROLLING without hooks.
    pub stage: Option<usize>,
    /// Which step of a LINEAR or CANARY deployment.
    pub step: usize,
    /// Production traffic that the target has by ECS's word, in percent.
    pub asked: u32,
    /// The listener holds what ECS asked for.
    pub followed: bool,
    /// The test traffic is on the target.
    pub test: bool,
    /// Hooks of this stage.
    pub hooks: Vec<HookRun>,
    /// On the way back: how far, and why.
    pub back: Option<(Back, Cause)>,
    /// When it started.
    pub started: f64,
    /// When the rollback started.
    pub back_started: Option<f64>,
}

/// The stages of a native deployment in order (ECS developer guide, "Lifecycle hooks": the categories of stages).
pub(super) const STAGES: [&str; 11] = [
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
];
pub(super) const RECONCILE: usize = 0;
pub(super) const SCALE_UP: usize = 2;
pub(super) const TEST: usize = 4;
pub(super) const PRE_PRODUCTION: usize = 6;
pub(super) const PRODUCTION: usize = 7;
pub(super) const CLEAN_UP: usize = 10;
/// Stages at which AWS leaves the weights out (ecspresso's reading of DescribeServiceDeployments; API reference).
const WITHOUT_WEIGHTS: [usize; 5] = [RECONCILE, 1, SCALE_UP, 3, 5];

/// A service under the ECS controller.
#[derive(Debug, Clone)]
pub(super) struct Ecs {
    pub strategy: Strategy,
    /// The configured group of the entry.
    pub entry_group: String,
    /// The alternate of the entry; stays when the strategy goes back to ROLLING.
    pub alternate: Option<String>,
    pub hooks: Vec<Hook>,
    pub breaker: Breaker,
    pub alarms: Vec<String>,
    /// PRIMARY first.
    pub generations: Vec<Generation>,
    pub rollout: Option<Rollout>,
    /// `service.taskDefinition`.
    pub configured: String,
    /// `currentServiceDeployment`.
    pub current: Option<String>,
    /// By number: the revision that carries the traffic by ECS's own account.
    pub base: u64,
}

impl Ecs {
    pub fn find(&self, number: u64) -> Option<&Generation> {
        self.generations.iter().find(|found| found.number == number)
    }

    pub fn find_mut(&mut self, number: u64) -> Option<&mut Generation> {
        self.generations.iter_mut().find(|found| found.number == number)
    }

    /// The revision that carries the traffic by ECS's own account.
    pub fn base(&self) -> Option<&Generation> {
        self.find(self.base)
    }

    /// Running tasks of all revisions.
    pub fn running(&self) -> i64 {
        self.generations.iter().map(|found| found.tasks.running).sum()
    }

    /// What DescribeServices holds of it.
    pub fn publish(&self, service: &mut Service, name: &str, place: &Place) {
        service.controller = "ECS".to_owned();
        service.strategy = Some(self.strategy.name().to_owned());
        service.task_definition.clone_from(&self.configured);
        service.load_balancers = vec![self.entry(name, place)];
        service.hooks.clone_from(&self.hooks);
        service.breaker = self.breaker;
        service.alarms.clone_from(&self.alarms);
        service.task_sets.clear();
        service.current_deployment.clone_from(&self.current);
        let mut sum = Tasks { desired: service.desired, ..Tasks::default() };
        service.deployments.clear();
        service.current_revisions.clear();
        service.revision_tasks = BTreeMap::new();
        for (index, found) in self.generations.iter().enumerate() {
            sum.running += found.tasks.running;
            sum.pending += found.tasks.pending;
            // A failed deployment without tasks was seen as DRAINING before it is gone (a poll of a rolled-back update).
            let drained = found.rollout == RolloutState::Failed && found.tasks.running == 0;
            let status = match index {
                0 => "PRIMARY",
                _ if drained => "DRAINING",
                _ => "ACTIVE",
            };
            service.deployments.push(Deployment {
                id: format!("ecs-svc/{}", found.number),
                status: status.to_owned(),
                rollout: found.rollout.name().to_owned(),
                task_definition: found.task.clone(),
                reason: Some(found.reason.clone()),
                failed_tasks: found.failed,
                tasks: Some(found.tasks),
                created: Some(found.created),
                ..Deployment::default()
            });
            service.revision_tasks.insert(found.revision.clone(), found.tasks);
        }
        // Oldest first, as the sources come before the target.
        service.current_revisions = self.generations.iter().rev().map(|found| found.revision.clone()).collect();
        service.tasks = Some(sum);
    }

    /// The load balancer entry as it is configured now.
    pub fn entry(&self, name: &str, place: &Place) -> Entry {
        let pair = self.alternate.as_ref().map(|alternate| Pair {
            alternate: alternate.clone(),
            production_rule: place.named.clone(),
            test_rule: place.test_rule.clone(),
            role: None,
        });
        let target_group = Some(self.entry_group.clone());
        Entry { target_group, container: name.to_owned(), port: 8080, pair, ..Entry::default() }
    }

    /// Writes the revisions and the deployment under way into the region. Revisions are immutable but for what was
    /// resolved: absent until ECS begins, without load balancers until tasks are placed, then complete.
    pub fn publish_deployment(&self, region: &mut Region, name: &str, place: &Place) {
        for found in &self.generations {
            let entry = self.entry(name, place);
            let revision = region.service_revisions.entry(found.revision.clone()).or_insert_with(|| ServiceRevision {
                task_definition: found.task.clone(),
                load_balancers: vec![entry],
                created: Some(found.created),
                ..ServiceRevision::default()
            });
            let under_way = self.rollout.as_ref().filter(|rollout| rollout.target == found.number && rollout.native);
            let has_pair = revision.load_balancers.iter().any(|entry| entry.pair.is_some());
            (revision.target_group, revision.resolved) = match under_way {
                Some(rollout) if rollout.arn.is_none() => (None, None),
                Some(rollout) if rollout.stage.is_some_and(|stage| stage < SCALE_UP) => (None, Some(Vec::new())),
                _ if has_pair => (Some(found.group.clone()), None),
                // A revision of a ROLLING service has no resolved configuration (awscli-ecs-describe-service-revisions-doc).
                _ => (None, None),
            };
        }
        if let Some(rollout) = &self.rollout
            && let Some(arn) = &rollout.arn
        {
            let deployment = self.record(rollout);
            region.service_deployments.insert(arn.clone(), deployment);
        }
    }

    /// The deployment as DescribeServiceDeployments holds it now.
    pub fn record(&self, rollout: &Rollout) -> ServiceDeployment {
        let arn = |number: &u64| self.find(*number).map(|found| found.revision.clone());
        let mut sources = rollout.sources.iter().filter_map(arn);
        let back = rollout.back;
        let reason = back.map(|(_, cause)| reason_of(cause).to_owned());
        let tripped = |wanted: Cause| back.is_some_and(|(_, cause)| cause == wanted);
        let monitor = |is: bool, on: bool| match (is, on) {
            (true, _) => "TRIGGERED",
            (_, true) => "MONITORING",
            _ => "DISABLED",
        };
        let failed = self.find(rollout.target).map_or(0, |found| found.failed);
        let tasks = self.generations.iter().map(|found| (found.revision.clone(), found.tasks)).collect();
        ServiceDeployment {
            status: rollout.status.to_owned(),
            reason: reason.clone(),
            stage: rollout.stage.map(|stage| STAGES[stage].to_owned()),
            source: sources.next(),
            more_sources: sources.collect(),
            target: arn(&rollout.target).unwrap_or_default(),
            shares: Some(self.shares(rollout)),
            started: rollout.started,
            rollback: reason,
            rollback_started: rollout.back_started,
            failed_tasks: failed,
            hooks: rollout.hooks.clone(),
            breaker: Some(monitor(tripped(Cause::Breaker), self.breaker.enable).to_owned()),
            alarms: Some(monitor(tripped(Cause::Alarm), !self.alarms.is_empty()).to_owned()),
            triggered_alarms: if tripped(Cause::Alarm) { self.alarms.clone() } else { Vec::new() },
            tasks,
            ..ServiceDeployment::default()
        }
    }

    /// The weights that AWS says at this stage; a ROLLING source has none.
    pub fn shares(&self, rollout: &Rollout) -> Shares {
        let silent = rollout.stage.is_none_or(|stage| WITHOUT_WEIGHTS.contains(&stage));
        if !rollout.native || silent {
            return Shares::default();
        }
        let source = rollout.sources.first().and_then(|number| self.find(*number));
        let source = source.filter(|found| found.native);
        let test = if rollout.test { 100.0 } else { 0.0 };
        Shares {
            source: source.map(|_| f64::from(100 - rollout.asked)),
            target: Some(f64::from(rollout.asked)),
            source_test: source.map(|_| 100.0 - test),
            target_test: Some(test),
        }
    }
}

/// `statusReason` and `rollback.reason`: texts of hashicorp/aws's acceptance tests and of the developer guide.
pub(super) fn reason_of(cause: Cause) -> &'static str {
    match cause {
        Cause::Breaker => "Service deployment rolled back because the circuit breaker threshold was exceeded.",
        Cause::Alarm => "Service deployment rolled back because one or more alarms were triggered.",
        Cause::User => "Service deployment rolled back because of the user request.",
        Cause::Hook => "Service deployment rolled back because the lifecycle hook(s) failed.",
        Cause::Networking => {
            "Service deployment rolled back because of invalid networking configuration. One or more rules not found"
        }
    }
}
