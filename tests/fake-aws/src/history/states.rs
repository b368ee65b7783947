//! States by name: those that readers of AWS get wrong, each with a way to it.
//!
//! Most are reached by moves of the machine. Where the machine has no such service (VPC Lattice, gateways, Express, short
//! ARNs, other accounts) the last touch is made by hand in the region.

use super::Strategy;
use super::happening::Happening as H;
use super::start::{Hooks, Kind, Start};
use super::{World, touches};
use crate::state::Region;
use crate::wire::AwsError;

/// A part of the way.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// This happens.
    Do(H),
    /// AWS goes on until the native deployment is in this stage and the listener has followed.
    Stage(&'static str),
    /// AWS goes on until the deployment has ended.
    End,
    /// CodeDeploy goes on so many steps.
    CodeDeploy(usize),
}

use Part::{CodeDeploy, Do, End, Stage};

/// A state with a name.
#[derive(Debug, Clone)]
pub struct State {
    /// `w1`, `w1-two-pushes`, …
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    start: Start,
    way: Vec<Part>,
    touch: fn(&mut Region),
}

impl State {
    /// The world in this state. The service is `web`.
    ///
    /// # Errors
    /// If the machine refuses a part of the way: a mistake here.
    pub fn build(&self) -> Result<World, AwsError> {
        let mut world = World::new(&self.start);
        for part in &self.way {
            match *part {
                Do(what) => world.let_happen("web", what)?,
                Stage(stage) => world.go_on_to("web", stage)?,
                End => world.wait("web")?,
                CodeDeploy(steps) => {
                    for _ in 0..steps {
                        world.let_happen("web", H::CodeDeployGoesOn)?;
                    }
                }
            }
        }
        (self.touch)(world.region_mut());
        Ok(world)
    }
}

/// The state of this name.
pub fn state(name: &str) -> Option<State> {
    states().into_iter().find(|state| state.name == name)
}

fn of(name: &'static str, what: &'static str, kind: Kind, way: &[Part]) -> State {
    State { name, what, start: Start::of(&[kind]), way: way.to_vec(), touch: |_| {} }
}

impl State {
    fn breaker(mut self, breaker: Option<bool>) -> Self {
        self.start.breaker = breaker;
        self
    }

    fn hooks(mut self, hooks: Hooks) -> Self {
        self.start.hooks = hooks;
        self
    }

    fn touched(mut self, touch: fn(&mut Region)) -> Self {
        self.touch = touch;
        self
    }
}

/// Every state that has a name.
pub fn states() -> Vec<State> {
    let mut states = rolling();
    states.extend(native());
    states.extend(sets());
    states.extend(by_touch());
    states
}

const PUSH: [Part; 3] = [Do(H::Update), Do(H::Begin), Do(H::TaskStarts)];
const TRIP: [Part; 3] = [Do(H::TasksFail), Do(H::BreakerTrips), Do(H::FailureShows)];

fn rolling() -> Vec<State> {
    let rolling = |name, what, way: &[&[Part]]| of(name, what, Kind::Rolling, &way.concat());
    let stall = [Do(H::TasksFail), Do(H::BreakerTrips)];
    vec![
        rolling("w1", "the breaker rolls back: P old IN_PROGRESS beside A new FAILED that still runs", &[&PUSH, &TRIP]),
        rolling("w1-in-progress", "the same before the new one is shown as FAILED", &[&PUSH, &stall]),
        rolling("w1-two-pushes", "the breaker rolls back after two pushes", &[&PUSH, &PUSH, &TRIP]),
        rolling("w2", "several pushes in a row", &[&PUSH, &PUSH]),
        rolling("w2-on-failure", "a fix on top of a failure without a rollback", &[&PUSH, &stall, &PUSH])
            .breaker(Some(false)),
        rolling("w2-on-rollback", "a fix on top of a rollback", &[&PUSH, &TRIP, &PUSH]),
        of(
            "w3",
            "the first deployment failed: a lone P FAILED",
            Kind::RollingNew,
            &[Do(H::Begin), Do(H::TaskStarts), Do(H::TasksFail), Do(H::BreakerTrips)],
        )
        .breaker(Some(false)),
        rolling(
            "w4",
            "a deployment is in flight: the service names the new revision, the old one runs",
            &[&[Do(H::Update), Do(H::Begin)]],
        ),
        rolling("w5", "the failed deployment is DRAINING", &[&PUSH, &TRIP, &[Do(H::BadTaskStops)]]),
        rolling(
            "w8-adds-the-pair",
            "ROLLING to BLUE_GREEN begins with a rolling deployment",
            &[&[Do(H::SwitchStrategy(Strategy::BlueGreen)), Do(H::Begin)]],
        ),
        rolling(
            "w8-new-group",
            "the target group of a rolling service just changed",
            &[&[Do(H::ChangeGroup), Do(H::Begin)]],
        ),
        rolling(
            "w9",
            "the first BLUE_GREEN deployment, with three groups in the rule",
            &[&[Do(H::MoveOntoPair), Stage("TEST_TRAFFIC_SHIFT")]],
        ),
        rolling("w35", "the breaker stopped a deployment without a rollback, which is over", &[&PUSH, &stall])
            .breaker(Some(false)),
        rolling("w36", "the revision that runs is INACTIVE", &[&[Do(H::DeregisterRunning)]]),
        rolling("w41", "stalled: P FAILED beside A COMPLETED", &[&[Do(H::Update), Do(H::Begin)], &stall])
            .breaker(Some(false)),
        rolling(
            "w42",
            "complete by the early success criteria: two COMPLETED",
            &[&PUSH, &[Do(H::TaskStarts), Do(H::CompleteEarly)]],
        ),
        State {
            start: Start::of(&[Kind::SharedRule, Kind::SharedRule]),
            ..of("w43", "two rolling services share a rule, 60 to 40", Kind::SharedRule, &[])
        },
    ]
}

fn native() -> Vec<State> {
    let (blue_green, canary) = (Kind::Native(Strategy::BlueGreen), Kind::Native(Strategy::Canary));
    let new = Kind::NativeNew(Strategy::BlueGreen);
    let baking = [Do(H::Update), Stage("BAKE_TIME")];
    let back = [Do(H::Stop { rollback: true }), Do(H::StopTakesEffect)];
    vec![
        of(
            "w8",
            "ROLLING with the pair left over, live on the alternate",
            new,
            &[End, Do(H::SwitchStrategy(Strategy::Rolling)), Do(H::Update), End],
        ),
        of("w10", "AWS says no weights at this stage", canary, &[Do(H::Update), Stage("POST_SCALE_UP")]),
        of(
            "w11-stopped",
            "STOPPED in the middle of a canary",
            canary,
            &[
                Do(H::Update),
                Stage("PRODUCTION_TRAFFIC_SHIFT"),
                Do(H::Stop { rollback: false }),
                Do(H::StopTakesEffect),
            ],
        ),
        of(
            "w11-rollback",
            "it goes back while the new side still has everything",
            blue_green,
            &[baking.as_slice(), &back].concat(),
        ),
        of(
            "w11-rollback-failed",
            "the rollback failed",
            blue_green,
            &[baking.as_slice(), &back, &[Do(H::NextStage), Do(H::RollbackFails)]].concat(),
        ),
        of("w12", "two revisions, and a deployment that did not make them", blue_green, &[Do(H::Update), Do(H::Begin)])
            .touched(touches::older_deployment),
        of("w13", "the very first deployment, before the shift", new, &[Stage("TEST_TRAFFIC_SHIFT")]),
        of(
            "w14",
            "a Lambda hook moved the listener itself",
            blue_green,
            &[Do(H::Update), Stage("POST_TEST_TRAFFIC_SHIFT"), Do(H::LambdaMovesListener(100))],
        )
        .hooks(Hooks::Lambda),
        of("w15", "two PAUSE hooks wait", canary, &[Do(H::Update), Do(H::Begin)]).hooks(Hooks::Pause),
        of(
            "w15-step",
            "a PAUSE hook waits before the second step of a canary: 10 percent",
            canary,
            &[
                Do(H::Update),
                Do(H::Begin),
                Do(H::ContinueHook),
                Do(H::ContinueHook),
                Stage("PRE_PRODUCTION_TRAFFIC_SHIFT"),
                Do(H::ContinueHook),
                Stage("PRODUCTION_TRAFFIC_SHIFT"),
                Do(H::NextStage),
            ],
        )
        .hooks(Hooks::Pause),
        of("w37", "steady on the alternate: the configured group is empty", new, &[End]),
        of("w50", "seconds after UpdateService", blue_green, &[Do(H::Update)]),
        of(
            "w51",
            "a forced deployment: two revisions of one task definition",
            blue_green,
            &[Do(H::ForceNewDeployment), Stage("POST_SCALE_UP")],
        )
        .touched(touches::moved_tag),
        of(
            "w52",
            "a deployment on top of another: three revisions on two groups",
            blue_green,
            &[Do(H::Update), Stage("POST_SCALE_UP"), Do(H::Update), Do(H::Begin)],
        ),
        of(
            "w53",
            "ROLLING, but the only revision and its deployment are BLUE_GREEN",
            new,
            &[End, Do(H::SwitchStrategy(Strategy::Rolling))],
        ),
        of(
            "w55",
            "on the way back the stage is PRODUCTION_TRAFFIC_SHIFT, the target still has everything",
            blue_green,
            &[baking.as_slice(), &back, &[Do(H::NextStage)]].concat(),
        ),
        of("90-days", "ECS forgot the deployments", blue_green, &[Do(H::NinetyDaysPass)]),
    ]
}

fn sets() -> Vec<State> {
    let (code_deploy, external) = (Kind::CodeDeploy, Kind::External);
    let created = Do(H::CreateDeployment);
    let stop = |rollback| Do(H::StopDeployment { rollback });
    vec![
        of(
            "w22",
            "the listener was replaced since the last deployment",
            code_deploy,
            &[created, End, Do(H::ReplaceListener), Do(H::TellTheRoute)],
        ),
        of(
            "w22-unknown",
            "the same, and the deployment group still names the old one",
            code_deploy,
            &[created, End, Do(H::ReplaceListener)],
        ),
        of(
            "w23",
            "PRIMARY is not behind the listener: the last deployment failed before it made a set",
            code_deploy,
            &[created, End, Do(H::EditWeights(100)), created, CodeDeploy(2)],
        ),
        of("w24", "failed, with a set left over", code_deploy, &[created, CodeDeploy(3), Do(H::CodeDeployFails)]),
        of("w25", "EXTERNAL without a PRIMARY", Kind::ExternalWithoutPrimary, &[]),
        of(
            "w26",
            "EXTERNAL: 80 to 20 left over by a tool",
            external,
            &[
                Do(H::CreateTaskSet),
                Do(H::TaskSetSteady),
                Do(H::MoveRoute(20)),
                Do(H::DeleteTaskSet),
                Do(H::TaskSetGone),
            ],
        ),
        of(
            "w26-canary",
            "EXTERNAL: all on the new group while the old set is PRIMARY",
            external,
            &[Do(H::CreateTaskSet), Do(H::TaskSetSteady), Do(H::MoveRoute(100))],
        ),
        of("w28", "no rule forwards to the group", Kind::Rolling, &[Do(H::DeleteRule)]),
        of(
            "w29",
            "the name is INACTIVE and ACTIVE",
            Kind::Rolling,
            &[Do(H::Delete), Do(H::Drained), Do(H::CreateService), End],
        ),
        of("draining", "being deleted", code_deploy, &[Do(H::Delete)]),
        of("w44", "a CodeDeploy rollback: a deployment of its own", code_deploy, &[created, CodeDeploy(4), stop(true)]),
        of("w45", "a hook runs before the replacement set exists", code_deploy, &[created, CodeDeploy(1)]),
        of("w45-no-group", "the same, and there is no deployment group", code_deploy, &[created, CodeDeploy(1)])
            .touched(touches::without_group),
        of(
            "w46",
            "stopped in the middle of a canary without a rollback",
            code_deploy,
            &[created, CodeDeploy(4), stop(false)],
        ),
        of(
            "lagging",
            "CodeDeploy moved the listener, PRIMARY is still the old set",
            code_deploy,
            &[created, CodeDeploy(5)],
        ),
    ]
}

fn by_touch() -> Vec<State> {
    let native = Kind::Native(Strategy::BlueGreen);
    let touched = |name, what, kind, touch| of(name, what, kind, &[]).touched(touch);
    vec![
        touched("w6", "the resolved configuration has no load balancers", native, touches::unresolved),
        touched("w7", "no load balancer at all", Kind::Rolling, touches::no_load_balancer),
        touched("w16", "VPC Lattice", native, touches::lattice),
        touched("w17", "an ECS gateway", native, touches::gateway),
        touched("w18", "Express", native, touches::express),
        touched("w19", "a resolved group that no entry has", native, touches::strange_group),
        touched("w20", "two entries of one container and port", native, touches::twin_entry),
        touched("w21", "the test rule is on the production listener", native, touches::test_rule_beside),
        touched("w27", "the service has an ARN of another account", Kind::Rolling, touches::other_account),
        touched("w30", "a short ARN", Kind::Rolling, touches::short_arn),
        touched("w47", "a dual-stack Network Load Balancer with a rule", Kind::Rolling, touches::dual_stack),
        touched("w49", "EXTERNAL without a load balancer", Kind::External, touches::no_load_balancer),
    ]
}
