//! What is so, from the machine's own books. No answer of an API is read here.

use super::Strategy;
use super::ecs::RolloutState;
use super::{CodeDeploy, Engine, External, Kind, Life, Live, World};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A PAUSE hook that holds a deployment up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WaitingHook {
    /// ARN of the service deployment.
    pub deployment: String,
    /// What ContinueServiceDeployment takes.
    pub hook_id: String,
    /// When it expires, in seconds since 1970.
    pub expires: Option<f64>,
    /// ROLLBACK or CONTINUE.
    pub timeout_action: Option<String>,
}

/// The truth about one service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// There is an ACTIVE service.
    pub exists: bool,
    /// It is DRAINING: being deleted.
    pub draining: bool,
    /// ARN of the rule or listener that carries its production traffic; `None` when none does.
    pub route: Option<String>,
    /// What that route holds, by target group, as AWS holds it.
    pub weights: BTreeMap<String, u32>,
    /// The one group that gets all the requests of the route.
    pub live_group: Option<String>,
    /// Running tasks by task definition ARN; only those that run.
    pub tasks: BTreeMap<String, i64>,
    /// `service.taskDefinition`: what Terraform refreshes into its state.
    pub configured: Option<String>,
    /// The task definition that the service was last steady with and that AWS would go back to; while there was no steady
    /// state yet, the one that it starts with. `None` under EXTERNAL unless a set is PRIMARY or alone.
    pub stable: Option<String>,
    /// Task definitions whose tasks get requests: those with running tasks in a group that has weight on the route.
    pub serving: BTreeSet<String>,
    /// Task definitions with running tasks by the target group where they are registered.
    pub registered: BTreeMap<String, BTreeSet<String>>,
    /// A deployment is under way by AWS's own account; under EXTERNAL: there are several sets, or one that is not steady.
    pub under_way: bool,
    /// It goes back.
    pub rolling_back: bool,
    /// No deployment is under way and the route gives everything to the group where the control plane has the service:
    /// an answer has to come. Where it is false, an answer may still be right: after a rollback that failed the route can
    /// show one group.
    pub settled: bool,
    /// The group where the control plane has the service: a steady answer of ECS. `None` under EXTERNAL.
    pub control_group: Option<String>,
    /// PAUSE hooks that wait, all of which have to be continued.
    pub waiting_hooks: Vec<WaitingHook>,
    /// The control plane says where the traffic is, and that is where it is: shares that it states and the route agree.
    /// Never under EXTERNAL.
    pub ecs_knows_traffic: bool,
    /// The groups of this service, by its own configuration, revisions and task sets.
    pub own_groups: BTreeSet<String>,
}

impl World {
    /// The truth about a service.
    ///
    /// # Panics
    /// If there is no service of this name.
    pub fn truth(&self, service: &str) -> Truth {
        let live = self.life(service);
        let weights = live.place.weights(&self.region);
        let live_group = live.place.only_live(&self.region);
        let control_group = live.control_group();
        let exists = live.life == Life::Active;
        let under_way = exists && live.under_way();
        let own_groups = live.own_groups();
        let settled = exists && !under_way && live.agrees(&weights, live_group.as_deref(), control_group.as_deref());
        let (tasks, registered) = live.tasks();
        let busy = weights.iter().filter(|(_, weight)| *weight > 0).filter_map(|(group, _)| registered.get(group));
        let serving = busy.flatten().cloned().collect();
        Truth {
            exists,
            draining: live.life == Life::Draining,
            route: live.place.route().map(str::to_owned),
            live_group,
            tasks,
            serving,
            configured: live.configured().filter(|_| live.life != Life::Inactive),
            stable: live.stable().filter(|_| exists),
            registered,
            under_way,
            rolling_back: exists && live.rolling_back(),
            settled,
            waiting_hooks: if exists { live.waiting_hooks() } else { Vec::new() },
            ecs_knows_traffic: exists && live.knows(&weights),
            control_group: control_group.filter(|_| exists),
            own_groups,
            weights: weights.into_iter().collect(),
        }
    }
}

impl Live {
    fn sets(&self) -> &[super::sets::Set] {
        match &self.engine {
            Engine::Ecs(_) => &[],
            Engine::CodeDeploy(CodeDeploy { sets, .. }) | Engine::External(External { sets, .. }) => sets,
        }
    }

    fn control_group(&self) -> Option<String> {
        match &self.engine {
            Engine::Ecs(ecs) => ecs.base().map(|base| base.group.clone()),
            Engine::CodeDeploy(code_deploy) => super::sets::primary(&code_deploy.sets).map(|set| set.group.clone()),
            Engine::External(_) => None,
        }
    }

    fn own_groups(&self) -> BTreeSet<String> {
        let mut groups: BTreeSet<String> = self.sets().iter().map(|set| set.group.clone()).collect();
        match &self.engine {
            Engine::Ecs(ecs) => {
                groups.insert(ecs.entry_group.clone());
                groups.extend(ecs.alternate.clone());
                groups.extend(ecs.generations.iter().map(|found| found.group.clone()));
            }
            Engine::CodeDeploy(_) => groups.extend([self.place.blue.clone(), self.place.green.clone()]),
            Engine::External(_) => {}
        }
        groups
    }

    /// Listener and control plane agree.
    fn agrees(&self, weights: &[(String, u32)], live: Option<&str>, control: Option<&str>) -> bool {
        match &self.engine {
            // A rule that several rolling services share is none of ECS's business: the group has weight, or it has none.
            Engine::Ecs(ecs) if self.kind == Kind::SharedRule && ecs.alternate.is_none() => {
                weights.iter().any(|(group, weight)| Some(group.as_str()) == control && *weight > 0)
            }
            Engine::External(external) => {
                let registered =
                    |group: &str| external.sets.iter().any(|set| set.group == group && set.status != "DRAINING");
                live.is_some_and(registered)
            }
            _ => live.is_some() && live == control,
        }
    }

    fn tasks(&self) -> (BTreeMap<String, i64>, BTreeMap<String, BTreeSet<String>>) {
        let mut tasks: BTreeMap<String, i64> = BTreeMap::new();
        let mut registered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |task: &String, group: &String, running: i64| {
            if running > 0 {
                *tasks.entry(task.clone()).or_default() += running;
                registered.entry(group.clone()).or_default().insert(task.clone());
            }
        };
        if let Engine::Ecs(ecs) = &self.engine {
            ecs.generations.iter().for_each(|found| add(&found.task, &found.group, found.tasks.running));
        }
        self.sets().iter().for_each(|set| add(&set.task, &set.group, set.tasks.running));
        (tasks, registered)
    }

    fn configured(&self) -> Option<String> {
        match &self.engine {
            Engine::Ecs(ecs) => Some(ecs.configured.clone()),
            _ => super::sets::primary(self.sets()).map(|set| set.task.clone()),
        }
    }

    fn stable(&self) -> Option<String> {
        match &self.engine {
            Engine::Ecs(ecs) => ecs.base().map(|base| base.task.clone()),
            Engine::CodeDeploy(_) => super::sets::primary(self.sets()).map(|set| set.task.clone()),
            Engine::External(_) => {
                let mut alive = self.sets().iter().filter(|set| set.status != "DRAINING");
                let alone = alive.next().filter(|_| alive.next().is_none());
                super::sets::primary(self.sets()).or(alone).map(|set| set.task.clone())
            }
        }
    }

    fn rolling_back(&self) -> bool {
        match &self.engine {
            Engine::Ecs(ecs) => ecs.rollout.as_ref().is_some_and(|rollout| rollout.back.is_some()),
            Engine::CodeDeploy(code_deploy) => code_deploy.run.as_ref().is_some_and(|run| {
                use super::code_deploy::Phase;
                matches!(run.phase, Phase::Back | Phase::BackShifted | Phase::BackDraining)
            }),
            Engine::External(_) => false,
        }
    }

    fn waiting_hooks(&self) -> Vec<WaitingHook> {
        let Engine::Ecs(ecs) = &self.engine else { return Vec::new() };
        let Some(rollout) = &ecs.rollout else { return Vec::new() };
        let Some(arn) = &rollout.arn else { return Vec::new() };
        let waits = rollout.hooks.iter().filter(|hook| hook.status == "AWAITING_ACTION");
        let hook = |hook: &crate::state::HookRun| WaitingHook {
            deployment: arn.clone(),
            hook_id: hook.id.clone(),
            expires: hook.expires,
            timeout_action: hook.timeout_action.clone(),
        };
        waits.map(hook).collect()
    }

    /// Whether what the control plane says of the traffic is so.
    fn knows(&self, weights: &[(String, u32)]) -> bool {
        let sum: u32 = weights.iter().map(|(_, weight)| weight).sum();
        let percent = |group: &str| {
            let weight: u32 = weights.iter().filter(|(found, _)| found == group).map(|(_, weight)| weight).sum();
            (sum > 0).then(|| f64::from(weight) * 100.0 / f64::from(sum))
        };
        let all = |group: &str| percent(group) == Some(100.0);
        match &self.engine {
            Engine::External(_) => false,
            Engine::CodeDeploy(code_deploy) => match &code_deploy.run {
                None => super::sets::primary(&code_deploy.sets).is_some_and(|set| all(&set.group)),
                Some(_) => false,
            },
            Engine::Ecs(ecs) => {
                let Some(base) = ecs.base() else { return false };
                let Some(rollout) = ecs.rollout.as_ref().filter(|rollout| rollout.native) else {
                    return all(&base.group);
                };
                let shares = ecs.shares(rollout);
                let target = ecs.find(rollout.target).map(|found| found.group.clone()).unwrap_or_default();
                let source =
                    rollout.sources.first().and_then(|number| ecs.find(*number)).map(|found| found.group.clone());
                let first = source.is_none();
                shares.target.is_some()
                    && shares.target == percent(&target)
                    && (first || shares.source == source.and_then(|group| percent(&group)))
            }
        }
    }

    /// Nothing that failed stands beside what runs.
    pub(super) fn is_clean(&self) -> bool {
        match &self.engine {
            Engine::Ecs(ecs) => ecs.generations.iter().all(|found| found.rollout != RolloutState::Failed),
            _ => self.sets().len() == 1,
        }
    }

    /// The strategy under the ECS controller.
    pub(super) fn strategy(&self) -> Option<Strategy> {
        match &self.engine {
            Engine::Ecs(ecs) => Some(ecs.strategy),
            _ => None,
        }
    }
}

impl World {
    /// True when nothing that failed and no leftover stands beside what runs.
    ///
    /// # Panics
    /// If there is no service of this name.
    pub fn is_clean(&self, service: &str) -> bool {
        self.life(service).is_clean()
    }

    /// The configured strategy, under the ECS controller.
    ///
    /// # Panics
    /// If there is no service of this name.
    pub fn strategy(&self, service: &str) -> Option<Strategy> {
        self.life(service).strategy()
    }
}
