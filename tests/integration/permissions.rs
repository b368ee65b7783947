//! The printed policy is enough, nothing in it is too much, and whatever is taken out of it is named: fake-aws enforces it.

use ecslive::live::deployment::DeploymentQuestion;
use ecslive::live::image::ImageQuestion;
use ecslive::live::lately::LatelyQuestion;
use ecslive::live::permissions::QUESTIONS;
use ecslive::live::service::ServiceQuestion;
use ecslive::live::services::ServicesQuestion;
use ecslive::live::target_group::{OnShift, TargetGroupQuestion};
use ecslive::live::task_definition::TaskDefinitionQuestion;
use ecslive::live::{self, Address, Clients, Place, Problem, Question};
use ecslive::resolve::ecr::EcrImage;
use ecslive::resolve::image::Image;
use ecslive::resolve::name::{Cluster, Family, ServiceName};
use ecslive::resolve::target_group::Query;
use fake_aws::history::{CLUSTER, states};
use fake_aws::{FakeAws, REGION, policy};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;
use tokio::runtime::Runtime;

const ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// An answer in JSON, or the problems against one.
type Ended = Result<Value, Vec<Problem>>;

struct Account {
    fake: FakeAws,
    runtime: Runtime,
}

impl Account {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { fake: FakeAws::spawn(), runtime }
    }

    fn ask<Q: Question>(&self, question: &Q) -> Ended {
        let clients = Clients::new(crate::settings::of(&self.fake.endpoint()));
        let told = self.runtime.block_on(live::ask(&clients, question, std::future::pending()))?;
        Ok(serde_json::to_value(told.answer).expect("an answer is JSON"))
    }

    /// Asks as a data source of this name, with everything that is optional.
    fn asks(&self, name: &str) -> Vec<Ended> {
        let place = Place::default();
        let group = |unverified| target_group(Query { unverified, ..Query::default() });
        match name {
            "target_group" => vec![self.ask(&group(false)), self.ask(&group(true))],
            "service" => vec![self.ask(&ServiceQuestion { address: address(), place })],
            "deployment" => vec![self.ask(&DeploymentQuestion { address: address(), place })],
            "services" => {
                let cluster = address().cluster;
                vec![self.ask(&ServicesQuestion { cluster, names: None, images: true, place })]
            }
            "task_definition" => {
                let family = Family::parse("web").expect("a family");
                vec![self.ask(&TaskDefinitionQuestion { family, tags: true, place })]
            }
            _ => {
                let image = Image::parse("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1").expect("an image");
                let image = EcrImage::of(&image).expect("an image in ECR");
                vec![self.ask(&ImageQuestion { image, platforms: true, place })]
            }
        }
    }

    /// What one look of the watch asks.
    fn looks(&self) -> Vec<Ended> {
        let place = Place::default();
        let (cluster, names) = (address().cluster, Some(vec![address().service]));
        let deployment = self.ask(&DeploymentQuestion { address: address(), place: place.clone() });
        let id = deployment.as_ref().ok().and_then(|answer| answer["id"].as_str());
        let code_deploy = id.filter(|id| id.starts_with("d-")).map(str::to_owned);
        vec![
            self.ask(&ServicesQuestion { cluster, names, images: false, place: place.clone() }),
            self.ask(&target_group(Query::default())),
            self.ask(&LatelyQuestion { address: address(), code_deploy, place }),
            deployment,
        ]
    }
}

fn address() -> Address {
    Address {
        cluster: Cluster::parse(CLUSTER).expect("a cluster"),
        service: ServiceName::parse("web").expect("a service"),
    }
}

fn target_group(query: Query) -> TargetGroupQuestion {
    TargetGroupQuestion { address: address(), query, on_shift: OnShift::Allow, place: Place::default() }
}

fn printed(arguments: &[&str]) -> String {
    let limits = ["--region", REGION, "--account", "123456789012", "--cluster", CLUSTER];
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecslive"));
    let output = command.arg("iam-policy").args(arguments).args(limits).output().expect("ecslive starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn actions(policy: &str) -> BTreeSet<String> {
    let policy: Value = serde_json::from_str(policy).expect("a policy");
    let statements = policy["Statement"].as_array().expect("statements").iter();
    let actions = statements.flat_map(|it| it["Action"].as_array().expect("actions"));
    actions.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Every state that fake-aws has a name for, and one with images.
fn accounts(mut each: impl FnMut(&Account, &str)) {
    let account = Account::new();
    for state in states() {
        account.fake.run(state.build().expect("a state"));
        each(&account, state.name);
    }
    let account = Account::new();
    account.fake.region(REGION, |region| {
        region.push("web", "v1", &["linux/amd64", "linux/arm64"]);
        region.register("web", &[("web", "nginx")]);
    });
    each(&account, "images");
}

#[test]
fn the_printed_policy_is_enough_and_names_what_is_taken_out_of_it() {
    let mut needed: BTreeSet<(&str, String)> = BTreeSet::new();
    accounts(|account, state| {
        for name in QUESTIONS {
            let policy = printed_once(name);
            account.fake.enforce(ALL);
            let free = account.asks(name);
            let problems = free.iter().filter_map(|ended| ended.as_ref().err()).flatten();
            let unread = problems.filter(|problem| problem.summary == "Unreadable AWS Answer").count();
            assert_eq!(unread, 0, "{state}: {name} {free:?}");
            account.fake.enforce(policy);
            account.fake.reset();
            assert_eq!(account.asks(name), free, "{state}: {name} needs more than its policy allows");
            let called: BTreeSet<String> = account.fake.calls().into_iter().map(|call| call.operation).collect();
            for action in actions(policy) {
                let seen = called.contains(&action) || (action == "ecs:ListTagsForResource" && state == "images");
                if !seen || !needed.insert((name, action.clone())) {
                    continue;
                }
                account.fake.enforce(&policy::without(policy, &action).expect("a policy"));
                let ended = account.asks(name);
                let problem = ended.iter().find_map(|ended| ended.as_ref().err()).and_then(|problems| problems.first());
                let problem = problem.unwrap_or_else(|| panic!("{state}: {name} was answered without {action}"));
                assert_eq!(problem.summary, "AWS Access Denied", "{state}: {name} without {action}");
                assert!(problem.detail.contains(&format!("call {action}")), "{name}, {action}: {}", problem.detail);
            }
        }
    });
    for name in QUESTIONS {
        let used: BTreeSet<String> =
            needed.iter().filter(|(question, _)| *question == name).map(|(_, action)| action.clone()).collect();
        assert_eq!(actions(printed_once(name)), used, "{name}: nothing is allowed that no state needs");
    }
}

fn printed_once(name: &'static str) -> &'static str {
    static PRINTED: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        QUESTIONS.iter().map(|name| printed(&["--data-source", name, "--with-options"])).collect()
    });
    let at = QUESTIONS.iter().position(|question| *question == name).expect("a question");
    &PRINTED[at]
}

#[test]
fn the_policy_for_watching_is_enough_and_nothing_in_it_is_too_much() {
    let policy = printed(&["--watch"]);
    let mut called = BTreeSet::new();
    let task = json!({"taskArn": format!("arn:aws:ecs:{REGION}:123456789012:task/{CLUSTER}/1"), "containers": []});
    accounts(|account, state| {
        account.fake.region(REGION, |region| {
            let services = region.clusters.values_mut().flat_map(|cluster| cluster.services.values_mut());
            services.for_each(|service| service.stopped_tasks = vec![task.clone()]);
        });
        account.fake.enforce(ALL);
        let free = account.looks();
        account.fake.enforce(&policy);
        account.fake.reset();
        assert_eq!(account.looks(), free, "{state}");
        called.extend(account.fake.calls().into_iter().map(|call| call.operation));
    });
    assert_eq!(actions(&policy), called);
}

#[test]
fn another_cluster_is_not_in_the_policy() {
    let account = Account::new();
    account.fake.scenario("codedeploy");
    account.fake.enforce(&printed(&["--data-source", "target_group"]).replace("service/shop/", "service/other/"));
    let ended = account.asks("target_group");
    let problem = &ended[0].as_ref().expect_err("a refusal")[0];
    assert_eq!(problem.summary, "AWS Access Denied");
    let cause = problem.facts.iter().find(|(label, _)| *label == "Cause").map(|(_, cause)| cause.as_str());
    let on = "on resource: arn:aws:ecs:eu-west-1:123456789012:service/shop/web";
    assert!(cause.is_some_and(|cause| cause.contains(on)), "{cause:?}");
}

#[test]
fn the_guard_needs_what_the_services_need_and_no_tags() {
    let guard = actions(&printed(&["--guard"]));
    assert!(guard.contains("ecs:ListClusters") && !guard.contains("ecs:ListTagsForResource"), "{guard:?}");
    let services = actions(&printed(&["--data-source", "services"]));
    assert!(services.is_subset(&guard), "{services:?}");
    assert!(!actions(&printed(&[])).contains("ecs:ListClusters"), "only the guard lists clusters");
}
