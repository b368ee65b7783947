//! What can happen to a service: what people, CI, tools and AWS itself do. One is one line of a story.

use super::Strategy;
use std::fmt;

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// CI registers a revision and calls UpdateService.
    Update,
    /// UpdateService with forceNewDeployment and nothing else.
    ForceNewDeployment,
    /// UpdateService with another target group, of a rolling service.
    ChangeGroup,
    /// UpdateService with a strategy.
    SwitchStrategy(Strategy),
    /// A rolling service is moved onto a blue/green pair, with the old group in the rule beside it.
    MoveOntoPair,
    /// UpdateService with desiredCount.
    Scale(u8),
    /// The tasks follow the desired count.
    ScaleSettles,
    /// Terraform deregisters the revision that runs.
    DeregisterRunning,

    /// ECS makes the service deployment and places tasks.
    Begin,
    /// A new task runs.
    TaskStarts,
    /// A task of an older deployment stops.
    OldTaskStops,
    /// The new tasks do not start.
    TasksFail,
    /// The circuit breaker trips.
    BreakerTrips,
    /// A deployment alarm goes off.
    AlarmTrips,
    /// What failed is shown as FAILED.
    FailureShows,
    /// A task of a failed deployment stops.
    BadTaskStops,
    /// The rollback has ended.
    RollbackEnds,
    /// The rollback fails.
    RollbackFails,
    /// The deployment has ended well.
    Complete,
    /// It has, by the early success criteria, while old tasks still run.
    CompleteEarly,
    /// StopServiceDeployment; with ROLLBACK, or ABORT.
    Stop {
        /// ROLLBACK.
        rollback: bool,
    },
    /// ECS does what it was asked to by StopServiceDeployment.
    StopTakesEffect,
    /// ECS goes to the next lifecycle stage.
    NextStage,
    /// The listener follows what ECS asked for.
    ListenerFollows,
    /// ContinueServiceDeployment for one PAUSE hook.
    ContinueHook,
    /// A PAUSE hook expires.
    HookExpires,
    /// A Lambda hook answers SUCCEEDED.
    LambdaSucceeds,
    /// A Lambda hook answers FAILED.
    LambdaFails,
    /// A Lambda hook moves the listener itself, to so many percent for the new side.
    LambdaMovesListener(u32),
    /// 90 days pass: ECS forgets the service deployments.
    NinetyDaysPass,

    /// CreateDeployment.
    CreateDeployment,
    /// CodeDeploy goes one step on.
    CodeDeployGoesOn,
    /// ContinueDeployment, while CodeDeploy is Ready.
    ContinueDeployment,
    /// StopDeployment.
    StopDeployment {
        /// autoRollbackEnabled.
        rollback: bool,
    },
    /// CodeDeploy gives up.
    CodeDeployFails,

    /// A tool calls CreateTaskSet.
    CreateTaskSet,
    /// A task set becomes STEADY_STATE.
    TaskSetSteady,
    /// A tool calls UpdateServicePrimaryTaskSet for the newest set.
    Promote,
    /// A tool calls DeleteTaskSet for the oldest set that is not PRIMARY.
    DeleteTaskSet,
    /// A DRAINING task set is gone.
    TaskSetGone,
    /// A tool moves the route to so many percent for the newest set's group.
    MoveRoute(u32),

    /// A person edits the weights of the route: so many percent for the first group, the rest for the second.
    EditWeights(u32),
    /// A person points the route at a group that ECS knows nothing of.
    PointElsewhere,
    /// Terraform replaces the rule; with the weights of its configuration (all on blue) or as they were.
    ReplaceRule {
        /// As they were.
        as_it_was: bool,
    },
    /// Terraform replaces the listener with its rules, as they were.
    ReplaceListener,
    /// Somebody deletes the rule.
    DeleteRule,
    /// Somebody makes a rule again, all on blue.
    CreateRule,
    /// Terraform writes the new listener into the CodeDeploy deployment group, or the new rule into the service.
    TellTheRoute,

    /// DeleteService.
    Delete,
    /// The last task is gone.
    Drained,
    /// CreateService with the same name.
    CreateService,
}

use Happening as H;

/// Everything that can happen, in a fixed order: what moves a deployment on comes first, so that histories shrink well.
pub(super) const ALL: [Happening; 61] = [
    H::Begin,
    H::TaskStarts,
    H::OldTaskStops,
    H::NextStage,
    H::ListenerFollows,
    H::CodeDeployGoesOn,
    H::TaskSetSteady,
    H::TaskSetGone,
    H::Complete,
    H::RollbackEnds,
    H::FailureShows,
    H::BadTaskStops,
    H::StopTakesEffect,
    H::ContinueHook,
    H::LambdaSucceeds,
    H::ContinueDeployment,
    H::ScaleSettles,
    H::Drained,
    H::Update,
    H::CreateDeployment,
    H::CreateTaskSet,
    H::MoveRoute(20),
    H::MoveRoute(100),
    H::MoveRoute(0),
    H::Promote,
    H::DeleteTaskSet,
    H::ForceNewDeployment,
    H::CompleteEarly,
    H::TasksFail,
    H::BreakerTrips,
    H::AlarmTrips,
    H::Stop { rollback: true },
    H::Stop { rollback: false },
    H::RollbackFails,
    H::HookExpires,
    H::LambdaFails,
    H::LambdaMovesListener(100),
    H::LambdaMovesListener(30),
    H::StopDeployment { rollback: true },
    H::StopDeployment { rollback: false },
    H::CodeDeployFails,
    H::ChangeGroup,
    H::SwitchStrategy(Strategy::Rolling),
    H::SwitchStrategy(Strategy::BlueGreen),
    H::SwitchStrategy(Strategy::Canary),
    H::MoveOntoPair,
    H::Scale(0),
    H::Scale(2),
    H::DeregisterRunning,
    H::NinetyDaysPass,
    H::EditWeights(0),
    H::EditWeights(60),
    H::EditWeights(100),
    H::PointElsewhere,
    H::ReplaceRule { as_it_was: true },
    H::ReplaceRule { as_it_was: false },
    H::ReplaceListener,
    H::TellTheRoute,
    H::DeleteRule,
    H::CreateRule,
    H::Delete,
];

impl Happening {
    /// Every happening, also those that follow a deletion.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter().chain([Self::CreateService])
    }

    /// A name for the control endpoint: `task-starts`, `move-route-20`, `stop-rollback-true`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            match letter {
                _ if letter.is_ascii_uppercase() && !name.is_empty() && !name.ends_with('-') => {
                    name.extend(['-', letter.to_ascii_lowercase()]);
                }
                _ if letter.is_ascii_alphanumeric() => name.push(letter.to_ascii_lowercase()),
                _ if name.ends_with('-') => {}
                _ => name.push('-'),
            }
        }
        name.trim_matches('-').to_owned()
    }

    /// The happening of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|what| what.name() == name)
    }

    /// Who does it.
    pub fn by(self) -> By {
        match self {
            H::Begin
            | H::TaskStarts
            | H::OldTaskStops
            | H::NextStage
            | H::ListenerFollows
            | H::CodeDeployGoesOn
            | H::TaskSetSteady
            | H::TaskSetGone
            | H::Complete
            | H::RollbackEnds
            | H::FailureShows
            | H::BadTaskStops
            | H::StopTakesEffect
            | H::LambdaSucceeds
            | H::ScaleSettles
            | H::Drained => By::Aws,
            H::CompleteEarly
            | H::TasksFail
            | H::BreakerTrips
            | H::AlarmTrips
            | H::Stop { .. }
            | H::RollbackFails
            | H::HookExpires
            | H::LambdaFails
            | H::LambdaMovesListener(_)
            | H::StopDeployment { .. }
            | H::CodeDeployFails => By::Trouble,
            H::Update
            | H::ForceNewDeployment
            | H::ChangeGroup
            | H::SwitchStrategy(_)
            | H::MoveOntoPair
            | H::ContinueHook
            | H::CreateDeployment
            | H::ContinueDeployment
            | H::CreateTaskSet
            | H::Promote
            | H::DeleteTaskSet
            | H::MoveRoute(_)
            | H::CreateService => By::Deployer,
            H::Scale(_)
            | H::DeregisterRunning
            | H::NinetyDaysPass
            | H::EditWeights(_)
            | H::PointElsewhere
            | H::ReplaceRule { .. }
            | H::ReplaceListener
            | H::TellTheRoute
            | H::DeleteRule
            | H::CreateRule
            | H::Delete => By::Hand,
        }
    }

    /// True for what AWS does by itself, without anybody's doing, when all goes well.
    pub(super) fn is_progress(self) -> bool {
        self.by() == By::Aws
    }
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// AWS goes on, as it does when all goes well.
    Aws,
    /// CI, a pipeline, a tool.
    Deployer,
    /// Something goes wrong, or somebody stops it.
    Trouble,
    /// A person, Terraform, time.
    Hand,
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            H::Update => "CI registers a revision and calls UpdateService",
            H::ForceNewDeployment => "somebody forces a new deployment of the same revision",
            H::ChangeGroup => "UpdateService names another target group",
            H::SwitchStrategy(strategy) => return write!(f, "UpdateService sets the strategy {}", strategy.name()),
            H::MoveOntoPair => "UpdateService moves the service from its group onto a blue/green pair",
            H::Scale(count) => return write!(f, "UpdateService sets desiredCount {count}"),
            H::ScaleSettles => "the tasks follow the desired count",
            H::DeregisterRunning => "Terraform deregisters the revision that runs",
            H::Begin => "ECS begins the deployment",
            H::TaskStarts => "a new task runs",
            H::OldTaskStops => "an old task stops",
            H::TasksFail => "the new tasks do not start",
            H::BreakerTrips => "the circuit breaker trips",
            H::AlarmTrips => "a deployment alarm goes off",
            H::FailureShows => "ECS shows the failed deployment as FAILED",
            H::BadTaskStops => "a task of the failed deployment stops",
            H::RollbackEnds => "the rollback has ended",
            H::RollbackFails => "the rollback fails",
            H::Complete => "the deployment is complete",
            H::CompleteEarly => "the deployment is complete by the early success criteria",
            H::Stop { rollback: true } => "somebody calls StopServiceDeployment with ROLLBACK",
            H::Stop { rollback: false } => "somebody calls StopServiceDeployment with ABORT",
            H::StopTakesEffect => "ECS starts to do what StopServiceDeployment asked for",
            H::NextStage => "ECS goes to the next lifecycle stage",
            H::ListenerFollows => "the listener follows what ECS asked for",
            H::ContinueHook => "somebody continues a PAUSE hook",
            H::HookExpires => "a PAUSE hook expires",
            H::LambdaSucceeds => "a Lambda hook answers SUCCEEDED",
            H::LambdaFails => "a Lambda hook answers FAILED",
            H::LambdaMovesListener(percent) => {
                return write!(f, "a Lambda hook moves {percent} percent of the traffic to the new side");
            }
            H::NinetyDaysPass => "90 days pass",
            H::CreateDeployment => "CI calls CreateDeployment",
            H::CodeDeployGoesOn => "CodeDeploy goes one step on",
            H::ContinueDeployment => "somebody continues the deployment that is Ready",
            H::StopDeployment { rollback: true } => "somebody calls StopDeployment with a rollback",
            H::StopDeployment { rollback: false } => "somebody calls StopDeployment without a rollback",
            H::CodeDeployFails => "the CodeDeploy deployment fails",
            H::CreateTaskSet => "the tool calls CreateTaskSet",
            H::TaskSetSteady => "a task set is steady",
            H::Promote => "the tool makes the newest task set PRIMARY",
            H::DeleteTaskSet => "the tool deletes the oldest task set that is not PRIMARY",
            H::TaskSetGone => "a DRAINING task set is gone",
            H::MoveRoute(percent) => return write!(f, "the tool gives {percent} percent to the newest set's group"),
            H::EditWeights(percent) => {
                return write!(f, "a person edits the route by hand: {percent} percent to the first group");
            }
            H::PointElsewhere => "a person points the route at a group of somebody else",
            H::ReplaceRule { as_it_was: true } => "Terraform replaces the rule with the weights that it had",
            H::ReplaceRule { as_it_was: false } => "Terraform replaces the rule with all on blue",
            H::ReplaceListener => "Terraform replaces the listener with its rules",
            H::DeleteRule => "somebody deletes the rule",
            H::CreateRule => "somebody makes a rule with all on blue",
            H::TellTheRoute => "Terraform tells the deployment group or the service where production comes in now",
            H::Delete => "somebody calls DeleteService",
            H::Drained => "the last task of the deleted service is gone",
            H::CreateService => "somebody creates the service again",
        };
        f.write_str(text)
    }
}

/// Something that happens to one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Name of the service.
    pub service: String,
    /// What happens.
    pub what: Happening,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.service, self.what)
    }
}
