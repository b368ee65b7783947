//! The steps of a CodeDeploy blue/green deployment.

use crate::state::{Action, CodeDeployDeployment, DeploymentGroup, Entry, Region, TaskSet};

/// A service under CODE_DEPLOY, with everything around it: the ARNs that tests ask for.
#[derive(Debug, Clone)]
pub struct BlueGreen {
    /// Cluster name.
    pub cluster: String,
    /// Service name.
    pub service: String,
    /// ARN of the load balancer.
    pub load_balancer: String,
    /// ARN of the production listener.
    pub production_listener: String,
    /// ARN of the test listener.
    pub test_listener: String,
    /// ARN of the production rule; `None` until somebody makes one.
    pub rule: Option<String>,
    /// ARN of the blue target group.
    pub blue: String,
    /// ARN of the green target group.
    pub green: String,
}

impl Region {
    /// Load balancer, listeners, target groups and a CODE_DEPLOY service on blue; with a production rule if wanted.
    pub fn code_deploy_service(&mut self, cluster: &str, service: &str, with_rule: bool) -> BlueGreen {
        let load_balancer = self.load_balancer("app", &format!("{cluster}-{service}"));
        let production_listener = self.listener(&load_balancer, 443, Action::default());
        self.code_deploy_service_on(cluster, service, &load_balancer, &production_listener, with_rule)
    }

    /// The same behind a load balancer that is there.
    pub fn code_deploy_service_on(
        &mut self,
        cluster: &str,
        service: &str,
        load_balancer: &str,
        production_listener: &str,
        with_rule: bool,
    ) -> BlueGreen {
        let (blue, green) =
            (self.target_group(&format!("{service}-blue")), self.target_group(&format!("{service}-green")));
        let test_listener = self.listener(load_balancer, 8443, Action::forward(&[(&green, 1)]));
        let priority = self.rules.len() as u32 + 10;
        let rule =
            with_rule.then(|| self.rule(production_listener, priority, Action::forward(&[(&blue, 100), (&green, 0)])));
        let task_definition =
            self.register(service, &[(service, "nginx:1.27"), ("sidecar", "envoy:v1@sha256:0123abcd")]);
        let found = self.service(cluster, service);
        found.controller = "CODE_DEPLOY".to_owned();
        found.task_definition = task_definition;
        found.load_balancers = vec![entry(&blue, service)];
        self.first_task_set(cluster, service);
        BlueGreen {
            cluster: cluster.to_owned(),
            service: service.to_owned(),
            load_balancer: load_balancer.to_owned(),
            production_listener: production_listener.to_owned(),
            test_listener,
            rule,
            blue,
            green,
        }
    }

    /// The task set of a service that nobody deployed yet: PRIMARY, with what the service has.
    pub(crate) fn first_task_set(&mut self, cluster: &str, service: &str) {
        let id = self.next_id();
        let found = self.service(cluster, service);
        found.task_sets = vec![TaskSet {
            id: format!("ecs-svc/{id}"),
            status: "PRIMARY".to_owned(),
            task_definition: found.task_definition.clone(),
            load_balancers: found.load_balancers.clone(),
            ..TaskSet::default()
        }];
    }

    /// CodeDeploy starts: a green task set waits, all traffic is still on blue. Gives the id of the deployment.
    pub fn code_deploy_start(&mut self, service: &BlueGreen, task_definition: &str) -> String {
        let id = format!("d-{:09}", self.deployments.len() + 1);
        let number = self.next_id();
        let (external, group) = (self.is_external(service), self.group_key(service));
        let old = self.primary(service);
        let on_blue = old.load_balancers.first().and_then(|entry| entry.target_group.as_deref()) == Some(&service.blue);
        let next = if on_blue { &service.green } else { &service.blue };
        let set = TaskSet {
            id: format!("ecs-svc/{number}"),
            status: "ACTIVE".to_owned(),
            task_definition: task_definition.to_owned(),
            load_balancers: vec![self.retargeted(&old, next, task_definition)],
            external_id: Some(id.clone()).filter(|_| !external),
            more: old.more.clone(),
            ..TaskSet::default()
        };
        let name = |arn: &str| self.target_groups.get(arn).map(|group| group.name.clone()).unwrap_or_default();
        let deployment = CodeDeployDeployment {
            id: id.clone(),
            status: "InProgress".to_owned(),
            cluster: service.cluster.clone(),
            service: service.service.clone(),
            production_listener: service.production_listener.clone(),
            test_listener: Some(service.test_listener.clone()).filter(|listener| !listener.is_empty()),
            application_name: group.as_ref().map(|(application, _)| application.clone()),
            group_name: group.map(|(_, group)| group),
            target_groups: vec![name(&service.blue), name(&service.green)],
            traffic: [(old.id, 100), (set.id.clone(), 0)].into(),
            started: self.now(),
            ..CodeDeployDeployment::default()
        };
        if !external {
            self.deployments.insert(id.clone(), deployment);
        }
        self.service(&service.cluster, &service.service).task_sets.push(set);
        id
    }

    /// CodeDeploy moves this share of the production traffic, in percent, to the new task set.
    pub fn code_deploy_shift(&mut self, service: &BlueGreen, percent: u32) {
        let new = self.waiting(service).map(|set| (set.id.clone(), group_of(&set)));
        let Some((new_set, new)) = new else { return };
        let other = if new == service.blue { &service.green } else { &service.blue };
        let old = Some(group_of(&self.primary(service))).filter(|old| !old.is_empty());
        let old = old.unwrap_or_else(|| other.clone());
        self.set_weights(service, &[(old, 100 - percent), (new, percent)]);
        let deployments = self.deployments.values_mut();
        for found in deployments.filter(|found| found.traffic.contains_key(&new_set) && found.status == "InProgress") {
            for (set, share) in &mut found.traffic {
                *share = if *set == new_set { percent } else { 100 - percent };
            }
        }
    }

    /// All traffic is on the new task set and it becomes PRIMARY; the old one waits for its end.
    pub fn code_deploy_complete(&mut self, service: &BlueGreen) {
        self.code_deploy_shift(service, 100);
        let found = self.service(&service.cluster, &service.service);
        for set in &mut found.task_sets {
            set.status = if set.status == "PRIMARY" { "ACTIVE" } else { "PRIMARY" }.to_owned();
        }
        found.mirror_primary();
    }

    /// The old task set is gone and the deployment has succeeded.
    pub fn code_deploy_finish(&mut self, service: &BlueGreen) {
        let found = self.service(&service.cluster, &service.service);
        found.task_sets.retain(|set| set.status == "PRIMARY");
        self.end_deployments(service, "Succeeded");
    }

    /// Somebody stops the deployment and CodeDeploy starts to undo it: gives the id of the deployment that undoes.
    pub fn code_deploy_stop(&mut self, service: &BlueGreen) -> String {
        let undo = format!("d-{:09}", self.deployments.len() + 1);
        let now = self.now();
        let running = self.deployments.values_mut().find(|found| {
            found.cluster == service.cluster && found.service == service.service && found.status == "InProgress"
        });
        if let Some(found) = running {
            found.status = "Stopped".to_owned();
            found.rolled_back_by = Some(undo.clone());
            found.finished = Some(now);
            let rollback = CodeDeployDeployment {
                id: undo.clone(),
                status: "InProgress".to_owned(),
                undoes: Some(found.id.clone()),
                started: now,
                rolled_back_by: None,
                finished: None,
                ..found.clone()
            };
            self.deployments.insert(undo.clone(), rollback);
        }
        undo
    }

    /// The rollback is done: all traffic is back, the new task set is gone.
    pub fn code_deploy_rolled_back(&mut self, service: &BlueGreen) {
        self.code_deploy_shift(service, 0);
        let old = group_of(&self.primary(service));
        let new = if old == service.blue { service.green.clone() } else { service.blue.clone() };
        self.set_weights(service, &[(old, 100), (new, 0)]);
        let found = self.service(&service.cluster, &service.service);
        found.task_sets.retain(|set| set.status == "PRIMARY");
        self.end_deployments(service, "Succeeded");
    }

    /// A whole deployment of a new revision, from start to finish.
    pub fn code_deploy(&mut self, service: &BlueGreen) {
        let task_definition = self.register(&service.service, &[(&service.service, "nginx:1.28")]);
        self.code_deploy_start(service, &task_definition);
        self.code_deploy_complete(service);
        self.code_deploy_finish(service);
    }

    /// Writes these weights into the rules of the production listener that forward to the pair.
    pub fn set_weights(&mut self, service: &BlueGreen, weights: &[(String, u32)]) {
        let pair = [service.blue.clone(), service.green.clone()];
        let mut ordered = weights.to_vec();
        ordered.sort();
        for rule in self.rules.values_mut() {
            if rule.listener == service.production_listener && rule.action.forwards_to(&pair) {
                rule.action = Action::forward(&ordered);
            }
        }
        if let Some(listener) = self.listeners.get_mut(&service.production_listener)
            && listener.action.forwards_to(&pair)
        {
            listener.action = Action::forward(&ordered);
        }
    }

    /// What the first rule or default action of the production listener that forwards to the pair does.
    pub fn weights(&self, service: &BlueGreen) -> Vec<(String, u32)> {
        let pair = [service.blue.clone(), service.green.clone()];
        let rules = self.rules.values().filter(|rule| rule.listener == service.production_listener);
        let default = self.listeners.get(&service.production_listener).map(|listener| &listener.action);
        let mut actions = rules.map(|rule| &rule.action).chain(default);
        match actions.find(|action| action.forwards_to(&pair)) {
            Some(Action::Forward { weights, .. }) => weights.clone(),
            _ => Vec::new(),
        }
    }

    /// CodeDeploy gives up and leaves everything as it is.
    pub fn code_deploy_fails(&mut self, service: &BlueGreen) {
        self.end_deployments(service, "Failed");
    }

    /// A service under EXTERNAL with everything around it, on blue. Its steps are those of CodeDeploy, by another hand.
    pub fn external_service(&mut self, cluster: &str, service: &str) -> BlueGreen {
        let web = self.code_deploy_service(cluster, service, true);
        self.service(cluster, service).controller = "EXTERNAL".to_owned();
        web
    }

    fn end_deployments(&mut self, service: &BlueGreen, status: &str) {
        let now = self.now();
        let of = |found: &&mut CodeDeployDeployment| {
            found.cluster == service.cluster && found.service == service.service && found.status == "InProgress"
        };
        for found in self.deployments.values_mut().filter(of) {
            found.status = status.to_owned();
            found.finished = Some(now);
            if status == "Failed" {
                found.error = Some("The deployment timed out while waiting for the replacement task set.".to_owned());
            }
        }
    }

    fn is_external(&mut self, service: &BlueGreen) -> bool {
        self.service(&service.cluster, &service.service).controller == "EXTERNAL"
    }

    /// Application and name of the deployment group of a service, if somebody made one.
    fn group_key(&self, service: &BlueGreen) -> Option<(String, String)> {
        let of = |(_, group): &(&String, &DeploymentGroup)| {
            (&group.cluster, &group.service) == (&service.cluster, &service.service)
        };
        let (key, _) = self.deployment_groups.iter().find(of)?;
        key.split_once('/').map(|(application, group)| (application.to_owned(), group.to_owned()))
    }

    /// The entry of a task set on another target group; that of the first container with a port when there is none yet.
    fn retargeted(&self, old: &TaskSet, group: &str, task_definition: &str) -> Entry {
        if let Some(entry) = old.load_balancers.first() {
            return Entry { target_group: Some(group.to_owned()), ..entry.clone() };
        }
        let registered = crate::ecs::revision(self, task_definition).map(|(found, _)| &found.registered);
        let containers = registered.ok().and_then(|found| found["containerDefinitions"].as_array());
        let mut ports = containers.into_iter().flatten().filter_map(|container| {
            let port = container["portMappings"][0]["containerPort"].as_u64()?;
            Some((container["name"].as_str()?, u16::try_from(port).ok()?))
        });
        let (container, port) = ports.next().unwrap_or_default();
        Entry { target_group: Some(group.to_owned()), container: container.to_owned(), port, ..Entry::default() }
    }

    fn primary(&mut self, service: &BlueGreen) -> TaskSet {
        let sets = &self.service(&service.cluster, &service.service).task_sets;
        sets.iter().find(|set| set.status == "PRIMARY").cloned().unwrap_or_default()
    }

    fn waiting(&mut self, service: &BlueGreen) -> Option<TaskSet> {
        let sets = &self.service(&service.cluster, &service.service).task_sets;
        sets.iter().find(|set| set.status == "ACTIVE").cloned()
    }
}

impl crate::state::Service {
    /// ECS shows what the PRIMARY task set has as the service's own.
    pub(crate) fn mirror_primary(&mut self) {
        if let Some(primary) = self.task_sets.iter().find(|set| set.status == "PRIMARY") {
            self.task_definition = primary.task_definition.clone();
            self.load_balancers = primary.load_balancers.clone();
        }
    }
}

fn group_of(set: &TaskSet) -> String {
    set.load_balancers.first().and_then(|entry| entry.target_group.clone()).unwrap_or_default()
}

/// An entry of a container on port 8080.
pub(crate) fn entry(group: &str, container: &str) -> Entry {
    Entry { target_group: Some(group.to_owned()), container: container.to_owned(), port: 8080, ..Entry::default() }
}
