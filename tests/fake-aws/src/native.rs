//! Blue/green, linear and canary as ECS itself does them: service revisions, service deployments, and their steps.

use crate::deployment_answer::{deployment, revision};
use crate::ecs::cluster_name;
use crate::state::{Action, Deployment, Entry, Pair, Region, ServiceDeployment, ServiceRevision};
use crate::wire::{AwsError, Call};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Result<Value, AwsError> {
    match call.operation.as_str() {
        "DescribeServiceRevisions" => {
            let arns = at_most_20(call, "serviceRevisionArns")?;
            let (known, failures) = split(&arns, |arn| Some(revision(region, arn, region.service_revisions.get(arn)?)));
            Ok(json!({"serviceRevisions": known, "failures": failures}))
        }
        "DescribeServiceDeployments" => {
            let arns = at_most_20(call, "serviceDeploymentArns")?;
            let (known, failures) =
                split(&arns, |arn| Some(deployment(region, arn, region.service_deployments.get(arn)?)));
            Ok(json!({"serviceDeployments": known, "failures": failures}))
        }
        "StopServiceDeployment" => {
            let arn = call.required("serviceDeploymentArn")?;
            let found = under_way(region, arn)?;
            let rollback = call.text("stopType") != Some("ABORT");
            found.status = if rollback { "ROLLBACK_REQUESTED" } else { "STOP_REQUESTED" }.to_owned();
            Ok(json!({"serviceDeploymentArn": arn}))
        }
        "ContinueServiceDeployment" => {
            let (arn, id) = (call.required("serviceDeploymentArn")?, call.required("hookId")?);
            let mut hooks = under_way(region, arn)?.hooks.iter_mut();
            let hook = hooks.find(|hook| hook.id == id && hook.status == "AWAITING_ACTION").ok_or_else(conflict)?;
            "SUCCEEDED".clone_into(&mut hook.status);
            Ok(json!({"serviceDeploymentArn": arn}))
        }
        _ => Ok(list(region, call)?),
    }
}

fn conflict() -> AwsError {
    let text = "The request could not be processed because of conflict in the current state of the resource.";
    AwsError::new("ConflictException", text)
}

fn under_way<'a>(region: &'a mut Region, arn: &str) -> Result<&'a mut ServiceDeployment, AwsError> {
    let missing = || AwsError::new("ServiceDeploymentNotFoundException", "The service deployment could not be found.");
    let found = region.service_deployments.get_mut(arn).ok_or_else(missing)?;
    if ["PENDING", "IN_PROGRESS"].contains(&found.status.as_str()) { Ok(found) } else { Err(conflict()) }
}

/// Newest first, like ECS.
fn list(region: &Region, call: &Call) -> Result<Value, AwsError> {
    let cluster = cluster_name(call.text("cluster").unwrap_or("default"));
    let service = format!("service-deployment/{cluster}/{}/", cluster_name(call.required("service")?));
    let mut of: Vec<_> = region.service_deployments.iter().filter(|(arn, _)| arn.contains(&service)).collect();
    of.sort_by(|a, b| b.1.started.total_cmp(&a.1.started));
    let wanted = call.list("status");
    of.retain(|(_, found)| wanted.is_empty() || wanted.contains(&found.status));
    let brief = |(arn, found): &(&String, &ServiceDeployment)| {
        let mut brief = json!({
            "serviceDeploymentArn": arn,
            "status": found.status,
            "createdAt": found.started,
            "startedAt": found.started,
            "targetServiceRevisionArn": found.target,
        });
        if let Some(finished) = found.finished {
            brief["finishedAt"] = json!(finished);
        }
        if let Some(reason) = &found.reason {
            brief["statusReason"] = json!(reason);
        }
        brief
    };
    let size = call.input["maxResults"].as_u64().unwrap_or(20).clamp(1, 100) as usize;
    let start: usize = call.text("nextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let page: Vec<Value> = of.iter().skip(start).take(size).map(brief).collect();
    let mut answer = json!({"serviceDeployments": page});
    if start + size < of.len() {
        answer["nextToken"] = json!((start + size).to_string());
    }
    Ok(answer)
}

fn at_most_20(call: &Call, name: &str) -> Result<Vec<String>, AwsError> {
    let arns = call.list(name);
    if arns.is_empty() || arns.len() > 20 {
        return Err(AwsError::new("InvalidParameterException", format!("{name} must have 1 to 20 elements.")));
    }
    Ok(arns)
}

fn split(arns: &[String], find: impl Fn(&String) -> Option<Value>) -> (Vec<Value>, Vec<Value>) {
    let known = arns.iter().filter_map(&find).collect();
    let missing = arns.iter().filter(|arn| find(arn).is_none());
    (known, missing.map(|arn| json!({"arn": arn, "reason": "MISSING"})).collect())
}

/// What ECS resolved an image reference to: here, always the same for the same reference.
pub fn resolved_digest(image: &str) -> String {
    match image.split_once('@') {
        Some((_, digest)) => digest.to_owned(),
        None => {
            format!("sha256:{:064x}", image.bytes().fold(7_u64, |hash, byte| hash * 31 % 0xffff_ffff + u64::from(byte)))
        }
    }
}

/// A service that ECS itself deploys, with everything around it.
#[derive(Debug, Clone)]
pub struct Native {
    /// Cluster name.
    pub cluster: String,
    /// Service name.
    pub service: String,
    /// ARN of the production rule.
    pub rule: String,
    /// ARN of the blue target group: the configured one.
    pub blue: String,
    /// ARN of the green target group.
    pub green: String,
}

impl Region {
    /// Load balancer, listeners, target groups and a service of this strategy on blue.
    pub fn native_service(&mut self, cluster: &str, service: &str, strategy: &str) -> Native {
        let load_balancer = self.load_balancer("app", &format!("{cluster}-{service}"));
        let production = self.listener(&load_balancer, 443, Action::default());
        let test = self.listener(&load_balancer, 8443, Action::default());
        self.native_service_on(cluster, service, strategy, [&production, &test])
    }

    /// The same behind a production and a test listener that are there.
    pub fn native_service_on(
        &mut self,
        cluster: &str,
        service: &str,
        strategy: &str,
        [production, test]: [&str; 2],
    ) -> Native {
        let (blue, green) =
            (self.target_group(&format!("{service}-blue")), self.target_group(&format!("{service}-green")));
        let priority = self.rules.len() as u32 + 10;
        let rule = self.rule(production, priority, Action::forward(&[(&blue, 100), (&green, 0)]));
        let test_rule = self.rule(test, priority, Action::forward(&[(&blue, 100), (&green, 0)]));
        let web = Native { cluster: cluster.to_owned(), service: service.to_owned(), rule, blue, green };
        let task_definition = self.register(service, &[(service, "nginx:1.27")]);
        let pair = Pair {
            alternate: web.green.clone(),
            production_rule: web.rule.clone(),
            test_rule: Some(test_rule),
            role: None,
        };
        let entry = Entry {
            target_group: Some(web.blue.clone()),
            container: service.to_owned(),
            port: 8080,
            pair: Some(pair),
            ..Entry::default()
        };
        let found = self.service(cluster, service);
        found.strategy = Some(strategy.to_owned());
        found.load_balancers = vec![entry];
        found.task_definition.clone_from(&task_definition);
        let revision = self.revision_on(cluster, service, &task_definition, Some(&web.blue));
        self.service_deployment(cluster, service, None, revision, Some("CLEAN_UP"));
        if let Some(first) = self.current_deployment(cluster, service) {
            first.percent = Some(100);
        }
        self.end_deployment(cluster, service, "SUCCESSFUL", false);
        self.mirror(&web);
        web
    }

    /// A service that ECS itself deploys, by its entry; `None` for a rolling one.
    pub(crate) fn native_of(&mut self, cluster: &str, service: &str) -> Option<Native> {
        let found = self.service(cluster, service);
        let native = found.strategy.as_deref().is_some_and(|strategy| strategy != "ROLLING");
        let entry = found.load_balancers.first().filter(|_| native && !found.current_revisions.is_empty())?;
        let pair = entry.pair.clone()?;
        Some(Native {
            cluster: cluster.to_owned(),
            service: service.to_owned(),
            rule: pair.production_rule,
            blue: entry.target_group.clone()?,
            green: pair.alternate,
        })
    }

    /// A service revision with its tasks on a target group; gives its ARN.
    pub(crate) fn revision_on(&mut self, cluster: &str, service: &str, task: &str, group: Option<&str>) -> String {
        let id = self.next_id();
        let arn = self.arn("ecs", &format!("service-revision/{cluster}/{service}/{id}"));
        let load_balancers = self.service(cluster, service).load_balancers.clone();
        let target_group = group.map(str::to_owned);
        let created = Some(self.now());
        let revision = ServiceRevision {
            created,
            task_definition: task.to_owned(),
            load_balancers,
            target_group,
            ..ServiceRevision::default()
        };
        self.service_revisions.insert(arn.clone(), revision);
        arn
    }

    /// ECS starts: a new revision has tasks on the other target group, all traffic is still on the old one.
    pub fn native_start(&mut self, web: &Native, task_definition: &str) -> String {
        let source = self.service(&web.cluster, &web.service).current_revisions[0].clone();
        let group = self.group_of(&source);
        let other = if group == web.blue { web.green.clone() } else { web.blue.clone() };
        let target = self.revision_on(&web.cluster, &web.service, task_definition, Some(&other));
        let made =
            self.service_deployment(&web.cluster, &web.service, Some(source), target, Some("TEST_TRAFFIC_SHIFT"));
        self.mirror(web);
        made
    }

    /// A service deployment from one revision to another, under way; gives its ARN.
    pub(crate) fn service_deployment(
        &mut self,
        cluster: &str,
        service: &str,
        source: Option<String>,
        target: String,
        stage: Option<&str>,
    ) -> String {
        let id = self.next_id();
        let arn = self.arn("ecs", &format!("service-deployment/{cluster}/{service}/{id}"));
        let deployment = ServiceDeployment {
            status: "IN_PROGRESS".to_owned(),
            stage: stage.map(str::to_owned),
            source: source.clone(),
            target: target.clone(),
            percent: stage.map(|_| 0),
            started: self.now(),
            ..ServiceDeployment::default()
        };
        self.service_deployments.insert(arn.clone(), deployment);
        let found = self.service(cluster, service);
        found.current_revisions = source.into_iter().chain([target]).collect();
        found.current_deployment = Some(arn.clone());
        arn
    }

    /// The deployment under way, or the last one.
    pub(crate) fn current_deployment(&mut self, cluster: &str, service: &str) -> Option<&mut ServiceDeployment> {
        let arn = self.service(cluster, service).current_deployment.clone()?;
        self.service_deployments.get_mut(&arn)
    }

    /// Ends it in this status; only the given revision keeps its tasks.
    pub(crate) fn end_deployment(&mut self, cluster: &str, service: &str, status: &str, back: bool) {
        let now = self.now();
        let Some(deployment) = self.current_deployment(cluster, service) else { return };
        status.clone_into(&mut deployment.status);
        deployment.finished = Some(now);
        let stays = if back { deployment.source.clone() } else { Some(deployment.target.clone()) };
        self.service(cluster, service).current_revisions = stays.into_iter().collect();
    }

    fn group_of(&self, revision: &str) -> String {
        self.service_revisions.get(revision).and_then(|found| found.target_group.clone()).unwrap_or_default()
    }

    /// ECS moves this share of the production traffic, in percent, to the new revision; at 100 the bake time starts.
    pub fn native_shift(&mut self, web: &Native, percent: u32) {
        let Some(deployment) = self.current_deployment(&web.cluster, &web.service) else { return };
        deployment.percent = Some(percent);
        deployment.stage = Some(if percent == 100 { "BAKE_TIME" } else { "PRODUCTION_TRAFFIC_SHIFT" }.to_owned());
        let (source, target) = (deployment.source.clone().unwrap_or_default(), deployment.target.clone());
        let (old, new) = (self.group_of(&source), self.group_of(&target));
        self.native_weights(web, &[(old, 100 - percent), (new, percent)]);
    }

    /// Writes weights into the production rule.
    pub fn native_weights(&mut self, web: &Native, weights: &[(String, u32)]) {
        let mut ordered = weights.to_vec();
        ordered.sort();
        if let Some(rule) = self.rules.get_mut(&web.rule) {
            rule.action = Action::forward(&ordered);
        }
    }

    /// The old revision is gone.
    pub fn native_finish(&mut self, web: &Native) {
        self.native_shift(web, 100);
        self.end_deployment(&web.cluster, &web.service, "SUCCESSFUL", false);
        self.mirror(web);
    }

    /// `taskDefinition` and `deployments[]` follow the deployment: UpdateService sets the first at once, PRIMARY is what is
    /// wanted now, IN_PROGRESS until it ends, beside the other revision while both have tasks (polls of
    /// JWanderer73/credit-card-fraud: PRIMARY :3 IN_PROGRESS beside ACTIVE :7 FAILED at the moment a breaker trips).
    fn mirror(&mut self, web: &Native) {
        let Some(found) = self.current_deployment(&web.cluster, &web.service).cloned() else { return };
        let back = found.status.starts_with("ROLLBACK") && found.status != "ROLLBACK_REQUESTED";
        let (primary, other) = match (back, found.source.clone()) {
            (true, Some(source)) => (source, Some(found.target.clone())),
            (_, source) => (found.target.clone(), source),
        };
        let state = match found.status.as_str() {
            "SUCCESSFUL" | "ROLLBACK_SUCCESSFUL" => "COMPLETED",
            "STOPPED" | "ROLLBACK_FAILED" => "FAILED",
            _ => "IN_PROGRESS",
        };
        let over = state == "COMPLETED";
        let row = |region: &Self, arn: &str, status: &str, rollout: &str| {
            let revision = region.service_revisions.get(arn);
            let number = arn.rsplit('/').next().unwrap_or_default();
            Deployment {
                id: format!("ecs-svc/{number}"),
                status: status.to_owned(),
                rollout: rollout.to_owned(),
                reason: Some(match rollout {
                    "COMPLETED" => format!("ECS deployment ecs-svc/{number} completed."),
                    "FAILED" => "ECS deployment circuit breaker: tasks failed to start.".to_owned(),
                    _ if back => {
                        format!("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/{number}.")
                    }
                    _ => format!("ECS deployment ecs-svc/{number} in progress."),
                }),
                task_definition: revision.map(|found| found.task_definition.clone()).unwrap_or_default(),
                created: revision.and_then(|found| found.created),
                ..Deployment::default()
            }
        };
        let mut rows = vec![row(self, &primary, "PRIMARY", state)];
        let beside = if back { "FAILED" } else { "COMPLETED" };
        rows.extend(other.filter(|_| !over).map(|arn| row(self, &arn, "ACTIVE", beside)));
        let service = self.service(&web.cluster, &web.service);
        service.task_definition.clone_from(&rows[0].task_definition);
        service.deployments = rows;
    }

    /// The deployment is in this status, with traffic as it was.
    pub fn native_status(&mut self, web: &Native, status: &str) {
        let now = self.now();
        let Some(deployment) = self.current_deployment(&web.cluster, &web.service) else { return };
        status.clone_into(&mut deployment.status);
        if status.starts_with("ROLLBACK") {
            deployment.rollback = Some("Service deployment rolled back because of the user request.".to_owned());
        }
        if status == "ROLLBACK_FAILED" {
            deployment.finished = Some(now);
        }
        self.mirror(web);
    }

    /// All traffic is back on the old revision, the new one is gone.
    pub fn native_rolled_back(&mut self, web: &Native) {
        self.native_shift(web, 0);
        self.native_status(web, "ROLLBACK_SUCCESSFUL");
        self.end_deployment(&web.cluster, &web.service, "ROLLBACK_SUCCESSFUL", true);
        self.mirror(web);
    }

    /// A whole deployment of a new revision, from start to finish.
    pub fn native_deploy(&mut self, web: &Native) {
        let task_definition = self.register(&web.service, &[(&web.service, "nginx:1.28")]);
        self.native_start(web, &task_definition);
        self.native_finish(web);
    }
}
