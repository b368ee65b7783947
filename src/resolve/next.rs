//! What a person can do about a refusal, in a form that a test can follow.

use super::arn::{RouteArn, TargetGroupArn};

/// One step that ends a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it passes when the deployment goes on, or ends.
    Wait,
    /// Give an argument a value; `None` leaves the value to the person.
    Set {
        /// The argument.
        argument: &'static str,
        /// Its value.
        value: Option<String>,
    },
    /// Leave an argument out, or correct it.
    Correct {
        /// The argument.
        argument: &'static str,
    },
    /// Point a rule or a listener's default action at one target group.
    Point {
        /// The rule or listener.
        route: RouteArn,
        /// The target group.
        group: TargetGroupArn,
    },
    /// Continue a deployment that PAUSE hooks hold: all of them.
    Continue {
        /// ARN of the service deployment.
        deployment: String,
        /// Ids of the hooks.
        hooks: Vec<String>,
    },
    /// Start a new deployment.
    Deploy,
    /// Attach a target group to a load balancer, by a rule or listener that forwards to it.
    Attach {
        /// The target group.
        group: TargetGroupArn,
    },
    /// Use a version that knows more.
    Upgrade,
    /// Do not ask this question about this service.
    LeaveOut,
}
