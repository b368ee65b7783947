//! Histories: what AWS, CI, tools and people can do to a few services, one move at a time, and the truth about it.
//!
//! This is a state machine of AWS's behaviour, written from AWS's documentation, recordings and public reports, and not
//! from the rules of the product that reads the answers. `World::moves` is all that can happen now, `World::take` lets one
//! of it happen, `World::region` is what an endpoint answers from, and `World::truth` is what is so: from the machine's own
//! books, never from the answers.

mod act;
mod code_deploy;
mod ecs;
mod external;
mod happening;
mod life;
mod native;
mod place;
mod random;
mod rolling;
mod routes;
mod sets;
mod start;
mod states;
mod strategy;
mod touches;
mod truth;
mod updates;
mod wire;

pub use happening::{By, Happening, Move};
pub use random::{History, histories, histories_of};
pub use start::{Hooks, KIND_NAMES, Kind, Start};
pub use states::{State, state, states};
pub use strategy::Strategy;
pub use truth::{Truth, WaitingHook};
pub use wire::Response;

use crate::state::{Region, Service};
use crate::wire::AwsError;
use code_deploy::CodeDeploy;
use ecs::Ecs;
use external::External;
use place::Place;

/// The cluster of all histories.
pub const CLUSTER: &str = "shop";

/// What deploys a service.
#[derive(Debug, Clone)]
enum Engine {
    Ecs(Box<Ecs>),
    CodeDeploy(CodeDeploy),
    External(External),
}

/// Whether there is a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Active,
    Draining,
    Inactive,
}

/// A service with the machine's own books about it.
#[derive(Debug, Clone)]
struct Live {
    name: String,
    kind: Kind,
    life: Life,
    desired: i64,
    engine: Engine,
    place: Place,
}

/// What a move works on beside the service's engine.
struct Scene<'a> {
    region: &'a mut Region,
    place: &'a mut Place,
    cluster: &'a str,
    name: &'a str,
    desired: i64,
}

impl Scene<'_> {
    /// A number as ECS gives: 19 digits, later ones are not greater.
    fn number(&mut self) -> u64 {
        self.region.counter += 1;
        let scattered = self.region.counter.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 2;
        1_000_000_000_000_000_000 + scattered
    }

    fn next_image(&mut self) -> usize {
        28 + self.region.families.get(self.name).map_or(0, Vec::len)
    }

    /// `d-…` with nine characters.
    fn deployment_id(&mut self) -> String {
        format!("d-{:09}", self.region.deployments.len() + 1)
    }
}

/// A few services of one cluster in one region.
#[derive(Debug, Clone)]
pub struct World {
    region: Region,
    lives: Vec<Live>,
}

impl World {
    /// The services of a start, each with everything around it.
    pub fn new(start: &Start) -> Self {
        start::build(start)
    }

    /// What an endpoint answers from.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The same, to be changed from outside: what an endpoint does when a client calls ModifyRule.
    pub fn region_mut(&mut self) -> &mut Region {
        &mut self.region
    }

    /// Names of the services: `web`, `api`, …
    pub fn services(&self) -> Vec<&str> {
        self.lives.iter().map(|live| live.name.as_str()).collect()
    }

    /// How a service began.
    ///
    /// # Panics
    /// If there is no service of this name.
    pub fn kind(&self, service: &str) -> Kind {
        self.life(service).kind
    }

    /// Blue and green, in this order.
    ///
    /// # Panics
    /// If there is no service of this name.
    pub fn pair(&self, service: &str) -> [String; 2] {
        let place = &self.life(service).place;
        [place.blue.clone(), place.green.clone()]
    }

    /// The listener under which production traffic comes in.
    ///
    /// # Panics
    /// If there is no service of this name.
    pub fn listener(&self, service: &str) -> String {
        self.life(service).place.listener.clone()
    }

    fn life(&self, service: &str) -> &Live {
        self.lives.iter().find(|live| live.name == service).expect("a service of this name")
    }

    /// Everything that can happen now, in a fixed order.
    pub fn moves(&self) -> Vec<Move> {
        let of = |live: &Live| {
            let can = Happening::all().filter(|what| live.check(&self.region, *what).is_ok());
            let name = live.name.clone();
            can.map(move |what| Move { service: name.clone(), what }).collect::<Vec<_>>()
        };
        self.lives.iter().flat_map(of).collect()
    }

    /// Lets it happen.
    ///
    /// # Errors
    /// AWS's, if it refuses that now; `NotNow` for what AWS itself would not do.
    pub fn take(&mut self, what: &Move) -> Result<(), AwsError> {
        let index = self.lives.iter().position(|live| live.name == what.service);
        let index = index.ok_or_else(|| AwsError::new("ServiceNotFoundException", "Service not found."))?;
        self.lives[index].check(&self.region, what.what)?;
        let live = &mut self.lives[index];
        live.apply(&mut self.region, what.what);
        self.share_routes(index);
        for live in &self.lives {
            live.publish(&mut self.region);
        }
        Ok(())
    }

    /// `take`, by what happens.
    ///
    /// # Errors
    /// As `take`.
    pub fn let_happen(&mut self, service: &str, what: Happening) -> Result<(), AwsError> {
        self.take(&Move { service: service.to_owned(), what })
    }

    /// Two services behind one route see the same replacement of it.
    fn share_routes(&mut self, changed: usize) {
        let place = self.lives[changed].place.clone();
        for live in &mut self.lives {
            if live.kind == Kind::SharedRule && live.place.balancer == place.balancer {
                live.place.rule.clone_from(&place.rule);
                live.place.listener.clone_from(&place.listener);
            }
        }
    }
}

impl Live {
    fn check(&self, region: &Region, what: Happening) -> Result<(), AwsError> {
        if let Some(answer) = self.check_life(region, what) {
            return answer;
        }
        if let Some(answer) = self.check_route(region, what) {
            return answer;
        }
        match &self.engine {
            Engine::Ecs(ecs) => {
                use Happening as H;
                match what {
                    H::Update
                    | H::TellTheRoute
                    | H::ForceNewDeployment
                    | H::ChangeGroup
                    | H::SwitchStrategy(_)
                    | H::MoveOntoPair => ecs.check_update(region, &self.place, what),
                    H::ContinueHook
                    | H::HookExpires
                    | H::LambdaSucceeds
                    | H::LambdaFails
                    | H::LambdaMovesListener(_)
                    | H::ListenerFollows
                    | H::NextStage => ecs.check_stages(region, self.desired, what),
                    _ => ecs.check_tasks(self.desired, what),
                }
            }
            Engine::CodeDeploy(code_deploy) => code_deploy.check(what),
            Engine::External(external) => external.check(region, &self.place, what),
        }
    }

    fn apply(&mut self, region: &mut Region, what: Happening) {
        if self.apply_life(region, what) || self.apply_route(region, what) {
            return;
        }
        let Self { name, engine, place, desired, .. } = self;
        let mut scene = Scene { region, place, cluster: CLUSTER, name, desired: *desired };
        match engine {
            Engine::Ecs(ecs) => {
                ecs.update(&mut scene, what);
                ecs.tasks(&mut scene, what);
                ecs.stages(&mut scene, what);
            }
            Engine::CodeDeploy(code_deploy) => code_deploy.apply(&mut scene, what),
            Engine::External(external) => external.apply(&mut scene, what),
        }
    }

    /// Writes what DescribeServices and its like hold into the region.
    fn publish(&self, region: &mut Region) {
        if let Engine::Ecs(ecs) = &self.engine {
            ecs.publish_deployment(region, &self.name, &self.place);
        }
        if matches!(self.engine, Engine::CodeDeploy(_)) {
            code_deploy::publish_group(region, CLUSTER, &self.name, &self.place);
        }
        let service: &mut Service = region.service(CLUSTER, &self.name);
        service.desired = if self.life == Life::Active { self.desired } else { 0 };
        service.status = match self.life {
            Life::Active => "ACTIVE",
            Life::Draining => "DRAINING",
            Life::Inactive => "INACTIVE",
        }
        .to_owned();
        match &self.engine {
            Engine::Ecs(ecs) => ecs.publish(service, &self.name, &self.place),
            Engine::CodeDeploy(code_deploy) => {
                "CODE_DEPLOY".clone_into(&mut service.controller);
                sets::publish(&code_deploy.sets, service, &self.name, &self.place);
            }
            Engine::External(external) => {
                "EXTERNAL".clone_into(&mut service.controller);
                sets::publish(&external.sets, service, &self.name, &self.place);
            }
        }
    }

    /// True while a deployment is under way, by AWS's own account.
    fn under_way(&self) -> bool {
        match &self.engine {
            Engine::Ecs(ecs) => ecs.rollout.is_some(),
            Engine::CodeDeploy(code_deploy) => code_deploy.run.is_some(),
            // ECS knows no deployment under EXTERNAL: several sets are a rollout, or what one left.
            Engine::External(external) => {
                let alive = || external.sets.iter().filter(|set| set.status != "DRAINING");
                alive().count() > 1 || alive().any(|set| !set.steady)
            }
        }
    }
}

/// What AWS would not do in this state.
fn not_now(why: &str) -> AwsError {
    AwsError::new("NotNow", why)
}

/// StopServiceDeployment and ContinueServiceDeployment when there is nothing to stop or to continue (API reference).
fn conflict() -> AwsError {
    AwsError::new(
        "ConflictException",
        "The request could not be processed because of conflict in the current state of the resource.",
    )
}
