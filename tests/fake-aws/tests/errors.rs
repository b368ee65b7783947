//! Where AWS refuses, leaves out or answers twice: the wire's behaviours that readers trip over.

use fake_aws::history::{Happening, Kind, Start, Strategy, World, state};
use fake_aws::state::{Action, Region};
use fake_aws::{FakeAws, Fault, REGION};
use serde_json::{Value, json};

fn world(kind: Kind) -> World {
    World::new(&Start::of(&[kind]))
}

fn named(name: &str) -> World {
    state(name).expect("a state").build().expect("a way there")
}

fn ecs(world: &mut World, operation: &str, input: &Value) -> (u16, Value) {
    let answer = world.respond(Some(&format!("AmazonEC2ContainerServiceV20141113.{operation}")), &input.to_string());
    (answer.status, serde_json::from_str(&answer.body).expect("JSON"))
}

fn codedeploy(world: &mut World, operation: &str, input: &Value) -> (u16, Value) {
    let answer = world.respond(Some(&format!("CodeDeploy_20141006.{operation}")), &input.to_string());
    (answer.status, serde_json::from_str(&answer.body).expect("JSON"))
}

fn elb(world: &mut World, form: &str) -> (u16, String) {
    let answer = world.respond(None, &format!("Version=2015-12-01&{form}"));
    (answer.status, answer.body)
}

fn error(answer: &(u16, Value)) -> &str {
    assert_eq!(answer.0, 400, "{answer:?}");
    answer.1["__type"].as_str().expect("a code")
}

#[test]
fn a_name_that_was_used_again_answers_twice_the_inactive_one_first() {
    let mut world = named("w29");
    let (_, found) = ecs(&mut world, "DescribeServices", &json!({"cluster": "shop", "services": ["web"]}));
    let status: Vec<_> = found["services"].as_array().expect("services").iter().map(|found| &found["status"]).collect();
    assert_eq!(status, ["INACTIVE", "ACTIVE"]);
}

#[test]
fn tags_of_a_short_arn_fail_the_whole_call() {
    let mut world = named("w30");
    let asked = json!({"cluster": "shop", "services": ["web", "none"], "include": ["TAGS"]});
    let answer = ecs(&mut world, "DescribeServices", &asked);
    assert_eq!(error(&answer), "InvalidParameterException");
    assert_eq!(answer.1["message"], "Long arn format must be used for tagging operations");
    let (_, found) = ecs(&mut world, "DescribeServices", &json!({"cluster": "shop", "services": ["web"]}));
    assert_eq!(found["services"][0]["serviceArn"], "arn:aws:ecs:eu-west-1:123456789012:service/web");
}

#[test]
fn arns_of_another_account_are_missing_by_that_arn_and_those_of_another_cluster_fail_the_call() {
    let mut world = world(Kind::Rolling);
    let arn = "arn:aws:ecs:eu-west-1:210987654321:service/shop/web";
    let (_, found) = ecs(&mut world, "DescribeServices", &json!({"cluster": "shop", "services": [arn]}));
    assert_eq!(found["failures"], json!([{"arn": arn, "reason": "MISSING"}]));
    let other = "arn:aws:ecs:eu-west-1:123456789012:service/prod/web";
    let answer = ecs(&mut world, "DescribeServices", &json!({"cluster": "shop", "services": ["web", other]}));
    assert_eq!(error(&answer), "InvalidParameterException");
    assert_eq!(answer.1["message"], "Invalid identifier: Identifier is for cluster prod. Your cluster is shop");
    let mut world = named("w27");
    let (_, found) = ecs(&mut world, "DescribeServices", &json!({"cluster": "shop", "services": ["web"]}));
    assert_eq!(found["services"][0]["serviceArn"], arn);
}

#[test]
fn elb_has_no_exception_in_its_codes_and_calls_other_regions_not_valid() {
    let mut world = world(Kind::Rolling);
    for (operation, list, kind, code, what) in [
        ("DescribeRules", "RuleArns", "listener-rule/app/a/1/2/3", "RuleNotFound", "listener rule"),
        ("DescribeListeners", "ListenerArns", "listener/app/a/1/2", "ListenerNotFound", "listener"),
        ("DescribeTargetGroups", "TargetGroupArns", "targetgroup/a/1", "TargetGroupNotFound", "target group"),
        ("DescribeLoadBalancers", "LoadBalancerArns", "loadbalancer/app/a/1", "LoadBalancerNotFound", "load balancer"),
    ] {
        let arn = |region: &str| format!("arn:aws:elasticloadbalancing:{region}:123456789012:{kind}");
        let (status, body) = elb(&mut world, &format!("Action={operation}&{list}.member.1={}", arn("eu-west-1")));
        assert!(status == 400 && body.contains(&format!("<Code>{code}</Code>")), "{body}");
        let (status, body) = elb(&mut world, &format!("Action={operation}&{list}.member.1={}", arn("us-east-1")));
        let text =
            format!("<Code>ValidationError</Code><Message>'{}' is not a valid {what} ARN</Message>", arn("us-east-1"));
        assert!(status == 400 && body.contains(&text), "{body}");
    }
}

#[test]
fn a_network_load_balancer_sends_no_weight_and_its_listener_can_have_rules() {
    let mut world = named("w47");
    let listener = world.region().listeners.keys().find(|arn| arn.contains("/net/")).cloned().expect("a listener");
    let (_, body) = elb(&mut world, &format!("Action=DescribeListeners&ListenerArns.member.1={listener}"));
    assert!(body.contains("<Protocol>TCP</Protocol>") && !body.contains("<Weight>"), "{body}");
    let (_, body) = elb(&mut world, &format!("Action=DescribeRules&ListenerArn={listener}"));
    assert!(body.contains("<IsDefault>false</IsDefault>") && body.contains("targetgroup/web-v6/"), "{body}");
    let (_, body) = elb(&mut world, "Action=DescribeLoadBalancers&Names.member.1=shop-web-net");
    assert!(body.contains("<IpAddressType>dualstack</IpAddressType>"), "{body}");
}

#[test]
fn a_group_that_nothing_forwards_to_has_no_load_balancer() {
    let mut world = named("w28");
    let [blue, _] = world.pair("web");
    let (_, body) = elb(&mut world, &format!("Action=DescribeTargetGroups&TargetGroupArns.member.1={blue}"));
    assert!(body.contains("<LoadBalancerArns></LoadBalancerArns>"), "{body}");
    world.region_mut().target_groups.remove(&blue);
    let (_, body) = elb(&mut world, &format!("Action=DescribeTargetGroups&TargetGroupArns.member.1={blue}"));
    assert!(body.contains("<Code>TargetGroupNotFound</Code>"), "{body}");
}

#[test]
fn writes_of_clients_reach_the_machine() {
    let fake = FakeAws::spawn();
    fake.run(world(Kind::Rolling));
    let (blue, green) = fake.history(|world| world.pair("web")).into();
    let route = fake.history(|world| world.truth("web").route.expect("a route"));
    let form = format!(
        "Version=2015-12-01&Action=ModifyRule&RuleArn={route}&Actions.member.1.Type=forward\
         &Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn={blue}\
         &Actions.member.1.ForwardConfig.TargetGroups.member.1.Weight=3\
         &Actions.member.1.ForwardConfig.TargetGroups.member.2.TargetGroupArn={green}\
         &Actions.member.1.ForwardConfig.TargetGroups.member.2.Weight=0"
    );
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDTEST/20261124/eu-west-1/ecs/aws4_request, Signature=0";
    let sent = ureq::post(fake.endpoint()).header("authorization", authorization).send(form).expect("an answer");
    assert_eq!(sent.status().as_u16(), 200);
    let weights = fake.history(|world| world.truth("web").weights);
    assert_eq!(weights, [(blue, 3), (green, 0)].into());
    let target = "AmazonEC2ContainerServiceV20141113.UpdateService";
    let update = json!({"cluster": "shop", "service": "web", "forceNewDeployment": true}).to_string();
    let request = ureq::post(fake.endpoint()).header("authorization", authorization).header("x-amz-target", target);
    assert_eq!(request.send(update).expect("an answer").status().as_u16(), 200);
    assert!(fake.history(|world| world.truth("web").under_way));
}

#[test]
fn ecs_refuses_what_the_state_does_not_allow() {
    let mut world =
        World::new(&Start { hooks: fake_aws::history::Hooks::Pause, ..Start::of(&[Kind::Native(Strategy::Canary)]) });
    world.deploy("web").expect("UpdateService");
    assert_eq!(world.stop("web").expect_err("nothing to stop yet").code, "ServiceDeploymentNotFoundException");
    world.let_happen("web", Happening::Begin).expect("it begins");
    let truth = world.truth("web");
    let [first, second] = truth.waiting_hooks.as_slice() else { panic!("two hooks wait: {truth:#?}") };
    let go_on = |hook: &str| json!({"serviceDeploymentArn": first.deployment, "hookId": hook});
    assert_eq!(world.wait("web").expect_err("it waits for somebody").code, "NotNow");
    assert_eq!(ecs(&mut world, "ContinueServiceDeployment", &go_on(&first.hook_id)).0, 200);
    assert_eq!(error(&ecs(&mut world, "ContinueServiceDeployment", &go_on(&first.hook_id))), "ConflictException");
    assert_eq!(ecs(&mut world, "ContinueServiceDeployment", &go_on(&second.hook_id)).0, 200);
    assert_eq!(world.continue_hooks("web").expect_err("none waits").code, "ConflictException");
    let unknown = json!({"serviceDeploymentArn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/x"});
    assert_eq!(error(&ecs(&mut world, "StopServiceDeployment", &unknown)), "ServiceDeploymentNotFoundException");
    let stop = json!({"serviceDeploymentArn": first.deployment, "stopType": "ROLLBACK"});
    assert_eq!(ecs(&mut world, "StopServiceDeployment", &stop).0, 200);
    assert_eq!(error(&ecs(&mut world, "StopServiceDeployment", &stop)), "ConflictException");
    world.wait("web").expect("it goes back");
    assert!(world.truth("web").settled);
}

#[test]
fn an_inactive_revision_runs_on_but_nothing_can_be_updated_to_it() {
    let mut world = named("w36");
    let again = json!({"cluster": "shop", "service": "web", "forceNewDeployment": true});
    let answer = ecs(&mut world, "UpdateService", &again);
    assert_eq!((error(&answer), &answer.1["message"]), ("ClientException", &json!("TaskDefinition is inactive")));
    assert_eq!(world.truth("web").tasks.values().sum::<i64>(), 2);
}

#[test]
fn codedeploy_refuses_a_second_deployment_and_the_end_of_one_that_ended() {
    let mut world = world(Kind::CodeDeploy);
    let group = json!({"applicationName": "shop-web", "deploymentGroupName": "web"});
    let (_, made) = codedeploy(&mut world, "CreateDeployment", &group);
    let id = json!({"deploymentId": made["deploymentId"]});
    assert_eq!(error(&codedeploy(&mut world, "CreateDeployment", &group)), "DeploymentLimitExceededException");
    let target = json!({"deploymentId": made["deploymentId"], "targetId": "shop:web"});
    assert_eq!(error(&codedeploy(&mut world, "GetDeploymentTarget", &target)), "DeploymentNotStartedException");
    assert_eq!(error(&codedeploy(&mut world, "ContinueDeployment", &id)), "DeploymentIsNotInReadyStateException");
    world.wait("web").expect("it ends");
    assert_eq!(error(&codedeploy(&mut world, "StopDeployment", &id)), "DeploymentAlreadyCompletedException");
    let wrong = world.update("web", &world.truth("web").configured.expect("a revision"));
    assert_eq!(wrong.expect_err("not under CODE_DEPLOY").code, "InvalidParameterException");
}

#[test]
fn the_group_names_the_listener_of_now_and_the_deployment_that_of_then() {
    let mut world = named("w22");
    let group = json!({"applicationName": "shop-web", "deploymentGroupName": "web"});
    let listener = |info: &Value| {
        let pair = &info["loadBalancerInfo"]["targetGroupPairInfoList"][0];
        pair["prodTrafficRoute"]["listenerArns"][0].clone()
    };
    let (_, now) = codedeploy(&mut world, "GetDeploymentGroup", &group);
    let now = &now["deploymentGroupInfo"];
    let (_, then) = codedeploy(&mut world, "GetDeployment", &json!({"deploymentId": "d-000000001"}));
    assert_eq!(listener(now), json!(world.listener("web")));
    assert_ne!(listener(now), listener(&then["deploymentInfo"]));
    assert_eq!(now["lastSuccessfulDeployment"]["deploymentId"], "d-000000001");
    let gone = codedeploy(&mut named("w45-no-group"), "GetDeploymentGroup", &group);
    assert_eq!(error(&gone), "DeploymentGroupDoesNotExistException");
    let mut failed = named("w23");
    let (_, now) = codedeploy(&mut failed, "GetDeploymentGroup", &group);
    assert_eq!(now["deploymentGroupInfo"]["lastAttemptedDeployment"]["status"], "Failed");
    assert_eq!(now["deploymentGroupInfo"]["lastSuccessfulDeployment"]["deploymentId"], "d-000000001");
    // What settles it: the route is pointed at PRIMARY's group, and only then it can be deployed again.
    let [_, green] = failed.pair("web");
    let route = failed.truth("web").route.expect("a route");
    failed.point(&route, &green).expect("ModifyRule");
    failed.deploy("web").expect("CreateDeployment");
    failed.wait("web").expect("it ends");
    assert!(failed.truth("web").settled);
    let last = &failed.region().deployments["d-000000003"];
    assert_eq!(last.status, "Succeeded");
}

#[test]
fn pause_hooks_come_back_as_bare_stages_and_lambda_hooks_with_their_target() {
    let hooks = |name: &str| {
        let mut world = named(name);
        let (_, found) = ecs(&mut world, "DescribeServices", &json!({"cluster": "shop", "services": ["web"]}));
        found["services"][0]["deploymentConfiguration"]["lifecycleHooks"][0].clone()
    };
    assert_eq!(hooks("w15"), json!({"lifecycleStages": ["PRE_SCALE_UP"]}));
    assert!(hooks("w14")["hookTargetArn"].as_str().is_some_and(|arn| arn.contains(":lambda:")));
}

#[test]
fn archived_images_come_only_when_asked_for() {
    let mut region = Region::new(REGION);
    let digest = region.push("web", "v1", &[]);
    region.pull_through.push("docker-hub".to_owned());
    region.repositories.entry("docker-hub/nginx".to_owned()).or_default();
    for image in &mut region.repositories.get_mut("web").expect("a repository").images {
        image.status = "ARCHIVED".to_owned();
    }
    let fake = FakeAws::spawn();
    fake.region(REGION, |found| *found = region);
    let describe = |input: &Value| {
        let request = ureq::post(fake.endpoint()).config().http_status_as_error(false).build();
        let request = request.header("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.DescribeImages");
        let authorization = "AWS4-HMAC-SHA256 Credential=AKIDTEST/20261124/eu-west-1/ecr/aws4_request, Signature=0";
        let mut answer = request.header("authorization", authorization).send(input.to_string()).expect("an answer");
        let text = answer.body_mut().read_to_string().expect("a body");
        (answer.status().as_u16(), serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let by_digest = json!({"repositoryName": "web", "imageIds": [{"imageDigest": digest}]});
    assert_eq!(error(&describe(&by_digest)), "ImageNotFoundException");
    let any = json!({"repositoryName": "web", "imageIds": [{"imageTag": "v1"}], "filter": {"imageStatus": "ANY"}});
    assert_eq!(describe(&any).1["imageDetails"][0]["imageStatus"], "ARCHIVED");
    assert_eq!(error(&describe(&json!({"repositoryName": "docker-hub/nginx"}))), "RepositoryNotFoundException");
}

#[test]
#[should_panic(expected = "an operation that is answered")]
fn a_fault_for_an_unknown_operation_is_refused() {
    FakeAws::spawn().fail("elbv2:DescribeRules", Fault::Throttle, 1);
}

#[test]
fn histories_and_states_over_http() {
    let fake = FakeAws::spawn();
    let send = |method: &str, path: &str, body: &str| {
        let url = format!("{}/_fake/{path}", fake.endpoint());
        let mut answer = if method == "GET" {
            ureq::get(url).config().http_status_as_error(false).build().call().expect("an answer")
        } else {
            ureq::post(url).config().http_status_as_error(false).build().send(body).expect("an answer")
        };
        let text = answer.body_mut().read_to_string().expect("a body");
        (answer.status().as_u16(), serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    assert_eq!(send("GET", "moves", "").0, 400, "no history yet");
    assert_eq!(send("POST", "history/canary?hooks=pause&breaker=stop", "").0, 200);
    assert_eq!(send("POST", "move/begin", "").0, 400, "nothing to begin");
    assert_eq!(send("POST", "move/update", "").0, 200);
    let (_, moves) = send("GET", "moves", "");
    assert!(moves.as_array().expect("moves").iter().any(|found| found["move"] == "begin"), "{moves}");
    assert_eq!(send("POST", "state/w43", "").0, 200);
    let (_, truth) = send("GET", "truth?service=api", "");
    assert_eq!(truth["settled"], true);
    assert_eq!(send("POST", "state/w0", "").0, 400);
    assert_eq!(send("POST", "faults", r#"{"operation": "ecs:Nothing", "fault": "throttle"}"#).0, 400);
    assert!(send("GET", "states", "").1["w1"].is_string());
}

/// The rule of a rolling service as the next change of a person leaves it.
#[test]
fn a_route_that_is_gone_is_no_route() {
    let mut world = world(Kind::Rolling);
    let route = world.truth("web").route.expect("a route");
    world.let_happen("web", Happening::DeleteRule).expect("DeleteRule");
    assert_eq!(world.truth("web").route, None);
    let [blue, _] = world.pair("web");
    assert_eq!(world.point(&route, &blue).expect_err("gone").code, "RuleNotFound");
    assert!(!world.region().rules.contains_key(&route));
    let listener = world.listener("web");
    assert!(matches!(world.region().listeners[&listener].action, Action::Other(_)));
}

#[test]
fn an_update_over_the_wire_starts_what_the_strategy_says() {
    let fake = FakeAws::spawn();
    fake.scenario("canary");
    let next = fake.region(REGION, |region| region.register("web", &[("web", "nginx:1.28")]));
    let update = json!({"cluster": "shop", "service": "web", "taskDefinition": next}).to_string();
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDTEST/20261124/eu-west-1/ecs/aws4_request, Signature=0";
    let request = ureq::post(fake.endpoint()).header("authorization", authorization);
    let request = request.header("x-amz-target", "AmazonEC2ContainerServiceV20141113.UpdateService");
    assert_eq!(request.send(update).expect("an answer").status().as_u16(), 200);
    let (rows, stage) = fake.region(REGION, |region| {
        let service = region.service("shop", "web").clone();
        let current = service.current_deployment.and_then(|arn| region.service_deployments[&arn].stage.clone());
        (service.deployments, current)
    });
    let rows: Vec<_> = rows.iter().map(|row| format!("{} {}", row.status, row.rollout)).collect();
    assert_eq!(
        (rows, stage.as_deref()),
        (vec!["PRIMARY IN_PROGRESS".to_owned(), "ACTIVE COMPLETED".to_owned()], Some("TEST_TRAFFIC_SHIFT"))
    );
}

#[test]
fn the_steps_of_a_rolling_scenario_pass_through_the_states_in_between() {
    use fake_aws::Step::{Fail, Rollback, RolledBack, Start};
    let fake = FakeAws::spawn();
    fake.scenario("rolling");
    let seen = || {
        fake.region(REGION, |region| {
            let service = region.service("shop", "web").clone();
            let row = |row: &fake_aws::state::Deployment| {
                let back = row.reason.as_ref().is_some_and(|reason| reason.contains("rolling back"));
                let tasks = row.tasks.unwrap_or_default();
                let family = row.task_definition.rsplit('/').next().unwrap_or_default();
                format!("{} {} {family} {}{}", row.status, row.rollout, tasks.running, if back { " back" } else { "" })
            };
            let names = service.task_definition.rsplit('/').next().unwrap_or_default().to_owned();
            (names, service.deployments.iter().map(row).collect::<Vec<_>>().join(", "))
        })
    };
    let after = |step| {
        fake.step(step);
        let (names, rows) = seen();
        format!("{names}: {rows}")
    };
    assert_eq!(after(Start), "web:2: PRIMARY IN_PROGRESS web:2 0, ACTIVE COMPLETED web:1 2");
    assert_eq!(after(Rollback), "web:1: PRIMARY IN_PROGRESS web:1 2 back, ACTIVE FAILED web:2 1");
    assert_eq!(after(RolledBack), "web:1: PRIMARY COMPLETED web:1 2");
    assert_eq!(after(Start), "web:3: PRIMARY IN_PROGRESS web:3 0, ACTIVE COMPLETED web:1 2");
    assert_eq!(after(Fail), "web:3: PRIMARY FAILED web:3 0, ACTIVE COMPLETED web:1 2");
    assert_eq!(after(RolledBack), "web:1: PRIMARY COMPLETED web:1 2");
}
