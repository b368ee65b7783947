//! What does this service run?

use super::place::{Address, Place, own_cluster};
use super::problem::{Kind, Problem, Told};
use super::subject::Subject;
use super::{Images, Question};
use crate::aws::{Clients, Inquiry, Regional, Since};
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::model::{self, Rollout, RunningImage, Strategy};
use crate::resolve::running::{self, Entry, Running};
use crate::resolve::task_definition::{TaskDefinitionArn, retired};
use serde::Serialize;
use std::collections::BTreeMap;

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceQuestion {
    /// The service.
    pub address: Address,
    /// Where to look.
    pub place: Place,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OneService {
    /// The service.
    #[serde(flatten)]
    pub service: Service,
    /// The region that was asked.
    pub region: String,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Whether it exists.
    pub found: bool,
    /// Its ARN.
    pub arn: Option<String>,
    /// `ACTIVE`.
    pub status: Option<String>,
    /// Who deploys.
    pub deployment_controller: Option<String>,
    /// How the ECS controller deploys.
    pub deployment_strategy: Option<String>,
    /// The revision that it is configured to run.
    pub configured_task_definition_arn: Option<String>,
    /// The same as `family:revision`.
    pub configured_task_definition: Option<String>,
    /// The revision that runs; null where AWS does not say which of several it is.
    pub task_definition_arn: Option<String>,
    /// The same as `family:revision`.
    pub task_definition: Option<String>,
    /// The family of what runs.
    pub family: Option<String>,
    /// The revision number of what runs.
    pub revision: Option<u64>,
    /// The revision that is being rolled out, or back to.
    pub target_task_definition_arn: Option<String>,
    /// The service revision that serves.
    pub service_revision_arn: Option<String>,
    /// Image references by container name.
    pub images: BTreeMap<String, Option<String>>,
    /// Image tags by container name.
    pub image_tags: BTreeMap<String, Option<String>>,
    /// Image digests by container name.
    pub image_digests: BTreeMap<String, Option<String>>,
    /// Load balancer entries as they are configured.
    pub load_balancers: Vec<LoadBalancer>,
    /// Whether a deployment is under way; null when AWS does not say it.
    pub deployment_in_progress: Option<bool>,
    /// State of the newest rollout under the ECS controller.
    pub rollout_state: Option<String>,
    /// Whether the circuit breaker is on.
    pub circuit_breaker_enabled: Option<bool>,
    /// Whether the circuit breaker rolls back.
    pub circuit_breaker_rollback: Option<bool>,
    /// Tasks that should run.
    pub desired_count: Option<i64>,
    /// Tasks that run.
    pub running_count: Option<i64>,
    /// Tasks that are starting.
    pub pending_count: Option<i64>,
    /// Launch type; null with capacity providers.
    pub launch_type: Option<String>,
    /// Fargate platform version.
    pub platform_version: Option<String>,
    /// Capacity providers, in the order of ECS.
    pub capacity_providers: Vec<String>,
    /// Whether ECS Exec is on.
    pub enable_execute_command: Option<bool>,
    /// Where tasks get their tags from.
    pub propagate_tags: Option<String>,
    /// Tags of the service.
    pub tags: BTreeMap<String, String>,
}

/// A load balancer entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LoadBalancer {
    /// Container that receives the requests.
    pub container_name: Option<String>,
    /// Its port.
    pub container_port: Option<u16>,
    /// Target group that is configured.
    pub target_group_arn: Option<String>,
    /// The other one of a pair.
    pub alternate_target_group_arn: Option<String>,
    /// The one that serves, as far as ECS alone can tell.
    pub live_target_group_arn: Option<String>,
    /// Production rule or listener of a pair.
    pub production_listener_rule_arn: Option<String>,
    /// Test rule or listener of a pair.
    pub test_listener_rule_arn: Option<String>,
}

impl Question for ServiceQuestion {
    type Answer = OneService;

    fn place(&self) -> &Place {
        &self.place
    }

    fn address(&self) -> Option<&Address> {
        Some(&self.address)
    }

    async fn read(&self, clients: &Clients) -> Result<Told<OneService>, Vec<Problem>> {
        let Self { address, place } = self;
        let arns = address.arns();
        let regional = place.regional(clients, &arns).await?;
        let told = match read(&regional, address, place.since, true).await? {
            Ok(told) => told,
            Err(inquiry) if inquiry.is_absent() && place.allow_missing => {
                own_cluster(clients, &inquiry, &arns).await?;
                Service::default().into()
            }
            Err(inquiry) => {
                return Err(Subject::asked(address.facts(), &regional).unanswered(&inquiry, "service_name").into());
            }
        };
        Ok(told.map(|service| OneService { service, region: regional.name.clone() }))
    }
}

/// Reads one service, or says why it cannot be answered for. Images that no service revision tells are those of the task
/// definition, which is a call of its own.
pub(super) async fn read(
    regional: &Regional,
    address: &Address,
    since: Since,
    with_images: bool,
) -> Result<Result<Told<Service>, Inquiry<Running>>, Problem> {
    let subject = || Subject::asked(address.facts(), regional);
    let Address { cluster, service } = address;
    let inquiry = regional.inquire(cluster, service, true, since, running::decide).await;
    let (service, running) = match inquiry.map_err(|error| subject().failed(&error))? {
        Inquiry::Answer(service, running) => (service, running),
        unanswered => return Ok(Err(unanswered)),
    };
    let Some(arn) = running.task_definition.as_ref().filter(|_| with_images) else {
        return Ok(Ok(Service::of(&service, &running, &[]).into()));
    };
    if let Some(images) = running.known_images() {
        return Ok(Ok(Service::of(&service, &running, images).into()));
    }
    let found = regional.task_definition(arn.as_str(), false).await;
    let found = found.map_err(|error| subject().failed(&error))?.ok_or_else(|| {
        subject().with("Task definition", arn.as_str()).problem(
            Kind::Refused,
            "Running Task Definition Is Gone",
            "The service runs a task definition revision that ECS no longer describes, so its images are not known. \
             Deploy a revision that exists.",
        )
    })?;
    let warning = retired(arn, &found.status);
    let warning = warning.map(|retired| subject().problem(Kind::Refused, retired.summary, retired.detail));
    let answer = Service::of(&service, &running, &found.images(&running.images));
    Ok(Ok(Told { answer, warnings: warning.into_iter().collect() }))
}

impl Service {
    fn of(service: &model::Service, running: &Running, images: &[RunningImage]) -> Self {
        let text = |text: &str| text.to_owned();
        let (configured, runs) = (service.configured.as_ref(), running.task_definition.as_ref());
        let Images { images, tags, digests } = Images::of(images);
        Self {
            found: true,
            arn: Some(service.arn.clone()),
            status: Some(service.status.as_str().to_owned()),
            deployment_controller: Some(service.controller.as_str().to_owned()),
            deployment_strategy: service.strategy().map(Strategy::as_str).map(text),
            configured_task_definition_arn: configured.map(TaskDefinitionArn::as_str).map(text),
            configured_task_definition: configured.map(TaskDefinitionArn::family_revision),
            task_definition_arn: runs.map(TaskDefinitionArn::as_str).map(text),
            task_definition: runs.map(TaskDefinitionArn::family_revision),
            family: runs.map(TaskDefinitionArn::family).map(text),
            revision: runs.map(TaskDefinitionArn::revision),
            target_task_definition_arn: running.target.as_ref().map(TaskDefinitionArn::as_str).map(text),
            service_revision_arn: running.revision.clone(),
            images,
            image_tags: tags,
            image_digests: digests,
            load_balancers: running.entries.iter().map(LoadBalancer::of).collect(),
            deployment_in_progress: running.in_progress,
            rollout_state: running.rollout.as_ref().map(Rollout::as_str).map(text),
            circuit_breaker_enabled: Some(service.circuit_breaker.enabled),
            circuit_breaker_rollback: Some(service.circuit_breaker.rollback),
            desired_count: Some(service.desired_count),
            running_count: Some(service.running_count),
            pending_count: Some(service.pending_count),
            launch_type: service.launch_type.clone(),
            platform_version: service.platform_version.clone(),
            capacity_providers: service.capacity_providers.clone(),
            enable_execute_command: Some(service.enable_execute_command),
            propagate_tags: service.propagate_tags.clone(),
            tags: service.tags.clone(),
        }
    }
}

impl LoadBalancer {
    fn of(entry: &Entry) -> Self {
        let configured = &entry.configured;
        let group = |group: Option<&TargetGroupArn>| group.map(|arn| arn.as_str().to_owned());
        let route = |route: &Option<RouteArn>| route.as_ref().map(|arn| arn.as_str().to_owned());
        Self {
            container_name: configured.container_name.clone(),
            container_port: configured.container_port,
            target_group_arn: group(configured.group()),
            alternate_target_group_arn: group(configured.alternate.as_ref()),
            live_target_group_arn: group(entry.live.as_ref()),
            production_listener_rule_arn: route(&configured.production_route),
            test_listener_rule_arn: route(&configured.test_route),
        }
    }
}
