//! Whole documents: real ones by other people, real ones by Terraform with hashicorp/aws, and broken ones.

use super::world::{World, findings, fixtures, json, parse};
use ecslive::guard::Options;
use ecslive::guard::plan::{Action, Change, Plan, ReadError, read};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::Cursor;

fn file(path: &str) -> Result<Plan, ReadError> {
    read(File::open(fixtures().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")))
}

fn refused(bytes: impl Into<Vec<u8>>) -> String {
    read(Cursor::new(bytes.into())).err().map_or("read".to_owned(), |error| error.summary)
}

#[test]
fn every_public_document_is_read_and_nothing_in_it_harms_what_is_live() {
    // Nothing is there but what the plan updates.
    let world = |plan: &Plan| {
        let updated = |kind: &str| {
            let updated = plan.changes.iter().filter(|change| change.kind == kind && change.action == Action::Update);
            let arns = updated.filter_map(Change::arn);
            arns.map(|arn| (arn.clone(), json!({"arn": arn}))).collect::<Map<_, _>>()
        };
        let mut nothing =
            World::new(&json!({"services": null, "routes": null, "groups": null, "load_balancers": null}));
        nothing.merge(&json!({"groups": updated("aws_lb_target_group"), "load_balancers": updated("aws_lb")}));
        nothing
    };
    let mut read = 0;
    for entry in std::fs::read_dir(fixtures().join("public")).expect("a folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if !name.ends_with(".json") {
            continue;
        }
        read += 1;
        let plan = file(&format!("public/{name}"));
        if name == "tofu-shape-plan-error.json" {
            assert_eq!(plan.err().map(|error| error.summary).as_deref(), Some("Plan Has Errors"));
            continue;
        }
        let plan = plan.unwrap_or_else(|error| panic!("{name}: {error}"));
        let (report, _) = world(&plan).judge(&plan, &Options::default());
        assert!(report.findings.is_empty(), "{name}: {:?}", findings(&report));
        assert!(report.cannot_tell.is_empty(), "{name}: {:?}", report.cannot_tell);
        let skipped: Vec<&str> = report.skipped.iter().map(|one| one.what.as_str()).collect();
        if name == "checkov-ecs-taskdef-create.json" {
            assert_eq!(skipped.len(), 2, "nginx and python are in no private ECR: {skipped:?}");
        } else {
            assert!(skipped.is_empty(), "{name}: {skipped:?}");
        }
    }
    assert_eq!(read, 25);
}

#[test]
fn aliases_are_read_under_their_main_names() {
    let plan = file("public/tfc-alb-tags-update-listener-noop.json").expect("a plan");
    for kind in ["aws_lb", "aws_lb_listener", "aws_lb_target_group"] {
        assert!(plan.of_kind(kind).next().is_some(), "{kind}");
    }
}

/// What guard says of each document that Terraform wrote, when AWS is as the state says.
#[test]
fn documents_by_terraform_and_hashicorp_aws() {
    let fired = |name: &str| {
        let plan = file(&format!("terraform/{name}.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (report, rounds) = World::new(&json!({})).judge(&plan, &Options::default());
        assert!(rounds <= 4, "{name} took {rounds} rounds");
        findings(&report)
    };
    assert_eq!(fired("noop"), [""; 0]);
    assert_eq!(fired("priority"), [""; 0], "nothing is between 10 and 20");
    assert_eq!(fired("weights"), ["error traffic-leaves-live-target-group aws_lb_listener_rule.web"]);
    assert_eq!(fired("condition"), ["error traffic-leaves-live-target-group aws_lb_listener_rule.web"]);
    assert_eq!(
        fired("tg-replaced"),
        [
            "error traffic-leaves-live-target-group aws_lb_listener_rule.web",
            "error traffic-leaves-live-target-group aws_lb_target_group.blue",
            "error update-will-be-refused aws_ecs_service.web",
        ]
    );
    assert_eq!(
        fired("new-revision"),
        [
            "error running-revision-deregistered aws_ecs_task_definition.web",
            "error update-will-be-refused aws_ecs_service.web",
        ],
        "web is left behind: CODE_DEPLOY refuses; jobs and the event target move on"
    );
    assert_eq!(
        fired("scaled-to-null"),
        ["error service-scaled-down aws_ecs_service.jobs", "error service-scaled-down aws_ecs_service.web"]
    );
    assert_eq!(fired("service-replaced"), ["error service-replaced aws_ecs_service.web"]);
    assert_eq!(
        fired("codedeploy-network"),
        ["error update-will-be-refused aws_ecs_service.web"],
        "the circuit breaker of jobs is on"
    );
    assert_eq!(fired("parameter-destroyed"), ["error live-dependency-destroyed aws_ssm_parameter.token[0]"]);
    assert_eq!(fired("breaker-removed"), ["warning circuit-breaker-off aws_ecs_service.jobs"]);
    assert_eq!(fired("moved-forgotten-deposed"), [""; 0], "a forgotten service keeps its traffic");
}

#[test]
fn a_deposed_target_group_that_a_rule_still_names_is_a_destroy_that_will_be_refused() {
    let plan = file("terraform/moved-forgotten-deposed.json").expect("a plan");
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-old/00000000000001d0";
    let arn = plan
        .changes
        .iter()
        .find(|change| change.deposed.is_some())
        .and_then(|change| change.arn())
        .unwrap_or(arn.to_owned());
    let world = World::new(&json!({"groups": {"old": {"arn": arn, "target_type": "ip", "used_by": ["arn:r"]}}}));
    let (report, _) = world.judge(&plan, &Options::default());
    assert_eq!(findings(&report), ["error traffic-leaves-live-target-group aws_lb_target_group.blue"]);
    assert!(report.findings[0].facts.0.iter().any(|(label, _)| label == "Deposed object"));
}

#[test]
fn the_way_without_downtime_starts_from_the_group_that_serves_and_not_from_the_one_in_the_code() {
    let plan = file("terraform/native-replace.json").expect("a plan");
    let fix = |options: &Options<'_>| {
        let report = World::of("native", &json!({})).judge(&plan, options).0;
        report.findings.iter().map(|finding| finding.fix.clone()).collect::<String>()
    };
    let live = fix(&Options::default());
    assert!(live.contains("step by step from web-green to the new group"), "{live}");
    let offline = fix(&Options { offline: true, ..Options::default() });
    assert!(offline.contains("step by step; (4)"), "nobody knows which of both serves: {offline}");
}

#[test]
fn a_plan_that_makes_everything_anew_harms_nothing() {
    let plan = file("terraform/create.json").expect("a plan");
    let (report, _) =
        World::new(&json!({"services": null, "routes": null, "groups": null})).judge(&plan, &Options::default());
    assert_eq!(findings(&report), [""; 0]);
}

#[test]
fn what_is_no_whole_plan_is_refused_with_the_reason() {
    let whole = json("terraform/noop.json");
    let with = |patch: Value| {
        let mut document = whole.clone();
        super::world::merge(&mut document, &patch);
        refused(document.to_string())
    };
    assert_eq!(with(json!({})), "read");
    assert_eq!(with(json!({"format_version": null})), "Not A Plan Document");
    assert_eq!(with(json!({"format_version": "2.0"})), "Unknown Plan Format");
    assert_eq!(with(json!({"format_version": "0.1"})), "read");
    assert_eq!(with(json!({"errored": true})), "Plan Has Errors");
    let text = whole.to_string();
    assert_eq!(refused(&text[..text.len() / 2]), "Plan Is Cut Off");
    assert_eq!(refused(format!("{text} more")), "Not A Plan Document");
    assert_eq!(refused(""), "Plan Is Empty");
    assert_eq!(refused("[]"), "Not A Plan Document");
    assert_eq!(refused("PK\u{3}\u{4}"), "Binary Plan File");
    assert_eq!(
        refused(r#"{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{}}}"#),
        "Not A Plan But A State"
    );
    assert_eq!(refused(r#"{"version":4,"serial":1,"lineage":"x","resources":[]}"#), "Not A Plan But A State");
    let log = "{\"@level\":\"info\",\"@message\":\"Terraform 1.11.4\"}\n{\"@level\":\"info\"}";
    assert_eq!(refused(log), "Not A Plan But A Log");
}

#[test]
fn the_type_of_a_resource_may_come_after_what_happens_to_it() {
    let mut document = json("terraform/weights.json").to_string();
    // serde_json sorts keys: "address", "change", …, "type". The order of Terraform's own documents is the other way round.
    let changes = document.find("\"resource_changes\":").map_or("", |at| &document[at..]);
    assert!(changes.find("\"change\":") < changes.find("\"type\":"));
    let (report, _) =
        World::new(&json!({})).judge(&parse(&serde_json::from_str(&document).expect("JSON")), &Options::default());
    assert_eq!(report.findings.len(), 1);
    document.push('\n');
    assert_eq!(refused(document), "read");
}

#[test]
fn what_the_document_leaves_out_is_said_and_never_clean() {
    let mut document = json("terraform/noop.json");
    super::world::merge(
        &mut document,
        &json!({
            "complete": false,
            "deferred_changes": [{"reason": "resource_config_unknown", "resource_change": {
                "address": "aws_ecs_service.later", "mode": "managed", "type": "aws_ecs_service", "change": {"actions": ["create"]}
            }}],
            "action_invocations": [{"address": "action.aws_ecs_redeploy.web", "type": "aws_ecs_redeploy"}],
        }),
    );
    let changes = document["resource_changes"].as_array_mut().expect("changes");
    let service = changes.iter_mut().find(|change| change["address"] == "aws_ecs_service.web").expect("web");
    service["change"]["actions"] = json!(["conjure"]);
    let (report, _) = World::new(&json!({})).judge(&parse(&document), &Options::default());
    let told: Vec<&str> = report.cannot_tell.iter().filter_map(|one| one.address.as_deref()).collect();
    assert_eq!(told, ["action.aws_ecs_redeploy.web", "aws_ecs_service.later", "aws_ecs_service.web"]);
    assert_eq!(report.exit_code(ecslive::guard::FailOn::Error, true), 2);
    assert_eq!(report.exit_code(ecslive::guard::FailOn::Error, false), 0);
}
