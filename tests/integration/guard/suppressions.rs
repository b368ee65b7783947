//! `.ecslive-guard.toml`: what is allowed, and what the file may not say.

use super::corpus::document;
use super::world::{World, findings, parse};
use ecslive::guard::report::{Context, Format, render};
use ecslive::guard::rules::ALL;
use ecslive::guard::{Allow, FailOn, Options, Report};
use serde_json::{Value, json};
use time::{Date, Month};

fn today() -> Date {
    Date::from_calendar_date(2026, Month::November, 29).expect("a day")
}

/// The rule sends requests to the idle side.
fn report(allow: &str) -> Report {
    let allow = Allow::parse(".ecslive-guard.toml", allow).unwrap_or_else(|errors| panic!("{errors:?}"));
    let case = json!({"base": "weights"});
    let options = Options { allow: Some((&allow, today())), ..Options::default() };
    World::new(&json!({})).judge(&parse(&document(&case)), &options).0
}

fn entry(until: &str, more: &str) -> String {
    format!(
        "[[allow]]\nrule = \"traffic-leaves-live-target-group\"\naddress = \"aws_lb_listener_rule.*\"\n\
         reason = \"shared on purpose\"\nuntil = {until}\n{more}"
    )
}

#[test]
fn an_allowed_finding_is_reported_as_such_and_does_not_fail() {
    let report = report(&entry("2026-12-31", "account = \"123456789012\"\nregion = \"eu-west-1\"\n"));
    assert_eq!(findings(&report), [""; 0]);
    let allowed = report.findings[0].suppressed.as_ref().expect("it is allowed");
    assert_eq!((allowed.reason.as_str(), allowed.until.as_str()), ("shared on purpose", "2026-12-31"));
    assert_eq!(report.exit_code(FailOn::Warning, true), 0);
    let text = render(Format::Text, &report, &Context::default());
    assert!(text.contains("No findings besides what is allowed (1 finding)."), "{text}");
}

#[test]
fn the_last_day_counts_and_after_it_the_finding_is_back_with_a_warning() {
    assert_eq!(findings(&report(&entry("2026-11-29", ""))), [""; 0]);
    let lines = findings(&report(&entry("2026-11-28", "")));
    assert_eq!(
        lines,
        [
            "error traffic-leaves-live-target-group aws_lb_listener_rule.web",
            "warning suppression-expired aws_lb_listener_rule.*",
        ]
    );
}

#[test]
fn another_account_is_not_allowed_and_concerns_another_plan() {
    for elsewhere in ["account = \"999999999999\"\n", "region = \"us-east-1\"\n"] {
        let lines = findings(&report(&entry("2026-12-31", elsewhere)));
        assert_eq!(lines, ["error traffic-leaves-live-target-group aws_lb_listener_rule.web"]);
    }
}

#[test]
fn what_matches_nothing_is_a_warning() {
    let unused = entry("2026-12-31", "account = \"123456789012\"\n").replace("aws_lb_listener_rule.*", "aws_lb.*");
    let lines = findings(&report(&unused));
    assert_eq!(
        lines,
        ["error traffic-leaves-live-target-group aws_lb_listener_rule.web", "warning suppression-unused aws_lb.*"]
    );
}

/// What was not judged may be just what the entry is for.
#[test]
fn an_entry_for_what_was_not_judged_is_not_called_unused() {
    let here = "account = \"123456789012\"\nregion = \"eu-west-1\"\n";
    let judged = |text: &str, case: Value, live: Value, offline: bool| {
        let allow = Allow::parse(".ecslive-guard.toml", text).unwrap_or_else(|errors| panic!("{errors:?}"));
        let options = Options { allow: Some((&allow, today())), offline, ..Options::default() };
        let report = World::new(&live).judge(&parse(&document(&case)), &options).0;
        findings(&report).into_iter().filter(|line| line.contains("suppression")).collect::<Vec<_>>()
    };
    let weights = || json!({"base": "weights"});
    let denied = || json!({"denied": ["elasticloadbalancing:DescribeRules"]});
    let unknown = json!({"base": "weights", "changes": {"aws_lb_listener_rule.web": {"unknown": {"action": true}}}});
    let incomplete = json!({"base": "noop", "document": {"complete": false}});
    for (case, live, offline) in [
        (weights(), json!({}), true),
        (weights(), denied(), false),
        (unknown, json!({}), false),
        (incomplete, json!({}), false),
    ] {
        assert_eq!(judged(&entry("2026-12-31", ""), case.clone(), live.clone(), offline), [""; 0], "{case} {live}");
        assert_eq!(judged(&entry("2026-12-31", here), case.clone(), live.clone(), offline), [""; 0], "{case} {live}");
        assert_eq!(judged(&entry("2026-11-01", ""), case, live, offline), [""; 0], "an old one neither");
    }
    let other = entry("2026-12-31", "").replace("traffic-leaves-live-target-group", "image-missing");
    for offline in [true, false] {
        let lines = judged(&other, weights(), denied(), offline);
        assert_eq!(lines, ["warning suppression-unused aws_lb_listener_rule.*"], "that rule did judge it");
        let elsewhere = entry("2026-12-31", "").replace("aws_lb_listener_rule.*", "aws_lb.*");
        assert_eq!(judged(&elsewhere, weights(), denied(), offline), ["warning suppression-unused aws_lb.*"]);
    }
    assert_eq!(judged(&entry("2026-12-31", ""), json!({"base": "noop"}), json!({}), false).len(), 1);
}

/// Offline, a rule may say what the plan alone tells, and not have asked about the rest.
#[test]
fn a_rule_that_finds_something_offline_says_that_it_did_not_ask_about_the_rest() {
    let case = super::corpus::case("update-will-be-refused", "native: the production rule is the test rule too");
    let options = Options { offline: true, ..Options::default() };
    let report = World::of("native", &json!({})).judge(&parse(&document(&case)), &options).0;
    let says = |rule: &str| report.not_asked.iter().any(|one| one.rule == rule);
    assert!(report.findings.iter().any(|finding| finding.rule == "update-will-be-refused"));
    assert!(says("update-will-be-refused"), "{:?}", report.not_asked);
}

#[test]
fn the_verdict_counts_what_is_allowed_beside_what_is_left() {
    let allow = Allow::parse("f", &entry("2026-12-31", "")).unwrap_or_else(|errors| panic!("{errors:?}"));
    let line = |case: &Value, live: &Value, offline: bool| {
        let options = Options { allow: Some((&allow, today())), offline, ..Options::default() };
        let report = World::new(live).judge(&parse(&document(case)), &options).0;
        let text = render(Format::Text, &report, &Context::default());
        text.lines().next().unwrap_or_default().to_owned()
    };
    let mut both = json!({"base": "weights", "changes": {"aws_ecs_service.jobs": {"actions": ["update"]}}});
    both["changes"]["aws_ecs_service.jobs"]["after"] = json!({"desired_count": 0});
    assert_eq!(line(&both, &json!({}), false), "ecslive guard: 1 error. Do not apply this plan. 1 finding is allowed.");
    let denied = json!({"denied": ["ecs:DescribeServices"]});
    let allowed = line(&both, &denied, false);
    assert!(allowed.ends_with("could not be judged.") || allowed.contains("not everything"), "{allowed}");
}

fn mistakes(text: &str) -> Vec<String> {
    let errors = Allow::parse("f", text).expect_err("mistakes");
    errors.into_iter().map(|error| format!("{}: {}", error.line, error.message)).collect()
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let text = "[[allow]]\nrule = \"nonsense\"\naddress = \"*\"\nuntil = \"soon\"\nresaon = \"x\"\n\n[other]\n";
    let all = ALL.map(|rule| rule.id).join(", ");
    insta::assert_snapshot!(mistakes(text).join("\n").replace(&all, "RULES"), @r#"
    5: "resaon" is not known here. Known are rule, address, reason, until, account, region.
    1: reason is missing: every suppression needs rule, address, reason and until.
    4: until has to be a day, as in until = 2026-12-31.
    2: "nonsense" is no rule of guard. The rules are RULES.
    3: "*" would allow everything: name the resource, as in "module.shop.aws_lb_*".
    7: "other" is not known here: the file has [[allow]] entries only.
    "#);
    let of = |text: &str| mistakes(text).join("\n");
    assert!(of(&entry("2026-12-31", "account = \"1234\"\n")).contains("it has twelve digits"));
    assert!(of(&entry("2026-12-31", "region = \"eu-west\"\n")).contains("write it whole"));
    assert!(of("[[allow]\n").starts_with("1: This is not TOML"), "{}", of("[[allow]\n"));
    assert!(of("allow = 3\n").contains("Write [[allow]]"));
    assert!(of(&entry("2026-12-31", "").replace("shared on purpose", " ")).contains("not empty"));
}
