//! What runs, situation by situation.

use super::*;
use crate::resolve::model::Strategy;
use crate::resolve::scenes::*;

fn running(account: &Account, service: Service) -> Result<(u64, Option<u64>, bool), &'static str> {
    let (result, _) = account.answer(service, decide);
    let number = |arn: &TaskDefinitionArn| arn.revision();
    result
        .map(|running| {
            let runs = running.task_definition.as_ref().map_or(0, number);
            (runs, running.target.as_ref().map(number), running.in_progress == Some(true))
        })
        .map_err(|refusal| refusal.explain().summary)
}

#[test]
fn the_completed_rollout_runs() {
    let none = Account::default();
    let (done, going, failed) = (Some("COMPLETED"), Some("IN_PROGRESS"), Some("FAILED"));
    for (deployments, expect) in [
        (vec![("PRIMARY", done, 8)], (8, Some(8), false)),
        (vec![("PRIMARY", None, 8)], (8, Some(8), false)),
        (vec![("PRIMARY", going, 8), ("ACTIVE", done, 7)], (7, Some(8), true)),
        (vec![("PRIMARY", failed, 8), ("ACTIVE", done, 7)], (7, Some(8), false)),
        (vec![("PRIMARY", going, 8)], (8, Some(8), true)),
        (vec![("PRIMARY", done, 8), ("ACTIVE", done, 7)], (8, Some(8), false)),
        (vec![("PRIMARY", done, 7), ("INACTIVE", failed, 8)], (7, Some(7), false)),
    ] {
        assert_eq!(running(&none, rolling(&deployments)), Ok(expect), "{deployments:?}");
    }
}

#[test]
fn refuses_rollouts_that_name_no_primary() {
    let none = Account::default();
    for deployments in [vec![], vec![("PRIMARY", None, 7), ("PRIMARY", None, 8)]] {
        assert_eq!(running(&none, rolling(&deployments)), Err("No Single Primary Deployment"));
    }
}

#[test]
fn the_primary_task_set_runs() {
    let none = Account::default();
    assert_eq!(running(&none, code_deploy(&[("PRIMARY", "blue", 7, "d-1")])), Ok((7, Some(7), false)));
}

#[test]
fn the_running_deployment_tells_what_is_being_rolled_out() {
    let deployments = vec![deployment("d-OLD", "Succeeded"), deployment("d-NEW", "InProgress")];
    let account = Account { deployments, ..Account::default() };
    let before = [("PRIMARY", "blue", 7, "d-OLD"), ("ACTIVE", "green", 8, "d-NEW")];
    assert_eq!(running(&account, code_deploy(&before)), Ok((7, Some(8), true)));
    let after = [("PRIMARY", "green", 8, "d-NEW"), ("ACTIVE", "blue", 7, "d-OLD")];
    assert_eq!(running(&account, code_deploy(&after)), Ok((8, Some(8), true)));
    assert_eq!(running(&Account::default(), code_deploy(&before)), Ok((7, None, false)));
}

#[test]
fn entries_that_are_mere_configuration_name_nothing_that_serves() {
    let live = |account: &Account, service| {
        let (result, _) = account.answer(service, decide);
        let running = result.expect("an answer");
        running.entries[0].live.as_ref().map(|group| group.name().to_owned())
    };
    let mut account = Account { revisions: vec![service_revision("new", "green", 8)], ..Account::default() };
    assert_eq!(live(&account, native(Strategy::Canary, &["new"])).as_deref(), Some("green"));
    account.revisions[0].resolved.clear();
    assert_eq!(live(&account, native(Strategy::Canary, &["new"])), None);
    let mut rolling = rolling(&[("PRIMARY", None, 7)]);
    assert_eq!(live(&account, rolling.clone()).as_deref(), Some("only"));
    rolling.load_balancers[0] = pair();
    assert_eq!(live(&account, rolling), None);
}

#[test]
fn while_tasks_are_replaced_the_target_group_stays_if_every_revision_has_it() {
    let live = |revisions: Vec<ServiceRevision>| {
        let service = Service {
            current_revisions: native(Strategy::BlueGreen, &["old", "new"]).current_revisions,
            ..rolling(&[("PRIMARY", Some("IN_PROGRESS"), 8), ("ACTIVE", Some("COMPLETED"), 7)])
        };
        let (result, _) = Account { revisions, ..Account::default() }.answer(service, decide);
        result.expect("an answer").entries[0].live.as_ref().map(|group| group.name().to_owned())
    };
    let on = |id, group: &str, number| ServiceRevision {
        load_balancers: vec![entry(group)],
        resolved: Vec::new(),
        ..service_revision(id, group, number)
    };
    assert_eq!(live(vec![on("old", "only", 7), on("new", "only", 8)]).as_deref(), Some("only"));
    assert_eq!(live(vec![on("old", "before", 7), on("new", "only", 8)]), None);
    assert_eq!(live(vec![on("new", "only", 8)]), None);
}

#[test]
fn a_service_being_deleted_is_refused() {
    let mut service = rolling(&[]);
    assert_eq!(exists(&service), Ok(true));
    service.status = ServiceStatus::Inactive;
    assert_eq!(exists(&service), Ok(false));
    service.status = ServiceStatus::Draining;
    assert_eq!(exists(&service), Err(Refusal::BeingDeleted));
}
