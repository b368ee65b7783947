//! Service revisions and service deployments: how far an ECS-native deployment has come.

use super::Regional;
use super::ecs::{load_balancer, parse};
use super::error::Error;
use super::time::rfc3339;
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::model::{Resolved, RunningImage, ServiceDeployment, ServiceDeploymentStatus, ServiceRevision};
use crate::resolve::task_definition::TaskDefinitionArn;
use aws_sdk_ecs::types;
use aws_types::request_id::RequestId;
use std::collections::BTreeMap;

const REVISIONS: &str = "ecs:DescribeServiceRevisions";
const DEPLOYMENTS: &str = "ecs:DescribeServiceDeployments";

impl Regional {
    /// `ecs:DescribeServiceRevisions` of at most 20 ARNs. One that ECS does not describe has `None`.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub async fn revisions(&self, arns: &[String]) -> Result<BTreeMap<String, Option<ServiceRevision>>, Error> {
        let request = self.ecs.describe_service_revisions().set_service_revision_arns(Some(arns.to_vec()));
        let answer = request.send().await.map_err(|error| Error::from_sdk(REVISIONS, &error))?;
        let bad = |message: String| Error::bad_answer(REVISIONS, answer.request_id(), message);
        only_missing(answer.failures()).map_err(bad)?;
        let mut revisions: BTreeMap<_, _> = arns.iter().map(|arn| (arn.clone(), None)).collect();
        for revision in answer.service_revisions() {
            let revision = convert_revision(revision).map_err(bad)?;
            if let Some(slot) = revisions.get_mut(&revision.arn) {
                *slot = Some(revision);
            }
        }
        Ok(revisions)
    }

    /// `ecs:DescribeServiceDeployments` of one ARN. `None` when ECS does not describe it, such as after 90 days.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub async fn service_deployment(&self, arn: &str) -> Result<Option<ServiceDeployment>, Error> {
        let request = self.ecs.describe_service_deployments().service_deployment_arns(arn);
        let answer = request.send().await.map_err(|error| Error::from_sdk(DEPLOYMENTS, &error))?;
        let bad = |message: String| Error::bad_answer(DEPLOYMENTS, answer.request_id(), message);
        only_missing(answer.failures()).map_err(bad)?;
        let found = answer.service_deployments().iter().find(|found| found.service_deployment_arn() == Some(arn));
        found.map(convert_deployment).transpose().map_err(bad)
    }
}

/// A failure other than MISSING says nothing about absence.
fn only_missing(failures: &[types::Failure]) -> Result<(), String> {
    match failures.iter().find(|failure| failure.reason() != Some("MISSING")) {
        None => Ok(()),
        Some(failure) => Err(format!(
            "ECS could not describe {}: {}",
            failure.arn().unwrap_or("(no ARN)"),
            failure.reason().unwrap_or("(no reason)")
        )),
    }
}

fn convert_revision(revision: &types::ServiceRevision) -> Result<ServiceRevision, String> {
    let task_definition = revision.task_definition().ok_or("serviceRevisions[].taskDefinition is missing")?;
    let resolved = revision.resolved_configuration().map(|resolved| resolved.load_balancers());
    let images = revision.container_images().iter().filter_map(|image| {
        Some(RunningImage {
            container: image.container_name()?.to_owned(),
            image: image.image().map(str::to_owned),
            digest: image.image_digest().map(str::to_owned),
        })
    });
    Ok(ServiceRevision {
        arn: revision.service_revision_arn().ok_or("serviceRevisions[].serviceRevisionArn is missing")?.to_owned(),
        task_definition: parse("serviceRevisions[].taskDefinition", task_definition, TaskDefinitionArn::parse)?,
        load_balancers: revision.load_balancers().iter().map(load_balancer).collect::<Result<_, _>>()?,
        resolved: resolved.map(|entries| entries.iter().map(resolved_entry).collect()).transpose()?,
        images: images.collect(),
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
        started_at: rfc3339("startedAt", &[deployment.started_at(), deployment.created_at()])?,
        finished_at: rfc3339("finishedAt", &[deployment.finished_at()])?,
        rolled_back: rollback.is_some(),
        failed_tasks: deployment.deployment_circuit_breaker().map(|breaker| i64::from(breaker.failure_count())),
    })
}

/// Percent as a whole number. A share that is neither all nor nothing never becomes one of the two by rounding.
pub(super) fn percent(share: f64) -> Result<u16, String> {
    if !(0.0..=100.0).contains(&share) {
        return Err(format!("a traffic weight of {share} is not within 0 to 100"));
    }
    let whole = if share < 50.0 { share.ceil() } else { share.floor() };
    // In range by the check above.
    Ok(whole as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_all_or_nothing_only_when_it_is() {
        let shares = [0.0, 0.1, 33.3, 50.0, 99.9, 100.0].map(percent);
        assert_eq!(shares, [Ok(0), Ok(1), Ok(34), Ok(50), Ok(99), Ok(100)]);
        for share in [-1.0, 100.5, f64::NAN] {
            assert!(percent(share).is_err(), "{share}");
        }
    }
}
