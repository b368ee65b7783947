//! Rolling deployments, as ECS itself does them, and their steps.

use crate::code_deploy::entry;
use crate::state::{Action, Deployment, Region, Tasks};
use serde_json::Value;

impl Region {
    /// A rolling service behind one target group with one rule; gives the ARN of the target group.
    pub fn rolling_service(&mut self, cluster: &str, service: &str) -> String {
        let group = self.target_group(service);
        let load_balancer = self.load_balancer("app", &format!("{cluster}-{service}"));
        let listener = self.listener(&load_balancer, 443, Action::default());
        self.rule(&listener, 10, Action::forward(&[(&group, 1)]));
        let task_definition = self.register(service, &[(service, "nginx:1.27")]);
        let found = self.service(cluster, service);
        found.task_definition.clone_from(&task_definition);
        found.load_balancers = vec![entry(&group, service)];
        self.first_deployment(cluster, service, &task_definition);
        group
    }

    /// The first deployment of a service that is there: all its tasks run.
    pub(crate) fn first_deployment(&mut self, cluster: &str, service: &str, task_definition: &str) {
        let found = self.service(cluster, service);
        let group = found.load_balancers.first().and_then(|entry| entry.target_group.clone());
        let revision = self.revision_on(cluster, service, task_definition, group.as_deref());
        self.service_deployment(cluster, service, None, revision, None);
        self.end_deployment(cluster, service, "SUCCESSFUL", false);
        let row = self.row(cluster, service, task_definition, "COMPLETED");
        self.service(cluster, service).deployments = vec![row];
    }

    /// A rollout starts: the service names the new revision at once, the new deployment is PRIMARY and IN_PROGRESS with
    /// pending tasks, those before are ACTIVE with theirs (cc-ecs-describe-services-rolling-in-progress).
    pub fn rolling_start(&mut self, cluster: &str, service: &str, task_definition: &str) {
        let found = self.service(cluster, service);
        for deployment in &mut found.deployments {
            deployment.status = "ACTIVE".to_owned();
        }
        task_definition.clone_into(&mut found.task_definition);
        let source = found.current_revisions.first().cloned();
        let group = found.load_balancers.first().and_then(|entry| entry.target_group.clone());
        if source.is_some() {
            self.supersede(cluster, service);
            let target = self.revision_on(cluster, service, task_definition, group.as_deref());
            self.service_deployment(cluster, service, source, target, None);
        }
        let mut row = self.row(cluster, service, task_definition, "IN_PROGRESS");
        let desired = self.service(cluster, service).desired;
        row.tasks = Some(Tasks { desired, running: 0, pending: desired });
        self.service(cluster, service).deployments.insert(0, row);
        self.count(cluster, service);
    }

    /// A new push ends the deployment before it.
    fn supersede(&mut self, cluster: &str, service: &str) {
        let now = self.now();
        let before = self.current_deployment(cluster, service).filter(|before| before.finished.is_none());
        if let Some(before) = before {
            "STOPPED".clone_into(&mut before.status);
            (before.stopped, before.finished) = (Some(now), Some(now));
        }
    }

    /// The rollout is done: only the new deployment is left.
    pub fn rolling_finish(&mut self, cluster: &str, service: &str) {
        let found = self.service(cluster, service);
        found.deployments.retain(|deployment| deployment.status == "PRIMARY");
        for deployment in &mut found.deployments {
            complete(deployment, found.desired);
        }
        self.end_deployment(cluster, service, "SUCCESSFUL", false);
        self.count(cluster, service);
    }

    /// The circuit breaker gave up without a rollback: PRIMARY is FAILED beside the ACTIVE one that runs.
    pub fn rolling_fail(&mut self, cluster: &str, service: &str) {
        let found = self.service(cluster, service);
        found.breaker.rollback = false;
        for deployment in found.deployments.iter_mut().filter(|deployment| deployment.status == "PRIMARY") {
            fail(deployment);
        }
        let now = self.now();
        if let Some(deployment) = self.current_deployment(cluster, service) {
            deployment.status = "STOPPED".to_owned();
            deployment.reason =
                Some("Service deployment stopped because the circuit breaker threshold was exceeded.".to_owned());
            (deployment.stopped, deployment.finished) = (Some(now), Some(now));
            deployment.breaker = Some("TRIGGERED".to_owned());
            deployment.failed_tasks = 3;
        }
        self.count(cluster, service);
    }

    /// The circuit breaker trips: the old deployment is PRIMARY again and IN_PROGRESS, "rolling back", beside the new one,
    /// ACTIVE and FAILED with a task that still runs (aws/copilot-cli#4838, @wanews/pulumi-wait-for-ecs-deploy README).
    pub fn rolling_trips(&mut self, cluster: &str, service: &str) {
        let now = self.now();
        let found = self.service(cluster, service);
        let complete = found.deployments.iter().position(|row| row.status == "ACTIVE" && row.rollout == "COMPLETED");
        let Some(old) = complete else { return };
        let mut old = found.deployments.remove(old);
        "PRIMARY".clone_into(&mut old.status);
        "IN_PROGRESS".clone_into(&mut old.rollout);
        old.reason = Some(format!("ECS deployment circuit breaker: rolling back to deploymentId {}.", old.id));
        for row in &mut found.deployments {
            "ACTIVE".clone_into(&mut row.status);
            fail(row);
            row.tasks = Some(Tasks { desired: 0, running: 1, pending: 0 });
        }
        found.breaker.rollback = true;
        found.task_definition.clone_from(&old.task_definition);
        found.deployments.insert(0, old);
        if let Some(deployment) = self.current_deployment(cluster, service) {
            let reason = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
            "ROLLBACK_IN_PROGRESS".clone_into(&mut deployment.status);
            (deployment.stopped, deployment.finished) = (None, None);
            deployment.reason = Some(reason.to_owned());
            deployment.rollback = Some(reason.to_owned());
            deployment.rollback_started = Some(now);
            deployment.breaker = Some("TRIGGERED".to_owned());
            deployment.failed_tasks = 3;
        }
        self.count(cluster, service);
    }

    /// The circuit breaker went back: the old revision is PRIMARY again and alone.
    pub fn rolling_back(&mut self, cluster: &str, service: &str) {
        let tripped = self.current_deployment(cluster, service).is_some_and(|found| found.rollback.is_some());
        if !tripped {
            self.rolling_trips(cluster, service);
        }
        let found = self.service(cluster, service);
        found.deployments.retain(|deployment| deployment.status == "PRIMARY");
        for deployment in &mut found.deployments {
            complete(deployment, found.desired);
        }
        self.end_deployment(cluster, service, "ROLLBACK_SUCCESSFUL", true);
        self.count(cluster, service);
    }

    /// A row of `deployments[]` for the newest revision, with all its tasks running.
    fn row(&mut self, cluster: &str, service: &str, task_definition: &str, rollout: &str) -> Deployment {
        let created = self.now();
        let revision = self.service(cluster, service).current_revisions.last().cloned();
        let number = revision.and_then(|arn| Some(arn.rsplit('/').next()?.to_owned()));
        let number = number.unwrap_or_else(|| self.next_id());
        let desired = self.service(cluster, service).desired;
        let mut row = Deployment {
            id: format!("ecs-svc/{number}"),
            status: "PRIMARY".to_owned(),
            rollout: rollout.to_owned(),
            task_definition: task_definition.to_owned(),
            created: Some(created),
            reason: Some(format!("ECS deployment ecs-svc/{number} in progress.")),
            ..Deployment::default()
        };
        if rollout == "COMPLETED" {
            complete(&mut row, desired);
        }
        row
    }

    /// The service's counts are the sums of its rows.
    fn count(&mut self, cluster: &str, service: &str) {
        let found = self.service(cluster, service);
        let mut sum = Tasks { desired: found.desired, ..Tasks::default() };
        for tasks in found.deployments.iter().filter_map(|row| row.tasks) {
            sum.running += tasks.running;
            sum.pending += tasks.pending;
        }
        found.tasks = Some(sum);
        let of = |arn: &String| {
            let number = arn.rsplit('/').next()?;
            let row = found.deployments.iter().find(|row| row.id.ends_with(number))?;
            Some((arn.clone(), row.tasks?))
        };
        found.revision_tasks = found.current_revisions.iter().filter_map(of).collect();
    }

    /// Image by container name, of a task definition revision.
    pub(crate) fn images_of(&self, task_definition: &str) -> Vec<(String, String)> {
        let found =
            crate::ecs::revision(self, task_definition).map(|(found, _)| &found.registered["containerDefinitions"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let containers = found.ok().and_then(Value::as_array).into_iter().flatten();
        containers.map(|container| (text(&container["name"]), text(&container["image"]))).collect()
    }
}

fn complete(row: &mut Deployment, desired: i64) {
    "COMPLETED".clone_into(&mut row.rollout);
    row.reason = Some(format!("ECS deployment {} completed.", row.id));
    row.tasks = Some(Tasks { desired, running: desired, pending: 0 });
}

fn fail(row: &mut Deployment) {
    "FAILED".clone_into(&mut row.rollout);
    row.reason = Some("ECS deployment circuit breaker: tasks failed to start.".to_owned());
    row.failed_tasks = 3;
    row.tasks = row.tasks.map(|tasks| Tasks { pending: 0, ..tasks });
}
