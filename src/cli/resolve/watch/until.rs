//! When a watch has arrived, and when it never will.

use super::seen::Seen;
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
}

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
        match (text, stage) {
            ("settled", _) => Ok(Self::Settled),
            ("shifted", _) => Ok(Self::Shifted),
            (_, Some(stage)) => Ok(Self::Stage(stage)),
            _ => Err(format!("expected settled, shifted or a lifecycle stage: {}", STAGES.join(", "))),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settled => "settled",
            Self::Shifted => "shifted",
            Self::Stage(stage) => STAGES.get(*stage).copied().unwrap_or_default(),
        })
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
        };
        match arrived {
            true => Verdict::Arrived,
            false if !deployment.awaiting_actions.is_empty() => Verdict::Paused,
            false => Verdict::Going,
        }
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
    use crate::live::service::Service;
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
