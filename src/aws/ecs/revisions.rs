//! Service revisions and service deployments: how far an ECS-native deployment has come.

use super::services::load_balancer;
use crate::aws::Regional;
use crate::aws::calls::Since;
use crate::aws::calls::{Answers, Batch, Calls, Outcome};
use crate::aws::error::Error;
use crate::aws::field::{moment, parse, percent};
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::model::{
    Beyond, Breaker, Hook, LoadBalancer, Resolved, Rollback, RunningImage, ServiceDeployment, ServiceDeploymentStatus,
    ServiceRevision, Target,
};
use crate::resolve::task_definition::TaskDefinitionArn;
use aws_sdk_ecs::{Client, types};
use aws_types::request_id::RequestId;
use std::collections::BTreeMap;

const REVISIONS: &str = "ecs:DescribeServiceRevisions";
const DEPLOYMENTS: &str = "ecs:DescribeServiceDeployments";

/// `ecs:DescribeServiceRevisions` of at most 20 ARNs.
pub(in crate::aws) fn revisions(client: &Client, calls: &Calls) -> Batch<(), Option<ServiceRevision>> {
    let client = client.clone();
    Batch::new(calls, REVISIONS, 20, move |(), arns| describe_revisions(client.clone(), arns))
}

/// `ecs:DescribeServiceDeployments` of at most 20 ARNs.
pub(in crate::aws) fn deployments(client: &Client, calls: &Calls) -> Batch<(), Option<ServiceDeployment>> {
    let client = client.clone();
    Batch::new(calls, DEPLOYMENTS, 20, move |(), arns| describe_deployments(client.clone(), arns))
}

impl Regional {
    /// `ecs:DescribeServiceRevisions` of any number of ARNs. One that ECS does not describe has `None`.
    ///
    /// A revision never changes, so any fact of this run will do; `since` is for one that is not there yet, or not
    /// complete.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub async fn revisions(
        &self,
        arns: &[String],
        since: Since,
    ) -> Result<BTreeMap<String, Option<ServiceRevision>>, Error> {
        let mut known: BTreeMap<_, _> = self.revisions.get_all((), arns, Since::ANY).await?.into_iter().collect();
        let is_final = |revision: &Option<ServiceRevision>| {
            revision.as_ref().is_some_and(|it| !it.resolved.is_empty() || it.load_balancers.is_empty())
        };
        let open = known.iter().filter(|(_, revision)| !is_final(revision));
        let open: Vec<String> = open.map(|(arn, _)| arn.clone()).collect();
        known.extend(self.revisions.get_all((), &open, since).await?);
        Ok(known)
    }

    /// `ecs:DescribeServiceDeployments` of one ARN. `None` when ECS does not describe it, such as after 90 days.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub async fn service_deployment(&self, arn: &str, since: Since) -> Result<Option<ServiceDeployment>, Error> {
        self.service_deployments.get((), arn, since).await
    }
}

async fn describe_revisions(client: Client, arns: Vec<String>) -> Outcome<Option<ServiceRevision>> {
    let request = client.describe_service_revisions().set_service_revision_arns(Some(arns));
    let answer = request.send().await.map_err(|error| Error::from_sdk(REVISIONS, &error))?;
    let mut answers = Answers::new(REVISIONS, answer.request_id());
    for revision in answer.service_revisions() {
        let converted = convert_revision(revision).map(Some).map_err(|message| answers.bad(message));
        answers.insert(revision.service_revision_arn().unwrap_or_default(), converted);
    }
    missing(&mut answers, answer.failures());
    Ok(answers)
}

async fn describe_deployments(client: Client, arns: Vec<String>) -> Outcome<Option<ServiceDeployment>> {
    let request = client.describe_service_deployments().set_service_deployment_arns(Some(arns));
    let answer = request.send().await.map_err(|error| Error::from_sdk(DEPLOYMENTS, &error))?;
    let mut answers = Answers::new(DEPLOYMENTS, answer.request_id());
    for deployment in answer.service_deployments() {
        let converted = convert_deployment(deployment).map(Some).map_err(|message| answers.bad(message));
        answers.insert(deployment.service_deployment_arn().unwrap_or_default(), converted);
    }
    missing(&mut answers, answer.failures());
    Ok(answers)
}

fn missing<V>(answers: &mut Answers<Option<V>>, failures: &[types::Failure]) {
    for failure in failures {
        let absent = failure.reason() == Some("MISSING");
        let answer = if absent { Ok(None) } else { Err(answers.failed(failure)) };
        answers.insert(failure.arn().unwrap_or_default(), answer);
    }
}

fn convert_revision(revision: &types::ServiceRevision) -> Result<ServiceRevision, String> {
    let task_definition = revision.task_definition().ok_or("serviceRevisions[].taskDefinition is missing")?;
    let resolved = revision.resolved_configuration();
    let resolved = resolved.map(|resolved| resolved.load_balancers()).unwrap_or_default();
    let images = revision.container_images().iter().filter_map(|image| {
        Some(RunningImage {
            container: image.container_name()?.to_owned(),
            image: image.image().map(str::to_owned),
            digest: image.image_digest().map(str::to_owned),
        })
    });
    let managed = managed(revision)?;
    let mut load_balancers = revision.load_balancers().iter().map(load_balancer).collect::<Result<Vec<_>, _>>()?;
    load_balancers.extend(managed.iter().flatten().cloned());
    Ok(ServiceRevision {
        arn: revision.service_revision_arn().ok_or("serviceRevisions[].serviceRevisionArn is missing")?.to_owned(),
        task_definition: parse("serviceRevisions[].taskDefinition", task_definition, TaskDefinitionArn::parse)?,
        load_balancers,
        resolved: resolved.iter().map(resolved_entry).collect::<Result<_, _>>()?,
        beyond: beyond(revision, managed.is_none()),
        images: images.collect(),
    })
}

/// What brings traffic to the revision beside the load balancer entries.
fn beyond(revision: &types::ServiceRevision, is_incomplete: bool) -> Option<Beyond> {
    let resolved = revision.resolved_configuration().map(|resolved| resolved.vpc_lattice_configurations());
    if !revision.vpc_lattice_configurations().is_empty() || resolved.is_some_and(|lattice| !lattice.is_empty()) {
        return Some(Beyond::Lattice);
    }
    (is_incomplete && !revision.gateway_connectors().is_empty()).then_some(Beyond::Gateway)
}

/// The load balancer entries that ECS manages itself: of an ECS gateway, and of an Express service. `None` when it does not
/// tell all of them.
fn managed(revision: &types::ServiceRevision) -> Result<Option<Vec<LoadBalancer>>, String> {
    let Some(resources) = revision.ecs_managed_resources() else { return Ok(None) };
    let mut entries = Vec::new();
    for connection in resources.gateway_connections() {
        let Some(types::GatewayConnectionResources::HostSharedAlb(shared)) = connection.resources() else {
            return Ok(None);
        };
        for alb in shared {
            let (Some(group), Some(rule)) = (alb.target_group_arn(), alb.listener_rule_arn()) else { return Ok(None) };
            let groups = [Some(group), alb.alternate_target_group_arn()];
            entries.push(managed_entry(groups, rule, alb.test_listener_rule_arn())?);
        }
    }
    for path in resources.ingress_paths() {
        let groups: Vec<&str> = path.target_groups().iter().filter_map(|group| group.arn()).collect();
        let rule = path.rule().and_then(|rule| rule.arn());
        if let ([group] | [group, _], Some(rule)) = (groups.as_slice(), rule) {
            entries.push(managed_entry([Some(*group), groups.get(1).copied()], rule, None)?);
        }
    }
    Ok(Some(entries))
}

fn managed_entry(groups: [Option<&str>; 2], rule: &str, test: Option<&str>) -> Result<LoadBalancer, String> {
    let group = |arn: &str| parse("ecsManagedResources", arn, TargetGroupArn::parse);
    let route = |arn: &str| parse("ecsManagedResources", arn, RouteArn::parse);
    let [first, second] = groups;
    Ok(LoadBalancer {
        target: Target::Group(group(first.unwrap_or_default())?),
        container_name: None,
        container_port: None,
        alternate: second.map(group).transpose()?,
        production_route: Some(route(rule)?),
        test_route: test.map(route).transpose()?,
    })
}

fn resolved_entry(entry: &types::ServiceRevisionLoadBalancer) -> Result<Resolved, String> {
    let group = entry.target_group_arn().ok_or("resolvedConfiguration.loadBalancers[].targetGroupArn is missing")?;
    let route = entry.production_listener_rule();
    Ok(Resolved {
        target_group: parse("resolvedConfiguration.loadBalancers[].targetGroupArn", group, TargetGroupArn::parse)?,
        production_route: route
            .map(|arn| parse("resolvedConfiguration.loadBalancers[].productionListenerRule", arn, RouteArn::parse))
            .transpose()?,
    })
}

fn convert_deployment(deployment: &types::ServiceDeployment) -> Result<ServiceDeployment, String> {
    let (target, rollback) = (deployment.target_service_revision(), deployment.rollback());
    let alarms = deployment.alarms();
    let awaits = |hook: &&types::DeploymentLifecycleHookDetail| {
        hook.status().is_some_and(|status| status.as_str() == "AWAITING_ACTION")
    };
    let waiting = deployment.lifecycle_hook_details().iter().filter(awaits);
    let mut shares = BTreeMap::new();
    for revision in deployment.source_service_revisions().iter().chain(target) {
        let arn = revision.arn().ok_or("a service revision of the deployment has no arn")?;
        let share = revision.requested_production_traffic_weight().map(percent).transpose()?;
        shares.insert(arn.to_owned(), share);
    }
    Ok(ServiceDeployment {
        arn: deployment.service_deployment_arn().ok_or("serviceDeploymentArn is missing")?.to_owned(),
        status: ServiceDeploymentStatus::from_aws(deployment.status().ok_or("status is missing")?.as_str()),
        stage: deployment.lifecycle_stage().map(|stage| stage.as_str().to_owned()),
        shares,
        target: target.and_then(|target| target.arn()).map(str::to_owned),
        reason: deployment.status_reason().or(rollback.and_then(|rollback| rollback.reason())).map(str::to_owned),
        started_at: moment("startedAt", &[deployment.started_at(), deployment.created_at()])?,
        finished_at: moment("finishedAt", &[deployment.finished_at(), deployment.stopped_at()])?,
        rollback: rollback.map(|it| Rollback { revision: it.service_revision_arn().map(str::to_owned) }),
        breaker: deployment.deployment_circuit_breaker().map(|breaker| Breaker {
            status: breaker.status().map(|status| status.as_str().to_owned()),
            failures: i64::from(breaker.failure_count()),
        }),
        triggered_alarms: alarms.map(|alarms| alarms.triggered_alarm_names().to_vec()).unwrap_or_default(),
        alarmed: alarms.and_then(|alarms| alarms.status()).is_some_and(|status| status.as_str() == "TRIGGERED"),
        hooks: waiting.map(hook).collect::<Result<_, _>>()?,
    })
}

fn hook(hook: &types::DeploymentLifecycleHookDetail) -> Result<Hook, String> {
    Ok(Hook {
        id: hook.hook_id().ok_or("lifecycleHookDetails[].hookId is missing")?.to_owned(),
        expires_at: moment("lifecycleHookDetails[].expiresAt", &[hook.expires_at()])?,
        timeout_action: hook.timeout_action().map(|action| action.as_str().to_owned()),
    })
}
