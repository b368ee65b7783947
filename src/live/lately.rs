//! What happened to a service lately: failures in its events, tasks that stopped, events of CodeDeploy.
//!
//! For a watch. What it says is shown and decides nothing; what may not be read is named and left out.

use super::Question;
use super::place::{Address, Place};
use super::problem::{Problem, Told, one_line};
use super::subject::Subject;
use crate::aws::{Clients, Error, ErrorKind, Found};
use crate::resolve::model::{Moment, Service, StoppedTask};
use serde::Serialize;

/// Failures that are told at most, and tasks.
const FAILURES: usize = 5;
const TASKS: usize = 2;
/// What an event says that tells of a failure (Amazon ECS: service event messages).
const SIGNS: [&str; 6] = ["unable", "failed", "unhealthy", "rolling back", "error", "was stopped"];

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatelyQuestion {
    /// The service.
    pub address: Address,
    /// The CodeDeploy deployment whose events are wanted.
    pub code_deploy: Option<String>,
    /// Where to look.
    pub place: Place,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Lately {
    /// Events of the service that tell of a failure, the last first.
    pub failures: Vec<Failure>,
    /// Tasks that stopped and were not meant to, the last first.
    pub stopped_tasks: Vec<Stopped>,
    /// Lifecycle events of the CodeDeploy deployment, in its order.
    pub lifecycle_events: Vec<LifecycleEvent>,
    /// How long an ECS-native deployment bakes, in minutes.
    pub bake_time_in_minutes: Option<i64>,
    /// IAM actions without which some of this is left out.
    pub denied: Vec<String>,
}

/// An event of a service that tells of a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// When (RFC 3339).
    pub at: Option<String>,
    /// In the words of ECS.
    pub message: String,
}

/// A task that stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stopped {
    /// Its ARN.
    pub task: String,
    /// When (RFC 3339).
    pub at: Option<String>,
    /// Why, in the words of ECS: of the task, then of its containers.
    pub reasons: Vec<String>,
}

/// A lifecycle event of a CodeDeploy deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LifecycleEvent {
    /// `AfterAllowTestTraffic`, …
    pub name: String,
    /// `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped`.
    pub status: String,
}

impl Question for LatelyQuestion {
    type Answer = Lately;

    fn place(&self) -> &Place {
        &self.place
    }

    fn address(&self) -> Option<&Address> {
        Some(&self.address)
    }

    async fn read(&self, clients: &Clients) -> Result<Told<Lately>, Vec<Problem>> {
        let Self { address, code_deploy, place } = self;
        let regional = place.regional(clients, &address.arns()).await?;
        let failed = |error: Error| Subject::asked(address.facts(), &regional).failed(&error);
        let Address { cluster, service: name } = address;
        let service = match regional.service(cluster, name, false, place.since).await.map_err(failed)? {
            Found::Here(service) => service,
            Found::NoService(_) | Found::NoCluster => return Ok(Lately::default().into()),
        };
        let mut lately = Lately { bake_time_in_minutes: service.bake_time_in_minutes, ..Lately::default() };
        lately.failures = failures(&service);
        if let Some(id) = code_deploy {
            match regional.lifecycle_events(id, &service).await {
                Ok(events) => {
                    let event = |(name, status)| LifecycleEvent { name, status };
                    lately.lifecycle_events = events.into_iter().map(event).collect();
                }
                Err(error) => lately.denied.push(denied(error).map_err(failed)?),
            }
        }
        if !lately.failures.is_empty() || service.running_count < service.desired_count {
            match regional.stopped_tasks(cluster, name).await {
                Ok(tasks) => lately.stopped_tasks = tasks.into_iter().take(TASKS).map(stopped).collect(),
                Err(error) => lately.denied.push(denied(error).map_err(failed)?),
            }
        }
        Ok(lately.into())
    }
}

/// The action that is missing; any other error stays one.
fn denied(error: Error) -> Result<String, Error> {
    if error.kind == ErrorKind::AccessDenied { Ok(error.operation.to_owned()) } else { Err(error) }
}

fn failures(service: &Service) -> Vec<Failure> {
    // Events outlive deployments by far: only those since the newest one began are about it.
    let newest = service.deployments.iter().filter_map(|deployment| deployment.created_at.as_ref());
    let sets = service.task_sets.iter().filter_map(|set| set.created_at.as_ref());
    let began = newest.chain(sets).map(|at| at.millis).max().unwrap_or_default();
    let is_failure = |message: &str| SIGNS.iter().any(|sign| message.to_ascii_lowercase().contains(sign));
    let events = service.events.iter().filter(|event| event.at.as_ref().is_none_or(|at| at.millis >= began));
    let events = events.filter(|event| is_failure(&event.message)).take(FAILURES);
    events.map(|event| Failure { at: text(event.at.as_ref()), message: one_line(&event.message) }).collect()
}

fn stopped(task: StoppedTask) -> Stopped {
    let reasons = task.reason.iter().chain(&task.containers).map(|reason| one_line(reason)).collect();
    Stopped { task: task.arn, at: text(task.stopped_at.as_ref()), reasons }
}

fn text(moment: Option<&Moment>) -> Option<String> {
    moment.map(|moment| moment.text.clone())
}
