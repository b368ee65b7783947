//! Production that a deployment has shifted, and that somebody put back while it still runs.

use super::TargetGroupArn;
use crate::resolve::progress::Progress;
use crate::resolve::refusal::{Explanation, explanation};

/// What a deployment had done before the route was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// Where it had shifted production to.
    group: TargetGroupArn,
    progress: Progress,
    /// Who runs the deployment: "ECS".
    by: &'static str,
}

impl TakenBack {
    /// What a deployment has shifted to.
    pub(super) fn new(group: &TargetGroupArn, progress: &Progress, by: &'static str) -> Self {
        Self { group: group.clone(), progress: progress.clone(), by }
    }

    /// It in words.
    pub fn explain(&self) -> Explanation {
        let Self { group, progress, by } = self;
        let stop = match *by {
            "CodeDeploy" => format!("aws deploy stop-deployment --deployment-id {}", progress.deployment),
            _ => format!(
                "aws ecs stop-service-deployment --service-deployment-arn {} --stop-type ROLLBACK",
                progress.deployment
            ),
        };
        let detail = format!(
            "{by} has shifted production to {}, and the rule forwards elsewhere again: somebody put it back, perhaps by an \
             apply of weights that were stale, or a rollback has just begun. When the deployment ends, {by} stops the \
             tasks that now get the requests. Before that, point the rule at the target group below, or stop the \
             deployment.",
            group.name()
        );
        let mut facts = vec![("Shifted to", group.to_string())];
        facts.extend(progress.facts());
        facts.push(("To stop it", stop));
        explanation("Traffic Was Taken Back", detail, facts)
    }
}
