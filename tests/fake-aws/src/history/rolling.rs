//! Tasks that start, stop and fail; deployments that are complete, go back or are stopped. For ROLLING and, where tasks are
//! concerned, for the native strategies too.

use super::ecs::{Back, CLEAN_UP, Cause, Ecs, RolloutState, SCALE_UP};
use super::happening::Happening as H;
use super::{Scene, conflict, not_now};
use crate::state::Tasks;
use crate::wire::AwsError;

impl Ecs {
    /// Whether it can happen now.
    pub fn check_tasks(&self, desired: i64, what: H) -> Result<(), AwsError> {
        let possible = match what {
            H::Begin => self.rollout.as_ref().is_some_and(|rollout| rollout.arn.is_none()),
            H::TaskStarts => self.task_can_start(),
            H::OldTaskStops => self.stoppable(desired).is_some(),
            H::TasksFail => self.can_fail(),
            H::BreakerTrips => self.can_turn() && self.breaker.enable && self.target_failed() >= 3,
            H::AlarmTrips => self.can_turn() && !self.alarms.is_empty(),
            H::FailureShows => self.unshown_failure().is_some(),
            H::BadTaskStops => self.bad().is_some(),
            H::RollbackEnds => self.is_back(desired),
            H::RollbackFails => self.rollout.as_ref().is_some_and(|rollout| rollout.native && rollout.back.is_some()),
            H::Complete => self.is_complete(desired),
            H::CompleteEarly => self.is_complete_early(desired),
            H::Stop { .. } => return self.check_stop(),
            H::StopTakesEffect => self
                .rollout
                .as_ref()
                .is_some_and(|rollout| ["STOP_REQUESTED", "ROLLBACK_REQUESTED"].contains(&rollout.status)),
            H::NinetyDaysPass => self.rollout.is_none() && self.current.is_some() && self.generations.len() == 1,
            _ => false,
        };
        if possible { Ok(()) } else { Err(not_now("the tasks are not in that state")) }
    }

    /// Does it.
    pub fn tasks(&mut self, scene: &mut Scene<'_>, what: H) {
        match what {
            H::Begin => self.begin(scene),
            H::TaskStarts => {
                if let Some(primary) = self.generations.first_mut() {
                    primary.tasks.pending -= 1;
                    primary.tasks.running += 1;
                }
            }
            H::OldTaskStops => {
                if let Some(index) = self.stoppable(scene.desired) {
                    let over = self.rollout.is_none();
                    let old = &mut self.generations[index];
                    old.tasks.running -= 1;
                    old.tasks.pending = 0;
                    old.tasks.desired = old.tasks.running;
                    if over && old.tasks.running == 0 {
                        self.generations.remove(index);
                    }
                }
            }
            H::TasksFail => {
                if let Some(found) =
                    self.rollout.as_ref().map(|rollout| rollout.target).and_then(|number| self.find_mut(number))
                {
                    found.failed = 3;
                }
            }
            H::BreakerTrips if self.breaker.rollback => self.turn_back(scene, Cause::Breaker),
            H::BreakerTrips => self.give_up(scene, Cause::Breaker, "STOPPED", None),
            H::AlarmTrips => self.turn_back(scene, Cause::Alarm),
            H::FailureShows => {
                if let Some(found) = self.unshown_failure().and_then(|number| self.find_mut(number)) {
                    found.rollout = RolloutState::Failed;
                    found.reason = "ECS deployment circuit breaker: tasks failed to start.".to_owned();
                    found.tasks.desired = 0;
                    found.tasks.pending = 0;
                }
            }
            H::BadTaskStops => {
                if let Some(index) = self.bad() {
                    let found = &mut self.generations[index];
                    found.tasks.running -= 1;
                    found.tasks.desired = 0;
                }
            }
            H::RollbackEnds => self.end(scene, "ROLLBACK_SUCCESSFUL"),
            H::RollbackFails => {
                let cause =
                    self.rollout.as_ref().and_then(|rollout| rollout.back).map_or(Cause::User, |(_, cause)| cause);
                self.give_up(
                    scene,
                    cause,
                    "ROLLBACK_FAILED",
                    Some("Rollback failed. The service deployment could not be rolled back."),
                );
            }
            H::Complete => self.end(scene, "SUCCESSFUL"),
            H::CompleteEarly => {
                // ECS developer guide, early success criteria: the rest is cleaned up in the background.
                let Some(rollout) = self.rollout.take() else { return };
                self.complete_primary();
                self.base = rollout.target;
                self.finish(scene, &rollout, "SUCCESSFUL", None);
            }
            H::Stop { rollback } => {
                if let Some(rollout) = &mut self.rollout {
                    rollout.status = if rollback { "ROLLBACK_REQUESTED" } else { "STOP_REQUESTED" };
                }
            }
            H::StopTakesEffect => match self.rollout.as_ref().map(|rollout| rollout.status) {
                Some("ROLLBACK_REQUESTED") => self.turn_back(scene, Cause::User),
                _ => self.give_up(scene, Cause::User, "STOPPED", None),
            },
            H::NinetyDaysPass => {
                let mine = format!(":service-deployment/{}/{}/", scene.cluster, scene.name);
                scene.region.service_deployments.retain(|arn, _| !arn.contains(&mine));
                self.current = None;
            }
            _ => {}
        }
    }

    fn task_can_start(&self) -> bool {
        let Some(primary) = self.generations.first().filter(|primary| primary.tasks.pending > 0) else { return false };
        match &self.rollout {
            None => true,
            Some(rollout) if rollout.back.is_some() => true,
            Some(rollout) => rollout.target == primary.number && self.hooks_are_done() && primary.failed == 0,
        }
    }

    /// The oldest row whose task may stop.
    fn stoppable(&self, desired: i64) -> Option<usize> {
        let last = self.generations.iter().enumerate().skip(1).rev();
        let (index, _) =
            last.into_iter().find(|(_, found)| found.tasks.running > 0 && found.rollout != RolloutState::Failed)?;
        let may = match &self.rollout {
            None => self.generations[0].rollout == RolloutState::Completed,
            Some(rollout) if rollout.native => {
                rollout.stage == Some(CLEAN_UP) && rollout.back.is_none_or(|(back, _)| back == Back::CleanUp)
            }
            // minimumHealthyPercent 100.
            Some(_) => self.running() > desired,
        };
        may.then_some(index)
    }

    fn can_turn(&self) -> bool {
        self.rollout
            .as_ref()
            .is_some_and(|rollout| rollout.arn.is_some() && rollout.back.is_none() && rollout.status == "IN_PROGRESS")
    }

    fn can_fail(&self) -> bool {
        let stage = self.rollout.as_ref().and_then(|rollout| rollout.stage);
        let native = self.rollout.as_ref().is_some_and(|rollout| rollout.native);
        self.can_turn()
            && self.breaker.enable
            && self.hooks_are_done()
            && (!native || stage == Some(SCALE_UP))
            && self.generations[0].tasks.pending > 0
            && self.target_failed() == 0
    }

    fn target_failed(&self) -> u32 {
        self.rollout.as_ref().and_then(|rollout| self.find(rollout.target)).map_or(0, |found| found.failed)
    }

    fn unshown_failure(&self) -> Option<u64> {
        let rollout = self.rollout.as_ref().filter(|rollout| rollout.back.is_some())?;
        self.find(rollout.target).filter(|found| found.rollout == RolloutState::InProgress).map(|found| found.number)
    }

    /// The row of a failed deployment that still has tasks which have to go.
    fn bad(&self) -> Option<usize> {
        let ready = match &self.rollout {
            // With all old tasks there, or on top of a failure: the failed ones go.
            Some(rollout) if rollout.native => match rollout.back {
                Some((back, _)) => back == Back::CleanUp,
                None => rollout.stage == Some(CLEAN_UP),
            },
            Some(_) => true,
            None => false,
        };
        let mut rows = self.generations.iter().enumerate().skip(1);
        let bad = rows.find(|(_, found)| found.rollout == RolloutState::Failed && found.tasks.running > 0);
        bad.map(|(index, _)| index).filter(|_| ready)
    }

    fn others_run(&self) -> bool {
        self.generations.iter().skip(1).any(|found| found.tasks.running > 0)
    }

    fn primary_is_full(&self, desired: i64) -> bool {
        self.generations.first().is_some_and(|primary| primary.tasks.running >= desired && primary.tasks.pending == 0)
    }

    fn is_back(&self, desired: i64) -> bool {
        let there = self.rollout.as_ref().and_then(|rollout| Some((rollout.native, rollout.back?.0)));
        let shown = self.unshown_failure().is_none();
        there.is_some_and(|(native, back)| !native || back == Back::CleanUp)
            && shown
            && self.primary_is_full(desired)
            && !self.others_run()
    }

    fn is_complete(&self, desired: i64) -> bool {
        let Some(rollout) = self.rollout.as_ref().filter(|rollout| rollout.arn.is_some() && rollout.back.is_none())
        else {
            return false;
        };
        // A requested rollback comes too late when the deployment is complete first.
        let on = ["IN_PROGRESS", "ROLLBACK_REQUESTED"].contains(&rollout.status);
        let staged = if rollout.native { rollout.stage == Some(CLEAN_UP) } else { self.hooks_are_done() };
        on && staged && self.primary_is_full(desired) && !self.others_run()
    }

    fn is_complete_early(&self, desired: i64) -> bool {
        let begun = self
            .rollout
            .as_ref()
            .is_some_and(|rollout| rollout.arn.is_some() && !rollout.native && rollout.back.is_none());
        let mut others = self.generations.iter().skip(1).filter(|found| found.tasks.running > 0);
        begun
            && self.can_turn()
            && self.hooks_are_done()
            && self.primary_is_full(desired)
            && self.others_run()
            && others.all(|found| found.rollout == RolloutState::Completed)
    }

    fn check_stop(&self) -> Result<(), AwsError> {
        let Some(rollout) = &self.rollout else { return Err(conflict()) };
        if rollout.arn.is_none() {
            let text = "The service deployment could not be found.";
            return Err(AwsError::new("ServiceDeploymentNotFoundException", text));
        }
        if rollout.status == "IN_PROGRESS" { Ok(()) } else { Err(conflict()) }
    }

    fn complete_primary(&mut self) {
        if let Some(primary) = self.generations.first_mut() {
            primary.rollout = RolloutState::Completed;
            primary.reason = format!("ECS deployment ecs-svc/{} completed.", primary.number);
        }
    }

    fn end(&mut self, scene: &mut Scene<'_>, status: &str) {
        let Some(rollout) = self.rollout.take() else { return };
        self.complete_primary();
        self.finish(scene, &rollout, status, None);
        self.generations.truncate(1);
        if let Some(primary) = self.generations.first_mut() {
            self.base = primary.number;
            primary.tasks = Tasks { pending: 0, desired: primary.tasks.running, ..primary.tasks };
        }
    }
}
