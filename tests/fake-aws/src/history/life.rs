//! Services that are scaled, deleted and created again; revisions that are deregistered.

use super::ecs::RolloutState;
use super::happening::Happening as H;
use super::{CLUSTER, Engine, Life, Live, not_now};
use crate::state::Region;
use crate::wire::AwsError;

impl Live {
    /// Whether it can happen now; `None` leaves the question to others.
    pub(super) fn check_life(&self, region: &Region, what: H) -> Option<Result<(), AwsError>> {
        let answer = |is: bool| Some(if is { Ok(()) } else { Err(not_now("the service is not in that state")) });
        match (what, self.life) {
            (H::CreateService, Life::Active | Life::Draining) => {
                // ECS API reference: a DRAINING service's name cannot be used yet either.
                let text = "Creation of service was not idempotent.";
                Some(Err(AwsError::new("InvalidParameterException", text)))
            }
            (H::CreateService, Life::Inactive) => Some(Ok(())),
            (H::Drained, life) => answer(life == Life::Draining),
            (H::Delete, Life::Active) => Some(Ok(())),
            (H::Delete, _) => Some(Err(AwsError::new("ServiceNotActiveException", "Service was not ACTIVE."))),
            (H::EditWeights(_) | H::PointElsewhere | H::DeleteRule | H::CreateRule | H::ReplaceRule { .. }, _) => None,
            (_, Life::Draining | Life::Inactive) => {
                Some(Err(AwsError::new("ServiceNotActiveException", "Service was not ACTIVE.")))
            }
            (H::Scale(count), Life::Active) => answer(self.desired != i64::from(count) && !self.under_way()),
            (H::ScaleSettles, Life::Active) => answer(!self.under_way() && self.unsettled()),
            (H::DeregisterRunning, Life::Active) => {
                let found = self.running_task();
                let found = found.as_ref().and_then(|task| crate::ecs::revision(region, task).ok());
                answer(found.is_some_and(|(found, _)| found.status == "ACTIVE"))
            }
            _ => None,
        }
    }

    /// Does it; false leaves it to others.
    pub(super) fn apply_life(&mut self, region: &mut Region, what: H) -> bool {
        match what {
            H::Scale(count) => {
                self.desired = i64::from(count);
                self.want(self.desired);
            }
            H::ScaleSettles => {
                let desired = self.desired;
                self.each_standing(|tasks| {
                    tasks.running = desired;
                    tasks.pending = 0;
                });
            }
            H::DeregisterRunning => {
                let task = self.running_task().unwrap_or_default();
                if let Some((family, number)) = task.rsplit('/').next().and_then(|name| name.split_once(':'))
                    && let Ok(number) = number.parse()
                {
                    region.deregister(family, number);
                }
            }
            H::Delete => {
                self.life = Life::Draining;
                // cc-ecs-describe-services-codedeploy-draining: desired 0, the set still PRIMARY, STABILIZING, scale 0 %.
                self.each(|tasks| {
                    tasks.desired = 0;
                    tasks.pending = 0;
                });
                if let Engine::CodeDeploy(super::CodeDeploy { sets, .. })
                | Engine::External(super::External { sets, .. }) = &mut self.engine
                {
                    sets.iter_mut().for_each(|set| set.steady = false);
                }
            }
            H::Drained => {
                self.life = Life::Inactive;
                self.end_what_is_under_way(region);
                match &mut self.engine {
                    Engine::Ecs(ecs) => {
                        ecs.rollout = None;
                        ecs.generations.clear();
                        ecs.current = None;
                    }
                    Engine::CodeDeploy(code_deploy) => {
                        code_deploy.sets.clear();
                        code_deploy.run = None;
                    }
                    Engine::External(external) => external.sets.clear(),
                }
            }
            H::CreateService => {
                let cluster = region.clusters.entry(CLUSTER.to_owned()).or_default();
                if let Some(old) = cluster.services.remove(&self.name) {
                    cluster.former.push((self.name.clone(), old));
                }
                self.life = Life::Active;
                self.create_again(region);
            }
            _ => return false,
        }
        true
    }

    /// With the service its deployments end.
    fn end_what_is_under_way(&self, region: &mut Region) {
        let now = region.now();
        let mine = format!(":service-deployment/{CLUSTER}/{}/", self.name);
        for (_, found) in region.service_deployments.iter_mut().filter(|(arn, _)| arn.contains(&mine)) {
            if found.finished.is_none() {
                "STOPPED".clone_into(&mut found.status);
                (found.stopped, found.finished) = (Some(now), Some(now));
            }
        }
        for found in region.deployments.values_mut().filter(|found| found.service == self.name) {
            if found.finished.is_none() {
                "Failed".clone_into(&mut found.status);
                found.finished = Some(now);
                found.error = Some("The service could not be found.".to_owned());
            }
        }
    }

    /// The task definition of the newest thing that runs.
    pub(super) fn running_task(&self) -> Option<String> {
        match &self.engine {
            Engine::Ecs(ecs) => ecs.base().filter(|base| base.tasks.running > 0).map(|base| base.task.clone()),
            Engine::CodeDeploy(super::CodeDeploy { sets, .. }) | Engine::External(super::External { sets, .. }) => {
                sets.iter().find(|set| set.tasks.running > 0 && set.status != "DRAINING").map(|set| set.task.clone())
            }
        }
    }

    fn each(&mut self, mut change: impl FnMut(&mut crate::state::Tasks)) {
        match &mut self.engine {
            Engine::Ecs(ecs) => ecs.generations.iter_mut().for_each(|found| change(&mut found.tasks)),
            Engine::CodeDeploy(super::CodeDeploy { sets, .. }) | Engine::External(super::External { sets, .. }) => {
                sets.iter_mut().for_each(|set| change(&mut set.tasks));
            }
        }
    }

    /// Those that follow the desired count: the PRIMARY row while it has not failed, and every set that is not DRAINING.
    fn each_standing(&mut self, mut change: impl FnMut(&mut crate::state::Tasks)) {
        match &mut self.engine {
            Engine::Ecs(ecs) => {
                let standing = ecs.generations.iter_mut().find(|found| found.rollout != RolloutState::Failed);
                standing.into_iter().for_each(|found| change(&mut found.tasks));
            }
            Engine::CodeDeploy(super::CodeDeploy { sets, .. }) | Engine::External(super::External { sets, .. }) => {
                let standing = sets.iter_mut().filter(|set| set.status != "DRAINING");
                standing.for_each(|set| change(&mut set.tasks));
            }
        }
    }

    fn want(&mut self, desired: i64) {
        self.each_standing(|tasks| {
            tasks.desired = desired;
            tasks.pending = 0;
        });
    }

    fn unsettled(&self) -> bool {
        let off = |tasks: &crate::state::Tasks| tasks.running != self.desired;
        match &self.engine {
            Engine::Ecs(ecs) => {
                let standing = ecs.generations.iter().find(|found| found.rollout != RolloutState::Failed);
                standing.is_some_and(|found| off(&found.tasks))
            }
            Engine::CodeDeploy(super::CodeDeploy { sets, .. }) | Engine::External(super::External { sets, .. }) => {
                sets.iter().any(|set| set.status != "DRAINING" && off(&set.tasks))
            }
        }
    }
}
