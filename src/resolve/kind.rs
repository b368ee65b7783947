//! How is a service deployed? It decides what has to be asked.

use super::Refusal;
use super::model::{Controller, Service, Strategy, TaskSetStatus};

/// How a service is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// ECS replaces tasks in place.
    Rolling,
    /// ECS alternates between service revisions.
    Native,
    /// CodeDeploy alternates between task sets.
    CodeDeploy,
    /// A third party alternates between task sets.
    External,
}

/// How the service is deployed.
///
/// # Errors
/// [`Refusal::UnknownValue`] for a controller or strategy that this version does not know.
pub(super) fn kind(service: &Service) -> Result<Kind, Refusal> {
    match &service.controller {
        Controller::CodeDeploy => Ok(Kind::CodeDeploy),
        Controller::External => Ok(Kind::External),
        Controller::Unknown(value) => Err(Refusal::unknown("deployment controller", value)),
        Controller::Ecs => match service.strategy() {
            Some(Strategy::Rolling) if !service.is_express => Ok(Kind::Rolling),
            Some(Strategy::Unknown(value)) => Err(Refusal::unknown("deployment strategy", value)),
            _ => Ok(Kind::Native),
        },
    }
}

/// True while the facts of two controllers are there side by side: task sets under ECS, or deployments of ECS under one
/// that works with task sets. Then only the listener knows where traffic goes. (Not recorded anywhere: inferred from
/// UpdateService taking `deploymentController`.)
pub(super) fn is_between_controllers(service: &Service) -> bool {
    match service.controller {
        Controller::Ecs => service.task_sets.iter().any(|set| set.status != TaskSetStatus::Draining),
        _ => !service.current_revisions.is_empty(),
    }
}
