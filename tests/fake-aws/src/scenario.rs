//! Accounts that are ready to use, and the steps of their deployments by name.

use crate::code_deploy::BlueGreen;
use crate::state::{Deployment, Entry, Region};
use serde::Serialize;

/// What the steps of a scenario work on.
#[derive(Debug, Clone)]
pub enum Scene {
    /// Nothing: an empty account.
    Empty,
    /// Cluster `shop`, service `web` under CODE_DEPLOY, on blue.
    CodeDeploy(Box<BlueGreen>),
    /// Cluster `shop`, rolling service `web` behind one target group.
    Rolling,
}

/// Names and what is in them, for `--help`.
pub fn names() -> [(&'static str, &'static str); 3] {
    [
        ("empty", "an account with nothing in it"),
        ("codedeploy", "cluster shop, service web under CODE_DEPLOY on blue, its listeners and production rule"),
        ("rolling", "cluster shop, rolling service web behind one target group"),
    ]
}

/// Builds a scenario; `None` if there is none of this name.
pub fn build(name: &str, region: &mut Region) -> Option<Scene> {
    match name {
        "empty" => Some(Scene::Empty),
        "codedeploy" => Some(Scene::CodeDeploy(Box::new(region.code_deploy_service("shop", "web", true)))),
        "rolling" => {
            region.rolling_service("shop", "web");
            Some(Scene::Rolling)
        }
        _ => None,
    }
}

/// What a step did, for those who asked for it over the wire.
#[derive(Debug, Serialize)]
pub struct Done {
    /// The step.
    pub step: String,
    /// What it made: a deployment id, an ARN.
    pub made: Option<String>,
}

/// Takes one step of a scenario's deployment.
///
/// # Errors
/// Names the steps there are.
pub fn step(scene: &Scene, region: &mut Region, name: &str, percent: u32) -> Result<Done, String> {
    let made = match (scene, name) {
        (Scene::CodeDeploy(web), "codedeploy/start") => {
            let revision = region.register(&web.service, &[(&web.service, "nginx:1.28")]);
            Some(region.code_deploy_start(web, &revision))
        }
        (Scene::CodeDeploy(web), "codedeploy/shift") if percent <= 100 => {
            region.code_deploy_shift(web, percent);
            None
        }
        (Scene::CodeDeploy(web), "codedeploy/complete") => {
            region.code_deploy_complete(web);
            None
        }
        (Scene::CodeDeploy(web), "codedeploy/finish") => {
            region.code_deploy_finish(web);
            None
        }
        (Scene::CodeDeploy(web), "codedeploy/stop") => Some(region.code_deploy_stop(web)),
        (Scene::CodeDeploy(web), "codedeploy/rolled-back") => {
            region.code_deploy_rolled_back(web);
            None
        }
        (Scene::Rolling, "rolling/start") => {
            let revision = region.register("web", &[("web", "nginx:1.28")]);
            region.service("shop", "web").roll_to(&revision);
            Some(revision)
        }
        (Scene::Rolling, "rolling/complete") => {
            region.service("shop", "web").rollout_completes();
            None
        }
        (Scene::Rolling, "rolling/fail") => {
            region.service("shop", "web").rollout_fails();
            None
        }
        (Scene::Rolling, "rolling/rolled-back") => {
            region.service("shop", "web").rollout_rolls_back();
            None
        }
        _ => {
            return Err(format!(
                "no step {name:?} in this scenario; codedeploy has codedeploy/start, codedeploy/shift?percent=0..100, \
                 codedeploy/complete, codedeploy/finish, codedeploy/stop and codedeploy/rolled-back; rolling has \
                 rolling/start, rolling/complete, rolling/fail and rolling/rolled-back"
            ));
        }
    };
    Ok(Done { step: name.to_owned(), made })
}

impl Region {
    /// A rolling service behind one target group with one rule; gives the ARN of the target group.
    pub fn rolling_service(&mut self, cluster: &str, service: &str) -> String {
        let group = self.target_group(service);
        let load_balancer = self.load_balancer("app", &format!("{cluster}-{service}"));
        let listener = self.listener(&load_balancer, 443, crate::state::Action::default());
        self.rule(&listener, 10, crate::state::Action::forward(&[(&group, 1)]));
        let revision = self.register(service, &[(service, "nginx:1.27")]);
        let found = self.service(cluster, service);
        found.task_definition.clone_from(&revision);
        found.load_balancers =
            vec![Entry { target_group: Some(group.clone()), classic: None, container: service.to_owned(), port: 8080 }];
        found.deployments = vec![Deployment {
            id: "ecs-svc/0000000000000001".to_owned(),
            status: "PRIMARY".to_owned(),
            rollout: "COMPLETED".to_owned(),
            task_definition: revision,
        }];
        group
    }
}

impl crate::state::Service {
    /// The rollout is done: only the new deployment is left.
    pub fn rollout_completes(&mut self) {
        self.deployments.retain(|deployment| deployment.status == "PRIMARY");
        for deployment in &mut self.deployments {
            deployment.rollout = "COMPLETED".to_owned();
        }
    }

    /// The circuit breaker gave up without a rollback: both deployments stay.
    pub fn rollout_fails(&mut self) {
        for deployment in self.deployments.iter_mut().filter(|deployment| deployment.status == "PRIMARY") {
            deployment.rollout = "FAILED".to_owned();
        }
    }

    /// The circuit breaker went back: the old revision is PRIMARY again and alone.
    pub fn rollout_rolls_back(&mut self) {
        self.deployments.retain(|deployment| deployment.status == "ACTIVE");
        for deployment in &mut self.deployments {
            deployment.status = "PRIMARY".to_owned();
            deployment.rollout = "COMPLETED".to_owned();
            self.task_definition.clone_from(&deployment.task_definition);
        }
    }
}
