//! How histories begin: which services there are, and how they are configured.

use super::code_deploy::CodeDeploy;
use super::ecs::{CLEAN_UP, Ecs, Rollout, RolloutState};
use super::external::External;
use super::place::{Place, write};
use super::{CLUSTER, Engine, Life, Live, Scene, World};
use crate::history::Strategy;
use crate::state::{Action, Breaker, Hook, Region, Tasks};

/// A kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// ROLLING, steady, behind one group.
    Rolling,
    /// ROLLING, in its first deployment.
    RollingNew,
    /// ROLLING, one of those that share one weighted rule on purpose: 60 to 40.
    SharedRule,
    /// A native strategy, steady on the configured group.
    Native(Strategy),
    /// A native strategy, in its first deployment; the rule forwards to the configured group alone.
    NativeNew(Strategy),
    /// CODE_DEPLOY with a production rule.
    CodeDeploy,
    /// CODE_DEPLOY by the listener's default action, without a rule.
    CodeDeployByDefaultAction,
    /// EXTERNAL with a PRIMARY task set.
    External,
    /// EXTERNAL by `aws_ecs_task_set`: no set is ever PRIMARY.
    ExternalWithoutPrimary,
}

/// Every kind.
pub(super) const KINDS: [Kind; 11] = [
    Kind::Rolling,
    Kind::Native(Strategy::BlueGreen),
    Kind::CodeDeploy,
    Kind::External,
    Kind::Native(Strategy::Canary),
    Kind::Native(Strategy::Linear),
    Kind::RollingNew,
    Kind::NativeNew(Strategy::BlueGreen),
    Kind::CodeDeployByDefaultAction,
    Kind::ExternalWithoutPrimary,
    Kind::SharedRule,
];

impl Kind {
    /// The kinds by name, for the control endpoint.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "rolling" => Self::Rolling,
            "rolling-new" => Self::RollingNew,
            "shared-rule" => Self::SharedRule,
            "blue-green" => Self::Native(Strategy::BlueGreen),
            "linear" => Self::Native(Strategy::Linear),
            "canary" => Self::Native(Strategy::Canary),
            "blue-green-new" => Self::NativeNew(Strategy::BlueGreen),
            "codedeploy" => Self::CodeDeploy,
            "codedeploy-by-default-action" => Self::CodeDeployByDefaultAction,
            "external" => Self::External,
            "external-without-primary" => Self::ExternalWithoutPrimary,
            _ => return None,
        })
    }
}

/// The names of all kinds, for messages.
pub const KIND_NAMES: &str = "rolling, rolling-new, shared-rule, blue-green, linear, canary, blue-green-new, codedeploy, \
                              codedeploy-by-default-action, external, external-without-primary";

/// Lifecycle hooks of the services that can have some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hooks {
    /// None.
    None,
    /// One PAUSE hook before the production shift; two before tasks are started.
    Pause,
    /// A Lambda hook after the test traffic shift.
    Lambda,
}

/// A start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The services, named `web`, `api`, `worker`, `cart`.
    pub kinds: Vec<Kind>,
    /// Their hooks.
    pub hooks: Hooks,
    /// Their circuit breaker: on; and whether it rolls back.
    pub breaker: Option<bool>,
    /// They have a deployment alarm.
    pub alarm: bool,
    /// CodeDeploy waits for ContinueDeployment.
    pub waits: bool,
}

impl Start {
    /// Services of these kinds with a circuit breaker that rolls back, without hooks and alarms.
    pub fn of(kinds: &[Kind]) -> Self {
        Self { kinds: kinds.to_vec(), hooks: Hooks::None, breaker: Some(true), alarm: false, waits: false }
    }
}

const NAMES: [&str; 4] = ["web", "api", "worker", "cart"];

pub(super) fn build(start: &Start) -> World {
    let mut world = World { region: Region::new(crate::REGION), lives: Vec::new() };
    world.region.service(CLUSTER, NAMES[0]);
    world.region.clusters.values_mut().for_each(|cluster| cluster.services.clear());
    for (kind, name) in start.kinds.iter().zip(NAMES) {
        let shared = world.lives.iter().find(|live| live.kind == Kind::SharedRule && *kind == Kind::SharedRule);
        let place = match shared {
            Some(live) => join(&mut world.region, name, &live.place.clone()),
            None => place(&mut world.region, name, *kind),
        };
        let live = live(&mut world.region, start, *kind, name, place);
        world.lives.push(live);
    }
    let sharing = |live: &&Live| live.kind == Kind::SharedRule;
    let shared: Vec<String> = world.lives.iter().filter(sharing).map(|live| live.place.blue.clone()).collect();
    for live in world.lives.iter_mut().filter(|live| live.kind == Kind::SharedRule && shared.len() > 1) {
        live.place.shared.clone_from(&shared);
    }
    for live in &world.lives {
        live.publish(&mut world.region);
    }
    world
}

fn place(region: &mut Region, name: &str, kind: Kind) -> Place {
    let balancer = region.load_balancer("app", &format!("{CLUSTER}-{name}"));
    let groups = ["blue", "green", "other"].map(|side| region.target_group(&format!("{name}-{side}")));
    let [blue, green, stranger] = groups;
    let rolling = matches!(kind, Kind::Rolling | Kind::RollingNew | Kind::SharedRule);
    let single = rolling || matches!(kind, Kind::NativeNew(_));
    let action = if single { Action::forward(&[(&blue, 1)]) } else { Action::forward(&[(&blue, 100), (&green, 0)]) };
    let by_default = kind == Kind::CodeDeployByDefaultAction;
    let listener = region.listener(&balancer, 443, if by_default { action.clone() } else { Action::default() });
    let rule = (!by_default).then(|| region.rule(&listener, 10, action));
    let code_deploy = matches!(kind, Kind::CodeDeploy | Kind::CodeDeployByDefaultAction);
    let native = matches!(kind, Kind::Native(_) | Kind::NativeNew(_));
    let test_listener =
        region.listener(&balancer, 8443, if code_deploy { Action::forward(&[(&green, 1)]) } else { Action::default() });
    let test_rule = match native {
        true => Some(region.rule(&test_listener, 10, Action::forward(&[(&blue, 100), (&green, 0)]))),
        false => code_deploy.then(|| test_listener.clone()),
    };
    let named = rule.clone().filter(|_| !code_deploy).unwrap_or_else(|| listener.clone());
    Place { balancer, listener, rule, by_default, named, test_rule, blue, green, stranger, shared: Vec::new() }
}

/// A place behind the rule of another service, which then holds both groups.
fn join(region: &mut Region, name: &str, other: &Place) -> Place {
    let [blue, green, stranger] = ["blue", "green", "other"].map(|side| region.target_group(&format!("{name}-{side}")));
    if let Some(rule) = &other.rule {
        write(region, rule, &[(other.blue.clone(), 60), (blue.clone(), 40)]);
    }
    Place { blue, green, stranger, ..other.clone() }
}

fn live(region: &mut Region, start: &Start, kind: Kind, name: &str, mut place: Place) -> Live {
    let desired = 2;
    let task = region.register(name, &[(name, "nginx:1.27"), ("sidecar", "envoy:v1")]);
    let mut scene = Scene { region, place: &mut place, cluster: CLUSTER, name, desired };
    let engine = match kind {
        Kind::CodeDeploy | Kind::CodeDeployByDefaultAction => {
            let set = first_set(&mut scene, task, "PRIMARY");
            let steps = if kind == Kind::CodeDeploy { vec![10, 100] } else { vec![100] };
            Engine::CodeDeploy(CodeDeploy { sets: vec![set], run: None, steps, waits: start.waits, next: None })
        }
        Kind::External | Kind::ExternalWithoutPrimary => {
            let promotes = kind == Kind::External;
            let set = first_set(&mut scene, task, if promotes { "PRIMARY" } else { "ACTIVE" });
            Engine::External(External { sets: vec![set], promotes })
        }
        _ => Engine::Ecs(Box::new(ecs(&mut scene, start, kind, task))),
    };
    Live { name: name.to_owned(), kind, life: Life::Active, desired, engine, place }
}

fn first_set(scene: &mut Scene<'_>, task: String, status: &'static str) -> super::sets::Set {
    let external = External { sets: Vec::new(), promotes: true };
    let group = scene.place.blue.clone();
    let mut set = external.make(scene, task, group, status);
    set.steady = true;
    set.tasks = Tasks { desired: scene.desired, running: scene.desired, pending: 0 };
    set
}

fn ecs(scene: &mut Scene<'_>, start: &Start, kind: Kind, task: String) -> Ecs {
    let (strategy, new) = match kind {
        Kind::Native(strategy) => (strategy, false),
        Kind::NativeNew(strategy) => (strategy, true),
        kind => (Strategy::Rolling, kind == Kind::RollingNew),
    };
    let native = strategy != Strategy::Rolling;
    let lambda = scene.region.arn("lambda", &format!("function:{}-hook", scene.name));
    let hook = |lambda: Option<&String>, stage: &str| Hook { lambda: lambda.cloned(), stages: vec![stage.to_owned()] };
    let hooks = match start.hooks {
        Hooks::None => Vec::new(),
        Hooks::Pause => {
            vec![hook(None, "PRE_SCALE_UP"), hook(None, "PRE_SCALE_UP"), hook(None, "PRE_PRODUCTION_TRAFFIC_SHIFT")]
        }
        Hooks::Lambda => vec![hook(Some(&lambda), "POST_TEST_TRAFFIC_SHIFT")],
    };
    let mut ecs = Ecs {
        strategy,
        entry_group: scene.place.blue.clone(),
        alternate: native.then(|| scene.place.green.clone()),
        hooks: if native || start.hooks == Hooks::Pause { hooks } else { Vec::new() },
        breaker: Breaker { enable: start.breaker.is_some(), rollback: start.breaker == Some(true) },
        alarms: if start.alarm { vec![format!("{}-5xx", scene.name)] } else { Vec::new() },
        generations: Vec::new(),
        rollout: None,
        configured: task.clone(),
        current: None,
        base: 0,
    };
    if new {
        ecs.deploy(scene, task);
        return ecs;
    }
    // What ended some time ago, and is still described.
    ecs.deploy(scene, task);
    ecs.begin(scene);
    let Some(rollout) = ecs.rollout.take() else { return ecs };
    let group = scene.place.blue.clone();
    for first in &mut ecs.generations {
        first.group.clone_from(&group);
        first.rollout = RolloutState::Completed;
        first.reason = format!("ECS deployment ecs-svc/{} completed.", first.number);
        first.tasks = Tasks { desired: scene.desired, running: scene.desired, pending: 0 };
    }
    let rollout =
        Rollout { stage: native.then_some(CLEAN_UP), asked: if native { 100 } else { 0 }, test: native, ..rollout };
    ecs.finish(scene, &rollout, "SUCCESSFUL", None);
    ecs
}

impl Live {
    /// The service as it is when it is created again: its first deployment begins.
    pub(super) fn create_again(&mut self, region: &mut Region) {
        let start = Start::of(&[]);
        let place = self.place.clone();
        let task = region.register(&self.name, &[(&self.name, "nginx:1.27")]);
        let mut place = place;
        let mut scene = Scene { region, place: &mut place, cluster: CLUSTER, name: &self.name, desired: self.desired };
        match &mut self.engine {
            Engine::Ecs(engine) => {
                let kind = match engine.strategy {
                    Strategy::Rolling => Kind::RollingNew,
                    strategy => Kind::NativeNew(strategy),
                };
                **engine = ecs(&mut scene, &start, kind, task);
            }
            Engine::CodeDeploy(engine) => {
                engine.sets = vec![first_set(&mut scene, task, "PRIMARY")];
                engine.run = None;
            }
            Engine::External(engine) => engine.sets.clear(),
        }
        self.place = place;
    }
}
