//! Which fact decided about the answer.

/// The fact that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedBy {
    /// The service's own load balancer entry (rolling).
    Service,
    /// The PRIMARY task set.
    TaskSet,
    /// The service revision that has the traffic.
    ServiceRevision,
    /// The traffic weights that CodeDeploy reports for its deployment.
    Deployment,
    /// The listener's weights, where ECS does not know or lags behind.
    Listener,
}

impl DecidedBy {
    /// The name that users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::TaskSet => "task_set",
            Self::ServiceRevision => "service_revision",
            Self::Deployment => "deployment",
            Self::Listener => "listener",
        }
    }
}
