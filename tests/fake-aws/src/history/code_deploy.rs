//! A service under CODE_DEPLOY: hooks before the set exists, the replacement set, test traffic, the shift (listener first,
//! PRIMARY at the end), the termination wait, and rollbacks with an id of their own.

use super::happening::Happening as H;
use super::place::{weights_of, write};
use super::sets::{Set, primary};
use super::{Scene, not_now};
use crate::state::{Action, CodeDeployDeployment, DeploymentGroup, Region, Tasks};
use crate::wire::AwsError;

/// Where a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Created, nothing done.
    Created,
    /// The BeforeInstall hook runs: there is no set yet.
    BeforeInstall,
    /// The replacement set is made.
    Install,
    /// The test listener is on the replacement.
    Test,
    /// Ready: it waits for ContinueDeployment.
    Ready,
    /// So many steps of the shift are done; the listener holds the last of them, PRIMARY is still the old set.
    Shift(usize),
    /// PRIMARY is the new set, the old one waits for its end.
    Termination,
    /// The old set is DRAINING.
    Draining,
    /// A rollback: nothing has moved back.
    Back,
    /// A rollback: the listener is back.
    BackShifted,
    /// A rollback: the replacement is DRAINING.
    BackDraining,
}

/// The deployment under way.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub id: String,
    pub phase: Phase,
    /// Id of the set that was PRIMARY at the start.
    pub old: String,
    /// Id of the replacement.
    pub new: Option<String>,
    /// Listener that the group named at the start.
    pub listener: String,
}

/// A service under CODE_DEPLOY.
#[derive(Debug, Clone)]
pub(super) struct CodeDeploy {
    pub sets: Vec<Set>,
    pub run: Option<Run>,
    /// Shares of the replacement, in percent, one after the other.
    pub steps: Vec<u32>,
    /// The group waits for ContinueDeployment before the shift.
    pub waits: bool,
    /// The task set that is to be made runs this.
    pub next: Option<String>,
}

impl CodeDeploy {
    /// Whether it can happen now.
    pub fn check(&self, what: H) -> Result<(), AwsError> {
        let phase = self.run.as_ref().map(|run| run.phase);
        match (what, phase) {
            (H::CreateDeployment, None) => Ok(()),
            (H::CreateDeployment, Some(_)) => {
                let id = self.run.as_ref().map(|run| run.id.as_str()).unwrap_or_default();
                let text = format!("The Deployment Group already has an active Deployment '{id}'");
                Err(AwsError::new("DeploymentLimitExceededException", text))
            }
            (H::CodeDeployGoesOn, Some(phase)) if phase != Phase::Ready => Ok(()),
            (H::ContinueDeployment, Some(Phase::Ready)) => Ok(()),
            (H::ContinueDeployment, _) => Err(AwsError::new(
                "DeploymentIsNotInReadyStateException",
                "The deployment does not have a status of Ready.",
            )),
            (H::StopDeployment { .. }, None | Some(Phase::Draining)) => {
                Err(AwsError::new("DeploymentAlreadyCompletedException", "The deployment is already complete."))
            }
            (H::StopDeployment { rollback }, Some(Phase::Back | Phase::BackShifted | Phase::BackDraining))
                if rollback =>
            {
                Err(not_now("a rollback cannot be rolled back"))
            }
            (H::StopDeployment { .. }, Some(_)) => Ok(()),
            (H::CodeDeployFails, Some(phase)) if !matches!(phase, Phase::Created | Phase::Draining) => Ok(()),
            _ => Err(not_now("the deployment is not in that state")),
        }
    }

    /// Does it.
    pub fn apply(&mut self, scene: &mut Scene<'_>, what: H) {
        match what {
            H::CreateDeployment => {
                let image = format!("nginx:1.{}", scene.next_image());
                self.next = Some(scene.region.register(scene.name, &[(scene.name, &image)]));
                self.create(scene);
            }
            H::CodeDeployGoesOn => self.go_on(scene),
            H::ContinueDeployment => {
                self.set_status(scene, "InProgress", None);
                self.shift(scene, 0);
            }
            H::StopDeployment { rollback } => self.stop(scene, rollback),
            H::CodeDeployFails => {
                let text = "The deployment timed out while waiting for the replacement task set to become healthy.";
                self.fail(scene, "TIMEOUT", text);
            }
            _ => {}
        }
    }

    fn set(&self, id: &str) -> Option<&Set> {
        self.sets.iter().find(|set| set.id == id)
    }

    fn create(&mut self, scene: &mut Scene<'_>) {
        let id = scene.deployment_id();
        let old = primary(&self.sets).map(|set| set.id.clone()).unwrap_or_default();
        let listener = scene.place.named.clone();
        let names = [&scene.place.blue, &scene.place.green].map(|arn| name_of(scene.region, arn));
        let deployment = CodeDeployDeployment {
            id: id.clone(),
            status: "Created".to_owned(),
            cluster: scene.cluster.to_owned(),
            service: scene.name.to_owned(),
            production_listener: listener.clone(),
            test_listener: scene.place.test_rule.clone(),
            target_groups: names.to_vec(),
            traffic: [(old.clone(), 100)].into(),
            started: scene.region.now(),
            ..CodeDeployDeployment::default()
        };
        scene.region.deployments.insert(id.clone(), deployment);
        self.run = Some(Run { id, phase: Phase::Created, old, new: None, listener });
    }

    fn phase(&mut self, phase: Phase) {
        if let Some(run) = &mut self.run {
            run.phase = phase;
        }
    }

    fn go_on(&mut self, scene: &mut Scene<'_>) {
        let Some(run) = self.run.clone() else { return };
        match run.phase {
            Phase::Created => {
                self.set_status(scene, "InProgress", None);
                self.phase(Phase::BeforeInstall);
            }
            Phase::BeforeInstall => self.install(scene, &run),
            Phase::Install => {
                let new = run.new.unwrap_or_default();
                for set in self.sets.iter_mut().filter(|set| set.id == new) {
                    set.tasks = Tasks { desired: scene.desired, running: scene.desired, pending: 0 };
                    set.steady = true;
                }
                if let (Some(test), Some(group)) =
                    (scene.place.test_rule.clone(), self.set(&new).map(|set| set.group.clone()))
                {
                    write(scene.region, &test, &[(group, 1)]);
                }
                self.phase(Phase::Test);
            }
            Phase::Test if self.waits => {
                self.set_status(scene, "Ready", None);
                self.phase(Phase::Ready);
            }
            Phase::Test => self.shift(scene, 0),
            Phase::Shift(step) if step + 1 < self.steps.len() => self.shift(scene, step + 1),
            Phase::Shift(_) => {
                for set in &mut self.sets {
                    match set.status {
                        "PRIMARY" => set.status = "ACTIVE",
                        "ACTIVE" if Some(&set.id) == run.new.as_ref() => set.status = "PRIMARY",
                        _ => {}
                    }
                }
                self.phase(Phase::Termination);
            }
            Phase::Termination => {
                self.drain(&run.old);
                self.phase(Phase::Draining);
            }
            Phase::Draining => {
                self.sets.retain(|set| set.id != run.old);
                self.set_status(scene, "Succeeded", None);
                self.run = None;
            }
            Phase::Back => {
                let old = self.set(&run.old).map(|set| set.group.clone()).unwrap_or_default();
                if self.steer(scene, &run.listener, &old, 100) {
                    self.traffic(scene, &run, 0);
                    self.phase(Phase::BackShifted);
                } else {
                    self.fail(
                        scene,
                        "ALARM_ACTIVE",
                        "The ELB could not be updated due to the following error: One or more listeners not found",
                    );
                }
            }
            Phase::BackShifted => {
                for set in &mut self.sets {
                    set.status = if set.id == run.old { "PRIMARY" } else { set.status };
                }
                if let Some(new) = &run.new {
                    self.drain(new);
                }
                self.phase(Phase::BackDraining);
            }
            Phase::BackDraining => {
                self.sets.retain(|set| set.status == "PRIMARY");
                self.set_status(scene, "Succeeded", None);
                self.run = None;
            }
            Phase::Ready => {}
        }
    }

    /// Before it makes the set, CodeDeploy wants PRIMARY's group behind the listener; otherwise it fails without a set
    /// (CodeDeploy user guide, "Troubleshoot Amazon ECS deployment issues").
    fn install(&mut self, scene: &mut Scene<'_>, run: &Run) {
        let Some(old) = self.set(&run.old).cloned() else { return };
        let pair = [scene.place.blue.clone(), scene.place.green.clone()];
        let routes = routes_of(scene.region, &run.listener, &pair);
        let behind = |route: &String| {
            weights_of(scene.region, route).iter().any(|(group, weight)| *group == old.group && *weight > 0)
        };
        let wrong = routes.iter().find(|route| !behind(route)).cloned();
        let wrong = if routes.is_empty() { Some(run.listener.clone()) } else { wrong };
        if let Some(wrong) = wrong {
            let text = format!(
                "The ELB could not be updated due to the following error: Primary taskset target group must be behind listener {wrong}"
            );
            self.fail(scene, "ECS_UPDATE_ERROR", &text);
            return;
        }
        self.sets.retain(|set| set.status == "PRIMARY");
        let id = format!("ecs-svc/{}", scene.number());
        let task = self.next.take().unwrap_or_else(|| old.task.clone());
        self.sets.push(Set {
            id: id.clone(),
            status: "ACTIVE",
            task,
            group: scene.place.other(&old.group),
            external_id: Some(run.id.clone()),
            steady: false,
            tasks: Tasks { desired: scene.desired, running: 0, pending: scene.desired },
            created: scene.region.now(),
        });
        if let Some(run) = &mut self.run {
            run.new = Some(id);
            run.phase = Phase::Install;
        }
        let run = self.run.clone();
        if let Some(run) = run {
            self.traffic(scene, &run, 0);
        }
    }

    /// The listener moves first; PRIMARY flips when all the steps are done.
    fn shift(&mut self, scene: &mut Scene<'_>, step: usize) {
        let Some(run) = self.run.clone() else { return };
        let percent = self.steps.get(step).copied().unwrap_or(100);
        let new = run.new.as_ref().and_then(|id| self.set(id)).map(|set| set.group.clone()).unwrap_or_default();
        if self.steer(scene, &run.listener, &new, percent) {
            self.traffic(scene, &run, percent);
            self.phase(Phase::Shift(step));
        } else {
            let text = "The ELB could not be updated due to the following error: One or more listeners not found";
            self.fail(scene, "ECS_UPDATE_ERROR", text);
        }
    }

    /// Writes every rule and the default action of the listener that forward to the pair; false when there is none.
    fn steer(&self, scene: &mut Scene<'_>, listener: &str, group: &str, percent: u32) -> bool {
        let pair = [scene.place.blue.clone(), scene.place.green.clone()];
        let routes = routes_of(scene.region, listener, &pair);
        let share = |arn: &String| if arn == group { percent } else { 100 - percent };
        let weights: Vec<(String, u32)> = pair.iter().map(|arn| (arn.clone(), share(arn))).collect();
        for route in &routes {
            write(scene.region, route, &weights);
        }
        !routes.is_empty()
    }

    fn traffic(&self, scene: &mut Scene<'_>, run: &Run, percent: u32) {
        if let Some(found) = scene.region.deployments.get_mut(&run.id) {
            found.traffic = [(run.old.clone(), 100 - percent)].into();
            found.traffic.extend(run.new.iter().map(|id| (id.clone(), percent)));
        }
    }

    fn drain(&mut self, id: &str) {
        for set in self.sets.iter_mut().filter(|set| set.id == id) {
            set.status = "DRAINING";
            set.steady = false;
            set.tasks.desired = 0;
            set.tasks.pending = 0;
        }
    }

    fn set_status(&self, scene: &mut Scene<'_>, status: &str, error: Option<(&str, &str)>) {
        let now = scene.region.now();
        let found = self.run.as_ref().and_then(|run| scene.region.deployments.get_mut(&run.id));
        if let Some(found) = found {
            status.clone_into(&mut found.status);
            if ["Succeeded", "Failed", "Stopped"].contains(&status) {
                found.finished = Some(now);
            }
            found.error_code = error.map(|(code, _)| code.to_owned());
            found.error = error.map(|(_, text)| text.to_owned());
        }
    }

    fn fail(&mut self, scene: &mut Scene<'_>, code: &str, text: &str) {
        self.set_status(scene, "Failed", Some((code, text)));
        self.run = None;
    }

    /// Without a rollback everything stays as it is. The rollback is a deployment of its own: W44.
    fn stop(&mut self, scene: &mut Scene<'_>, rollback: bool) {
        self.set_status(scene, "Stopped", None);
        let Some(run) = self.run.take() else { return };
        if !rollback {
            return;
        }
        let id = scene.deployment_id();
        let Some(original) = scene.region.deployments.get_mut(&run.id) else { return };
        original.rolled_back_by = Some(id.clone());
        let undo = CodeDeployDeployment {
            id: id.clone(),
            status: "InProgress".to_owned(),
            undoes: Some(run.id.clone()),
            rolled_back_by: None,
            finished: None,
            ..original.clone()
        };
        let started = scene.region.now();
        scene.region.deployments.insert(id.clone(), CodeDeployDeployment { started, ..undo });
        self.run = Some(Run { id, phase: Phase::Back, ..run });
    }
}

/// The rules and the default action of a listener that forward to the pair.
pub(super) fn routes_of(region: &Region, listener: &str, pair: &[String]) -> Vec<String> {
    let rules = region.rules.iter().filter(|(_, rule)| rule.listener == listener && rule.action.forwards_to(pair));
    let mut routes: Vec<String> = rules.map(|(arn, _)| arn.clone()).collect();
    let default = region.listeners.get(listener).map(|found| &found.action);
    if default.is_some_and(|action: &Action| action.forwards_to(pair)) {
        routes.push(listener.to_owned());
    }
    routes
}

/// Writes what the deployment group names now.
pub(super) fn publish_group(region: &mut Region, cluster: &str, name: &str, place: &super::place::Place) {
    let group = DeploymentGroup {
        cluster: cluster.to_owned(),
        service: name.to_owned(),
        production_listener: place.named.clone(),
        test_listener: place.test_rule.clone(),
        target_groups: vec![name_of(region, &place.blue), name_of(region, &place.green)],
    };
    region.deployment_groups.insert(format!("{cluster}-{name}/{name}"), group);
}

fn name_of(region: &Region, arn: &str) -> String {
    region.target_groups.get(arn).map(|group| group.name.clone()).unwrap_or_default()
}
