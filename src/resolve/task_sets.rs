//! What do the task sets of a service under CODE_DEPLOY or EXTERNAL say?

use super::Refusal;
use super::arn::TargetGroupArn;
use super::inquiry::{Ask, Facts};
use super::model::{CodeDeployDeployment, LoadBalancer, Service, TaskSet, TaskSetStatus};

/// The task sets by what they are for.
#[derive(Debug)]
pub(super) struct TaskSets<'a> {
    /// The one that ECS calls PRIMARY; CodeDeploy moves that last, other tools move it when they like, or never.
    pub primary: Option<&'a TaskSet>,
    /// The others that are not being removed: they wait for traffic, or for their end.
    pub waiting: Vec<&'a TaskSet>,
}

impl<'a> TaskSets<'a> {
    /// Sorts the task sets of a service. A status that this version does not know counts as waiting.
    ///
    /// # Errors
    /// [`Refusal::NotOnePrimary`] when several are PRIMARY.
    pub fn of(service: &'a Service) -> Result<Self, Refusal> {
        let is_primary = |set: &&TaskSet| set.status == TaskSetStatus::Primary;
        let found = service.task_sets.iter().filter(is_primary).count();
        if found > 1 {
            return Err(Refusal::NotOnePrimary { what: "task set", found });
        }
        let present = service.task_sets.iter().filter(|set| set.status != TaskSetStatus::Draining);
        let (primary, waiting): (Vec<_>, Vec<_>) = present.partition(is_primary);
        Ok(Self { primary: primary.first().copied(), waiting })
    }

    /// The one that ECS calls PRIMARY.
    ///
    /// # Errors
    /// [`Refusal::NotOnePrimary`] when there is none.
    pub fn the_primary(&self) -> Result<&'a TaskSet, Refusal> {
        self.primary.ok_or(Refusal::NotOnePrimary { what: "task set", found: 0 })
    }

    /// All that are not being removed.
    pub fn present(&self) -> impl Iterator<Item = &'a TaskSet> {
        self.primary.into_iter().chain(self.waiting.iter().copied())
    }

    /// Under EXTERNAL, where nobody but the deployment tool knows more: true when there are several, or one that is not PRIMARY
    /// and whose tasks have not come up.
    pub fn is_rollout(&self) -> bool {
        let starts = |set: &&TaskSet| set.is_stable == Some(false);
        self.present().count() > 1 || self.waiting.first().is_some_and(starts)
    }

    /// The CodeDeploy deployments that made those that are not being removed.
    pub fn deployment_ids(&self) -> Vec<String> {
        self.present().filter_map(|set| set.code_deploy_id.clone()).collect()
    }

    /// Where the tasks of these sets are registered.
    pub fn groups(sets: impl Iterator<Item = &'a TaskSet>) -> impl Iterator<Item = &'a TargetGroupArn> {
        sets.flat_map(|set| &set.load_balancers).filter_map(|entry| entry.group())
    }
}

/// The load balancer entries of an EXTERNAL service, which has none of its own: those of the PRIMARY set, else of another one
/// that stays, else of one that is being removed and may still have the traffic.
pub fn entries(service: &Service) -> &[LoadBalancer] {
    let of = |wanted: fn(&TaskSetStatus) -> bool| service.task_sets.iter().filter(move |set| wanted(&set.status));
    let primary = of(|status| *status == TaskSetStatus::Primary);
    let staying = of(|status| !matches!(status, TaskSetStatus::Primary | TaskSetStatus::Draining));
    let leaving = of(|status| *status == TaskSetStatus::Draining);
    let mut entries = primary.chain(staying).chain(leaving).map(|set| set.load_balancers.as_slice());
    entries.find(|entries| !entries.is_empty()).unwrap_or_default()
}

/// What CodeDeploy does with the task sets of a service.
#[derive(Debug)]
pub(super) struct CodeDeploy<'a> {
    /// The deployment under way: one that made a set, or one that undoes it, which makes none.
    pub running: Option<&'a CodeDeployDeployment>,
    /// The newest of them all.
    pub newest: Option<&'a CodeDeployDeployment>,
    /// True when CodeDeploy knows none of the deployments any more.
    pub is_forgotten: bool,
}

/// What to ask for before [`code_deploy`] can tell.
pub(super) fn ask_code_deploy(facts: &Facts, sets: &TaskSets<'_>) -> Option<Ask> {
    facts.ask_deployments_and_undoing(&sets.deployment_ids())
}

/// What CodeDeploy does, from the deployments that were asked for.
pub(super) fn code_deploy<'a>(facts: &'a Facts, sets: &TaskSets<'_>) -> CodeDeploy<'a> {
    let made = sets.deployment_ids().into_iter().filter_map(|id| facts.deployment(&id));
    let known: Vec<&CodeDeployDeployment> = made
        .flat_map(|made| std::iter::once(made).chain(made.rolled_back_by.as_ref().and_then(|id| facts.deployment(id))))
        .collect();
    let age = |deployment: &&&CodeDeployDeployment| deployment.created_at.as_ref().map(|at| at.millis);
    let newest = known.iter().max_by_key(age).copied();
    let running = known.iter().rev().filter(|deployment| deployment.is_running()).max_by_key(age).copied();
    CodeDeploy { running, newest, is_forgotten: known.is_empty() }
}

/// Whether a deployment is under way under CODE_DEPLOY; `None` when CodeDeploy does not know any more who made the sets.
/// With one set there is nothing to ask: nothing has begun, or it has ended.
pub(super) fn in_progress(sets: &TaskSets<'_>, code_deploy: &CodeDeploy<'_>) -> Option<bool> {
    if sets.waiting.is_empty() {
        return Some(false);
    }
    if code_deploy.is_forgotten { None } else { Some(code_deploy.running.is_some()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::scenes::code_deploy;

    #[test]
    fn entries_are_those_of_the_set_that_stays() {
        let group = |sets: &[(&str, &str, u64, &str)]| {
            entries(&code_deploy(sets)).first().and_then(LoadBalancer::group).map(|group| group.name().to_owned())
        };
        let (leaving, waiting) = (("DRAINING", "blue", 7, ""), ("ACTIVE", "green", 8, ""));
        assert_eq!(group(&[leaving, waiting]).as_deref(), Some("green"));
        assert_eq!(group(&[leaving]).as_deref(), Some("blue"));
        assert_eq!(group(&[leaving, waiting, ("PRIMARY", "only", 6, "")]).as_deref(), Some("only"));
        assert_eq!(group(&[]), None);
    }
}
