//! BLUE_GREEN, LINEAR and CANARY as ECS does them: stages, weights, hooks, and the way back.

use super::ecs::{Back, CLEAN_UP, Cause, Ecs, PRE_PRODUCTION, PRODUCTION, RECONCILE, SCALE_UP, STAGES, TEST};
use super::happening::Happening as H;
use super::place::{weights_of, write};
use super::{Scene, conflict, not_now};
use crate::state::{HookRun, Region, Tasks};
use crate::wire::AwsError;

impl Ecs {
    /// True when no hook holds the deployment up.
    pub fn hooks_are_done(&self) -> bool {
        self.rollout.as_ref().is_none_or(|rollout| rollout.hooks.iter().all(|hook| hook.status == "SUCCEEDED"))
    }

    fn hook(&self, lambda: bool) -> Option<&HookRun> {
        let rollout = self.rollout.as_ref().filter(|rollout| rollout.status == "IN_PROGRESS")?;
        rollout.hooks.iter().find(|hook| hook.lambda.is_some() == lambda && hook.status != "SUCCEEDED")
    }

    /// Whether it can happen now.
    pub fn check_stages(&self, region: &Region, desired: i64, what: H) -> Result<(), AwsError> {
        let rollout = self.rollout.as_ref();
        let possible = match what {
            H::ContinueHook if self.hook(false).is_none() => return Err(conflict()),
            H::ContinueHook | H::HookExpires => self.hook(false).is_some(),
            H::LambdaSucceeds | H::LambdaFails => self.hook(true).is_some(),
            H::LambdaMovesListener(percent) => {
                // The AWS sample of a hook that shifts the traffic itself, while ECS says 100 to 0 or nothing.
                let early = rollout.is_some_and(|rollout| rollout.native && rollout.asked == 0);
                let target = rollout.and_then(|rollout| self.find(rollout.target)).map(|found| &found.group);
                let held = |route: &str| weights_of(region, route);
                let new = target.is_some_and(|group| !held(&self.told(region)).contains(&(group.clone(), percent)));
                self.hook(true).is_some() && early && new
            }
            H::ListenerFollows => rollout.is_some_and(|rollout| rollout.native && !rollout.followed),
            H::NextStage => self.can_go_on(desired),
            _ => false,
        };
        if possible { Ok(()) } else { Err(not_now("the deployment is not in that stage")) }
    }

    /// The route that a revision of this service names.
    fn told(&self, region: &Region) -> String {
        let found = self.generations.first().and_then(|found| region.service_revisions.get(&found.revision));
        let pair = found.and_then(|found| found.load_balancers.first()).and_then(|entry| entry.pair.as_ref());
        pair.map(|pair| pair.production_rule.clone()).unwrap_or_default()
    }

    fn can_go_on(&self, desired: i64) -> bool {
        let Some(rollout) = self.rollout.as_ref().filter(|rollout| rollout.native && rollout.arn.is_some()) else {
            return false;
        };
        if rollout.back.is_some() {
            return rollout.followed && rollout.back.is_some_and(|(back, _)| back != Back::CleanUp);
        }
        let scaled = rollout.stage != Some(SCALE_UP)
            || self.find(rollout.target).is_some_and(|found| found.tasks.running >= desired && found.failed == 0);
        rollout.status == "IN_PROGRESS"
            && rollout.followed
            && self.hooks_are_done()
            && scaled
            && rollout.stage.is_some_and(|stage| stage < CLEAN_UP)
    }

    /// Does it.
    pub fn stages(&mut self, scene: &mut Scene<'_>, what: H) {
        match what {
            H::ContinueHook => self.answer_hook(false),
            H::LambdaSucceeds => self.answer_hook(true),
            H::HookExpires => {
                let action = self.hook(false).and_then(|hook| hook.timeout_action.clone());
                if action.as_deref() == Some("CONTINUE") {
                    self.answer_hook(false);
                } else {
                    self.turn_back(scene, Cause::Hook);
                }
            }
            H::LambdaFails => self.turn_back(scene, Cause::Hook),
            H::LambdaMovesListener(percent) => {
                self.steer(scene, percent);
            }
            H::ListenerFollows => self.follow(scene),
            H::NextStage if self.rollout.as_ref().is_some_and(|rollout| rollout.back.is_some()) => self.go_back(scene),
            H::NextStage => self.go_on(scene),
            _ => {}
        }
    }

    fn answer_hook(&mut self, lambda: bool) {
        let Some(rollout) = &mut self.rollout else { return };
        let mut waiting = rollout.hooks.iter_mut().filter(|hook| hook.lambda.is_some() == lambda);
        if let Some(hook) = waiting.find(|hook| hook.status != "SUCCEEDED") {
            "SUCCEEDED".clone_into(&mut hook.status);
        }
    }

    fn follow(&mut self, scene: &mut Scene<'_>) {
        let asked = self.rollout.as_ref().map_or(0, |rollout| rollout.asked);
        if self.steer(scene, asked) {
            if let Some(rollout) = &mut self.rollout {
                rollout.followed = true;
            }
        } else if self.rollout.as_ref().is_some_and(|rollout| rollout.back.is_some()) {
            let text = "Rollback failed. One or more rules not found";
            self.give_up(scene, Cause::Networking, "ROLLBACK_FAILED", Some(text));
        } else {
            self.turn_back(scene, Cause::Networking);
        }
    }

    fn go_on(&mut self, scene: &mut Scene<'_>) {
        let steps = self.strategy.steps();
        let Some(rollout) = &mut self.rollout else { return };
        let Some(stage) = rollout.stage else { return };
        let more = rollout.step + 1 < steps.len();
        let next = if stage == PRODUCTION && more { PRE_PRODUCTION } else { stage + 1 };
        if stage == PRODUCTION && more {
            rollout.step += 1;
        }
        rollout.stage = Some(next);
        let (target, step) = (rollout.target, rollout.step);
        match next {
            PRODUCTION => {
                // The strategy may have changed meanwhile; then all that is left comes at once.
                rollout.asked = steps.get(step).copied().unwrap_or(100);
                rollout.followed = false;
            }
            TEST => {
                rollout.test = true;
                self.test_traffic(scene, target);
            }
            CLEAN_UP => {
                self.base = target;
            }
            _ => {}
        }
        if next == SCALE_UP
            && let Some(found) = self.find_mut(target)
        {
            found.tasks = Tasks { desired: scene.desired, running: 0, pending: scene.desired };
        }
        if stage == RECONCILE {
            self.reconcile(scene);
        }
        self.enter_stage(scene);
    }

    /// Every revision but the one that carries the traffic and the new one is drained, and the traffic gathered.
    fn reconcile(&mut self, scene: &mut Scene<'_>) {
        let Some(target) = self.rollout.as_ref().map(|rollout| rollout.target) else { return };
        let base = self.base;
        self.generations.retain(|found| found.number == base || found.number == target);
        if let Some(rollout) = &mut self.rollout {
            rollout.sources.retain(|number| *number == base);
        }
        self.steer(scene, 0);
    }

    fn test_traffic(&self, scene: &mut Scene<'_>, number: u64) {
        if let (Some(rule), Some(found)) = (scene.place.test_rule.clone(), self.find(number)) {
            let other = scene.place.other(&found.group);
            write(scene.region, &rule, &[(found.group.clone(), 100), (other, 0)]);
        }
    }

    /// Runs the hooks that are configured for this stage: "several hooks at one stage must all complete".
    pub fn enter_stage(&mut self, scene: &mut Scene<'_>) {
        let Some(rollout) = &mut self.rollout else { return };
        rollout.hooks.clear();
        let Some(stage) = rollout.stage else { return };
        for hook in self.hooks.iter().filter(|hook| hook.stages.iter().any(|name| name == STAGES[stage])) {
            let pause = hook.lambda.is_none();
            let expires = pause.then(|| scene.region.now() + 14.0 * 86_400.0);
            rollout.hooks.push(HookRun {
                id: scene.region.next_id(),
                lambda: hook.lambda.clone(),
                status: if pause { "AWAITING_ACTION" } else { "IN_PROGRESS" }.to_owned(),
                expires,
                timeout_action: pause.then(|| "ROLLBACK".to_owned()),
            });
        }
    }

    /// On the way back the stage is again PRODUCTION_TRAFFIC_SHIFT, with the target still green, then TEST_TRAFFIC_SHIFT.
    fn go_back(&mut self, scene: &mut Scene<'_>) {
        let Some((back, cause)) = self.rollout.as_ref().and_then(|rollout| rollout.back) else { return };
        let source = self.rollout.as_ref().and_then(|rollout| rollout.sources.first().copied());
        let old = source.and_then(|number| self.find(number)).map(|found| found.group.clone());
        let live = weights_of(scene.region, &scene.place.named);
        let moved = live.iter().any(|(group, weight)| *weight > 0 && Some(group) != old.as_ref());
        let Some(rollout) = &mut self.rollout else { return };
        let next = match back {
            Back::Begun if moved || rollout.asked > 0 => Back::Production,
            Back::Begun | Back::Production if rollout.test => Back::Test,
            _ => Back::CleanUp,
        };
        rollout.back = Some((next, cause));
        rollout.stage = Some(match next {
            Back::Production => PRODUCTION,
            Back::Test => TEST,
            _ => CLEAN_UP,
        });
        match next {
            Back::Production => {
                rollout.asked = 0;
                rollout.followed = false;
            }
            Back::Test => {
                rollout.test = false;
                if let Some(source) = source {
                    self.test_traffic(scene, source);
                }
            }
            _ => {
                if let Some(source) = source {
                    self.base = source;
                }
            }
        }
    }
}
