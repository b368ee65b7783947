//! A decision that asks for facts as it needs them, so that the fewest calls are made and the domain does no IO.
//!
//! A question is a function of [`Facts`] to [`Step`]. Whoever drives it fetches what a step asks for, adds it to the
//! facts and asks again. Every step asks for something that is not among the facts yet, so the dialogue ends.

use super::arn::{ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
use super::model::{CodeDeployDeployment, Route, Service, ServiceDeployment, ServiceRevision, TrafficByTaskSet};
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
    /// Routes by where they were looked for.
    pub routes: BTreeMap<Scope, Vec<Route>>,
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
    /// `codedeploy:GetDeploymentTarget` of this service in the deployment with this id.
    Shift(String),
    /// The routes within this scope.
    Routes(Scope),
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

impl Facts {
    /// The facts at the start: the service alone.
    pub fn new(service: Service) -> Self {
        Self {
            service,
            deployments: BTreeMap::new(),
            shifts: BTreeMap::new(),
            revisions: BTreeMap::new(),
            service_deployments: BTreeMap::new(),
            routes: BTreeMap::new(),
        }
    }

    /// A deployment that has been asked for and that CodeDeploy knows.
    pub fn deployment(&self, id: &str) -> Option<&CodeDeployDeployment> {
        self.deployments.get(id)?.as_ref()
    }

    /// Those of the ids that have not been asked for.
    pub fn unasked(&self, ids: &[String]) -> Vec<String> {
        ids.iter().filter(|id| !self.deployments.contains_key(*id)).cloned().collect()
    }
}
