//! What there is: clusters, the services of a cluster, the deployments of a service. Every page is read.

use crate::aws::Found;
use crate::aws::Regional;
use crate::aws::error::Error;
use crate::resolve::model::Service;
use crate::resolve::name::{Cluster, ServiceName};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

const LIST_CLUSTERS: &str = "ecs:ListClusters";
const LIST_SERVICES: &str = "ecs:ListServices";
const LIST_DEPLOYMENTS: &str = "ecs:ListServiceDeployments";
/// The largest page of all three calls.
const PAGE: i32 = 100;

impl Regional {
    /// `ecs:ListServices`: the services of a cluster that are not deleted, in the order of their names.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub async fn list_services(&self, cluster: &Cluster) -> Result<Found<Vec<ServiceName>>, Error> {
        let mut names = Vec::new();
        let request = self.ecs.list_services().cluster(cluster.identifier()).max_results(PAGE);
        let mut pages = request.into_paginator().send();
        let mut more = true;
        while more {
            let _single = self.calls.single(LIST_SERVICES).await;
            let Some(page) = pages.next().await else { break };
            let page = match page {
                Ok(page) => page,
                Err(error) if error.code() == Some("ClusterNotFoundException") => return Ok(Found::NoCluster),
                Err(error) => return Err(Error::from_sdk(LIST_SERVICES, &error)),
            };
            more = page.next_token().is_some();
            for arn in page.service_arns() {
                let bad = |error| Error::bad_answer(LIST_SERVICES, page.request_id(), format!("serviceArns: {error}"));
                names.push(ServiceName::parse(arn).map_err(bad)?);
            }
        }
        names.sort();
        Ok(Found::Here(names))
    }

    /// `ecs:ListClusters`: every cluster of the region.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub async fn list_clusters(&self) -> Result<Vec<Cluster>, Error> {
        let mut clusters = Vec::new();
        let mut pages = self.ecs.list_clusters().max_results(PAGE).into_paginator().send();
        let mut more = true;
        while more {
            let _single = self.calls.single(LIST_CLUSTERS).await;
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(|error| Error::from_sdk(LIST_CLUSTERS, &error))?;
            more = page.next_token().is_some();
            for arn in page.cluster_arns() {
                let bad = |error| Error::bad_answer(LIST_CLUSTERS, page.request_id(), format!("clusterArns: {error}"));
                clusters.push(Cluster::parse(arn).map_err(bad)?);
            }
        }
        Ok(clusters)
    }

    /// `ecs:ListServiceDeployments`: the ARN of the newest one; ECS lists those of the last 90 days.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub(in crate::aws) async fn newest_deployment(&self, service: &Service) -> Result<Option<String>, Error> {
        let mut newest = None;
        let mut token = None;
        loop {
            let request = self.ecs.list_service_deployments().cluster(&service.cluster_arn).service(&service.arn);
            let _single = self.calls.single(LIST_DEPLOYMENTS).await;
            let page = request.max_results(PAGE).set_next_token(token).send().await;
            let page = page.map_err(|error| Error::from_sdk(LIST_DEPLOYMENTS, &error))?;
            for brief in page.service_deployments() {
                let bad = |field| Error::bad_answer(LIST_DEPLOYMENTS, page.request_id(), format!("{field} is missing"));
                let arn = brief.service_deployment_arn().ok_or_else(|| bad("serviceDeploymentArn"))?;
                let created = brief.created_at().ok_or_else(|| bad("createdAt"))?;
                // AWS does not promise an order.
                if newest.as_ref().is_none_or(|(latest, _)| created > latest) {
                    newest = Some((*created, arn.to_owned()));
                }
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(newest.map(|(_, arn)| arn));
            }
        }
    }
}
