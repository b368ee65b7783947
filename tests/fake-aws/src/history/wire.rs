//! A history behind an endpoint: calls that change a service reach the machine, all others its region.

use super::{Engine, Happening, World};
use crate::wire::{Answer, AwsError, Call, Protocol};
use serde_json::{Value, json};

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl World {
    /// What the endpoint would answer, without one: a connector of an SDK can call this thousands of times a second.
    /// `target` is the header `X-Amz-Target` of a JSON call, `body` what was sent.
    pub fn respond(&mut self, target: Option<&str>, body: &str) -> Response {
        let id = "00000000-0000-4000-8000-000000000000";
        let Some(call) = Call::read(target, "", body) else {
            return Response { status: 404, content_type: "text/plain", body: "no AWS call".to_owned() };
        };
        let answer = match self.call(&call) {
            Some(answer) => answer.map(|body| crate::wire::json_answer(200, &body)),
            None => crate::server::answer(&mut self.region, &call, "AKIDHISTORY", id),
        };
        let Answer { status, content_type, body } = answer.unwrap_or_else(|error| error.answer(call.protocol, id));
        Response { status, content_type, body }
    }

    /// A call that changes a service; `None` for every other.
    pub(crate) fn call(&mut self, call: &Call) -> Option<Result<Value, AwsError>> {
        if call.protocol != Protocol::Json {
            return None;
        }
        Some(match call.operation.as_str() {
            "UpdateService" => self.update_service(call),
            "DeleteService" => self.named(call).and_then(|name| {
                self.let_happen(&name, Happening::Delete)?;
                Ok(json!({"service": self.shown(&name)}))
            }),
            "StopServiceDeployment" => call.required("serviceDeploymentArn").map(str::to_owned).and_then(|arn| {
                let rollback = call.text("stopType") != Some("ABORT");
                self.stop_deployment(&arn, rollback)?;
                Ok(json!({"serviceDeploymentArn": arn}))
            }),
            "ContinueServiceDeployment" => {
                let both = call.required("serviceDeploymentArn").and_then(|arn| Ok((arn, call.required("hookId")?)));
                both.and_then(|(arn, hook)| {
                    match call.text("action") {
                        Some("ROLLBACK") => self.stop_deployment(arn, true)?,
                        _ => self.continue_hook(arn, hook)?,
                    }
                    Ok(json!({"serviceDeploymentArn": arn}))
                })
            }
            "CreateDeployment" => self.of_group(call).and_then(|name| {
                self.let_happen(&name, Happening::CreateDeployment)?;
                Ok(json!({"deploymentId": self.running_deployment(&name)}))
            }),
            "StopDeployment" => self.by_deployment(call).and_then(|name| {
                let rollback = call.input["autoRollbackEnabled"].as_bool().unwrap_or(false);
                self.let_happen(&name, Happening::StopDeployment { rollback })?;
                let text = "No more commands will be scheduled for execution in the deployment instances";
                Ok(json!({"status": "Succeeded", "statusMessage": text}))
            }),
            "ContinueDeployment" => {
                let name = self.by_deployment(call);
                name.and_then(|name| self.let_happen(&name, Happening::ContinueDeployment)).map(|()| json!({}))
            }
            _ => return None,
        })
    }

    fn named(&self, call: &Call) -> Result<String, AwsError> {
        let name = crate::ecs::cluster_name(call.required("service")?).to_owned();
        let known = self.services().contains(&name.as_str());
        known.then_some(name).ok_or_else(|| AwsError::new("ServiceNotFoundException", "Service not found."))
    }

    fn shown(&self, name: &str) -> Value {
        let found = &self.region.clusters[super::CLUSTER].services[name];
        crate::service_answer::service(&self.region, super::CLUSTER, name, found, false)
    }

    fn update_service(&mut self, call: &Call) -> Result<Value, AwsError> {
        let name = self.named(call)?;
        if let Some(wanted) = call.text("taskDefinition") {
            let (found, family) = crate::ecs::revision(&self.region, wanted)?;
            let arn = self.region.task_definition_arn(family, found.revision);
            self.update(&name, &arn)?;
        }
        if call.input["forceNewDeployment"] == true {
            self.let_happen(&name, Happening::ForceNewDeployment)?;
        }
        if let Some(desired) = call.input["desiredCount"].as_u64() {
            self.let_happen(&name, Happening::Scale(u8::try_from(desired).unwrap_or(u8::MAX)))?;
        }
        Ok(json!({"service": self.shown(&name)}))
    }

    fn of_group(&self, call: &Call) -> Result<String, AwsError> {
        let group = call.required("deploymentGroupName")?;
        let found = self.services().into_iter().find(|name| *name == group).map(str::to_owned);
        let text = "The deployment group could not be found.";
        found.ok_or_else(|| AwsError::new("DeploymentGroupDoesNotExistException", text))
    }

    /// The service of a deployment that is under way.
    fn by_deployment(&self, call: &Call) -> Result<String, AwsError> {
        let id = call.required("deploymentId")?;
        let runs = |live: &&super::Live| match &live.engine {
            Engine::CodeDeploy(found) => found.run.as_ref().is_some_and(|run| run.id == id),
            _ => false,
        };
        if let Some(live) = self.lives.iter().find(runs) {
            return Ok(live.name.clone());
        }
        Err(match self.region.deployments.contains_key(id) {
            true => AwsError::new("DeploymentAlreadyCompletedException", "The deployment is already complete."),
            false => AwsError::new("DeploymentDoesNotExistException", "The deployment could not be found."),
        })
    }

    fn running_deployment(&self, name: &str) -> Option<String> {
        match &self.life(name).engine {
            Engine::CodeDeploy(found) => found.run.as_ref().map(|run| run.id.clone()),
            _ => None,
        }
    }
}
