//! A service, as guard wants to know it.

use super::external;
use super::reason::refused;
use super::survey::{Survey, survey};
use crate::aws::{Error, Inquiry, Regional, Since};
use crate::guard::facts::{DeploymentFacts, EntryFacts, Fact, Reason, ServiceFacts, TaskSetFacts, WaitFacts};
use crate::guard::plan::Place;
use crate::resolve::Refusal;
use crate::resolve::deployment::{Answer, Status};
use crate::resolve::model::{Controller, Hook, LoadBalancer, Service, Strategy, TaskSet, TaskSetStatus};
use crate::resolve::name::{Cluster, Named, ServiceName};
use crate::resolve::progress::continue_command;

/// What a service is, or why that cannot be told.
pub async fn ask(regional: &Regional, place: &Place, cluster: &str, name: &str) -> Result<Fact, Error> {
    Ok(match inquire(regional, cluster, name).await? {
        Ok(Some((service, _))) if place.account.as_deref().is_some_and(|wanted| wanted != service.account()) => {
            Fact::CannotTell(Reason::new(format!(
                "ECS answered with a service of account {}, and the plan's is in another one: nothing is known of it. Run \
                 guard with credentials for the account of the plan.",
                service.account()
            )))
        }
        Ok(Some((service, survey))) => Fact::Service(Box::new(facts(&service, &survey))),
        Ok(None) => Fact::Absent,
        Err(reason) => Fact::CannotTell(reason),
    })
}

/// A service with what its facts mean; `None` when there is none, or when it is being deleted.
///
/// # Errors
/// [`Error`] of the first call that fails. Inside, the reason why the facts allow no answer.
pub async fn inquire(
    regional: &Regional,
    cluster: &str,
    name: &str,
) -> Result<Result<Option<(Service, Survey)>, Reason>, Error> {
    let (Ok(cluster), Ok(name)) = (Cluster::parse(cluster), ServiceName::parse(name)) else {
        return Ok(Err(Reason::new(format!("{cluster}/{name} is no name of a service."))));
    };
    Ok(match regional.inquire(&cluster, &name, false, Since::ANY, survey).await? {
        Inquiry::Answer(service, survey) => Ok(Some((*service, survey))),
        // One that is being deleted runs nothing that could be lost, and gets nothing new.
        Inquiry::NoService(_) | Inquiry::NoCluster | Inquiry::Refused(Refusal::BeingDeleted) => Ok(None),
        Inquiry::Refused(refusal) => Err(refused(&refusal)),
    })
}

fn facts(service: &Service, survey: &Survey) -> ServiceFacts {
    let texts = |routes: &std::collections::BTreeSet<crate::resolve::arn::RouteArn>| {
        routes.iter().map(|route| route.as_str().to_owned()).collect()
    };
    let entry = |entry: &crate::resolve::running::Entry| {
        Some(EntryFacts {
            target_group: entry.configured.group()?.as_str().to_owned(),
            alternate: entry.configured.alternate.as_ref().map(|group| group.as_str().to_owned()),
        })
    };
    let serving = survey.groups.iter().filter(|(_, serves)| **serves == Some(true));
    let cluster = Cluster::parse(&service.cluster_arn).map(|cluster| cluster.name().to_owned());
    ServiceFacts {
        arn: service.arn.clone(),
        cluster: cluster.unwrap_or_default(),
        name: service.name.clone(),
        controller: service.controller.as_str().to_owned(),
        strategy: service.strategy().map_or("ROLLING", Strategy::as_str).to_owned(),
        configured: service.configured.as_ref().map(|arn| arn.as_str().to_owned()),
        running: survey.runs.iter().cloned().collect(),
        desired: service.desired_count,
        running_count: service.running_count,
        load_balancers: survey.running.entries.iter().filter_map(entry).collect(),
        serving: serving.map(|(group, _)| group.as_str().to_owned()).collect(),
        production_routes: texts(&survey.production_routes),
        test_routes: texts(&survey.test_routes),
        registries: service.registries.clone(),
        deployment: survey.deployment.as_ref().and_then(|answer| under_way(service, survey, answer)),
        rolled_back: survey.deployment.as_ref().map(rolled_back).unwrap_or_default(),
        task_sets: present(service).map(|set| task_set(set, survey)).collect(),
    }
}

/// The task sets that are not being removed.
pub fn present(service: &Service) -> impl Iterator<Item = &TaskSet> {
    service.task_sets.iter().filter(|set| set.status != TaskSetStatus::Draining)
}

fn task_set(set: &TaskSet, survey: &Survey) -> TaskSetFacts {
    let groups: Vec<_> = set.load_balancers.iter().flat_map(LoadBalancer::groups).collect();
    let serves = match &survey.receivers {
        _ if groups.is_empty() => Some(set.running > 0),
        receivers => receivers.as_ref().and_then(|receivers| receivers.any(&groups)),
    };
    let (id, task_definition) = (set.id.clone(), set.task_definition.as_str().to_owned());
    TaskSetFacts { id, task_definition, running: set.running, serves }
}

/// False for a deployment that has ended.
pub fn is_running(answer: &Answer) -> bool {
    matches!(answer.status, Some(Status::Pending | Status::InProgress | Status::RollingBack))
}

fn under_way(service: &Service, survey: &Survey, answer: &Answer) -> Option<DeploymentFacts> {
    let is_external = service.controller == Controller::External;
    let is_left = is_external && !external::starts(service) && !survey.is_split;
    if is_left || !is_running(answer) {
        return None;
    }
    let id = answer.id.clone().unwrap_or_default();
    let by = match &service.controller {
        Controller::Ecs => "Amazon ECS",
        Controller::CodeDeploy => "CodeDeploy",
        Controller::External | Controller::Unknown(_) => "A tool outside of ECS",
    };
    let progress = answer.progress.as_ref();
    let paused = |hook: &Hook, deployment: &str| WaitFacts {
        command: continue_command(deployment, &hook.id),
        iam_action: "ecs:ContinueServiceDeployment".to_owned(),
        otherwise: hook.otherwise(),
    };
    let mut waits_for: Vec<WaitFacts> = progress
        .iter()
        .flat_map(|progress| progress.hooks.iter().map(|hook| paused(hook, &progress.deployment)))
        .collect();
    if answer.raw_status.as_deref() == Some("Ready") {
        waits_for.push(WaitFacts {
            command: format!("aws deploy continue-deployment --deployment-id {id}"),
            iam_action: "codedeploy:ContinueDeployment".to_owned(),
            otherwise: None,
        });
    }
    Some(DeploymentFacts {
        by: by.to_owned(),
        // Of CodeDeploy's two deployments the one that was stopped is named, and the other one undoes it.
        status: match (&service.controller, answer.status) {
            (Controller::CodeDeploy, Some(Status::RollingBack)) => "rolling back".to_owned(),
            (Controller::External, _) if survey.is_split => "requests are split".to_owned(),
            _ => answer.raw_status.clone().or_else(|| Some(answer.status?.as_str().to_owned())).unwrap_or_default(),
        },
        stage: progress.and_then(|progress| progress.stage.clone()),
        target: answer.target.as_ref().map(|arn| arn.as_str().to_owned()),
        started_at: answer.started_at.as_ref().map(ToString::to_string),
        bake_minutes: service.bake_time_in_minutes,
        waits_for,
        id,
    })
}

fn rolled_back(answer: &Answer) -> Vec<String> {
    let undone = matches!(answer.status, Some(Status::RolledBack | Status::RollingBack | Status::Failed));
    answer.target.iter().filter(|_| undone).map(|arn| arn.as_str().to_owned()).collect()
}
