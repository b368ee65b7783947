//! How does the deployment of this service stand, or how did the last one end?

use super::Question;
use super::place::{Address, Place, own_cluster};
use super::problem::{Kind, Problem, Told};
use super::subject::Subject;
use crate::aws::{Clients, Inquiry};
use crate::resolve::deployment::{self, Answer, Status};
use crate::resolve::model::Moment;
use crate::resolve::task_definition::TaskDefinitionArn;
use serde::Serialize;

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentQuestion {
    /// The service.
    pub address: Address,
    /// Where to look.
    pub place: Place,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Deployment {
    /// Whether there is one.
    pub found: bool,
    /// ARN of the ECS service deployment, id of the CodeDeploy deployment or of the task set.
    pub id: Option<String>,
    /// In one vocabulary for all controllers.
    pub status: Option<String>,
    /// In AWS's own words.
    pub raw_status: Option<String>,
    /// Why, in the words of AWS.
    pub reason: Option<String>,
    /// Lifecycle stage of an ECS-native deployment.
    pub lifecycle_stage: Option<String>,
    /// When it started (RFC 3339).
    pub started_at: Option<String>,
    /// When it ended (RFC 3339).
    pub finished_at: Option<String>,
    /// Whether it is being undone, or was.
    pub rollback: Option<bool>,
    /// What it moves away from.
    pub source_task_definition_arns: Vec<String>,
    /// What it moves to.
    pub target_task_definition_arn: Option<String>,
    /// Tasks that did not start.
    pub failed_task_count: Option<i64>,
    /// CloudWatch alarms that ended it.
    pub triggered_alarms: Vec<String>,
    /// Pause hooks that wait for somebody.
    pub awaiting_actions: Vec<AwaitingAction>,
    /// The region that was asked.
    pub region: String,
}

/// A pause hook that waits for somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AwaitingAction {
    /// Id of the hook.
    pub hook_id: Option<String>,
    /// Lifecycle stage that it holds.
    pub lifecycle_stage: Option<String>,
    /// When it stops waiting (RFC 3339).
    pub expires_at: Option<String>,
    /// What happens then.
    pub timeout_action: Option<String>,
}

impl Question for DeploymentQuestion {
    type Answer = Deployment;

    fn place(&self) -> &Place {
        &self.place
    }

    fn address(&self) -> Option<&Address> {
        Some(&self.address)
    }

    async fn read(&self, clients: &Clients) -> Result<Told<Deployment>, Vec<Problem>> {
        let Self { address, place } = self;
        let arns = address.arns();
        let regional = place.regional(clients, &arns).await?;
        let subject = || Subject::asked(address.facts(), &regional);
        let Address { cluster, service } = address;
        let inquiry = regional.inquire(cluster, service, false, place.since, deployment::decide).await;
        let answer = match inquiry.map_err(|error| subject().failed(&error))? {
            Inquiry::Answer(_, Some(answer)) => Deployment::of(answer),
            inquiry @ (Inquiry::Answer(_, None) | Inquiry::NoService(_) | Inquiry::NoCluster)
                if place.allow_missing =>
            {
                own_cluster(clients, &inquiry, &arns).await?;
                Deployment::default()
            }
            Inquiry::Answer(_, None) => {
                let detail = "Nothing in the answers of AWS names a deployment of this service: there was none yet, it is \
                              too long ago, or the first one under CODE_DEPLOY was undone without a trace in ECS. Set \
                              ⟨allow_missing = true⟩ to go on with found = false.";
                return Err(subject().problem(Kind::NotFound, "No Deployment Known", detail).into());
            }
            inquiry => return Err(subject().unanswered(&inquiry, "service_name").into()),
        };
        Ok(Deployment { region: regional.name.clone(), ..answer }.into())
    }
}

impl Deployment {
    fn of(answer: Answer) -> Self {
        let moment = |moment: Option<Moment>| moment.map(|moment| moment.text);
        let stage = answer.progress.as_ref().and_then(|progress| progress.stage.clone());
        let hooks = answer.progress.into_iter().flat_map(|progress| progress.hooks);
        let awaiting = hooks.map(|hook| AwaitingAction {
            hook_id: Some(hook.id),
            lifecycle_stage: stage.clone(),
            expires_at: moment(hook.expires_at),
            timeout_action: hook.timeout_action,
        });
        let mut sources: Vec<String> = answer.sources.iter().map(|arn| arn.as_str().to_owned()).collect();
        sources.sort_unstable();
        Self {
            found: true,
            id: answer.id,
            status: answer.status.map(Status::as_str).map(str::to_owned),
            raw_status: answer.raw_status,
            reason: answer.reason,
            awaiting_actions: awaiting.collect(),
            lifecycle_stage: stage,
            started_at: moment(answer.started_at),
            finished_at: moment(answer.finished_at),
            rollback: Some(answer.rollback),
            source_task_definition_arns: sources,
            target_task_definition_arn: answer.target.as_ref().map(TaskDefinitionArn::as_str).map(str::to_owned),
            failed_task_count: answer.failed_tasks,
            triggered_alarms: answer.triggered_alarms,
            region: String::new(),
        }
    }
}
