//! A decision that asks for facts as it needs them, so that the fewest calls are made and the domain does no IO.
//!
//! A question is a function of [`Facts`] to [`Step`]. Whoever drives it fetches what a step asks for, adds it to the
//! facts and asks again. Every step asks for something that is not among the facts yet, so the dialogue ends.

use super::arn::{ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
use super::model::{
    CodeDeployDeployment, DeploymentGroup, Route, Service, ServiceDeployment, ServiceRevision, TrafficByTaskSet,
};
use std::collections::BTreeMap;

/// What is known so far.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The service itself: always the first fact.
    pub service: Service,
    /// CodeDeploy deployments by id; `None` for an id that CodeDeploy does not know.
    pub deployments: BTreeMap<String, Option<CodeDeployDeployment>>,
    /// Traffic per task set, in percent, by CodeDeploy deployment id.
    pub shifts: BTreeMap<String, TrafficByTaskSet>,
    /// Service revisions by ARN; `None` for one that ECS does not describe.
    pub revisions: BTreeMap<String, Option<ServiceRevision>>,
    /// Service deployments by ARN; `None` for one that ECS does not describe, such as one of over 90 days ago.
    pub service_deployments: BTreeMap<String, Option<ServiceDeployment>>,
    /// ARN of the newest service deployment that ECS lists, once it was asked for; `Some(None)` when it lists none.
    pub newest_deployment: Option<Option<String>>,
    /// CodeDeploy deployment groups; `None` for one that is gone.
    pub deployment_groups: BTreeMap<GroupName, Option<DeploymentGroup>>,
    /// Routes by where they were looked for.
    pub routes: BTreeMap<Scope, Seen>,
}

/// One step of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<T> {
    /// One more fact is needed.
    Ask(Ask),
    /// The answer.
    Done(T),
}

/// A fact that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// `codedeploy:BatchGetDeployments` of these ids.
    Deployments(Vec<String>),
    /// `ecs:DescribeServiceRevisions` of these ARNs.
    Revisions(Vec<String>),
    /// `ecs:DescribeServiceDeployments` of this ARN.
    ServiceDeployment(String),
    /// `ecs:ListServiceDeployments` of the service: the newest.
    NewestDeployment,
    /// `codedeploy:GetDeploymentGroup`.
    DeploymentGroup(GroupName),
    /// `codedeploy:GetDeploymentTarget` of this service in the deployment with this id.
    Shift(String),
    /// The routes within this scope.
    Routes(Scope),
}

/// The name of a CodeDeploy deployment group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupName {
    /// `applicationName`.
    pub application: String,
    /// `deploymentGroupName`.
    pub group: String,
}

/// What was seen where routes were looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// These; none when nothing forwards there.
    Routes(Vec<Route>),
    /// The rule, listener, load balancer or target group does not exist.
    Gone,
    /// The target group exists, and no load balancer uses it.
    Unattached,
}

/// Where to look for routes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One rule, or the default action of one listener.
    Route(RouteArn),
    /// All rules of a listener, with its default action.
    Listener(ListenerArn),
    /// All listeners of a load balancer, with their rules.
    LoadBalancer(LoadBalancerArn),
    /// All load balancers that a target group is attached to.
    TargetGroup(TargetGroupArn),
}

impl Scope {
    /// The ARN of where to look.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Route(arn) => arn.as_str(),
            Self::Listener(arn) => arn.as_str(),
            Self::LoadBalancer(arn) => arn.as_str(),
            Self::TargetGroup(arn) => arn.as_str(),
        }
    }
}

impl Facts {
    /// The facts at the start: the service alone.
    pub fn new(service: Service) -> Self {
        Self {
            service,
            deployments: BTreeMap::new(),
            shifts: BTreeMap::new(),
            revisions: BTreeMap::new(),
            service_deployments: BTreeMap::new(),
            newest_deployment: None,
            deployment_groups: BTreeMap::new(),
            routes: BTreeMap::new(),
        }
    }

    /// A deployment that has been asked for and that CodeDeploy knows.
    pub fn deployment(&self, id: &str) -> Option<&CodeDeployDeployment> {
        self.deployments.get(id)?.as_ref()
    }

    /// What to ask for so that these deployments are known.
    pub fn ask_deployments(&self, ids: &[String]) -> Option<Ask> {
        let unasked: Vec<String> = ids.iter().filter(|id| !self.deployments.contains_key(*id)).cloned().collect();
        (!unasked.is_empty()).then_some(Ask::Deployments(unasked))
    }

    /// What to ask for so that these deployments are known, and those that undo them.
    pub fn ask_deployments_and_undoing(&self, ids: &[String]) -> Option<Ask> {
        let undoing = ids.iter().filter_map(|id| self.deployment(id)?.rolled_back_by.clone());
        self.ask_deployments(&ids.iter().cloned().chain(undoing).collect::<Vec<_>>())
    }

    /// A service revision that has been asked for and that ECS describes.
    pub fn revision(&self, arn: &str) -> Option<&ServiceRevision> {
        self.revisions.get(arn)?.as_ref()
    }

    /// What to ask for so that these service revisions are known.
    pub fn ask_revisions<'a>(&self, arns: impl IntoIterator<Item = &'a String>) -> Option<Ask> {
        let unasked: Vec<String> = arns.into_iter().filter(|arn| !self.revisions.contains_key(*arn)).cloned().collect();
        (!unasked.is_empty()).then_some(Ask::Revisions(unasked))
    }
}
