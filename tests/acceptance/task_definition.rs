//! `ecslive_task_definition`.

use crate::stage::{Stage, provider_block};
use serde_json::{Value, json};

const SOURCE: &str = "ecslive_task_definition";

#[test]
fn the_latest_active_revision_takes_one_call() {
    let (stage, arn) = Stage::with(|region| {
        for _ in 0..9 {
            region.register("web", &[("web", "nginx:1.26")]);
        }
        region.register("web-other", &[("web", "nginx:9")]);
        region.register(
            "web",
            &[("web", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v10"), ("proxy", "envoy@sha256:ab12")],
        )
    });
    let found = stage.read(SOURCE, r#"family = "web""#);
    assert_eq!(stage.fake.tally(), ["ecs:DescribeTaskDefinition 1"]);
    assert_eq!(found["arn"], json!(arn));
    let expected = json!({
        "found": true,
        "revision": 10,
        "family_revision": "web:10",
        "arn_without_revision": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web",
        "status": "ACTIVE",
        "task_role_arn": "arn:aws:iam::123456789012:role/web-task",
        "execution_role_arn": "arn:aws:iam::123456789012:role/web-execution",
        "network_mode": "awsvpc",
        "requires_compatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "runtime_platform": {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"},
        "images": {"web": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v10", "proxy": "envoy@sha256:ab12"},
        "image_tags": {"web": "v10", "proxy": null},
        "image_digests": {"web": null, "proxy": "sha256:ab12"},
        "secret_arns": ["arn:aws:ssm:eu-west-1:123456789012:parameter/web/token"],
        "log_groups": ["/ecs/web"],
        "registered_at": "2026-09-21T14:13:30.5Z",
        "tags": {},
        "region": "eu-west-1",
        "family": "web",
        "include_tags": null,
        "allow_missing": null,
        "timeouts": null,
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&found[name], value, "{name}");
    }
    let containers: Value =
        serde_json::from_str(found["container_definitions"].as_str().expect("a text")).expect("JSON");
    assert_eq!(containers[0]["environment"][0]["name"], "DATABASE_PASSWORD");
    assert_eq!(containers[1]["image"], "envoy@sha256:ab12");
}

#[test]
fn deregistering_the_newest_leaves_the_one_before() {
    let (stage, first) = Stage::with(|region| {
        let first = region.register("web", &[("web", "nginx:1")]);
        region.register("web", &[("web", "nginx:2")]);
        region.deregister("web", 2);
        first
    });
    assert_eq!(stage.read(SOURCE, r#"family = "web""#)["arn"], json!(first));
}

#[test]
fn a_family_without_active_revisions_is_absent() {
    let (stage, ()) = Stage::with(|region| {
        region.register("web", &[("web", "nginx:1")]);
        region.deregister("web", 1);
    });
    for family in ["web", "never-registered"] {
        let text = stage.fails(SOURCE, &format!("family = {family:?}"));
        let expected = format!(
            "Error: Task Definition Not Found with data.ecslive_task_definition.it, on main.tf line 20, in data \
             \"ecslive_task_definition\" \"it\": 20: family = {family:?} The family has no ACTIVE revision: it was \
             never registered in this region, or all of its revisions were deregistered. Check the family and the \
             region, or set allow_missing = true if Terraform or your pipeline registers it later. Family: {family} \
             Region: eu-west-1 Credentials: environment AWS request: ecs:DescribeTaskDefinition"
        );
        assert!(text.contains(&expected), "{text}\n\nexpected\n{expected}");
        let found = stage.read(SOURCE, &format!("family = {family:?}\nallow_missing = true"));
        assert_eq!(
            (&found["found"], &found["arn"], &found["images"], &found["log_groups"]),
            (&json!(false), &Value::Null, &json!({}), &json!([]))
        );
    }
}

#[test]
fn tags_are_read_on_request() {
    let (stage, ()) = Stage::with(|region| {
        region.register_raw(json!({
            "family": "web",
            "containerDefinitions": [{"name": "web", "image": "nginx"}],
            "tags": [{"key": "team", "value": "shop"}],
        }));
    });
    assert_eq!(stage.read(SOURCE, r#"family = "web""#)["tags"], json!({}));
    let found = stage.read(SOURCE, "family = \"web\"\ninclude_tags = true");
    assert_eq!(found["tags"], json!({"team": "shop"}));
    assert_eq!(found["runtime_platform"], Value::Null);
    assert_eq!(found["image_tags"], json!({"web": null}));
}

#[test]
fn names_that_cannot_be_a_family_are_refused_without_a_call() {
    let stage = Stage::new();
    for (family, expected) in [
        ("web:7", "\"web:7\" names one revision: give the family alone"),
        ("we b", "\"we b\" is not a valid task definition family name"),
        ("arn:aws:ecs:eu-west-1:123456789012:service/web", "is an ECS service, not an ECS task definition."),
        ("", "The argument family is required, and an empty text counts as not given."),
    ] {
        stage.write(&format!("data \"{SOURCE}\" \"it\" {{\n  family = {family:?}\n}}\n"));
        let output = stage.workspace.run(&["validate"]);
        assert_eq!(output.code, Some(1));
        assert!(output.text().contains(expected), "{}", output.text());
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

#[test]
fn every_partition_has_its_own_arns() {
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
        let stage = Stage::new();
        stage.fake.region(region, |region| region.register("web", &[("web", "nginx")]));
        let family = format!("arn:{partition}:ecs:{region}:123456789012:task-definition/web");
        let config = format!(
            "{}data \"{SOURCE}\" \"it\" {{\n  family = {family:?}\n}}\noutput \"arn\" {{\n  value = \
             data.{SOURCE}.it.arn\n}}\n",
            provider_block(region)
        );
        stage.workspace.write("main.tf", &config);
        stage.workspace.run(&["apply", "-auto-approve"]).success();
        let arn = stage.workspace.run(&["output", "-raw", "arn"]).success().stdout;
        assert_eq!(arn, format!("{family}:1"));
    }
}

#[test]
fn an_arn_of_another_region_is_refused() {
    let stage = Stage::new();
    let text = stage.fails(SOURCE, r#"family = "arn:aws:ecs:us-east-1:123456789012:task-definition/web""#);
    let expected = "Region Mismatch with data.ecslive_task_definition.it, on main.tf line 20";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("Set region = \"us-east-1\" on the data source"), "{text}");
    stage.fake.region("us-east-1", |region| region.register("web", &[("web", "nginx")]));
    let arguments = "family = \"arn:aws:ecs:us-east-1:123456789012:task-definition/web\"\nregion = \"us-east-1\"";
    assert_eq!(stage.read(SOURCE, arguments)["region"], "us-east-1");
}

#[test]
fn an_arn_of_another_account_is_refused_and_never_absent() {
    let (mut stage, _) = Stage::with(|region| region.register("web", &[("web", "nginx")]));
    let endpoint = stage.fake.endpoint();
    stage.workspace.env("AWS_ENDPOINT_URL", &endpoint);
    let family = |account: &str, family: &str| {
        format!("family = \"arn:aws:ecs:eu-west-1:{account}:task-definition/{family}\"\nallow_missing = true\n")
    };
    // AWS takes the name out of the ARN and looks it up in the account of the credentials.
    for name in ["web", "never-registered"] {
        let text = stage.fails(SOURCE, &family("222222222222", name));
        assert!(text.contains("Account Mismatch with data.ecslive_task_definition.it, on main.tf line 20"), "{text}");
        let expected = "Account that answers: 123456789012";
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!(stage.read(SOURCE, &family("123456789012", "web"))["found"], true);
    assert_eq!(stage.fake.count("sts:GetCallerIdentity"), 1, "only for absence");
    assert_eq!(stage.read(SOURCE, &family("123456789012", "never-registered"))["found"], false);
    // Where STS does not say whose account it is, nothing is known.
    stage.fake.fail_always("sts:GetCallerIdentity", fake_aws::Fault::AccessDenied);
    assert!(stage.fails(SOURCE, &family("222222222222", "never-registered")).contains("AWS Access Denied"));
}

#[test]
fn secrets_in_containers_are_not_shown() {
    let (stage, _) = Stage::with(|region| region.register("web", &[("web", "nginx")]));
    let config = format!(
        "data \"{SOURCE}\" \"it\" {{\n  family = \"web\"\n}}\nresource \"terraform_data\" \"copy\" {{\n  input = \
         data.{SOURCE}.it\n}}\n"
    );
    let output = stage.plan(&config).success();
    assert!(output.stdout.contains("(sensitive value)"), "{}", output.stdout);
    assert!(!output.text().contains("planted-secret-in-clear"), "{}", output.stdout);
}
