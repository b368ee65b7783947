//! Many services in one plan: how many calls that takes, and whom a failure reaches.

use crate::stage::Stage;
use fake_aws::FakeAws;
use harness::Output;

const SOURCE: &str = "ecslive_target_group";

/// One data source for each service.
fn data(cluster: &str, names: &[String]) -> String {
    let block = |name: &String| {
        format!("data \"{SOURCE}\" {name:?} {{\n  cluster = {cluster:?}\n  service_name = {name:?}\n}}\n")
    };
    names.iter().map(block).collect()
}

/// The names of the data sources that a plan complains about, sorted.
fn failed(text: &str) -> Vec<String> {
    let mut names: Vec<String> = text
        .split(&format!("with data.{SOURCE}."))
        .skip(1)
        .filter_map(|rest| rest.split(',').next().map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// Plans one data source for each service.
fn plan(stage: &Stage, names: &[String], parallelism: usize) -> Output {
    stage.write(&data("shop", names));
    stage.workspace.run(&["plan", &format!("-parallelism={parallelism}")])
}

fn largest(fake: &FakeAws, operation: &str) -> usize {
    let calls = fake.calls();
    calls.iter().filter(|call| call.operation == operation).map(|call| call.batch).max().unwrap_or_default()
}

#[test]
fn thirty_data_sources_share_their_calls() {
    let (stage, names) = Stage::with(|region| region.estate(30));
    plan(&stage, &names, 10).success();
    let calls = stage.fake.calls().len();
    assert!(calls <= 24, "one by one these are 77 calls: {:?}", stage.fake.tally());
    assert!(largest(&stage.fake, "ecs:DescribeServices") > 5, "{:?}", stage.fake.tally());
}

#[test]
fn an_estate_is_read_without_a_throttle() {
    let (stage, names) = Stage::with(|region| region.estate(200));
    stage.fake.meter();
    plan(&stage, &names, 50).success();
    assert_eq!(stage.fake.throttled(), 0, "{:?}", stage.fake.tally());
    let calls = stage.fake.calls().len();
    assert!(calls <= 78, "39 would be the fewest: {calls}: {:?}", stage.fake.tally());
    assert_eq!(largest(&stage.fake, "ecs:DescribeServices"), 10);
}

#[test]
fn all_services_of_a_cluster_take_hardly_more_than_the_fewest_calls() {
    let (stage, names) = Stage::with(|region| region.estate(200));
    stage.fake.meter();
    stage.write("data \"ecslive_services\" \"all\" {\n  cluster = \"shop\"\n}\n");
    stage.workspace.run(&["plan"]).success();
    assert_eq!(stage.fake.throttled(), 0, "{:?}", stage.fake.tally());
    // Listed by hundreds, described by tens; half have revisions, by twenties, and half task definitions, one by one.
    let (services, half) = (names.len(), names.len() / 2);
    let fewest = services.div_ceil(100) + services.div_ceil(10) + half.div_ceil(20) + half;
    let calls = stage.fake.calls().len();
    assert!(calls * 100 <= fewest * 105, "{calls} of {fewest}: {:?}", stage.fake.tally());
}

#[test]
fn equal_reads_that_wait_for_their_turn_are_one_call() {
    let (stage, _) = Stage::with(|region| region.register("web", &[("web", "nginx")]));
    stage.fake.meter();
    let block = |index| format!("data \"ecslive_task_definition\" \"d{index}\" {{\n  family = \"web\"\n}}\n");
    stage.write(&(0..100).map(block).collect::<String>());
    stage.workspace.run(&["plan", "-parallelism=50"]).success();
    let calls = stage.fake.count("ecs:DescribeTaskDefinition");
    // The bucket is good for 45 at once, and has to refill for whatever is more.
    assert!((2..60).contains(&calls), "{calls}");
    assert_eq!(stage.fake.throttled(), 0);
}

#[test]
fn a_service_that_is_missing_or_may_not_be_seen_fails_alone() {
    let (stage, mut names) = Stage::with(|region| {
        let names = region.estate(20);
        region.service("shop", "web-3").denied = true;
        names
    });
    names.push("web-missing".to_owned());
    let text = plan(&stage, &names, 10).text();
    assert_eq!(failed(&text), ["web-3", "web-missing"], "{text}");
    assert!(text.contains("ECS Service Not Found") && text.contains("service/shop/web-3"), "{text}");
}

#[test]
fn a_rule_that_is_gone_fails_alone() {
    let (stage, names) = Stage::with(|region| {
        let services: Vec<_> =
            (0..8).map(|index| region.native_service("shop", &format!("web-{index}"), "BLUE_GREEN")).collect();
        region.rules.remove(&services[5].rule);
        services.into_iter().map(|web| web.service).collect::<Vec<_>>()
    });
    let text = plan(&stage, &names, 10).text();
    assert_eq!(failed(&text), ["web-5"], "{text}");
    assert!(text.contains("Load Balancer Resource Not Found") && text.contains("the service names a rule"), "{text}");
    assert!(largest(&stage.fake, "elasticloadbalancing:DescribeRules") > 1, "{:?}", stage.fake.tally());
}

#[test]
fn a_cluster_that_is_not_there_fails_its_own_services_only() {
    let (stage, names) = Stage::with(|region| region.estate(8));
    let lost = ["lost-0".to_owned(), "lost-1".to_owned(), "lost-2".to_owned()];
    stage.write(&format!("{}{}", data("shop", &names), data("none", &lost)));
    let text = stage.workspace.run(&["plan"]).text();
    assert_eq!(failed(&text), lost, "{text}");
    assert!(text.contains("ECS Cluster Not Found"), "{text}");
}
