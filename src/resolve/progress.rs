//! How far has a deployment come, and who is waited for?

use super::model::{CodeDeployDeployment, Deployment, Hook, Rollout, ServiceDeployment, ServiceDeploymentStatus};

/// How far a deployment has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Id of the CodeDeploy deployment, ARN of the ECS service deployment, or `ecs-svc/…`.
    pub deployment: String,
    /// AWS's word for its status.
    pub status: String,
    /// The lifecycle stage of an ECS-native deployment.
    pub stage: Option<String>,
    /// PAUSE hooks that wait: all of them have to be continued.
    pub hooks: Vec<Hook>,
}

impl Progress {
    /// Labels and values for a message.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("Deployment", format!("{} ({})", self.deployment, self.status))];
        facts.extend(self.stage.clone().map(|stage| ("Lifecycle stage", stage)));
        for hook in &self.hooks {
            let ends = hook.otherwise().map_or(String::new(), |otherwise| format!(", {otherwise}"));
            facts.push(("Paused by hook", format!("{}{ends}", hook.id)));
            facts.push(("To continue", continue_command(&self.deployment, &hook.id)));
        }
        facts
    }
}

impl Hook {
    /// What happens when nobody continues, and when.
    pub fn otherwise(&self) -> Option<String> {
        let at = self.expires_at.as_ref()?;
        Some(match self.timeout_action.as_deref() {
            Some("ROLLBACK") => format!("rolls back at {at}"),
            Some("CONTINUE") => format!("continues by itself at {at}"),
            _ => format!("expires at {at}"),
        })
    }
}

/// The command that continues a deployment that a hook has paused. Both arguments are required (API reference of
/// ContinueServiceDeployment).
pub fn continue_command(deployment: &str, hook: &str) -> String {
    format!("aws ecs continue-service-deployment --service-deployment-arn {deployment} --hook-id {hook}")
}

impl From<&CodeDeployDeployment> for Progress {
    fn from(deployment: &CodeDeployDeployment) -> Self {
        Self { deployment: deployment.id.clone(), status: deployment.status.clone(), stage: None, hooks: Vec::new() }
    }
}

impl From<&ServiceDeployment> for Progress {
    fn from(deployment: &ServiceDeployment) -> Self {
        Self {
            deployment: deployment.arn.clone(),
            status: deployment.status.as_str().to_owned(),
            stage: deployment.stage.clone(),
            // One that is being stopped or goes back takes no continuation any more.
            hooks: match deployment.status {
                ServiceDeploymentStatus::InProgress => deployment.hooks.clone(),
                _ => Vec::new(),
            },
        }
    }
}

impl From<&Deployment> for Progress {
    fn from(deployment: &Deployment) -> Self {
        let status = deployment.rollout.as_ref().map_or("no rollout state", Rollout::as_str);
        Self { deployment: deployment.id.clone(), status: status.to_owned(), stage: None, hooks: Vec::new() }
    }
}
