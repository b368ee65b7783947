//! UpdateService under the ECS controller: what it takes, and how a deployment starts, ends and turns round.

use super::Strategy;
use super::ecs::{Back, Cause, Ecs, Generation, RECONCILE, Rollout, RolloutState, reason_of};
use super::happening::Happening as H;
use super::place::{Place, weights_of, write};
use super::{Scene, not_now};
use crate::state::{Region, ServiceDeployment, Tasks};
use crate::wire::AwsError;

impl Ecs {
    /// Whether AWS takes it now.
    pub fn check_update(&self, region: &Region, place: &Place, what: H) -> Result<(), AwsError> {
        let known = |task: &str| {
            let found = crate::ecs::revision(region, task).map(|(found, _)| found.status == "ACTIVE");
            // ECS developer guide: an INACTIVE revision runs on, but no service can be created or updated with it.
            if found.unwrap_or(false) {
                Ok(())
            } else {
                Err(AwsError::new("ClientException", "TaskDefinition is inactive"))
            }
        };
        match what {
            H::Update => Ok(()),
            H::ForceNewDeployment | H::TellTheRoute => known(&self.configured),
            H::ChangeGroup if self.strategy == Strategy::Rolling && self.alternate.is_none() => known(&self.configured),
            H::SwitchStrategy(to) if to != self.strategy => known(&self.configured),
            H::MoveOntoPair if self.strategy == Strategy::Rolling && self.alternate.is_none() => {
                let here = self.rollout.is_none() && place.route().is_some();
                if here { known(&self.configured) } else { Err(not_now("a deployment is under way")) }
            }
            _ => Err(not_now("the service is not in that state")),
        }
    }

    /// Does it.
    pub fn update(&mut self, scene: &mut Scene<'_>, what: H) {
        match what {
            H::Update => {
                let image = format!("nginx:1.{}", scene.next_image());
                let task = scene.region.register(scene.name, &[(scene.name, &image)]);
                self.deploy(scene, task);
            }
            H::ForceNewDeployment | H::TellTheRoute => self.deploy(scene, self.configured.clone()),
            H::ChangeGroup => {
                self.entry_group = scene.place.other(&self.entry_group);
                let group = self.entry_group.clone();
                self.start(scene, self.configured.clone(), group, false);
            }
            H::SwitchStrategy(to) => self.switch(scene, to),
            H::MoveOntoPair => {
                // The rule holds three groups, as hashicorp/aws users do before they change the service: W9.
                let (place, region) = (&mut *scene.place, &mut *scene.region);
                let legacy = self.base().map(|base| base.group.clone()).unwrap_or_default();
                let pair = [
                    region.target_group(&format!("{}-one", scene.name)),
                    region.target_group(&format!("{}-two", scene.name)),
                ];
                if let Some(route) = place.route().map(str::to_owned) {
                    let weights = [(legacy, 100), (pair[0].clone(), 0), (pair[1].clone(), 0)];
                    write(region, &route, &weights);
                    place.named = route;
                }
                [place.blue, place.green] = pair;
                self.entry_group.clone_from(&place.blue);
                self.alternate = Some(place.green.clone());
                self.strategy = Strategy::BlueGreen;
                self.deploy(scene, self.configured.clone());
            }
            _ => {}
        }
    }

    fn switch(&mut self, scene: &mut Scene<'_>, to: Strategy) {
        let from = std::mem::replace(&mut self.strategy, to);
        if from == Strategy::Rolling && self.alternate.is_none() {
            // aws/containers-roadmap#2664: the first deployment adds the pair and is still a rolling one.
            let group = self.entry_group.clone();
            self.alternate = Some(scene.place.other(&group));
            if let Some(route) = scene.place.route() {
                scene.place.named = route.to_owned();
            }
            self.start(scene, self.configured.clone(), group, false);
        }
        // Otherwise it takes effect with the next update (ECS developer guide, "Migrate … deployments").
    }

    /// A deployment of this task definition by the strategy of the service.
    pub fn deploy(&mut self, scene: &mut Scene<'_>, task: String) {
        let native = self.strategy != Strategy::Rolling;
        let here = self.base().map_or_else(|| self.entry_group.clone(), |base| base.group.clone());
        let first = self.generations.is_empty();
        let group = match &self.alternate {
            Some(alternate) if native && (first || here != *alternate) => alternate.clone(),
            Some(_) if native => self.entry_group.clone(),
            // A pair that was left over: the tasks stay on the side that serves.
            Some(_) => here,
            None => self.entry_group.clone(),
        };
        self.start(scene, task, group, native);
    }

    /// UpdateService: the new revision is PRIMARY at once, wants no task yet, and no deployment names it yet
    /// (cc-ecs-describe-services-rolling-in-progress: PRIMARY IN_PROGRESS desired 0 beside ACTIVE COMPLETED running 1).
    pub fn start(&mut self, scene: &mut Scene<'_>, task: String, group: String, native: bool) {
        if let Some(old) = self.rollout.take() {
            // A new deployment ends the one before.
            if old.native && old.asked == 100 && old.followed && old.back.is_none() {
                self.base = old.target;
            }
            self.finish(scene, &old, "STOPPED", None);
        }
        self.generations
            .retain(|found| found.tasks.running > 0 || found.number == self.base || found.tasks.desired > 0);
        let number = scene.number();
        let created = scene.region.now();
        let mut sources: Vec<u64> = self.generations.iter().map(|found| found.number).collect();
        sources.sort_by_key(|number| *number != self.base);
        self.configured.clone_from(&task);
        self.current = None;
        let generation = Generation {
            number,
            revision: scene.region.arn("ecs", &format!("service-revision/{}/{}/{number}", scene.cluster, scene.name)),
            task,
            group,
            native,
            rollout: RolloutState::InProgress,
            reason: format!("ECS deployment ecs-svc/{number} in progress."),
            tasks: Tasks::default(),
            failed: 0,
            created,
        };
        self.generations.insert(0, generation);
        if sources.is_empty() {
            self.base = number;
        }
        self.rollout = Some(Rollout {
            arn: None,
            sources,
            target: number,
            native,
            status: "IN_PROGRESS",
            stage: None,
            step: 0,
            asked: 0,
            followed: true,
            test: false,
            hooks: Vec::new(),
            back: None,
            started: created,
            back_started: None,
        });
    }

    /// ECS makes the service deployment.
    pub fn begin(&mut self, scene: &mut Scene<'_>) {
        let id = scene.number();
        let arn = scene.region.arn("ecs", &format!("service-deployment/{}/{}/{id}", scene.cluster, scene.name));
        let crowded = self.generations.len() > 2;
        let Some(rollout) = &mut self.rollout else { return };
        rollout.arn = Some(arn.clone());
        rollout.started = scene.region.now();
        self.current = Some(arn);
        if rollout.native {
            rollout.stage = Some(if crowded { RECONCILE } else { RECONCILE + 1 });
        } else if !self.hooks.is_empty() {
            rollout.stage = Some(RECONCILE + 1);
        }
        if rollout.native {
            self.enter_stage(scene);
            return;
        }
        self.enter_stage(scene);
        let target = rollout_target(self);
        if let Some(found) = self.find_mut(target) {
            found.tasks = Tasks { desired: scene.desired, running: 0, pending: scene.desired };
        }
    }

    /// The deployment ends: what AWS tells of it for 90 days.
    pub fn finish(&mut self, scene: &mut Scene<'_>, rollout: &Rollout, status: &str, reason: Option<&str>) {
        let Some(arn) = &rollout.arn else { return };
        let now = scene.region.now();
        let mut ended: ServiceDeployment = self.record(rollout);
        status.clone_into(&mut ended.status);
        ended.hooks.clear();
        if let Some(reason) = reason {
            ended.reason = Some(reason.to_owned());
        }
        let over = |monitor: &mut Option<String>| {
            if monitor.as_deref() == Some("MONITORING") {
                *monitor = Some("MONITORING_COMPLETE".to_owned());
            }
        };
        over(&mut ended.breaker);
        over(&mut ended.alarms);
        if status == "STOPPED" {
            ended.stopped = Some(now);
        }
        ended.finished = Some(now);
        scene.region.service_deployments.insert(arn.clone(), ended);
    }

    /// It goes back to the newest revision that was complete, or stops where it is when there is none.
    pub fn turn_back(&mut self, scene: &mut Scene<'_>, cause: Cause) {
        let Some(target) = self.rollout.as_ref().map(|rollout| rollout.target) else { return };
        let complete = |found: &Generation| found.number != target && found.rollout == RolloutState::Completed;
        let base = self.generations.iter().position(|found| found.number == self.base && complete(found));
        let candidate = base.or_else(|| self.generations.iter().position(complete));
        let Some(candidate) = candidate else {
            self.give_up(
                scene,
                cause,
                "ROLLBACK_FAILED",
                Some("Rollback failed. No rollback candidate was found to run the rollback."),
            );
            return;
        };
        let mut old = self.generations.remove(candidate);
        old.rollout = RolloutState::InProgress;
        // Text of @wanews/pulumi-wait-for-ecs-deploy and of the "ECS Deployment State Change" event.
        let who = if cause == Cause::Alarm { "alarm" } else { "circuit breaker" };
        old.reason = format!("ECS deployment {who}: rolling back to deploymentId ecs-svc/{}.", old.number);
        old.tasks.desired = scene.desired;
        old.tasks.pending = (scene.desired - old.tasks.running).max(0);
        self.configured.clone_from(&old.task);
        if !self.rollout.as_ref().is_some_and(|rollout| rollout.native) {
            self.base = old.number;
        }
        self.generations.insert(0, old);
        let now = scene.region.now();
        if let Some(rollout) = &mut self.rollout {
            rollout.status = "ROLLBACK_IN_PROGRESS";
            rollout.back = Some((Back::Begun, cause));
            rollout.back_started = Some(now);
            rollout.hooks.clear();
            rollout.followed = true;
        }
    }

    /// It ends where it is: "the deployment is stalled" (ECS developer guide, deployment circuit breaker).
    pub fn give_up(&mut self, scene: &mut Scene<'_>, cause: Cause, status: &str, reason: Option<&str>) {
        let Some(mut rollout) = self.rollout.take() else { return };
        let text = if cause == Cause::User { "stopped." } else { "circuit breaker: tasks failed to start." };
        if let Some(primary) = self.generations.first_mut() {
            primary.rollout = RolloutState::Failed;
            primary.reason = match cause {
                Cause::Alarm => "ECS deployment alarm: alarm detected.".to_owned(),
                _ => format!("ECS deployment {text}"),
            };
            primary.tasks.pending = 0;
        }
        // Nothing is IN_PROGRESS any more.
        if let Some(target) = self.find_mut(rollout.target) {
            target.rollout = RolloutState::Failed;
            target.tasks.pending = 0;
        }
        if cause != Cause::User {
            rollout.back.get_or_insert((Back::Begun, cause));
        }
        self.finish(scene, &rollout, status, Some(reason.unwrap_or(reason_of(cause))));
        if status == "STOPPED"
            && let Some(ended) = rollout.arn.as_ref().and_then(|arn| scene.region.service_deployments.get_mut(arn))
        {
            // It stopped and did not go back.
            ended.rollback = None;
            ended.rollback_started = None;
            ended.reason = Some(stop_reason(cause).to_owned());
        }
    }

    /// Writes the route that ECS was told; false when it is gone.
    pub fn steer(&self, scene: &mut Scene<'_>, percent: u32) -> bool {
        let Some(rollout) = &self.rollout else { return false };
        let named = scene.place.named.clone();
        let Some(new) = self.find(rollout.target).map(|found| found.group.clone()) else { return false };
        let old = rollout.sources.first().and_then(|number| self.find(*number)).map(|found| found.group.clone());
        let old = old.filter(|old| *old != new).unwrap_or_else(|| scene.place.other(&new));
        // The target comes first (cdkrd-elbv2-listenerrule-native-bluegreen-flipped); groups that are neither stay with 0.
        let mut weights = vec![(new.clone(), percent), (old.clone(), 100 - percent)];
        let held = weights_of(scene.region, &named).into_iter().map(|(group, _)| (group, 0));
        weights.extend(held.filter(|(group, _)| *group != new && *group != old));
        write(scene.region, &named, &weights)
    }
}

fn rollout_target(ecs: &Ecs) -> u64 {
    ecs.rollout.as_ref().map_or(0, |rollout| rollout.target)
}

fn stop_reason(cause: Cause) -> &'static str {
    match cause {
        Cause::User => "Service deployment stopped because of the user request.",
        Cause::Alarm => "Service deployment stopped because one or more alarms were triggered.",
        _ => "Service deployment stopped because the circuit breaker threshold was exceeded.",
    }
}
