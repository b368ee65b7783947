//! How a task set of the plan stands: whether its tasks serve.

use super::scene::{Scene, question_of_service};
use crate::guard::facts::{Question, ServiceFacts, Untold};
use crate::guard::plan::{Change, Place, cluster_name};

/// A task set as it is live.
#[derive(Debug, Clone, Copy)]
pub enum Standing<'a> {
    /// It does not exist any more, or its service does not.
    Gone,
    /// It has no tasks, or no requests reach them.
    Idle,
    /// Its tasks serve: how many there are, and the service, as far as both are known.
    Serves(Option<i64>, Option<&'a ServiceFacts>),
    /// AWS or the plan does not say.
    Untold,
}

/// The `status` in the state: PRIMARY, ACTIVE, DRAINING.
pub fn status(change: &Change) -> Option<String> {
    let status = change.before()?.get("status").name().known()?;
    Some(status.judged().to_owned())
}

impl<'a> Scene<'a> {
    /// How a task set stands: which one requests reach decides, not which one is PRIMARY. That counts where AWS does not say it.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say what the service is.
    pub fn standing(&self, change: &Change) -> Result<Standing<'a>, Untold> {
        let status = status(change);
        let is_primary = status.as_deref() == Some("PRIMARY");
        if status.as_deref() == Some("DRAINING") {
            return Ok(Standing::Idle);
        }
        let by_status = |tasks, live| if is_primary { Standing::Serves(tasks, live) } else { Standing::Untold };
        let Some(question) = self.service_of_set(change) else { return Ok(by_status(None, None)) };
        let Some(live) = self.facts.service(question)? else { return Ok(Standing::Gone) };
        let Some(id) = id(change) else { return Ok(by_status(None, Some(live))) };
        let Some(set) = live.task_sets.iter().find(|set| set.id == id) else { return Ok(Standing::Gone) };
        Ok(match set.serves {
            _ if set.running == 0 => Standing::Idle,
            Some(false) => Standing::Idle,
            Some(true) => Standing::Serves(Some(set.running), Some(live)),
            None => by_status(Some(set.running), Some(live)),
        })
    }

    /// The question about the service of an `aws_ecs_task_set`; `None` when the plan does not tell it.
    fn service_of_set(&self, change: &Change) -> Option<Question> {
        let text = |key| change.object().get(key).name().known().map(|text| text.judged().to_owned());
        let (service, cluster) = (text("service")?, text("cluster")?);
        Some(question_of_service(&service).unwrap_or_else(|| {
            let place =
                if cluster.starts_with("arn:") { Place::of_arn(&cluster) } else { Place::of(change, self.plan) };
            Question::Service { place, cluster: cluster_name(&cluster).to_owned(), name: service.clone() }
        }))
    }
}

/// `ecs-svc/…`, which is in `task_set_id` and ends the ARN.
fn id(change: &Change) -> Option<String> {
    let before = change.before()?;
    let text = |key| before.get(key).name().known().map(|text| text.judged().to_owned());
    let of_arn = || Some(format!("ecs-svc/{}", text("arn")?.rsplit_once("/ecs-svc/")?.1));
    text("task_set_id").or_else(of_arn)
}
