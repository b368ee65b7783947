//! What the stand-in says on the wire, where other emulators say something else; and what the real aws CLI makes of it.

use fake_aws::{FakeAws, Fault, REGION};
use serde_json::{Value, json};
use std::process::Command;

const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDTEST/20261124/eu-west-1/ecs/aws4_request, Signature=0";

/// A call over JSON: status and body.
fn json_call(fake: &FakeAws, target: &str, input: &Value) -> (u16, Value) {
    let request = ureq::post(fake.endpoint()).config().http_status_as_error(false).build();
    let request = request.header("x-amz-target", target).header("authorization", AUTHORIZATION);
    let mut answer = request.send(input.to_string()).expect("an answer");
    let text = answer.body_mut().read_to_string().expect("a body");
    (answer.status().as_u16(), serde_json::from_str(&text).expect("JSON"))
}

fn ecs(fake: &FakeAws, operation: &str, input: &Value) -> (u16, Value) {
    json_call(fake, &format!("AmazonEC2ContainerServiceV20141113.{operation}"), input)
}

/// A call over the query protocol: status and body.
fn query(fake: &FakeAws, form: &str) -> (u16, String) {
    let request = ureq::post(fake.endpoint()).config().http_status_as_error(false).build();
    let request = request.header("authorization", AUTHORIZATION);
    let mut answer = request.send(format!("Version=2015-12-01&{form}")).expect("an answer");
    (answer.status().as_u16(), answer.body_mut().read_to_string().expect("a body"))
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["__type"].as_str().unwrap_or_default())
}

#[test]
fn a_family_is_its_newest_active_revision() {
    let fake = FakeAws::spawn();
    fake.region(REGION, |region| {
        for _ in 0..10 {
            region.register("web", &[("web", "nginx")]);
        }
    });
    let revision = |name: &str| ecs(&fake, "DescribeTaskDefinition", &json!({"taskDefinition": name}));
    assert_eq!(revision("web").1["taskDefinition"]["revision"], 10);
    ecs(&fake, "DeregisterTaskDefinition", &json!({"taskDefinition": "web:10"}));
    assert_eq!(revision("web").1["taskDefinition"]["revision"], 9);
    assert_eq!(revision("web:10").1["taskDefinition"]["status"], "INACTIVE");
    assert_eq!(code(&revision("we")), (400, "ClientException"));
    let registered = ecs(&fake, "RegisterTaskDefinition", &json!({"family": "web", "containerDefinitions": []}));
    assert_eq!(registered.1["taskDefinition"]["revision"], 11);
}

#[test]
fn tags_come_on_request() {
    let fake = FakeAws::spawn();
    let tags = json!([{"key": "team", "value": "shop"}]);
    ecs(&fake, "RegisterTaskDefinition", &json!({"family": "web", "containerDefinitions": [], "tags": tags}));
    let plain = ecs(&fake, "DescribeTaskDefinition", &json!({"taskDefinition": "web"}));
    assert_eq!(plain.1["tags"], Value::Null);
    let with = ecs(&fake, "DescribeTaskDefinition", &json!({"taskDefinition": "web", "include": ["TAGS"]}));
    assert_eq!(with.1["tags"], tags);
}

#[test]
fn lists_of_revisions_take_whole_families_and_lists_of_families_take_prefixes() {
    let fake = FakeAws::spawn();
    fake.region(REGION, |region| {
        for family in ["web", "web-admin", "web"] {
            region.register(family, &[("web", "nginx")]);
        }
    });
    let listed = ecs(&fake, "ListTaskDefinitions", &json!({"familyPrefix": "web", "sort": "DESC", "maxResults": 1}));
    assert!(listed.1["taskDefinitionArns"][0].as_str().expect("an ARN").ends_with("/web:2"));
    let token = &listed.1["nextToken"];
    let next = ecs(
        &fake,
        "ListTaskDefinitions",
        &json!({"familyPrefix": "web", "sort": "DESC", "maxResults": 1, "nextToken": token}),
    );
    assert!(next.1["taskDefinitionArns"][0].as_str().expect("an ARN").ends_with("/web:1"));
    assert_eq!(next.1["nextToken"], Value::Null);
    let families = ecs(&fake, "ListTaskDefinitionFamilies", &json!({"familyPrefix": "web"}));
    assert_eq!(families.1["families"], json!(["web", "web-admin"]));
}

#[test]
fn services_come_ten_at_a_time_with_failures_for_the_missing() {
    let fake = FakeAws::spawn();
    fake.region(REGION, |region| region.rolling_service("shop", "web"));
    let describe = |services: Value| ecs(&fake, "DescribeServices", &json!({"cluster": "shop", "services": services}));
    let found = describe(json!(["web", "nothing"]));
    assert_eq!(found.1["services"][0]["serviceName"], "web");
    assert_eq!(found.1["services"][0]["taskSets"], Value::Null);
    assert_eq!(found.1["failures"][0]["reason"], "MISSING");
    let by_arn = describe(json!(["arn:aws:ecs:eu-west-1:123456789012:service/shop/web"]));
    assert_eq!(by_arn.1["services"][0]["serviceName"], "web");
    let eleven: Vec<String> = (0..11).map(|index| format!("s{index}")).collect();
    assert_eq!(code(&describe(json!(eleven))), (400, "InvalidParameterException"));
    let nowhere = ecs(&fake, "DescribeServices", &json!({"cluster": "none", "services": ["web"]}));
    assert_eq!(code(&nowhere), (400, "ClusterNotFoundException"));
}

#[test]
fn code_deploy_services_have_task_sets_and_refuse_updates() {
    let fake = FakeAws::spawn();
    let web = fake.region(REGION, |region| region.code_deploy_service("shop", "web", true));
    let describe =
        || ecs(&fake, "DescribeServices", &json!({"cluster": "shop", "services": ["web"]})).1["services"][0].clone();
    assert_eq!(describe()["deployments"], json!([]));
    assert_eq!(describe()["taskSets"][0]["status"], "PRIMARY");
    let update = json!({"cluster": "shop", "service": "web", "taskDefinition": "web:1"});
    let refused = ecs(&fake, "UpdateService", &update);
    assert_eq!(code(&refused), (400, "InvalidParameterException"));
    assert!(refused.1["message"].as_str().expect("a text").contains("CODE_DEPLOY deployment controller"));
    fake.region(REGION, |region| region.code_deploy(&web));
    let service = describe();
    assert_eq!(service["taskSets"].as_array().map(Vec::len), Some(1));
    assert_eq!(service["taskSets"][0]["startedBy"], "CODE_DEPLOY");
    assert_eq!(service["loadBalancers"][0]["targetGroupArn"], json!(web.green));
    let id = &service["taskSets"][0]["externalId"];
    let ids = json!({"deploymentIds": [id, "d-UNKNOWN00"]});
    let (_, deployments) = json_call(&fake, "CodeDeploy_20141006.BatchGetDeployments", &ids);
    assert_eq!(deployments["deploymentsInfo"].as_array().map(Vec::len), Some(1));
    let many: Vec<String> = (0..26).map(|index| format!("d-{index}")).collect();
    let (status, _) = json_call(&fake, "CodeDeploy_20141006.BatchGetDeployments", &json!({"deploymentIds": many}));
    assert_eq!(status, 400);
}

#[test]
fn one_unknown_arn_fails_the_whole_call() {
    let fake = FakeAws::spawn();
    let web = fake.region(REGION, |region| region.code_deploy_service("shop", "web", true));
    let rule = web.rule.expect("a rule");
    let (status, body) = query(&fake, &format!("Action=DescribeRules&RuleArns.member.1={rule}"));
    assert_eq!(status, 200);
    assert!(body.contains("<Weight>100</Weight>") && body.contains("<Weight>0</Weight>"), "{body}");
    let (status, body) =
        query(&fake, &format!("Action=DescribeRules&RuleArns.member.1={rule}&RuleArns.member.2={rule}x"));
    assert!(status == 400 && body.contains("<Code>RuleNotFound</Code>"), "{body}");
    for (operation, list, what) in [
        ("DescribeRules", "RuleArns", "listener rules"),
        ("DescribeListeners", "ListenerArns", "listeners"),
        ("DescribeTargetGroups", "TargetGroupArns", "target groups"),
    ] {
        let arns: String = (1..=21).map(|index| format!("&{list}.member.{index}=a{index}")).collect();
        let (status, body) = query(&fake, &format!("Action={operation}{arns}"));
        assert!(status == 400 && body.contains(&format!("more than '20' {what} at a time")), "{body}");
    }
    let arns: Vec<String> = (0..21).map(|index| format!("a{index}")).collect();
    for (operation, list) in
        [("DescribeServiceRevisions", "serviceRevisionArns"), ("DescribeServiceDeployments", "serviceDeploymentArns")]
    {
        assert_eq!(code(&ecs(&fake, operation, &json!({list: arns}))), (400, "InvalidParameterException"));
    }
    let (_, body) = query(&fake, &format!("Action=DescribeRules&ListenerArn={}", web.production_listener));
    assert!(body.contains("<IsDefault>true</IsDefault>"), "{body}");
    let (_, body) = query(&fake, "Action=DescribeTargetGroups&PageSize=1");
    assert!(body.contains("<NextMarker>1</NextMarker>"), "{body}");
}

#[test]
fn what_is_not_there_is_no_success() {
    let fake = FakeAws::spawn();
    assert_eq!(code(&ecs(&fake, "RunTask", &json!({}))), (400, "UnknownOperationException"));
    let (status, body) = query(&fake, "Action=RegisterTargets");
    assert!(status == 400 && body.contains("InvalidAction"), "{body}");
    let unsigned = ureq::post(fake.endpoint()).config().http_status_as_error(false).build();
    let answer = unsigned.header("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListServices").send("{}");
    assert_eq!(answer.expect("an answer").status().as_u16(), 403);
}

#[test]
fn images_are_all_there_or_the_call_fails() {
    let fake = FakeAws::spawn();
    let ecr = |operation: &str, input: &Value| {
        json_call(&fake, &format!("AmazonEC2ContainerRegistry_V20150921.{operation}"), input)
    };
    let describe = |more: Value| {
        let mut input = json!({"repositoryName": "web"});
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        ecr("DescribeImages", &input)
    };
    assert_eq!(code(&describe(json!({}))), (400, "RepositoryNotFoundException"));
    let (old, new) = fake.region(REGION, |region| {
        (region.push("web", "v1", &[]), region.push("web", "v1", &["linux/amd64", "linux/arm64/v8"]))
    });
    let by_tag = describe(json!({"imageIds": [{"imageTag": "v1"}]})).1;
    assert_eq!(by_tag["imageDetails"][0]["imageDigest"], json!(new));
    assert_eq!(by_tag["imageDetails"][0]["imageManifestMediaType"], "application/vnd.oci.image.index.v1+json");
    let both = describe(json!({"imageIds": [{"imageTag": "v1"}, {"imageDigest": old}]})).1;
    assert_eq!(
        (&both["imageDetails"][0]["imageTags"], &both["imageDetails"][1]["imageTags"]),
        (&json!(["v1"]), &json!([]))
    );
    let one_is_missing = describe(json!({"imageIds": [{"imageTag": "v1"}, {"imageTag": "v2"}]}));
    assert_eq!(code(&one_is_missing), (400, "ImageNotFoundException"));
    assert_eq!(code(&describe(json!({"registryId": "210987654321"}))), (400, "RepositoryNotFoundException"));
    let first = describe(json!({"maxResults": 1})).1;
    assert_eq!((&first["imageDetails"][0]["imageDigest"], &first["nextToken"]), (&json!(old), &json!("1")));
    let last = describe(json!({"maxResults": 1, "nextToken": "1"})).1;
    assert_eq!((&last["imageDetails"][0]["imageDigest"], &last["nextToken"]), (&json!(new), &Value::Null));
    let ids = json!([{"imageTag": "v1"}, {"imageTag": "v2"}]);
    let got = ecr("BatchGetImage", &json!({"repositoryName": "web", "imageIds": ids})).1;
    assert_eq!(got["failures"][0]["failureCode"], "ImageNotFound");
    let manifest: Value =
        serde_json::from_str(got["images"][0]["imageManifest"].as_str().expect("a text")).expect("JSON");
    assert_eq!(manifest["manifests"][1]["platform"]["variant"], "v8");
}

#[test]
fn archived_images_are_listed_to_those_who_ask() {
    let fake = FakeAws::spawn();
    let describe = |more: Value| {
        let mut input = json!({"repositoryName": "web"});
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json_call(&fake, "AmazonEC2ContainerRegistry_V20150921.DescribeImages", &input)
    };
    fake.region(REGION, |region| {
        region.push("web", "v1", &[]);
        region.archive("web", "ARCHIVED");
        region.push("web", "v2", &[]);
    });
    let count = |answer: (u16, Value)| answer.1["imageDetails"].as_array().map(Vec::len);
    let one = json!([{"imageTag": "v1"}]);
    assert_eq!(count(describe(json!({}))), Some(1));
    assert_eq!(count(describe(json!({"filter": {"imageStatus": "ARCHIVED"}}))), Some(1));
    assert_eq!(count(describe(json!({"filter": {"imageStatus": "ANY"}}))), Some(2));
    assert_eq!(code(&describe(json!({"imageIds": one}))), (400, "ImageNotFoundException"));
    let any = describe(json!({"imageIds": one, "filter": {"imageStatus": "ANY"}})).1;
    assert_eq!(any["imageDetails"][0]["imageStatus"], "ARCHIVED");
    fake.region(REGION, |region| region.archive("web", "ACTIVATING"));
    assert_eq!(count(describe(json!({"imageIds": one}))), Some(0));
}

#[test]
fn steps_faults_and_counters_over_http() {
    let fake = FakeAws::spawn();
    let post = |path: &str, body: &str| {
        let request =
            ureq::post(format!("{}/_fake/{path}", fake.endpoint())).config().http_status_as_error(false).build();
        let mut answer = request.send(body).expect("an answer");
        (answer.status().as_u16(), answer.body_mut().read_to_string().expect("a body"))
    };
    assert_eq!(post("step/start", "").0, 400, "no scenario yet");
    assert_eq!(post("scenario/codedeploy", "").0, 200);
    assert!(post("step/start", "").1.contains("d-000000001"));
    assert_eq!(post("step/shift?percent=10", "").0, 200);
    assert_eq!(post("step/leap", "").0, 400);
    assert_eq!(post("faults", r#"{"operation": "ecs:DescribeServices", "fault": "throttle", "times": 1}"#).0, 200);
    let input = json!({"cluster": "shop", "services": ["web"]});
    assert_eq!(code(&ecs(&fake, "DescribeServices", &input)), (400, "ThrottlingException"));
    assert_eq!(ecs(&fake, "DescribeServices", &input).1["services"][0]["taskSets"].as_array().map(Vec::len), Some(2));
    assert_eq!(fake.count("ecs:DescribeServices"), 2);
    fake.fail_always("ecs:DescribeServices", Fault::AccessDenied);
    assert_eq!(code(&ecs(&fake, "DescribeServices", &input)), (400, "AccessDeniedException"));
    assert_eq!(post("reset", "").0, 200);
    assert_eq!(fake.tally(), Vec::<String>::new());
}

#[test]
fn the_aws_cli_reads_it() {
    if Command::new("aws").arg("--version").output().is_err() {
        println!("NOTE: the aws CLI is not on PATH, so nothing was tried with it");
        return;
    }
    let fake = FakeAws::spawn();
    let web = fake.region(REGION, |region| region.code_deploy_service("shop", "web", true));
    let deployment = fake.region(REGION, |region| {
        let next = region.register("web", &[("web", "nginx:1.28")]);
        region.code_deploy_start(&web, &next)
    });
    let aws = |arguments: &[&str]| -> Value {
        let output = Command::new("aws")
            .args(["--endpoint-url", &fake.endpoint(), "--region", REGION, "--output", "json"])
            .args(arguments)
            .envs([("AWS_ACCESS_KEY_ID", "AKIDCLI"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_PAGER", "")])
            .env_remove("AWS_PROFILE")
            .output()
            .expect("aws starts");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let services = aws(&["ecs", "describe-services", "--cluster", "shop", "--services", "web"]);
    assert_eq!(services["services"][0]["taskSets"][1]["externalId"], json!(deployment));
    let revision = aws(&["ecs", "describe-task-definition", "--task-definition", "web"]);
    assert_eq!(revision["taskDefinition"]["revision"], 2);
    let rules = aws(&["elbv2", "describe-rules", "--listener-arn", &web.production_listener]);
    let weights = &rules["Rules"][0]["Actions"][0]["ForwardConfig"]["TargetGroups"];
    assert_eq!((&weights[0]["Weight"], &weights[1]["Weight"]), (&json!(100), &json!(0)));
    let groups = aws(&["elbv2", "describe-target-groups", "--target-group-arns", &web.blue]);
    assert_eq!(groups["TargetGroups"][0]["LoadBalancerArns"], json!([web.load_balancer]));
    let deployments = aws(&["deploy", "batch-get-deployments", "--deployment-ids", &deployment]);
    let pair = &deployments["deploymentsInfo"][0]["loadBalancerInfo"]["targetGroupPairInfoList"][0];
    assert_eq!(pair["prodTrafficRoute"]["listenerArns"][0], json!(web.production_listener));
    let v1 = fake.region(REGION, |region| region.push("web", "v1", &["linux/amd64"]));
    let images = aws(&["ecr", "describe-images", "--repository-name", "web", "--image-ids", "imageTag=v1"]);
    assert_eq!(images["imageDetails"][0]["imageDigest"], json!(v1));
    assert_eq!(aws(&["sts", "get-caller-identity"])["Account"], "123456789012");
    let role = ["--role-arn", "arn:aws:iam::222222222222:role/deploy", "--role-session-name", "cli"];
    let session = aws(&[&["sts", "assume-role"], role.as_slice()].concat());
    assert_eq!(session["Credentials"]["AccessKeyId"], "ASIA-222222222222-deploy");
}
