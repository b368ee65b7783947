//! What advice can tell a person to do, each as AWS takes or refuses it in this state.

use super::ecs::STAGES;
use super::happening::Happening as H;
use super::place::write;
use super::{Engine, Life, World, conflict, not_now};
use crate::wire::AwsError;

/// More moves than any deployment takes.
const LONG: usize = 200;

impl World {
    /// Waits until no deployment is under way: AWS goes on as it does when all goes well.
    ///
    /// # Errors
    /// `NotNow` when it does not end by waiting: a PAUSE hook waits for somebody, CodeDeploy is Ready, the tasks do not
    /// start and nothing trips, a tool has not finished under EXTERNAL.
    pub fn wait(&mut self, service: &str) -> Result<(), AwsError> {
        for _ in 0..LONG {
            if !self.truth(service).under_way {
                return Ok(());
            }
            // What is failing fails.
            let fails = [H::BreakerTrips].into_iter();
            let moves = fails.chain(H::all().filter(|what| what.is_progress()));
            let mut next = moves.filter(|what| self.life(service).check(&self.region, *what).is_ok());
            let Some(what) = next.next() else { return Err(not_now("the deployment does not end by waiting")) };
            self.let_happen(service, what)?;
        }
        Err(not_now("the deployment does not end"))
    }

    /// AWS goes on until the native deployment under way is in this stage, and the listener has followed.
    ///
    /// # Errors
    /// `NotNow` when it does not get there by itself.
    pub fn go_on_to(&mut self, service: &str, stage: &str) -> Result<(), AwsError> {
        for _ in 0..LONG {
            let Engine::Ecs(ecs) = &self.life(service).engine else { break };
            let rollout = ecs.rollout.as_ref();
            let there =
                rollout.is_some_and(|found| found.followed && found.stage.is_some_and(|at| STAGES[at] == stage));
            if there {
                return Ok(());
            }
            let mut moves = H::all().filter(|what| what.is_progress());
            let Some(what) = moves.find(|what| self.life(service).check(&self.region, *what).is_ok()) else { break };
            self.let_happen(service, what)?;
        }
        Err(not_now("the deployment does not get there by itself"))
    }

    /// ContinueServiceDeployment for every PAUSE hook that waits at this stage; gives how many.
    ///
    /// # Errors
    /// ConflictException when none waits.
    pub fn continue_hooks(&mut self, service: &str) -> Result<usize, AwsError> {
        let waiting = self.truth(service).waiting_hooks;
        if waiting.is_empty() {
            return Err(conflict());
        }
        for hook in &waiting {
            self.continue_hook(&hook.deployment, &hook.hook_id)?;
        }
        Ok(waiting.len())
    }

    /// ContinueServiceDeployment.
    ///
    /// # Errors
    /// ServiceDeploymentNotFoundException, ConflictException.
    pub fn continue_hook(&mut self, deployment: &str, hook_id: &str) -> Result<(), AwsError> {
        if !self.region.service_deployments.contains_key(deployment) {
            let text = "The service deployment could not be found.";
            return Err(AwsError::new("ServiceDeploymentNotFoundException", text));
        }
        for live in &mut self.lives {
            let Engine::Ecs(ecs) = &mut live.engine else { continue };
            let Some(rollout) = ecs.rollout.as_mut().filter(|rollout| rollout.arn.as_deref() == Some(deployment))
            else {
                continue;
            };
            let on = rollout.status == "IN_PROGRESS";
            let mut hooks = rollout.hooks.iter_mut().filter(|hook| hook.id == hook_id && hook.lambda.is_none());
            let hook = hooks.find(|hook| on && hook.status == "AWAITING_ACTION").ok_or_else(conflict)?;
            "SUCCEEDED".clone_into(&mut hook.status);
            live.publish(&mut self.region);
            return Ok(());
        }
        Err(conflict())
    }

    /// StopServiceDeployment by ARN.
    ///
    /// # Errors
    /// ServiceDeploymentNotFoundException, ConflictException.
    pub fn stop_deployment(&mut self, deployment: &str, rollback: bool) -> Result<(), AwsError> {
        let of = |live: &super::Live| match &live.engine {
            Engine::Ecs(ecs) => ecs.rollout.as_ref().is_some_and(|rollout| rollout.arn.as_deref() == Some(deployment)),
            _ => false,
        };
        match self.lives.iter().find(|live| of(live)).map(|live| live.name.clone()) {
            Some(name) => self.let_happen(&name, H::Stop { rollback }),
            None if self.region.service_deployments.contains_key(deployment) => Err(conflict()),
            None => {
                let text = "The service deployment could not be found.";
                Err(AwsError::new("ServiceDeploymentNotFoundException", text))
            }
        }
    }

    /// Stops what is under way with a rollback: StopServiceDeployment, or CodeDeploy's StopDeployment.
    ///
    /// # Errors
    /// AWS's when there is nothing to stop.
    pub fn stop(&mut self, service: &str) -> Result<(), AwsError> {
        let what = match self.life(service).engine {
            Engine::CodeDeploy(_) => H::StopDeployment { rollback: true },
            _ => H::Stop { rollback: true },
        };
        self.let_happen(service, what)
    }

    /// ModifyRule or ModifyListener: all of a route's traffic to one group; its other groups keep weight 0.
    ///
    /// # Errors
    /// RuleNotFound, ListenerNotFound, TargetGroupNotFound.
    pub fn point(&mut self, route: &str, group: &str) -> Result<(), AwsError> {
        if !self.region.target_groups.contains_key(group) {
            return Err(AwsError::new("TargetGroupNotFound", "One or more target groups not found"));
        }
        let mut weights = super::place::weights_of(&self.region, route);
        weights.iter_mut().for_each(|(_, weight)| *weight = 0);
        match weights.iter_mut().find(|(found, _)| found == group) {
            Some((_, weight)) => *weight = 100,
            None => weights.push((group.to_owned(), 100)),
        }
        if write(&mut self.region, route, &weights) {
            return Ok(());
        }
        let rule = route.contains(":listener-rule/");
        let (code, text) = if rule { ("RuleNotFound", "rules") } else { ("ListenerNotFound", "listeners") };
        Err(AwsError::new(code, format!("One or more {text} not found")))
    }

    /// Deploys a new revision with whatever deploys the service: UpdateService, CreateDeployment, or a tool's CreateTaskSet.
    ///
    /// # Errors
    /// AWS's.
    pub fn deploy(&mut self, service: &str) -> Result<(), AwsError> {
        let what = match self.life(service).engine {
            Engine::Ecs(_) => H::Update,
            Engine::CodeDeploy(_) => H::CreateDeployment,
            Engine::External(_) => H::CreateTaskSet,
        };
        self.let_happen(service, what)
    }

    /// UpdateService with a task definition by ARN: what Terraform does when it plans a change.
    ///
    /// # Errors
    /// InvalidParameterException under CODE_DEPLOY and EXTERNAL, ClientException for an INACTIVE revision,
    /// ServiceNotActiveException.
    pub fn update(&mut self, service: &str, task_definition: &str) -> Result<(), AwsError> {
        let found = crate::ecs::revision(&self.region, task_definition).map(|(found, _)| found.status == "ACTIVE")?;
        let live = self.lives.iter_mut().find(|live| live.name == service);
        let live = live.ok_or_else(|| AwsError::new("ServiceNotFoundException", "Service not found."))?;
        if live.life != Life::Active {
            return Err(AwsError::new("ServiceNotActiveException", "Service was not ACTIVE."));
        }
        let Engine::Ecs(ecs) = &mut live.engine else {
            let controller = if matches!(live.engine, Engine::CodeDeploy(_)) { "a CODE_DEPLOY" } else { "an EXTERNAL" };
            let text = format!("Unable to update task definition on services with {controller} deployment controller.");
            return Err(AwsError::new("InvalidParameterException", text));
        };
        if ecs.configured == task_definition {
            return Ok(());
        }
        if !found {
            return Err(AwsError::new("ClientException", "TaskDefinition is inactive"));
        }
        let (name, place, desired) = (live.name.clone(), &mut live.place, live.desired);
        let mut scene = super::Scene { region: &mut self.region, place, cluster: super::CLUSTER, name: &name, desired };
        ecs.deploy(&mut scene, task_definition.to_owned());
        live.publish(&mut self.region);
        Ok(())
    }

    /// DeregisterTaskDefinition by ARN.
    ///
    /// # Errors
    /// ClientException for an unknown one.
    pub fn deregister(&mut self, task_definition: &str) -> Result<(), AwsError> {
        let (found, family) = crate::ecs::revision(&self.region, task_definition)?;
        let (number, family) = (found.revision, family.to_owned());
        self.region.deregister(&family, number);
        Ok(())
    }
}
