//! What one look at a service sees.

use crate::aws::{Clients, Since};
use crate::live::deployment::{Deployment, DeploymentQuestion};
use crate::live::lately::{Lately, LatelyQuestion, LifecycleEvent};
use crate::live::service::Service;
use crate::live::services::ServicesQuestion;
use crate::live::target_group::{OnShift, TargetGroup, TargetGroupQuestion};
use crate::live::{self, Kind, Place, Problem};
use crate::resolve::name::Named;
use serde::Serialize;
use std::future::pending;

/// What one look sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The deployment that is under way, or the last one.
    pub deployment: Deployment,
    /// The service.
    pub service: Service,
    /// Where traffic goes; null where that has no answer.
    pub target_group: Option<TargetGroup>,
    /// Why it has none.
    pub refused: Option<String>,
    /// What happened lately.
    pub lately: Lately,
}

impl Seen {
    /// The lifecycle event of CodeDeploy that is going on, or was last.
    pub fn lifecycle_event(&self) -> Option<&LifecycleEvent> {
        self.lately.lifecycle_events.iter().rfind(|event| event.status != "Pending")
    }

    /// True while a deployment goes on.
    pub fn is_under_way(&self) -> bool {
        matches!(self.deployment.status.as_deref(), Some("PENDING" | "IN_PROGRESS"))
    }

    /// The lifecycle stage of an ECS-native deployment, or the event of CodeDeploy, by which progress is told.
    pub fn stage(&self) -> Option<&str> {
        self.deployment.lifecycle_stage.as_deref().or_else(|| self.lifecycle_event().map(|event| event.name.as_str()))
    }
}

/// Looks once, with facts that are fetched now.
pub async fn look(clients: &Clients, question: &TargetGroupQuestion) -> Result<Seen, Vec<Problem>> {
    let place = Place { since: Since::now(), allow_missing: false, timeout: None, ..question.place.clone() };
    let target_group = TargetGroupQuestion { on_shift: OnShift::Allow, place: place.clone(), ..question.clone() };
    let service = ServicesQuestion {
        cluster: question.address.cluster.clone(),
        names: Some(vec![question.address.service.clone()]),
        images: false,
        place: place.clone(),
    };
    let deployment =
        DeploymentQuestion { address: question.address.clone(), place: Place { allow_missing: true, ..place.clone() } };
    let (service, deployment, target_group) = tokio::join!(
        live::ask(clients, &service, pending()),
        live::ask(clients, &deployment, pending()),
        live::ask(clients, &target_group, pending()),
    );
    let mut services = service?.answer.services;
    let (target_group, refused) = match target_group {
        Ok(told) => (Some(told.answer), None),
        Err(problems) if problems.iter().all(|problem| problem.kind == Kind::Refused) => {
            (None, problems.into_iter().next().map(|problem| problem.summary))
        }
        Err(problems) => return Err(problems),
    };
    let deployment = deployment?.answer;
    let by_code_deploy = deployment.id.clone().filter(|id| id.starts_with("d-"));
    let lately = LatelyQuestion { address: question.address.clone(), code_deploy: by_code_deploy, place };
    let lately = live::ask(clients, &lately, pending()).await?.answer;
    Ok(Seen {
        deployment,
        service: services.remove(question.address.service.name()).unwrap_or_default(),
        target_group,
        refused,
        lately,
    })
}
