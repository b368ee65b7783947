//! `execution-role`: the agent needs a role to start the task, and another than the application's.

use super::image::is_ecr;
use super::scene::{Found, Scene, cannot_tell, fine};
use super::{Rule, Verdict};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Change, Container, Definition, Field};

/// The rule.
pub static RULE: Rule = Rule {
    id: "execution-role",
    title: "The execution role is missing, or is the task role",
    severity: Severity::Error,
    why: "The execution role is what the ECS agent uses to pull from a private registry, read secrets and write awslogs; the \
          task role is what the application uses. Without the first, tasks do not start (on Fargate the registration itself \
          is refused). With the same role for both, the application can read every secret that the agent can.",
    fix: "Set execution_role_arn to a role with AmazonECSTaskExecutionRolePolicy and access to the secrets, and give the \
          application a role of its own in task_role_arn.",
    needs: &[],
    judge,
};

pub fn judge(change: &Change, _: &Scene<'_>) -> Verdict {
    if change.kind != "aws_ecs_task_definition" || !change.action.creates() {
        return fine();
    }
    let Some(definition) = change.after().map(Definition) else { return fine() };
    let role = |key: &str| definition.0.get(key).name();
    let (execution, task) = (role("execution_role_arn"), role("task_role_arn"));
    if let (Field::Known(execution), Field::Known(task)) = (&execution, &task)
        && execution.judged() == task.judged()
    {
        return Found::warning("The task role is also the execution role: the application may do what the agent may.")
            .fact("Role", execution)
            .fix("Give the application a role of its own: task_role_arn.")
            .alone();
    }
    if !matches!(execution, Field::Null) {
        return fine();
    }
    let containers = match definition.containers() {
        Field::Known(containers) => containers,
        Field::Null => return fine(),
        Field::Unknown => return cannot_tell("The plan does not know whether the containers need an execution role."),
    };
    let managed = definition.requires(&["FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]);
    let mut needs: Vec<String> = containers.iter().filter_map(|container| need(container, managed)).collect();
    if definition.has_fsx_credentials() {
        needs.push("a volume of FSx for Windows File Server reads its credentials with it".to_owned());
    }
    let Some(first) = needs.first() else { return fine() };
    let refused =
        if definition.requires(&["FARGATE"]) { "ECS refuses to register it" } else { "its tasks do not start" };
    Found::error(format!("The task definition has no execution role, and {first}: {refused}."))
        .fact("Needed because", needs.join("; "))
        .fix("Set execution_role_arn to a role with AmazonECSTaskExecutionRolePolicy.")
        .alone()
}

/// Why a container needs the role. `managed`: no container instance lends its own role.
fn need(container: &Container, managed: bool) -> Option<String> {
    let name = &container.name;
    if !container.secrets.is_empty() {
        return Some(format!("container {name} has secrets"));
    }
    if container.registry_credentials.is_some() {
        return Some(format!("container {name} has registry credentials"));
    }
    if container.has_environment_files {
        return Some(format!("container {name} has environment files"));
    }
    if managed && is_ecr(container.image.judged()) {
        return Some(format!("the image of container {name} is in a private ECR repository"));
    }
    if managed && container.log_driver.as_deref() == Some("awslogs") {
        return Some(format!("container {name} writes to CloudWatch Logs"));
    }
    None
}
