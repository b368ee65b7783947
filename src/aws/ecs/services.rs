//! Services and task definitions, as ECS reports them.

use crate::aws::Regional;
use crate::aws::calls::Since;
use crate::aws::calls::{Answers, Batch, Calls, Outcome};
use crate::aws::error::{Error, ErrorKind};
use crate::aws::field::{moment, parse};
use crate::aws::identity::Identity;
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::model::{
    CircuitBreaker, Controller, CurrentRevision, Deployment, DeploymentStatus, Event, LoadBalancer, Rollout, Service,
    ServiceStatus, Strategy, Target, TaskSet, TaskSetStatus,
};
use crate::resolve::name::{Cluster, Named, ServiceName};
use crate::resolve::task_definition::TaskDefinitionArn;
use aws_sdk_ecs::types::{self, ServiceField};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::collections::BTreeMap;
use std::sync::Arc;

const DESCRIBE_SERVICES: &str = "ecs:DescribeServices";

/// What there is under a name, or what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// The thing itself.
    Here(T),
    /// The cluster is there, the service is not. The account that says so, where AWS names it.
    NoService(Option<String>),
    /// There is no such cluster.
    NoCluster,
}

/// What services must have in common to be described by one call: the cluster, by name or ARN, and whether tags are
/// wanted.
pub(in crate::aws) type ServiceGroup = (String, bool);

/// A service, or the reason why there is none.
pub(in crate::aws) type FoundService = Found<Arc<Service>>;

/// `ecs:DescribeServices` of at most 10 services of one cluster.
pub(in crate::aws) fn services(client: &aws_sdk_ecs::Client, calls: &Calls) -> Batch<ServiceGroup, FoundService> {
    let client = client.clone();
    let identity = Arc::clone(&calls.identity);
    Batch::new(calls, DESCRIBE_SERVICES, 10, move |group, names| {
        describe_services(client.clone(), Arc::clone(&identity), group, names)
    })
}

impl Regional {
    /// `ecs:DescribeServices` of one service, with its tags if wanted.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read. Absence is no error.
    pub async fn service(
        &self,
        cluster: &Cluster,
        service: &ServiceName,
        tags: bool,
        since: Since,
    ) -> Result<Found<Arc<Service>>, Error> {
        let group = (cluster.identifier().to_owned(), tags);
        let found = self.services.get(group.clone(), service.name(), since).await?;
        if !matches!(found, Found::Here(_)) {
            // Terraform may be about to create it.
            self.services.forget(group, service.name());
        }
        Ok(found)
    }
}

async fn describe_services(
    client: aws_sdk_ecs::Client,
    identity: Arc<Identity>,
    (cluster, tags): ServiceGroup,
    names: Vec<String>,
) -> Outcome<FoundService> {
    let ask = |tags: bool| {
        let include = tags.then(|| vec![ServiceField::Tags]);
        client.describe_services().cluster(&cluster).set_services(Some(names.clone())).set_include(include).send()
    };
    let answer = match ask(tags).await {
        // A service with an ARN from before 2018 has no tags, and a call that asks for them is refused.
        Err(error) if tags && names.len() == 1 && error.code() == Some("InvalidParameterException") => ask(false).await,
        answer => answer,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.code() == Some("ClusterNotFoundException") => {
            let mut answers = Answers::new(DESCRIBE_SERVICES, error.request_id());
            names.into_iter().for_each(|name| answers.insert(name, Ok(Found::NoCluster)));
            return Ok(answers);
        }
        Err(error) => return Err(Error::from_sdk(DESCRIBE_SERVICES, &error)),
    };
    let mut answers = Answers::new(DESCRIBE_SERVICES, answer.request_id());
    // A name that was deleted and is in use again may come back twice, and one that was deleted twice as well: then the
    // last that bore it counts.
    let (gone, present): (Vec<_>, Vec<_>) =
        answer.services().iter().partition(|service| service.status() == Some("INACTIVE"));
    let is_replaced = |name: Option<&str>| present.iter().any(|service| service.service_name() == name);
    let is_outlived = |service: &types::Service, at: usize| {
        let age = |service: &types::Service| service.created_at().map(|time| time.as_nanos());
        let same = gone.iter().enumerate().filter(|(_, other)| other.service_name() == service.service_name());
        same.max_by_key(|(at, other)| (age(other), *at)).is_some_and(|(newest, _)| newest != at)
    };
    let last = gone.iter().enumerate().filter(|(at, service)| !is_outlived(service, *at)).map(|(_, service)| *service);
    let gone = last.filter(|service| !is_replaced(service.service_name()));
    for service in present.iter().copied().chain(gone) {
        let converted = convert(service).and_then(|service| of_cluster(&cluster, service));
        let name = service.service_name().unwrap_or_default();
        answers.insert(name, converted.map_err(|message| answers.bad(message)));
    }
    for failure in answer.failures() {
        // A failure has an ARN and no name: `…:service/NAME`, or since 2018 `…:service/CLUSTER/NAME`.
        let name = failure.arn().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
        identity.is_account_of(failure.arn());
        let absent = failure.reason() == Some("MISSING");
        let account = failure.arn().and_then(|arn| arn.split(':').nth(4)).filter(|account| !account.is_empty());
        let found = Found::NoService(account.map(str::to_owned));
        answers.insert(name, if absent { Ok(found) } else { Err(answers.failed(failure)) });
    }
    Ok(answers)
}

/// A cluster that was given by ARN is that one, and not one of the same name in another account.
fn of_cluster(cluster: &str, service: Service) -> Result<FoundService, String> {
    if cluster.starts_with("arn:") && service.cluster_arn != cluster {
        return Err(format!("clusterArn is {}, and {cluster} was asked for", service.cluster_arn));
    }
    Ok(Found::Here(Arc::new(service)))
}

impl<V> Answers<V> {
    /// A failure of one member, other than its absence. It says nothing about absence either way.
    pub(in crate::aws) fn failed(&self, failure: &types::Failure) -> Error {
        let reason = failure.reason().unwrap_or("(no reason)");
        let arn = failure.arn().unwrap_or("(no ARN)");
        let message = format!("ECS could not describe {arn}: {reason} {}", failure.detail().unwrap_or_default());
        Error { kind: ErrorKind::Rejected(reason.to_owned()), message: message.trim_end().to_owned(), ..self.bad("") }
    }
}

/// Translates one service; the error says which field cannot be used.
fn convert(service: &types::Service) -> Result<Service, String> {
    let text = |field: &str, value: Option<&str>| value.map(str::to_owned).ok_or_else(|| format!("{field} is missing"));
    let configuration = service.deployment_configuration();
    let breaker = configuration.and_then(|configuration| configuration.deployment_circuit_breaker());
    let propagate_tags = service.propagate_tags().map(|value| value.as_str().to_owned());
    let providers = service.capacity_provider_strategy().iter().map(|item| item.capacity_provider().to_owned());
    let revisions = service.current_service_revisions().iter();
    let tags = service.tags().iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())));
    Ok(Service {
        arn: text("serviceArn", service.service_arn())?,
        name: text("serviceName", service.service_name())?,
        cluster_arn: text("clusterArn", service.cluster_arn())?,
        status: ServiceStatus::from_aws(&text("status", service.status())?),
        controller: service
            .deployment_controller()
            .map_or(Controller::Ecs, |controller| Controller::from_aws(controller.r#type().as_str())),
        strategy: configuration
            .and_then(|configuration| configuration.strategy())
            .map(|strategy| Strategy::from_aws(strategy.as_str())),
        is_express: service.resource_management_type().is_some_and(|kind| kind.as_str() == "ECS"),
        configured: service
            .task_definition()
            .filter(|arn| !arn.is_empty())
            .map(|arn| parse("taskDefinition", arn, TaskDefinitionArn::parse))
            .transpose()?,
        load_balancers: service.load_balancers().iter().map(load_balancer).collect::<Result<_, _>>()?,
        events: service.events().iter().map(event).collect::<Result<_, _>>()?,
        bake_time_in_minutes: configuration.and_then(|it| it.bake_time_in_minutes()).map(i64::from),
        registries: service.service_registries().iter().filter_map(|it| it.registry_arn().map(str::to_owned)).collect(),
        deployments: service.deployments().iter().map(deployment).collect::<Result<_, _>>()?,
        task_sets: service.task_sets().iter().map(task_set).collect::<Result<_, _>>()?,
        current_revisions: revisions.filter_map(current_revision).collect(),
        current_deployment: service.current_service_deployment().map(str::to_owned),
        has_lambda_hooks: configuration.is_some_and(|configuration| {
            configuration.lifecycle_hooks().iter().any(|hook| hook.hook_target_arn().is_some())
        }),
        circuit_breaker: breaker.map_or_else(CircuitBreaker::default, |breaker| CircuitBreaker {
            enabled: breaker.enable(),
            rollback: breaker.rollback(),
        }),
        desired_count: i64::from(service.desired_count()),
        running_count: i64::from(service.running_count()),
        pending_count: i64::from(service.pending_count()),
        launch_type: service.launch_type().map(|value| value.as_str().to_owned()),
        platform_version: service.platform_version().map(str::to_owned),
        capacity_providers: providers.collect(),
        enable_execute_command: service.enable_execute_command(),
        propagate_tags: propagate_tags.filter(|value| value != "NONE"),
        tags: tags.collect::<BTreeMap<_, _>>(),
    })
}

fn event(event: &types::ServiceEvent) -> Result<Event, String> {
    let at = moment("events[].createdAt", &[event.created_at()])?;
    Ok(Event { at, message: event.message().unwrap_or_default().to_owned() })
}

fn current_revision(revision: &types::ServiceCurrentRevisionSummary) -> Option<CurrentRevision> {
    let running = i64::from(revision.running_task_count());
    Some(CurrentRevision { arn: revision.arn()?.to_owned(), running })
}

pub(in crate::aws) fn load_balancer(entry: &types::LoadBalancer) -> Result<LoadBalancer, String> {
    let target = match (entry.target_group_arn(), entry.load_balancer_name()) {
        (Some(arn), _) => Target::Group(parse("loadBalancers[].targetGroupArn", arn, TargetGroupArn::parse)?),
        (None, Some(name)) => Target::Classic(name.to_owned()),
        (None, None) => return Err("loadBalancers[] names neither a target group nor a load balancer".to_owned()),
    };
    let advanced = entry.advanced_configuration();
    let route =
        |field: &'static str, value: Option<&str>| value.map(|arn| parse(field, arn, RouteArn::parse)).transpose();
    let container_port = match entry.container_port() {
        Some(port) => Some(u16::try_from(port).map_err(|_| format!("loadBalancers[].containerPort is {port}"))?),
        None => None,
    };
    Ok(LoadBalancer {
        target,
        container_name: entry.container_name().map(str::to_owned),
        container_port,
        alternate: advanced
            .and_then(|advanced| advanced.alternate_target_group_arn())
            .map(|arn| parse("advancedConfiguration.alternateTargetGroupArn", arn, TargetGroupArn::parse))
            .transpose()?,
        production_route: route(
            "advancedConfiguration.productionListenerRule",
            advanced.and_then(|advanced| advanced.production_listener_rule()),
        )?,
        test_route: route(
            "advancedConfiguration.testListenerRule",
            advanced.and_then(|advanced| advanced.test_listener_rule()),
        )?,
    })
}

fn deployment(deployment: &types::Deployment) -> Result<Deployment, String> {
    let arn = deployment.task_definition().ok_or("deployments[].taskDefinition is missing")?;
    Ok(Deployment {
        id: deployment.id().unwrap_or_default().to_owned(),
        status: DeploymentStatus::from_aws(deployment.status().ok_or("deployments[].status is missing")?),
        rollout: deployment.rollout_state().map(|state| Rollout::from_aws(state.as_str())),
        task_definition: parse("deployments[].taskDefinition", arn, TaskDefinitionArn::parse)?,
        reason: deployment.rollout_state_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
        created_at: moment("deployments[].createdAt", &[deployment.created_at()])?,
        running: i64::from(deployment.running_count()),
        uses_lattice: !deployment.vpc_lattice_configurations().is_empty(),
    })
}

fn task_set(set: &types::TaskSet) -> Result<TaskSet, String> {
    let arn = set.task_definition().ok_or("taskSets[].taskDefinition is missing")?;
    let by_code_deploy = set.started_by() == Some("CODE_DEPLOY");
    let id = set.external_id().filter(|id| by_code_deploy && !id.is_empty());
    Ok(TaskSet {
        id: set.id().ok_or("taskSets[].id is missing")?.to_owned(),
        status: TaskSetStatus::from_aws(set.status().ok_or("taskSets[].status is missing")?),
        task_definition: parse("taskSets[].taskDefinition", arn, TaskDefinitionArn::parse)?,
        load_balancers: set.load_balancers().iter().map(load_balancer).collect::<Result<_, _>>()?,
        code_deploy_id: id.map(str::to_owned),
        running: i64::from(set.running_count()),
        is_stable: match set.stability_status() {
            Some(types::StabilityStatus::SteadyState) => Some(true),
            Some(types::StabilityStatus::Stabilizing) => Some(false),
            _ => None,
        },
        created_at: moment("taskSets[].createdAt", &[set.created_at()])?,
    })
}
