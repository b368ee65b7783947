//! CodeDeploy deployments: their listeners, their state, their traffic.

use super::Regional;
use super::calls::{Answers, Batch, Calls, Outcome, Since};
use super::error::Error;
use super::field::{moment, percent};
use crate::resolve::arn::ListenerArn;
use crate::resolve::inquiry::GroupName;
use crate::resolve::model::{CodeDeployDeployment, DeploymentGroup, Service, TrafficByTaskSet};
use crate::resolve::name::{Cluster, Named};
use aws_sdk_codedeploy::operation::get_deployment_target::GetDeploymentTargetOutput;
use aws_sdk_codedeploy::{Client, types};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::collections::{BTreeMap, BTreeSet};

const BATCH_GET: &str = "codedeploy:BatchGetDeployments";
const GET_GROUP: &str = "codedeploy:GetDeploymentGroup";
const GROUP_IS_GONE: [&str; 2] = ["DeploymentGroupDoesNotExistException", "ApplicationDoesNotExistException"];
const NOT_STARTED: [&str; 2] = ["DeploymentNotStartedException", "DeploymentTargetDoesNotExistException"];
const GET_TARGET: &str = "codedeploy:GetDeploymentTarget";

/// `codedeploy:BatchGetDeployments` of at most 25 ids.
pub(super) fn deployments(client: &Client, calls: &Calls) -> Batch<(), Option<CodeDeployDeployment>> {
    let client = client.clone();
    Batch::new(calls, BATCH_GET, 25, move |(), ids| batch_get_deployments(client.clone(), ids))
}

impl Regional {
    /// `codedeploy:BatchGetDeployments` of any number of ids. An id that CodeDeploy does not know has `None`.
    ///
    /// # Errors
    /// [`Error`] when CodeDeploy does not answer, refuses, or answers what cannot be read.
    pub async fn deployments(
        &self,
        ids: &[String],
        since: Since,
    ) -> Result<BTreeMap<String, Option<CodeDeployDeployment>>, Error> {
        Ok(self.deployments.get_all((), ids, since).await?.into_iter().collect())
    }

    /// `codedeploy:GetDeploymentGroup`. A group that was deleted after the deployment has `None`.
    ///
    /// # Errors
    /// [`Error`] when CodeDeploy does not answer, refuses, or answers what cannot be read.
    pub async fn deployment_group(&self, name: &GroupName) -> Result<Option<DeploymentGroup>, Error> {
        let _single = self.calls.single(GET_GROUP).await;
        let request = self.code_deploy.get_deployment_group().application_name(&name.application);
        let answer = match request.deployment_group_name(&name.group).send().await {
            Ok(answer) => answer,
            Err(error) if error.code().is_some_and(|code| GROUP_IS_GONE.contains(&code)) => return Ok(None),
            Err(error) => return Err(Error::from_sdk(GET_GROUP, &error)),
        };
        let bad = |message| Error::bad_answer(GET_GROUP, answer.request_id(), message);
        let Some(group) = answer.deployment_group_info() else { return Ok(None) };
        let pairs = pairs(group.load_balancer_info());
        let last = group.last_attempted_deployment().and_then(|last| last.deployment_id());
        Ok(Some(DeploymentGroup {
            last_attempt: last.filter(|id| !id.is_empty()).map(str::to_owned),
            production_listeners: listeners(pairs, |pair| pair.prod_traffic_route()).map_err(bad)?,
            test_listeners: listeners(pairs, |pair| pair.test_traffic_route()).map_err(bad)?,
        }))
    }

    /// `codedeploy:GetDeploymentTarget`: how a deployment shares production traffic among the task sets of a service.
    ///
    /// # Errors
    /// [`Error`] when CodeDeploy does not answer, refuses, or answers what cannot be read.
    pub async fn shift(&self, deployment: &str, service: &Service, since: Since) -> Result<TrafficByTaskSet, Error> {
        let target = target_of(service)?;
        let (client, limits) = (self.code_deploy.clone(), self.calls.limits.clone());
        let key = (deployment.to_owned(), target);
        let (deployment, target) = key.clone();
        let fetch = || async move {
            limits.take(GET_TARGET).await;
            // Before it has started it has shared nothing.
            let Some(answer) = get_target(&client, &deployment, &target).await? else {
                return Ok(TrafficByTaskSet::new());
            };
            shares(&answer).map_err(|message| Error::bad_answer(GET_TARGET, answer.request_id(), message))
        };
        self.shifts.get(key, since, fetch).await
    }

    /// `codedeploy:GetDeploymentTarget`: the lifecycle events of a deployment for a service, each with how it stands. None
    /// before the deployment has started.
    ///
    /// # Errors
    /// [`Error`] when CodeDeploy does not answer, refuses, or answers what cannot be read.
    pub async fn lifecycle_events(&self, deployment: &str, service: &Service) -> Result<Vec<(String, String)>, Error> {
        let target = target_of(service)?;
        let _single = self.calls.single(GET_TARGET).await;
        let Some(answer) = get_target(&self.code_deploy, deployment, &target).await? else { return Ok(Vec::new()) };
        let target = answer.deployment_target().and_then(|target| target.ecs_target());
        let events = target.map(|target| target.lifecycle_events()).unwrap_or_default().iter();
        let event = |event: &types::LifecycleEvent| {
            let status = event.status().map(|status| status.as_str()).unwrap_or_default();
            Some((event.lifecycle_event_name()?.to_owned(), status.to_owned()))
        };
        Ok(events.filter_map(event).collect())
    }
}

/// `codedeploy:GetDeploymentTarget`; `None` before the deployment has started.
async fn get_target(
    client: &Client,
    deployment: &str,
    target: &str,
) -> Result<Option<GetDeploymentTargetOutput>, Error> {
    match client.get_deployment_target().deployment_id(deployment).target_id(target).send().await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code().is_some_and(|code| NOT_STARTED.contains(&code)) => Ok(None),
        Err(error) => Err(Error::from_sdk(GET_TARGET, &error)),
    }
}

/// What CodeDeploy calls a service that it deploys: cluster and name.
fn target_of(service: &Service) -> Result<String, Error> {
    let cluster = Cluster::parse(&service.cluster_arn);
    let cluster = cluster.map_err(|error| Error::bad_answer(GET_TARGET, None, error.to_string()))?;
    Ok(format!("{}:{}", cluster.name(), service.name))
}

async fn batch_get_deployments(client: Client, ids: Vec<String>) -> Outcome<Option<CodeDeployDeployment>> {
    let request = client.batch_get_deployments().set_deployment_ids(Some(ids.clone()));
    let answer = request.send().await.map_err(|error| Error::from_sdk(BATCH_GET, &error))?;
    let mut answers = Answers::new(BATCH_GET, answer.request_id());
    for info in answer.deployments_info() {
        let converted = convert(info).map(Some).map_err(|message| answers.bad(message));
        answers.insert(info.deployment_id().unwrap_or_default(), converted);
    }
    // CodeDeploy leaves out what it does not know.
    let known: BTreeSet<_> = answer.deployments_info().iter().filter_map(|info| info.deployment_id()).collect();
    ids.iter().filter(|id| !known.contains(id.as_str())).for_each(|id| answers.insert(id, Ok(None)));
    Ok(answers)
}

fn shares(answer: &GetDeploymentTargetOutput) -> Result<TrafficByTaskSet, String> {
    let target = answer.deployment_target().and_then(|target| target.ecs_target()).ok_or("ecsTarget is missing")?;
    let mut shares = TrafficByTaskSet::new();
    for set in target.task_sets_info() {
        // CodeDeploy spells the field this way.
        let id = set.identifer().ok_or("taskSetsInfo[].identifer is missing")?;
        shares.insert(id.to_owned(), percent(set.traffic_weight())?);
    }
    Ok(shares)
}

fn convert(info: &types::DeploymentInfo) -> Result<CodeDeployDeployment, String> {
    let pairs = pairs(info.load_balancer_info());
    let names = pairs.iter().flat_map(|pair| pair.target_groups()).filter_map(|group| group.name());
    let rollback = info.rollback_info();
    let error = info.error_information().and_then(|error| error.message());
    let id = |value: Option<&str>| value.filter(|id| !id.is_empty()).map(str::to_owned);
    Ok(CodeDeployDeployment {
        id: info.deployment_id().ok_or("deploymentId is missing")?.to_owned(),
        status: info.status().ok_or("status is missing")?.as_str().to_owned(),
        application: id(info.application_name()),
        group: id(info.deployment_group_name()),
        reason: id(error).or_else(|| id(rollback.and_then(|info| info.rollback_message()))),
        created_at: moment("createTime", &[info.create_time(), info.start_time()])?,
        started_at: moment("startTime", &[info.start_time(), info.create_time()])?,
        finished_at: moment("completeTime", &[info.complete_time()])?,
        undoes: rollback.and_then(|info| id(info.rollback_triggering_deployment_id())),
        rolled_back_by: rollback.and_then(|info| id(info.rollback_deployment_id())),
        production_listeners: listeners(pairs, |pair| pair.prod_traffic_route())?,
        test_listeners: listeners(pairs, |pair| pair.test_traffic_route())?,
        target_group_names: names.map(str::to_owned).collect(),
    })
}

fn pairs(info: Option<&types::LoadBalancerInfo>) -> &[types::TargetGroupPairInfo] {
    info.map(|info| info.target_group_pair_info_list()).unwrap_or_default()
}

fn listeners(
    pairs: &[types::TargetGroupPairInfo],
    route: fn(&types::TargetGroupPairInfo) -> Option<&types::TrafficRoute>,
) -> Result<BTreeSet<ListenerArn>, String> {
    let arns = pairs.iter().filter_map(route).flat_map(|route| route.listener_arns());
    arns.map(|arn| ListenerArn::parse(arn).map_err(|error| format!("listenerArns: {error}"))).collect()
}
