//! How old a plan is, how long a deployment bakes, and the way out of each cause: told as far as the plan and AWS tell it.

use super::corpus::{case, document};
use super::world::{World, parse};
use ecslive::guard::{Finding, Options};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a case finds by its rule, at a moment.
fn found(rule: &str, name: &str, now: Option<&str>, live: &Value) -> Finding {
    let mut case = case(rule, name);
    super::world::merge(&mut case["live"], live);
    let now = now.map(|now| OffsetDateTime::parse(now, &Rfc3339).expect("a moment"));
    let options = Options { now, ..Options::default() };
    let report = World::new(&case["live"]).judge(&parse(&document(&case)), &options).0;
    report.findings.into_iter().find(|finding| finding.rule == rule).expect("a finding")
}

fn fact(finding: &Finding, label: &str) -> Option<String> {
    finding.facts.0.iter().find(|(other, _)| other == label).map(|(_, value)| value.clone())
}

#[test]
fn a_stale_plan_says_how_old_it_is_by_its_own_timestamp() {
    let planned = |now: Option<&str>| {
        let name = "a data source read weights that are not live any more";
        fact(&found("plan-is-stale", name, now, &json!({})), "Planned at").expect("when it was planned")
    };
    assert_eq!(planned(Some("2026-01-01T00:07:59Z")), "2026-01-01T00:00:00Z, 7 min 59 s ago");
    assert_eq!(planned(Some("2026-01-01T05:12:00+02:00")), "2026-01-01T00:00:00Z, 3 h 12 min ago");
    assert_eq!(planned(Some("2026-01-02T01:30:00Z")), "2026-01-01T00:00:00Z, 1 d 1 h ago");
    assert_eq!(planned(Some("2026-01-04T00:00:00Z")), "2026-01-01T00:00:00Z, 3 d 0 h ago");
    assert_eq!(planned(Some("2025-12-31T23:00:00Z")), "2026-01-01T00:00:00Z", "the clocks differ");
    assert_eq!(planned(None), "2026-01-01T00:00:00Z");
}

const BAKES: &str = "the network changes in the middle of a deployment";

#[test]
fn a_bake_time_has_its_length_and_its_earliest_end_and_a_pause_who_can_end_it() {
    let finding = found("deployment-in-progress", BAKES, None, &json!({}));
    let bakes = "60 min (bakeTimeInMinutes of the service); AWS does not say when it began, so it ends after \
                 2026-01-08T13:00:00Z";
    assert_eq!(fact(&finding, "Bake time").as_deref(), Some(bakes));
    let waits = "It waits for somebody who may call ecs:ContinueServiceDeployment; otherwise it rolls back at \
                 2026-01-22T12:00:00Z: aws ecs continue-service-deployment --service-deployment-arn arn --hook-id h";
    assert_eq!(finding.fix.lines().next(), Some(waits));
}

#[test]
fn what_aws_does_not_tell_of_a_bake_time_is_not_made_up() {
    let bake = |deployment: Value| {
        let live = json!({ "services": { "jobs": { "deployment": deployment } } });
        fact(&found("deployment-in-progress", BAKES, None, &live), "Bake time")
    };
    assert_eq!(bake(json!({ "bake_minutes": null })), None);
    assert_eq!(bake(json!({ "bake_minutes": 0 })), None);
    let length = "60 min (bakeTimeInMinutes of the service); AWS does not say when it began";
    assert_eq!(bake(json!({ "started_at": null })).as_deref(), Some(length));
}

#[test]
fn each_cause_of_lost_requests_has_a_way_out_of_its_own() {
    let rule = "traffic-leaves-live-target-group";
    let live = json!({});
    for (name, way) in [
        ("half of the requests would go to the idle side", "Take the weights from what is live"),
        ("forward becomes a redirect", "Keep the forward"),
        ("the production rule is destroyed", "Keep it for as long as tasks serve through it"),
        ("a new rule of higher priority takes the same host", "Put the new rule behind the production rule"),
        ("the conditions of the production rule leave its host", "Leave the rule the conditions and the priority"),
    ] {
        let fix = found(rule, name, None, &live).fix;
        assert!(fix.starts_with(way), "{name}: {fix}");
        assert_eq!(fix.contains("forward_weights"), way.starts_with("Take the weights"), "{name}: {fix}");
    }
}

#[test]
fn under_external_it_may_be_terraform_that_moves_the_requests() {
    let fix = |controller: &str| {
        let live = json!({ "services": { "jobs": { "controller": controller } } });
        found("deployment-in-progress", BAKES, None, &live).fix
    };
    assert!(fix("EXTERNAL").contains("If it is Terraform that moves the requests"), "{}", fix("EXTERNAL"));
    assert!(!fix("ECS").contains("If it is Terraform"), "{}", fix("ECS"));
}

const GONE: &str = "running-revision-deregistered";

#[test]
fn whoever_destroys_a_revision_is_not_told_how_to_replace_it() {
    let replaced = found(GONE, "services that ignore task_definition stay on it", None, &json!({}));
    assert!(replaced.fix.contains("then replace") && !replaced.fix.contains("removed block"), "{}", replaced.fix);
    let destroyed = found(GONE, "the revision is destroyed, and a service goes on running it", None, &json!({}));
    assert!(!destroyed.fix.contains("replace"), "{}", destroyed.fix);
    assert!(destroyed.fix.contains("a removed block with lifecycle { destroy = false }"), "{}", destroyed.fix);
    let deposed = found(GONE, "a deposed revision is destroyed, and a service goes on running it", None, &json!({}));
    assert_eq!(deposed.fix, "Let whoever runs it go to another revision first, in an apply of its own.");
}

#[test]
fn a_revision_that_goes_away_in_the_middle_of_a_deployment_is_what_it_brings_or_what_a_rollback_needs() {
    let message = |target: u64| {
        let target = format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:{target}");
        let live = json!({ "services": { "other": { "deployment": { "by": "Amazon ECS", "target": target } } } });
        found(GONE, "a service of another state runs the revision", None, &live).message
    };
    let brings = "Amazon ECS is bringing it to the service at this moment.";
    assert!(message(7).ends_with(brings), "{}", message(7));
    let needed = "Amazon ECS deploys the service at this moment, and a rollback would need that revision.";
    assert!(message(8).ends_with(needed), "{}", message(8));
}
