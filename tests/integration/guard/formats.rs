//! The six formats: what a person reads, what machines parse, and what never appears.

use super::corpus::document;
use super::world::{World, json as fixture, parse};
use ecslive::guard::report::{Context, Format, SCHEMA, render};
use ecslive::guard::rules::ALL;
use ecslive::guard::{FailOn, Finding, Labels, Options, Report, Severity, Source};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The operator's story: the listener is on blue in the code, and green is live.
pub fn story() -> Report {
    let cases = fixture("corpus/traffic-leaves-live-target-group.json");
    let case = &cases[0];
    assert_eq!(case["name"], "the listener rule is on blue in the code, and green is live");
    World::new(&case["live"]).judge(&parse(&document(case)), &Options::default()).0
}

fn all(report: &Report) -> Vec<(Format, String)> {
    Format::ALL.into_iter().map(|format| (format, render(format, report, &Context::default()))).collect()
}

#[test]
fn one_screen_says_what_would_happen_why_and_the_ways_out() {
    let report = story();
    assert_eq!(report.exit_code(FailOn::Error, false), 1);
    insta::assert_snapshot!(render(Format::Text, &report, &Context::default()));
}

#[test]
fn the_plan_that_repairs_a_wrong_listener_gets_one_calm_line() {
    let cases = fixture("corpus/traffic-leaves-live-target-group.json");
    let report = World::new(&cases[1]["live"]).judge(&parse(&document(&cases[1])), &Options::default()).0;
    let text = render(Format::Text, &report, &Context::default());
    assert_eq!(text, "ecslive guard: No findings. Nothing was found that would harm what is live.\n");
}

#[test]
fn what_could_not_be_judged_names_the_permission_once() {
    let case = json!({"base": "weights"});
    let live = json!({"denied": ["elasticloadbalancing:DescribeRules"]});
    let report = World::new(&live).judge(&parse(&document(&case)), &Options::default()).0;
    insta::assert_snapshot!(render(Format::Text, &report, &Context::default()));
}

/// A report full of what breaks formats.
pub fn hostile(count: usize) -> Report {
    let mut report = Report::error("reason with % and \u{1b}[31m", Some("ecs:DescribeServices".to_owned()));
    report.outcome = ecslive::guard::Verdict::Findings;
    let one = |index: usize| Finding {
        rule: "image-missing".to_owned(),
        severity: [Severity::Error, Severity::Warning, Severity::Note][index % 3],
        address: format!("aws_x.y[\"a|b<i>&`@me`:,\u{7}{index}\"]"),
        message: "pipe | tick ` mention @team <script>alert(1)</script> 100%\nnew line \u{1b}[2J".to_owned(),
        fix: "first\nsecond".to_owned(),
        facts: Labels(vec![("Label".to_owned(), "value\"'&".to_owned())]),
        location: None,
        suppressed: None,
    };
    report.findings = (0..count).map(one).collect();
    report
}

#[test]
fn no_format_carries_control_characters_or_breaks() {
    for (format, text) in all(&hostile(3)) {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{}", format.name());
        assert!(text.ends_with('\n'), "{}", format.name());
        match format {
            Format::Json | Format::Sarif => assert!(serde_json::from_str::<Value>(&text).is_ok()),
            Format::Markdown => {
                assert!(text.starts_with("<!-- ecslive-guard:default -->\n**ecslive guard:** "));
                assert!(!text.contains("<script") && !text.contains("@team") && !text.contains(" | tick"), "{text}");
                let summary = "<summary>error: image-missing at aws_x.y[\"a|b&lt;i&gt;&amp;`&#64;me`";
                assert!(text.contains(summary), "a line of HTML has no backslashes: {text}");
            }
            Format::Junit => assert!(!text.contains("<script") && text.contains("&lt;script&gt;")),
            Format::Github => {
                assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
                assert!(text.contains("100%25%0Anew line"), "{text}");
            }
            Format::Text => {}
        }
    }
}

#[test]
fn limits_are_kept_and_what_is_left_out_is_counted() {
    let report = hostile(3_000);
    let github = render(Format::Github, &report, &Context::default());
    for command in ["::error", "::warning", "::notice"] {
        assert_eq!(github.lines().filter(|line| line.starts_with(command)).count(), 10, "{command}");
    }
    assert!(github.contains("991 more are not shown"), "{}", github.lines().last().unwrap_or_default());
    let markdown = render(Format::Markdown, &report, &Context { target: Some("prod --> x".to_owned()) });
    assert!(markdown.chars().count() <= 65_536);
    assert!(
        markdown.starts_with("<!-- ecslive-guard:prod-----x -->\n"),
        "{}",
        markdown.lines().next().unwrap_or_default()
    );
    assert!(markdown.contains("more sections are left out"));
}

/// Whatever is marked as sensitive, in whichever resource: every text of `before` and `after` gets the canary.
#[test]
fn texts_that_are_marked_as_sensitive_are_printed_by_no_rule() {
    fn plant(value: &mut Value) {
        match value {
            Value::String(text) if text.starts_with("arn:aws:elasticloadbalancing") => text.push_str("canary-secret"),
            Value::String(text) if text.starts_with('[') => {
                *text = text.replace("web:", "web-canary-secret:").replace("app", "canary-secret")
            }
            Value::Array(items) => items.iter_mut().for_each(plant),
            Value::Object(fields) => {
                fields.iter_mut().filter(|(key, _)| *key != "arn" && *key != "id").for_each(|(_, value)| plant(value))
            }
            _ => {}
        }
    }
    for name in ["new-revision", "tg-replaced", "weights", "codedeploy-network", "scaled-to-null", "condition"] {
        let mut document = fixture(&format!("terraform/{name}.json"));
        for change in document["resource_changes"].as_array_mut().expect("changes") {
            let change = &mut change["change"];
            (change["before_sensitive"], change["after_sensitive"]) = (json!(true), json!(true));
            plant(&mut change["before"]);
            plant(&mut change["after"]);
        }
        let report = World::new(&json!({})).judge(&parse(&document), &Options::default()).0;
        for (format, text) in all(&report) {
            assert!(!text.contains("canary-secret"), "{name}, {}: {text}", format.name());
        }
    }
}

/// A sensitive image and a sensitive parameter: judged, never printed.
#[test]
fn numbers_and_names_that_are_marked_as_sensitive_are_printed_in_no_format() {
    let hidden = |rule: &str, name: &str, address: &str, marks: Value| {
        let mut case = super::corpus::case(rule, name);
        case["changes"][address]["sensitive"] = marks;
        case
    };
    let rule = "aws_lb_listener_rule.web";
    let mut weights = hidden(
        "traffic-leaves-live-target-group",
        "half of the requests would go to the idle side",
        rule,
        json!({"action": [{"forward": [{"target_group": true}]}]}),
    );
    for (group, weight) in [(0, 223), (1, 777)] {
        weights["changes"][rule]["after"]["action"][0]["forward"][0]["target_group"][group]["weight"] = json!(weight);
    }
    let jobs = "aws_ecs_service.jobs";
    let mut count = hidden("service-scaled-down", "the count goes to 0", jobs, json!({"desired_count": true}));
    count["changes"][jobs]["after"]["desired_count"] = json!(777);
    count["live"] = json!({"services": {"jobs": {"desired": 999}}});
    weights["live"] = json!({});
    for case in [weights, count] {
        let report = World::new(&case["live"]).judge(&parse(&document(&case)), &Options::default()).0;
        assert_eq!(report.findings.len(), 1, "{}", case["name"]);
        for (format, text) in all(&report) {
            let shown = ["777", "77.7", "223", "22.3"].into_iter().find(|secret| text.contains(secret));
            assert_eq!(shown, None, "{}: {text}", format.name());
        }
    }
}

#[test]
fn a_secret_of_the_plan_appears_in_no_format() {
    let document = fixture("terraform/sensitive-image.json");
    assert!(document.to_string().contains("canary-secret"));
    let live = json!({"services": {"web": {"controller": "ECS"}}});
    for (world, fires) in [(live, true), (json!({"denied": ["ecr:DescribeImages", "ecs:DescribeServices"]}), true)] {
        let report = World::new(&world).judge(&parse(&document), &Options::default()).0;
        assert_eq!(
            report.findings.iter().any(|finding| finding.rule == "image-missing"),
            world.get("denied").is_none() && fires
        );
        for (format, text) in all(&report) {
            assert!(!text.contains("canary-secret"), "{}: {text}", format.name());
            assert!(!text.contains("not-a-real-token"), "{}", format.name());
        }
    }
}

/// A service, a cluster, a family, a target group: the plan marks them, and AWS gives them back.
#[test]
fn what_the_plan_marks_appears_in_no_format_when_aws_gives_it_back() {
    const CANARY: &str = "hush9f3";
    let account = "eu-west-1:123456789012";
    let group = format!("arn:aws:elasticloadbalancing:{account}:targetgroup/{CANARY}/00000000000000aa");
    let (service, cluster) = (format!("arn:aws:ecs:{account}:service/shop/{CANARY}"), format!("service/{CANARY}/web"));
    let cluster = format!("arn:aws:ecs:{account}:{cluster}");
    let family = format!("arn:aws:ecs:{account}:task-definition/{CANARY}:7");
    let rule = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/0a/0b/0c";
    let deleted = |kind: &str, before: Value, marks: Value| {
        json!([{"address": "x.y", "mode": "managed", "type": kind, "name": "y",
            "change": {"actions": ["delete"], "before": before, "after": null, "before_sensitive": marks}}])
    };
    let live = |arn: &str, cluster: &str, name: &str| {
        json!({"services": {"x": {"arn": arn, "cluster": cluster, "name": name, "controller": "ECS", "desired": 2,
            "running_count": 2, "running": [family], "configured": family, "serving": [group],
            "load_balancers": [{"target_group": group, "alternate": null}]}},
            "groups": {"x": {"arn": group, "target_type": "ip", "used_by": [rule], "owners": [{"service": arn, "live": true}]}},
            "routes": {"x": {"arn": rule, "priority": 3, "groups": [{"arn": group, "weight": 1}]}}})
    };
    let plain = format!("arn:aws:ecs:{account}:service/shop/web");
    let named = json!({"name": true});
    let cases = [
        (
            "aws_ecs_service",
            json!({"name": CANARY, "cluster": "shop", "id": service}),
            named.clone(),
            live(&service, "shop", CANARY),
        ),
        (
            "aws_ecs_service",
            json!({"name": "web", "cluster": CANARY, "id": cluster}),
            json!({"cluster": true}),
            live(&cluster, CANARY, "web"),
        ),
        (
            "aws_ecs_task_definition",
            json!({"family": CANARY, "revision": 7, "arn": family}),
            json!({"family": true}),
            live(&plain, "shop", "web"),
        ),
        ("aws_lb_target_group", json!({"name": CANARY, "arn": group}), named, live(&plain, "shop", "web")),
        (
            "aws_lb_listener_rule",
            json!({"arn": rule, "action": [{"type": "forward", "target_group_arn": group}]}),
            json!({"action": [{"target_group_arn": true}]}),
            live(&plain, "shop", "web"),
        ),
    ];
    for (kind, before, marks, live) in cases {
        let document = json!({"format_version": "1.2", "resource_changes": deleted(kind, before, marks)});
        for denied in [json!([]), json!(["ecs:DescribeTaskDefinition"])] {
            let mut live = live.clone();
            live["denied"] = denied;
            let report = World::new(&live).judge(&parse(&document), &Options::default()).0;
            assert!(!report.findings.is_empty(), "{kind}: {:?}", report.cannot_tell);
            for (format, text) in all(&report) {
                assert!(!text.contains(CANARY), "{kind}, {}: {text}", format.name());
                assert!(text.contains("sensitive value"), "{kind}, {}: {text}", format.name());
                assert!(text.contains("x.y"), "{kind}, {}: the address is the plan's own: {text}", format.name());
            }
        }
    }
}

#[test]
fn the_document_is_what_its_schema_says() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let mut reports = vec![story(), hostile(3), Report::error("no credentials", None)];
    let offline = Options { offline: true, ..Options::default() };
    let weights = parse(&document(&json!({"base": "weights"})));
    reports.push(World::new(&json!({})).judge(&weights, &offline).0);
    let images = parse(&fixture("terraform/create.json"));
    reports.push(World::new(&json!({"services": null})).judge(&images, &Options::default()).0);
    for report in reports {
        let document: Value = serde_json::from_str(&render(Format::Json, &report, &Context::default())).expect("JSON");
        let mut wrong = Vec::new();
        validate(&schema, &document, "$", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    let mut wrong = Vec::new();
    validate(
        &schema,
        &json!({"version": 2, "outcome": "fine", "findings": [{"rule": ""}], "more": 1}),
        "$",
        &mut wrong,
    );
    assert!(wrong.len() >= 9, "the check of the schema can fail: {wrong:?}");
}

/// As much of JSON Schema as the schema uses.
pub fn validate(schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let mut fail = |what: &str| wrong.push(format!("{at}: {what}"));
    if schema.get("const").is_some_and(|wanted| wanted != value) {
        fail("const");
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|list| !list.contains(value)) {
        fail("enum");
    }
    let fits = match schema.get("type").and_then(Value::as_str) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some(other) => panic!("{other}"),
        None => true,
    };
    if !fits {
        fail("type");
    }
    let number = |key: &str| schema.get(key).and_then(Value::as_i64);
    if number("minimum").is_some_and(|minimum| value.as_i64().is_some_and(|value| value < minimum)) {
        fail("minimum");
    }
    let length = value.as_str().map(|text| text.chars().count() as i64);
    if number("minLength").is_some_and(|minimum| length.is_some_and(|length| length < minimum)) {
        fail("minLength");
    }
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if value.get(key).is_none() {
            fail(&format!("{key} is missing"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        match (schema.pointer(&format!("/properties/{key}")), schema.get("additionalProperties")) {
            (Some(schema), _) => validate(schema, inner, &format!("{at}.{key}"), wrong),
            (None, Some(Value::Bool(false))) => wrong.push(format!("{at}: {key} is not known")),
            (None, Some(schema @ Value::Object(_))) => validate(schema, inner, &format!("{at}.{key}"), wrong),
            _ => {}
        }
    }
    if let Some(schema) = schema.get("items") {
        for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
            validate(schema, inner, &format!("{at}[{index}]"), wrong);
        }
    }
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    let config = "\nresource \"aws_lb_listener_rule\" \"web\" {\n}\n";
    std::fs::write(folder.path().join("shop 1.tf"), config).expect("a file");
    let source = Source::read(folder.path()).expect("a folder");
    let options = Options { source: Some(&source), ..Options::default() };
    let report = World::new(&json!({})).judge(&parse(&document(&json!({"base": "weights"}))), &options).0;
    let context = Context { target: Some("prod".to_owned()) };
    let sarif: Value = serde_json::from_str(&render(Format::Sarif, &report, &context)).expect("JSON");
    let run = &sarif["runs"][0];
    assert_eq!(run["automationDetails"]["id"], "ecslive-guard/prod/");
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "shop%201.tf");
    assert_eq!(place["region"], json!({"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 40}));
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let ids: BTreeSet<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert!(ALL.iter().all(|rule| ids.contains(rule.id)));
    for rule in rules {
        for pointer in ["/fullDescription/text", "/shortDescription/text", "/help/text", "/helpUri", "/name"] {
            assert!(rule.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty()), "{pointer}");
        }
    }
    for report in [story(), hostile(3)] {
        let sarif: Value = serde_json::from_str(&render(Format::Sarif, &report, &Context::default())).expect("JSON");
        assert_eq!(empty_texts(&sarif), 0);
        for result in sarif["runs"][0]["results"].as_array().expect("results") {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert!(
                ["startLine", "startColumn", "endLine", "endColumn"].iter().all(|key| region[*key].is_u64()),
                "{region}"
            );
        }
    }
}

fn empty_texts(value: &Value) -> usize {
    match value {
        Value::String(text) => usize::from(text.is_empty()),
        Value::Array(items) => items.iter().map(empty_texts).sum(),
        Value::Object(fields) => fields.values().map(empty_texts).sum(),
        _ => 0,
    }
}

#[test]
fn junit_counts_what_it_lists() {
    let text = render(Format::Junit, &hostile(3), &Context::default());
    assert!(text.contains("tests=\"4\" failures=\"2\" errors=\"1\" skipped=\"0\""), "{text}");
    assert_eq!((text.matches("<testcase ").count(), text.matches("<failure ").count()), (4, 2));
    let clean = Report { outcome: ecslive::guard::Verdict::Clean, cannot_tell: Vec::new(), ..Report::error("x", None) };
    assert!(render(Format::Junit, &clean, &Context::default()).contains("tests=\"1\" failures=\"0\" errors=\"0\""));
}
