//! Rolling deployments, as ECS itself does them, and their steps.

use crate::code_deploy::entry;
use crate::state::{Action, Deployment, Region};
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
        found.deployments = vec![Deployment {
            id: "ecs-svc/0000000000000001".to_owned(),
            status: "PRIMARY".to_owned(),
            rollout: "COMPLETED".to_owned(),
            task_definition: task_definition.clone(),
            ..Deployment::default()
        }];
        let revision = self.revision_on(cluster, service, &task_definition, Some(&group));
        self.service_deployment(cluster, service, None, revision, None);
        self.end_deployment(cluster, service, "SUCCESSFUL", false);
        group
    }

    /// A rollout starts: the old deployment becomes ACTIVE, the new one is PRIMARY.
    pub fn rolling_start(&mut self, cluster: &str, service: &str, task_definition: &str) {
        let found = self.service(cluster, service);
        for deployment in &mut found.deployments {
            deployment.status = "ACTIVE".to_owned();
        }
        let deployment = Deployment {
            id: format!("ecs-svc/{:016}", found.deployments.len() + 1),
            status: "PRIMARY".to_owned(),
            rollout: "IN_PROGRESS".to_owned(),
            task_definition: task_definition.to_owned(),
            ..Deployment::default()
        };
        found.deployments.insert(0, deployment);
        task_definition.clone_into(&mut found.task_definition);
        let source = found.current_revisions.first().cloned();
        let group = found.load_balancers.first().and_then(|entry| entry.target_group.clone());
        if source.is_some() {
            let target = self.revision_on(cluster, service, task_definition, group.as_deref());
            self.service_deployment(cluster, service, source, target, None);
        }
    }

    /// The rollout is done: only the new deployment is left.
    pub fn rolling_finish(&mut self, cluster: &str, service: &str) {
        let found = self.service(cluster, service);
        found.deployments.retain(|deployment| deployment.status == "PRIMARY");
        for deployment in &mut found.deployments {
            deployment.rollout = "COMPLETED".to_owned();
        }
        self.end_deployment(cluster, service, "SUCCESSFUL", false);
    }

    /// The circuit breaker gave up without a rollback: both deployments stay.
    pub fn rolling_fail(&mut self, cluster: &str, service: &str) {
        let found = self.service(cluster, service);
        for deployment in found.deployments.iter_mut().filter(|deployment| deployment.status == "PRIMARY") {
            deployment.rollout = "FAILED".to_owned();
            deployment.reason = Some("ECS deployment circuit breaker: tasks failed to start.".to_owned());
            deployment.failed_tasks = 3;
        }
        let now = self.now();
        if let Some(deployment) = self.current_deployment(cluster, service) {
            deployment.status = "STOPPED".to_owned();
            deployment.reason =
                Some("Service deployment stopped because the circuit breaker threshold was met.".to_owned());
            deployment.finished = Some(now);
            deployment.failed_tasks = 3;
        }
    }

    /// The circuit breaker went back: the old revision is PRIMARY again and alone.
    pub fn rolling_back(&mut self, cluster: &str, service: &str) {
        let found = self.service(cluster, service);
        found.deployments.retain(|deployment| deployment.status == "ACTIVE");
        for deployment in &mut found.deployments {
            deployment.status = "PRIMARY".to_owned();
            deployment.rollout = "COMPLETED".to_owned();
            found.task_definition.clone_from(&deployment.task_definition);
        }
        if let Some(deployment) = self.current_deployment(cluster, service) {
            deployment.rollback =
                Some("Service deployment rolled back because the circuit breaker threshold was met.".to_owned());
            deployment.failed_tasks = 3;
        }
        self.end_deployment(cluster, service, "ROLLBACK_SUCCESSFUL", true);
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
