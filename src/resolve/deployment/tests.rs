//! Every way in which a deployment can stand, under every controller.

use super::*;
use crate::resolve::model::{Controller, Strategy, TaskSet};
use crate::resolve::scenes::*;

/// `id | status (raw) | sources -> target | flags`, or why not.
fn outcome(result: Result<Option<Answer>, Refusal>) -> String {
    let answer = match result {
        Ok(Some(answer)) => answer,
        Ok(None) => return "none known".to_owned(),
        Err(refusal) => return format!("refused: {}", refusal.explain().summary),
    };
    let number = |arn: &TaskDefinitionArn| arn.revision().to_string();
    let sources: Vec<String> = answer.sources.iter().map(number).collect();
    let mut line = format!(
        "{} | {} ({}) | {} -> {}",
        answer.id.as_deref().unwrap_or("?"),
        answer.status.map_or("?", Status::as_str),
        answer.raw_status.as_deref().unwrap_or("?"),
        sources.join(" "),
        answer.target.as_ref().map_or("?".to_owned(), number)
    );
    for (label, value) in [("because", answer.reason), ("until", answer.finished_at.map(|at| at.text))] {
        line.extend(value.map(|value| format!(" | {label} {value}")));
    }
    if answer.rollback {
        line += " | rollback";
    }
    line
}

fn check(account: &Account, service: Service, expect: &str, asked: &[&str]) {
    let (result, questions) = account.answer(service, decide);
    assert_eq!(outcome(result), expect);
    assert_eq!(questions, asked);
}

fn ecs(status: &str) -> Account {
    Account {
        revisions: vec![service_revision("old", "blue", 7), service_revision("new", "green", 8)],
        service_deployment: Some(service_deployment(status, 0, 100)),
        ..Account::default()
    }
}

#[test]
fn an_ecs_deployment_in_every_status() {
    for (status, expect) in [
        ("PENDING", "PENDING"),
        ("IN_PROGRESS", "IN_PROGRESS"),
        ("SUCCESSFUL", "SUCCEEDED"),
        ("STOP_REQUESTED", "IN_PROGRESS"),
        ("STOPPED", "STOPPED"),
        ("ROLLBACK_REQUESTED", "IN_PROGRESS"),
        ("ROLLBACK_IN_PROGRESS", "ROLLING_BACK"),
        ("ROLLBACK_SUCCESSFUL", "ROLLED_BACK"),
        ("ROLLBACK_FAILED", "FAILED"),
    ] {
        // One that is only asked for may still end SUCCESSFUL.
        let is_rollback = status.starts_with("ROLLBACK") && status != "ROLLBACK_REQUESTED";
        let rollback = if is_rollback { " | rollback" } else { "" };
        let expect = format!("arn:deployment | {expect} ({status}) | 7 -> 8{rollback}");
        let asked = ["service deployment", "revisions new old"];
        check(&ecs(status), native(Strategy::Linear, &["old", "new"]), &expect, &asked);
    }
    let asked = ["service deployment", "revisions new old"];
    let unknown = "arn:deployment | ? (PAUSED) | 7 -> 8";
    check(&ecs("PAUSED"), native(Strategy::Linear, &["new"]), unknown, &asked);
}

#[test]
fn without_a_current_deployment_the_newest_is_listed() {
    let service = Service { current_deployment: None, ..native(Strategy::BlueGreen, &["new"]) };
    let account = Account { newest: Some("arn:deployment".to_owned()), ..ecs("SUCCESSFUL") };
    let expect = "arn:deployment | SUCCEEDED (SUCCESSFUL) | 7 -> 8";
    let asked = ["newest deployment", "service deployment", "revisions new old"];
    check(&account, service.clone(), expect, &asked);
    check(&Account::default(), service, "none known", &["newest deployment"]);
}

#[test]
fn a_deployment_that_ecs_no_longer_describes_is_the_primary_one() {
    let none = Account::default();
    let asked = ["newest deployment"];
    for (deployments, expect) in [
        (vec![("PRIMARY", Some("COMPLETED"), 8)], "ecs-svc/0 | SUCCEEDED (COMPLETED) |  -> 8"),
        (
            vec![("PRIMARY", Some("IN_PROGRESS"), 8), ("ACTIVE", None, 7)],
            "ecs-svc/0 | IN_PROGRESS (IN_PROGRESS) | 7 -> 8",
        ),
        (vec![("PRIMARY", Some("FAILED"), 8), ("ACTIVE", None, 7)], "ecs-svc/0 | FAILED (FAILED) | 7 -> 8"),
        (vec![("PRIMARY", None, 8)], "ecs-svc/0 | ? (?) |  -> 8"),
        (vec![("PRIMARY", Some("ODD"), 8)], "ecs-svc/0 | ? (ODD) |  -> 8"),
        (vec![("PRIMARY", None, 8), ("PRIMARY", None, 7)], "refused: No Single Primary Deployment"),
    ] {
        check(&none, rolling(&deployments), expect, &asked);
    }
    let gone = Service { current_deployment: Some("arn:old".to_owned()), ..rolling(&[("PRIMARY", None, 8)]) };
    check(&none, gone, "ecs-svc/0 | ? (?) |  -> 8", &["service deployment"]);
}

fn sets() -> Service {
    code_deploy(&[("PRIMARY", "blue", 7, "d-OLD"), ("ACTIVE", "green", 8, "d-NEW")])
}

fn codedeploy(status: &str) -> Account {
    Account {
        deployments: vec![deployment("d-OLD", "Succeeded"), deployment("d-NEW", status)],
        newest: Some("d-NEW".to_owned()),
        ..Account::default()
    }
}

#[test]
fn a_code_deploy_deployment_in_every_status() {
    for (status, expect) in [
        ("Created", "PENDING"),
        ("Queued", "PENDING"),
        ("InProgress", "IN_PROGRESS"),
        ("Ready", "IN_PROGRESS"),
        ("Baking", "IN_PROGRESS"),
        ("Succeeded", "SUCCEEDED"),
        ("Failed", "FAILED"),
        ("Stopped", "STOPPED"),
    ] {
        let expect = format!("d-NEW | {expect} ({status}) | 7 -> 8");
        let asked = ["deployments d-OLD d-NEW", "group shop-web web"];
        check(&codedeploy(status), sets(), &expect, &asked);
    }
    let asked = ["deployments d-OLD d-NEW", "group shop-web web"];
    check(&codedeploy("Dreaming"), sets(), "d-NEW | ? (Dreaming) | 7 -> 8", &asked);
}

#[test]
fn a_failed_deployment_is_found_when_its_task_set_is_gone() {
    let mut account = codedeploy("Failed");
    account.deployments[1].reason = Some("timed out".to_owned());
    let steady = code_deploy(&[("PRIMARY", "blue", 7, "d-OLD")]);
    let expect = "d-NEW | FAILED (Failed) |  -> ? | because timed out";
    check(&account, steady, expect, &["deployments d-OLD", "group shop-web web", "deployments d-NEW"]);
}

#[test]
fn an_undone_deployment_is_reported_as_itself() {
    for (undone, expect) in
        [("InProgress", "ROLLING_BACK"), ("Succeeded", "ROLLED_BACK"), ("Failed", "FAILED"), ("Stopped", "FAILED")]
    {
        let mut account = codedeploy("Stopped");
        account.deployments[1].rolled_back_by = Some("d-UNDO".to_owned());
        account.deployments.push(undo(undone));
        account.deployments[2].finished_at = Some(moment(0));
        account.newest = Some("d-UNDO".to_owned());
        let expect = format!("d-NEW | {expect} (Stopped) |  -> ? | until 2026-11-24T22:00:00Z | rollback");
        let steady = code_deploy(&[("PRIMARY", "blue", 7, "d-OLD")]);
        let asked = ["deployments d-OLD", "group shop-web web", "deployments d-UNDO", "deployments d-NEW"];
        check(&account, steady.clone(), &expect, &asked);
        account.newest = Some("d-NEW".to_owned());
        let asked = ["deployments d-OLD", "group shop-web web", "deployments d-NEW", "deployments d-UNDO"];
        check(&account, steady, &expect, &asked);
    }
}

#[test]
fn a_code_deploy_service_that_codedeploy_never_touched_has_none() {
    check(&Account::default(), code_deploy(&[("PRIMARY", "blue", 7, "")]), "none known", &[]);
    let forgotten = code_deploy(&[("PRIMARY", "blue", 7, "d-GONE")]);
    check(&Account::default(), forgotten, "none known", &["deployments d-GONE"]);
}

#[test]
fn under_external_only_a_second_task_set_tells() {
    let external = |sets: &[(&str, &str, u64, &str)]| {
        let sets: Vec<TaskSet> = code_deploy(sets).task_sets;
        Service { task_sets: sets, ..service(Controller::External, Strategy::Rolling) }
    };
    let none = Account::default();
    let one = external(&[("PRIMARY", "blue", 7, "")]);
    check(&none, one, "ecs-svc/blue | SUCCEEDED (?) |  -> 7", &[]);
    let two = external(&[("PRIMARY", "blue", 7, ""), ("ACTIVE", "green", 8, "")]);
    check(&none, two, "? | IN_PROGRESS (?) |  -> ?", &[]);
    check(&none, external(&[]), "? | ? (?) |  -> ?", &[]);
    let mut starting = external(&[("ACTIVE", "blue", 7, "")]);
    starting.task_sets[0].is_stable = Some(false);
    check(&none, starting, "ecs-svc/blue | IN_PROGRESS (?) |  -> 7", &[]);
}
