//! `circuit-breaker-off`: nothing ends a deployment whose tasks do not start.

use super::definitions::deploys;
use super::scene::{Found, Scene, fine};
use super::{Rule, Verdict};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, Service};

/// The rule.
pub static RULE: Rule = Rule {
    id: "circuit-breaker-off",
    title: "Nothing stops a deployment whose tasks do not start",
    severity: Severity::Warning,
    why: "Without the circuit breaker a rolling deployment whose tasks fail goes on for ever: it pulls, starts and stops \
          tasks, and the apply (or the pipeline) waits for its timeout. With it, ECS gives up and goes back by itself.",
    fix: "deployment_circuit_breaker { enable = true, rollback = true }.",
    needs: &[],
    judge,
};

fn judge(change: &Change, _: &Scene<'_>) -> Verdict {
    if change.kind != "aws_ecs_service" {
        return fine();
    }
    let Some(after) = change.after().map(Service) else { return fine() };
    if after.controller() != Field::Known("ECS".to_owned()) || matches!(after.breaker(), Field::Unknown) {
        return fine();
    }
    let on = |side: Service<'_>| side.breaker() == Field::Known(true);
    let was_on = change.before().is_some_and(|before| on(Service(before)));
    let switched_off = change.action == Action::Update && was_on && !on(after);
    let rolling = after.strategy() == Field::Known("ROLLING".to_owned());
    let starts = change.action.creates() || (change.action == Action::Update && deploys(change));
    if on(after) || !(switched_off || (starts && rolling)) {
        return fine();
    }
    let message = if switched_off {
        "The plan switches the deployment circuit breaker off: a deployment whose tasks fail goes on for ever."
    } else {
        "The deployment circuit breaker is off: if the new tasks do not start, ECS tries for ever."
    };
    Found::warning(message).fix("deployment_circuit_breaker { enable = true, rollback = true }").alone()
}
