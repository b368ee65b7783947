//! When a watch has arrived, and when it never will.

use super::seen::Seen;
use crate::live::service::Service;
use std::fmt;
use std::str::FromStr;

/// Where to arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// The deployment has succeeded, and one target group has the traffic.
    Settled,
    /// The new revision has all the traffic; the deployment may still wait or clean up.
    Shifted,
    /// This lifecycle stage of an ECS-native deployment, or a later one.
    Stage(usize),
    /// The end of this lifecycle event of CodeDeploy, or of a later one.
    CodeDeploy(usize),
}

/// Lifecycle events of a CodeDeploy deployment of an ECS service in their order (AWS CodeDeploy user guide, "List of
/// lifecycle event hooks for an Amazon ECS deployment").
const EVENTS: [&str; 8] = [
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
];

/// Lifecycle stages in their order (API reference of ServiceDeployment).
const STAGES: [&str; 11] = [
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
];

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let stage = STAGES.iter().position(|stage| stage.eq_ignore_ascii_case(&text.replace('-', "_")));
        if let Some(event) = text.strip_prefix("codedeploy:") {
            let found = EVENTS.iter().position(|known| known.eq_ignore_ascii_case(event));
            return found
                .map(Self::CodeDeploy)
                .ok_or_else(|| format!("expected codedeploy: and one of {}", EVENTS.join(", ")));
        }
        match (text, stage) {
            ("settled", _) => Ok(Self::Settled),
            ("shifted", _) => Ok(Self::Shifted),
            (_, Some(stage)) => Ok(Self::Stage(stage)),
            _ => Err(format!(
                "expected settled, shifted, a lifecycle stage ({}), or codedeploy: and an event ({})",
                STAGES.join(", "),
                EVENTS.join(", ")
            )),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settled => f.write_str("settled"),
            Self::Shifted => f.write_str("shifted"),
            Self::Stage(stage) => f.write_str(STAGES.get(*stage).copied().unwrap_or_default()),
            Self::CodeDeploy(event) => write!(f, "codedeploy:{}", EVENTS.get(*event).copied().unwrap_or_default()),
        }
    }
}

/// How a watch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Going,
    /// Nothing moves before somebody continues a hook.
    Paused,
    /// It has arrived.
    Arrived,
    /// The deployment failed, was stopped or was rolled back.
    Lost,
    /// Another deployment took its place.
    Replaced,
}

impl Until {
    /// How a watch stands that saw this now, and that at its beginning.
    pub fn judge(&self, first: &Seen, now: &Seen) -> Verdict {
        let deployment = &now.deployment;
        let settled = is_settled(now);
        match deployment.status.as_deref() {
            Some("FAILED" | "STOPPED" | "ROLLED_BACK") => return Verdict::Lost,
            // What is being undone does not arrive any more, and may still end in different ways.
            Some("ROLLING_BACK") => return Verdict::Going,
            _ if is_another(first, now) => return Verdict::Replaced,
            _ => {}
        }
        let arrived = match self {
            Self::Settled => settled,
            Self::Shifted => settled || is_shifted(first, now),
            Self::Stage(wanted) => {
                let stage = deployment.lifecycle_stage.as_deref();
                let stage = stage.and_then(|stage| STAGES.iter().position(|known| *known == stage));
                settled || stage.is_some_and(|stage| stage >= *wanted)
            }
            Self::CodeDeploy(wanted) => settled || has_passed(now, *wanted),
        };
        match arrived {
            true => Verdict::Arrived,
            false if !deployment.awaiting_actions.is_empty() => Verdict::Paused,
            false => Verdict::Going,
        }
    }
}

/// True when a deployment was under way and it is not the one of now. An id may be that of another kind of thing for some
/// seconds, as ECS does not name a deployment at once.
fn is_another(first: &Seen, now: &Seen) -> bool {
    let kind = |id: &str| id.split_once([':', '/', '-']).map(|(kind, _)| kind.to_owned());
    let ids = first.deployment.id.as_deref().zip(now.deployment.id.as_deref());
    first.is_under_way() && ids.is_some_and(|(then, now)| then != now && kind(then) == kind(now))
}

/// True when the event, or one that comes after it, has ended well. What has no hook is skipped.
fn has_passed(now: &Seen, wanted: usize) -> bool {
    let ended = now.lately.lifecycle_events.iter().filter(|it| matches!(it.status.as_str(), "Succeeded" | "Skipped"));
    ended.filter_map(|it| EVENTS.iter().position(|known| *known == it.name)).any(|event| event >= wanted)
}

impl Until {
    /// The IAM action without which nobody can tell whether it has arrived.
    pub fn needs(&self) -> Option<&'static str> {
        matches!(self, Self::CodeDeploy(_)).then_some("codedeploy:GetDeploymentTarget")
    }
}

impl Until {
    /// Why a deployment of this service never gets there, if so.
    pub fn contradicts(&self, service: &Service) -> Option<String> {
        let controller = service.deployment_controller.as_deref()?;
        let (is_ecs, is_rolling) =
            (controller == "ECS", service.deployment_strategy.as_deref().is_none_or(|it| it == "ROLLING"));
        let shifts = |stage: &usize| STAGES.get(*stage).is_some_and(|it| it.contains("SHIFT") || *it == "BAKE_TIME");
        let kind = if is_ecs && is_rolling { "ROLLING" } else { controller };
        let what = match self {
            Self::Stage(_) if !is_ecs => "has no lifecycle stages",
            Self::Stage(stage) if is_rolling && shifts(stage) => "shifts no traffic, so it has no such stage",
            Self::CodeDeploy(_) if controller != "CODE_DEPLOY" => "is none of CodeDeploy's and has no such event",
            _ => return None,
        };
        Some(format!(
            "--until {self} never comes: a deployment of this service ({kind}) {what}. Use --until settled or --until shifted."
        ))
    }
}

fn is_settled(now: &Seen) -> bool {
    let ended = !now.deployment.found || matches!(now.deployment.status.as_deref(), Some("SUCCEEDED") | None);
    let one =
        now.target_group.as_ref().is_none_or(|it| it.target_group_arn.is_some() || it.target_group_weights.is_empty());
    ended && one && now.service.deployment_in_progress != Some(true)
}

fn is_shifted(first: &Seen, now: &Seen) -> bool {
    let live = |seen: &Seen| seen.target_group.as_ref().and_then(|it| it.target_group_arn.clone());
    let moved = live(first).zip(live(now)).is_some_and(|(first, now)| first != now);
    let serves = now.service.task_definition_arn.is_some()
        && now.service.task_definition_arn == now.service.target_task_definition_arn
        && now.target_group.as_ref().is_none_or(|it| it.target_group_arn.is_some());
    moved || serves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::deployment::{AwaitingAction, Deployment};
    use crate::live::lately::{Lately, LifecycleEvent};
    use crate::live::target_group::TargetGroup;

    fn seen(status: &str, stage: Option<&str>, runs: &str, live: Option<&str>) -> Seen {
        Seen {
            deployment: Deployment {
                found: true,
                status: Some(status.to_owned()),
                lifecycle_stage: stage.map(str::to_owned),
                ..Deployment::default()
            },
            service: Service {
                found: true,
                task_definition_arn: Some(runs.to_owned()),
                target_task_definition_arn: Some("web:2".to_owned()),
                deployment_in_progress: Some(status != "SUCCEEDED"),
                ..Service::default()
            },
            target_group: Some(TargetGroup {
                target_group_arn: live.map(str::to_owned),
                target_group_weights: [("blue".to_owned(), 90), ("green".to_owned(), 10)].into(),
                ..TargetGroup::default()
            }),
            refused: None,
            lately: Lately::default(),
        }
    }

    fn judge(until: &str, now: &Seen) -> Verdict {
        let first = seen("IN_PROGRESS", Some("SCALE_UP"), "web:1", Some("blue"));
        until.parse::<Until>().expect("it is one").judge(&first, now)
    }

    #[test]
    fn a_rollback_is_never_an_arrival() {
        for until in ["settled", "shifted", "scale-up", "BAKE_TIME"] {
            for (status, verdict) in [
                ("ROLLED_BACK", Verdict::Lost),
                ("FAILED", Verdict::Lost),
                ("STOPPED", Verdict::Lost),
                ("ROLLING_BACK", Verdict::Going),
            ] {
                let now = seen(status, Some("BAKE_TIME"), "web:2", Some("green"));
                assert_eq!(judge(until, &now), verdict, "{until} {status}");
            }
        }
    }

    #[test]
    fn each_end_has_its_moment() {
        let before = seen("IN_PROGRESS", Some("SCALE_UP"), "web:1", Some("blue"));
        let split = seen("IN_PROGRESS", Some("PRODUCTION_TRAFFIC_SHIFT"), "web:1", None);
        let bakes = seen("IN_PROGRESS", Some("BAKE_TIME"), "web:2", Some("green"));
        let done = seen("SUCCEEDED", None, "web:2", Some("green"));
        use Verdict::{Arrived, Going};
        for (until, verdicts) in [
            ("settled", [Going, Going, Going, Arrived]),
            ("shifted", [Going, Going, Arrived, Arrived]),
            ("production-traffic-shift", [Going, Arrived, Arrived, Arrived]),
        ] {
            assert_eq!([&before, &split, &bakes, &done].map(|now| judge(until, now)), verdicts, "{until}");
        }
    }

    #[test]
    fn another_deployment_is_not_the_one_that_was_watched() {
        let with_id = |id: &str, status: &str| {
            let mut seen = seen(status, None, "web:2", Some("green"));
            seen.deployment.id = Some(id.to_owned());
            seen
        };
        let judge = |first: &Seen, now: &Seen| Until::Settled.judge(first, now);
        let first = with_id("arn:aws:ecs:…/d8", "IN_PROGRESS");
        assert_eq!(judge(&first, &with_id("arn:aws:ecs:…/d9", "SUCCEEDED")), Verdict::Replaced);
        assert_eq!(judge(&first, &with_id("arn:aws:ecs:…/d8", "SUCCEEDED")), Verdict::Arrived);
        assert_eq!(judge(&first, &with_id("arn:aws:ecs:…/d9", "ROLLED_BACK")), Verdict::Lost);
        assert_eq!(judge(&first, &with_id("ecs-svc/8", "SUCCEEDED")), Verdict::Arrived, "another name of the same");
        let before = with_id("arn:aws:ecs:…/d7", "SUCCEEDED");
        assert_eq!(judge(&before, &with_id("arn:aws:ecs:…/d8", "IN_PROGRESS")), Verdict::Going, "it has just begun");
    }

    #[test]
    fn a_stage_that_such_a_deployment_does_not_have_is_told_at_once() {
        let service = |controller: &str, strategy: Option<&str>| Service {
            deployment_controller: Some(controller.to_owned()),
            deployment_strategy: strategy.map(str::to_owned),
            ..Service::default()
        };
        for (until, controller, strategy, never) in [
            ("bake-time", "ECS", Some("ROLLING"), true),
            ("production-traffic-shift", "ECS", None, true),
            ("pre-scale-up", "ECS", Some("ROLLING"), false),
            ("bake-time", "ECS", Some("CANARY"), false),
            ("bake-time", "CODE_DEPLOY", None, true),
            ("scale-up", "EXTERNAL", None, true),
            ("codedeploy:Install", "ECS", Some("BLUE_GREEN"), true),
            ("codedeploy:Install", "CODE_DEPLOY", None, false),
            ("settled", "EXTERNAL", None, false),
        ] {
            let why = until.parse::<Until>().expect("it is one").contradicts(&service(controller, strategy));
            assert_eq!(why.is_some(), never, "{until} {controller}: {why:?}");
        }
    }

    #[test]
    fn an_event_of_code_deploy_is_passed_when_it_has_ended_or_was_skipped() {
        let mut now = seen("IN_PROGRESS", None, "web:1", Some("blue"));
        let event = |name: &str, status: &str| LifecycleEvent { name: name.to_owned(), status: status.to_owned() };
        now.lately.lifecycle_events = vec![event("Install", "Succeeded"), event("AllowTestTraffic", "InProgress")];
        assert_eq!(judge("codedeploy:Install", &now), Verdict::Arrived);
        assert_eq!(judge("codedeploy:BeforeInstall", &now), Verdict::Arrived, "a later one has ended");
        assert_eq!(judge("codedeploy:allowtesttraffic", &now), Verdict::Going);
        now.lately.lifecycle_events = vec![event("AllowTestTraffic", "Skipped")];
        assert_eq!(judge("codedeploy:AllowTestTraffic", &now), Verdict::Arrived);
        assert!("codedeploy:Bake".parse::<Until>().is_err_and(|error| error.contains("AfterAllowTestTraffic")));
    }

    #[test]
    fn a_pause_is_told_unless_it_is_the_end_that_was_asked_for() {
        let mut now = seen("IN_PROGRESS", Some("POST_TEST_TRAFFIC_SHIFT"), "web:1", Some("blue"));
        now.deployment.awaiting_actions = vec![AwaitingAction::default()];
        assert_eq!(judge("settled", &now), Verdict::Paused);
        assert_eq!(judge("post-test-traffic-shift", &now), Verdict::Arrived);
    }

    #[test]
    fn nothing_else_can_be_waited_for() {
        assert!("done".parse::<Until>().is_err_and(|error| error.contains("BAKE_TIME")));
    }
}
