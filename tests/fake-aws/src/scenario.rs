//! Accounts that are ready to use, and the steps of their deployments: the one place for both. The acceptance tests, the
//! demo and the benchmarks walk through these.

use crate::code_deploy::BlueGreen;
use crate::native::Native;
use crate::state::Region;
use serde::Serialize;

/// What the steps of a scenario work on.
#[derive(Debug, Clone)]
pub enum Scene {
    /// Nothing: an empty account.
    Empty,
    /// A service under CODE_DEPLOY, on blue.
    CodeDeploy(Box<BlueGreen>),
    /// A service under EXTERNAL, on blue.
    External(Box<BlueGreen>),
    /// A service that ECS deploys blue/green, linear or canary, on blue.
    Native(Box<Native>),
    /// A rolling service behind one target group.
    Rolling(Box<Rolling>),
    /// Many services, given by their names.
    Estate(Vec<String>),
}

/// A rolling service.
#[derive(Debug, Clone)]
pub struct Rolling {
    /// Cluster name.
    pub cluster: String,
    /// Service name.
    pub service: String,
    /// ARN of the target group; empty when it has none.
    pub group: String,
}

/// Names of scenarios and what is in them. All are about cluster `shop`; all but the last about its service `web`.
pub const SCENARIOS: [(&str, &str); 8] = [
    ("empty", "an account with nothing in it"),
    ("codedeploy", "under CODE_DEPLOY, on blue, with listeners and a production rule"),
    ("external", "under EXTERNAL, on blue, with listeners and a production rule"),
    ("blue-green", "deployed BLUE_GREEN by ECS, on blue"),
    ("linear", "deployed LINEAR by ECS, on blue"),
    ("canary", "deployed CANARY by ECS, on blue"),
    ("rolling", "deployed ROLLING by ECS, behind one target group"),
    ("estate", "1,000 services, web-0 to web-999, BLUE_GREEN and CODE_DEPLOY in turn, 20 on a load balancer"),
];

/// A step of a deployment. Every scenario takes those that it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The new revision gets tasks, no traffic yet.
    Start,
    /// The new revision has this share of the traffic, in percent.
    Shift(u32),
    /// The new revision has all the traffic, the old one waits for its end.
    Complete,
    /// The old revision is gone.
    Finish,
    /// The deployment starts to go back.
    Rollback,
    /// It is back: the new revision is gone.
    RolledBack,
    /// It failed and stays where it is.
    Fail,
}

impl Step {
    /// The steps by name; `percent` is for `shift`.
    pub fn named(name: &str, percent: u32) -> Option<Self> {
        Some(match name {
            "start" => Self::Start,
            "shift" => Self::Shift(percent.min(100)),
            "complete" => Self::Complete,
            "finish" => Self::Finish,
            "rollback" => Self::Rollback,
            "rolled-back" => Self::RolledBack,
            "fail" => Self::Fail,
            _ => return None,
        })
    }
}

/// The names of all steps, for messages.
pub const STEPS: &str = "start, shift (?percent=0..100), complete, finish, rollback, rolled-back, fail";

/// What a step did, for those who asked for it over the wire.
#[derive(Debug, Serialize)]
pub struct Done {
    /// What it made: a deployment id, an ARN.
    pub made: Option<String>,
}

/// Builds a scenario; `None` if there is none of this name.
pub fn build(name: &str, region: &mut Region) -> Option<Scene> {
    if name != "empty" {
        region.push("web", "v1", &["linux/amd64", "linux/arm64/v8"]);
    }
    match name {
        "empty" => Some(Scene::Empty),
        "codedeploy" => Some(Scene::CodeDeploy(Box::new(region.code_deploy_service("shop", "web", true)))),
        "external" => Some(Scene::External(Box::new(region.external_service("shop", "web")))),
        "blue-green" | "linear" | "canary" => {
            let strategy = name.to_uppercase().replace('-', "_");
            Some(Scene::Native(Box::new(region.native_service("shop", "web", &strategy))))
        }
        "estate" => Some(Scene::Estate(region.estate(1000))),
        "rolling" => {
            let group = region.rolling_service("shop", "web");
            Some(Scene::Rolling(Box::new(Rolling { cluster: "shop".to_owned(), service: "web".to_owned(), group })))
        }
        _ => None,
    }
}

/// Takes one step of a scenario's deployment.
///
/// # Errors
/// If the scenario has no such step.
pub fn step(scene: &Scene, region: &mut Region, step: Step) -> Result<Done, String> {
    let made = match (scene, step) {
        (Scene::Estate(_), _) => return Err("the scenario estate has no steps".to_owned()),
        (Scene::Empty, _) => return Err("the scenario empty has no steps".to_owned()),
        (Scene::CodeDeploy(web) | Scene::External(web), Step::Start) => {
            let revision = region.next_revision(&web.cluster, &web.service);
            Some(region.code_deploy_start(web, &revision))
        }
        (Scene::CodeDeploy(web), Step::Rollback) => Some(region.code_deploy_stop(web)),
        (Scene::CodeDeploy(web) | Scene::External(web), step) => {
            match step {
                Step::Shift(percent) => region.code_deploy_shift(web, percent),
                Step::Complete => region.code_deploy_complete(web),
                Step::Finish => region.code_deploy_finish(web),
                Step::RolledBack => region.code_deploy_rolled_back(web),
                Step::Fail => region.code_deploy_fails(web),
                Step::Start | Step::Rollback => return Err("EXTERNAL knows no rollback: shift back".to_owned()),
            }
            None
        }
        (Scene::Native(web), Step::Start) => {
            let revision = region.next_revision(&web.cluster, &web.service);
            Some(region.native_start(web, &revision))
        }
        (Scene::Native(web), step) => {
            match step {
                Step::Shift(percent) => region.native_shift(web, percent),
                Step::Start | Step::Complete => region.native_shift(web, 100),
                Step::Finish => region.native_finish(web),
                Step::Rollback => region.native_status(web, "ROLLBACK_IN_PROGRESS"),
                Step::RolledBack => region.native_rolled_back(web),
                Step::Fail => region.native_status(web, "ROLLBACK_FAILED"),
            }
            None
        }
        (Scene::Rolling(web), Step::Start) => {
            let revision = region.next_revision(&web.cluster, &web.service);
            region.rolling_start(&web.cluster, &web.service, &revision);
            Some(revision)
        }
        (Scene::Rolling(web), step) => {
            let Rolling { cluster, service, .. } = web.as_ref();
            match step {
                Step::Finish => region.rolling_finish(cluster, service),
                Step::Fail => region.rolling_fail(cluster, service),
                Step::Rollback => region.rolling_trips(cluster, service),
                Step::RolledBack => region.rolling_back(cluster, service),
                _ => return Err("a rolling deployment has start, finish, fail, rollback and rolled-back".to_owned()),
            }
            None
        }
    };
    Ok(Done { made })
}

impl Scene {
    /// Blue, then green; twice the same where there is only one target group; nothing in an empty account.
    pub fn pair(&self) -> Option<(&str, &str)> {
        match self {
            Self::Empty | Self::Estate(_) => None,
            Self::CodeDeploy(web) | Self::External(web) => Some((&web.blue, &web.green)),
            Self::Native(web) => Some((&web.blue, &web.green)),
            Self::Rolling(web) => Some((&web.group, &web.group)),
        }
    }

    /// The production rule.
    pub fn rule(&self, region: &Region) -> Option<String> {
        let (blue, green) = self.pair()?;
        let pair = [blue.to_owned(), green.to_owned()];
        // The production listener is made before the test listener.
        let rule = |listener: &String| {
            region.rules.iter().find(|(_, rule)| rule.listener == *listener && rule.action.forwards_to(&pair))
        };
        let listeners = region.listeners.iter().filter(|(_, listener)| listener.port == 443);
        listeners.filter_map(|(arn, _)| rule(arn)).map(|(arn, _)| arn.clone()).next()
    }
}
