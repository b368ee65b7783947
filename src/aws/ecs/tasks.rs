//! Tasks that stopped, and why.

use crate::aws::Regional;
use crate::aws::error::Error;
use crate::aws::field::moment;
use crate::resolve::model::StoppedTask;
use crate::resolve::name::{Cluster, Named, ServiceName};
use aws_sdk_ecs::types::{self, DesiredStatus, TaskStopCode};
use aws_types::request_id::RequestId;

const LIST_TASKS: &str = "ecs:ListTasks";
const DESCRIBE_TASKS: &str = "ecs:DescribeTasks";

impl Regional {
    /// `ecs:ListTasks` and `ecs:DescribeTasks`: tasks of a service that ECS did not stop by itself, the last first. ECS
    /// keeps stopped tasks for an hour, and one page of them is looked at: 100.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub async fn stopped_tasks(&self, cluster: &Cluster, service: &ServiceName) -> Result<Vec<StoppedTask>, Error> {
        let cluster = cluster.identifier();
        let list = self.ecs.list_tasks().cluster(cluster).service_name(service.name());
        let list = {
            let _single = self.calls.single(LIST_TASKS).await;
            list.desired_status(DesiredStatus::Stopped).send().await
        };
        let arns = list.map_err(|error| Error::from_sdk(LIST_TASKS, &error))?.task_arns().to_vec();
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let _single = self.calls.single(DESCRIBE_TASKS).await;
        let answer = self.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns)).send().await;
        let answer = answer.map_err(|error| Error::from_sdk(DESCRIBE_TASKS, &error))?;
        let failed = answer.tasks().iter().filter(|task| !is_planned(task.stop_code()));
        let tasks: Result<Vec<StoppedTask>, String> = failed.map(convert).collect();
        let mut tasks = tasks.map_err(|message| Error::bad_answer(DESCRIBE_TASKS, answer.request_id(), message))?;
        tasks.sort_by_key(|task| std::cmp::Reverse(task.stopped_at.as_ref().map(|at| at.millis)));
        Ok(tasks)
    }
}

/// Stopped by the scheduler, as at the end of every deployment, or by somebody.
fn is_planned(code: Option<&TaskStopCode>) -> bool {
    matches!(code, Some(TaskStopCode::ServiceSchedulerInitiated | TaskStopCode::UserInitiated))
}

fn convert(task: &types::Task) -> Result<StoppedTask, String> {
    let ended = task.containers().iter().filter_map(|container| {
        let code = container.exit_code().filter(|code| *code != 0).map(|code| format!("exit code {code}"));
        let why = container.reason().map(str::to_owned).or(code)?;
        Some(format!("{}: {why}", container.name().unwrap_or("container")))
    });
    Ok(StoppedTask {
        arn: task.task_arn().ok_or("tasks[].taskArn is missing")?.to_owned(),
        stopped_at: moment("tasks[].stoppedAt", &[task.stopped_at(), task.stopping_at()])?,
        reason: task.stopped_reason().map(str::to_owned),
        containers: ended.collect(),
    })
}
