//! `exec-prerequisites`: ECS Exec is switched on for tasks that cannot serve it.

use super::definitions::{Planned, deploys};
use super::scene::{Found, Outcome, Scene, Verdict, fine};
use super::{Rule, definitions};
use crate::guard::facts::Untold;
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Definition, Field, Service};

/// The rule.
pub static RULE: Rule = Rule {
    id: "exec-prerequisites",
    title: "ECS Exec is on, but the tasks cannot be entered",
    severity: Severity::Error,
    why: "With enable_execute_command and no task role at all, ECS refuses to create or update the service (\"a valid \
          taskRoleArn is not being used\"). A read-only root filesystem keeps the agent from starting, and without an init \
          process each session leaves processes behind.",
    fix: "Give the task definition a task_role_arn with the four ssmmessages actions, set \
          linuxParameters.initProcessEnabled, and leave the root filesystem writable where Exec is wanted.",
    needs: &["ecs:DescribeTaskDefinition"],
    judge,
};

/// What is looked at: the role and the containers.
struct Tasks {
    has_role: bool,
    containers: Vec<(String, bool, bool)>,
}

pub fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    let relevant = change.action.creates()
        || (change.action == Action::Update && (change.writes("enable_execute_command") || deploys(change)));
    let Some(after) = change.after().map(Service).filter(|_| change.kind == "aws_ecs_service" && relevant) else {
        return fine();
    };
    if !after.is_on("enable_execute_command") {
        return fine();
    }
    let Some(tasks) = tasks(change, scene)? else { return fine() };
    let mut outcomes = Vec::new();
    if !tasks.has_role {
        let message =
            "enable_execute_command is on, and the task definition has no task role: ECS refuses the service.";
        outcomes.push(Outcome::Finding(Found::error(message).fix(
            "Set task_role_arn to a role with ssmmessages:CreateControlChannel, CreateDataChannel, \
                                       OpenControlChannel and OpenDataChannel.",
        )));
    }
    for (name, read_only, has_init) in tasks.containers {
        let wrong = match (read_only, has_init) {
            (true, _) => "has a read-only root filesystem: the Exec agent cannot start in it",
            (false, false) => "has no init process: each session may leave zombie processes behind",
            (false, true) => continue,
        };
        let found = Found::warning(format!("ECS Exec is on, and container {name} {wrong}."));
        outcomes.push(Outcome::Finding(found.fix(
            "linuxParameters = { initProcessEnabled = true }, and readonlyRootFilesystem = false where Exec is wanted.",
        )));
    }
    Ok(outcomes)
}

fn tasks(change: &Change, scene: &Scene<'_>) -> Result<Option<Tasks>, Untold> {
    match scene.planned_definition(change, None) {
        Planned::New(registered) => {
            let Some(definition) = registered.after().map(Definition) else { return Ok(None) };
            let list = definitions::containers(registered).known().unwrap_or_default();
            let containers = list.into_iter().map(|one| (one.name.to_string(), one.is_read_only, one.has_init_process));
            let has_role = !matches!(definition.0.get("task_role_arn").name(), Field::Null);
            Ok(Some(Tasks { has_role, containers: containers.collect() }))
        }
        planned => {
            let Some(facts) = scene.live_definition(&planned, change)? else { return Ok(None) };
            let containers = facts.containers.iter();
            let containers = containers.map(|one| (one.name.clone(), one.is_read_only, one.has_init_process)).collect();
            Ok(Some(Tasks { has_role: facts.task_role.is_some(), containers }))
        }
    }
}
