//! Roles: what STS is asked for, with whose credentials, in which order, and what is said when it refuses.

use crate::provider::{stage, with_arguments};
use fake_aws::{Fault, Recorded};
use serde_json::{Map, Value, json};

/// What a call asked, without the parameters that every call has.
fn asked(call: &Recorded) -> Value {
    let all = call.input.as_object().expect("parameters").iter();
    let own = all.filter(|(name, _)| !matches!(name.as_str(), "Action" | "Version"));
    Value::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// Operations with the keys that signed them.
fn signed(calls: &[Recorded]) -> Vec<String> {
    calls.iter().map(|call| format!("{} {}", call.operation, call.access_key)).collect()
}

#[test]
fn a_role_is_assumed_with_everything_that_the_block_says() {
    let stage = stage();
    let block = r#"assume_role {
        role_arn            = "arn:aws:iam::222222222222:role/deploy"
        session_name        = "ci"
        external_id         = "shared/id"
        source_identity     = "jane"
        duration            = "1h30m"
        policy              = jsonencode({ Version = "2012-10-17" })
        policy_arns         = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
        tags                = { team = "shop" }
        transitive_tag_keys = ["team"]
    }"#;
    with_arguments(&stage, block).success();
    let calls = stage.fake.calls();
    assert_eq!(
        asked(&calls[0]),
        json!({
            "RoleArn": "arn:aws:iam::222222222222:role/deploy",
            "RoleSessionName": "ci",
            "ExternalId": "shared/id",
            "SourceIdentity": "jane",
            "DurationSeconds": "5400",
            "Policy": "{\"Version\":\"2012-10-17\"}",
            "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "Tags.member.1.Key": "team",
            "Tags.member.1.Value": "shop",
            "TransitiveTagKeys.member.1": "team",
        })
    );
    let keys = ["sts:AssumeRole AKIDEXAMPLE", "ecs:DescribeTaskDefinition ASIA-222222222222-deploy"];
    assert_eq!(signed(&calls), keys);
    assert_eq!(calls[1].token.as_deref(), Some("token-of-deploy"));
}

#[test]
fn what_the_block_leaves_out_is_not_sent() {
    let stage = stage();
    let block = r#"assume_role {
        role_arn    = "arn:aws:iam::222222222222:role/deploy"
        external_id = ""
    }"#;
    with_arguments(&stage, block).success();
    let expected = json!({
        "RoleArn": "arn:aws:iam::222222222222:role/deploy",
        "RoleSessionName": "terraform-provider-ecslive",
    });
    assert_eq!(asked(&stage.fake.calls()[0]), expected);
}

#[test]
fn each_role_of_a_chain_is_assumed_with_the_credentials_of_the_one_before() {
    let stage = stage();
    let block = r#"
    assume_role {
        role_arn = "arn:aws:iam::111111111111:role/first"
    }
    assume_role {
        role_arn    = null
        external_id = "skipped"
    }
    assume_role {
        role_arn = ""
    }
    assume_role {
        role_arn = "arn:aws:iam::222222222222:role/second"
    }
    access_key = "AKIDBLOCK"
    secret_key = "planted"
    "#;
    with_arguments(&stage, block).success();
    let expected = [
        "sts:AssumeRole AKIDBLOCK",
        "sts:AssumeRole ASIA-111111111111-first",
        "ecs:DescribeTaskDefinition ASIA-222222222222-second",
    ];
    assert_eq!(signed(&stage.fake.calls()), expected);
}

#[test]
fn a_web_identity_comes_before_the_chain_and_needs_no_signature() {
    let stage = stage();
    let block = r#"
    assume_role_with_web_identity {
        role_arn           = "arn:aws:iam::111111111111:role/ci"
        session_name       = "build-7"
        duration           = "15m"
        web_identity_token = "a.web.token"
    }
    assume_role {
        role_arn = "arn:aws:iam::222222222222:role/deploy"
    }
    "#;
    with_arguments(&stage, block).success();
    let calls = stage.fake.calls();
    let expected = [
        "sts:AssumeRoleWithWebIdentity ",
        "sts:AssumeRole ASIA-111111111111-ci",
        "ecs:DescribeTaskDefinition ASIA-222222222222-deploy",
    ];
    assert_eq!(signed(&calls), expected);
    let expected = json!({
        "RoleArn": "arn:aws:iam::111111111111:role/ci",
        "RoleSessionName": "build-7",
        "DurationSeconds": "900",
        "WebIdentityToken": "a.web.token",
    });
    assert_eq!(asked(&calls[0]), expected);
}

#[test]
fn a_web_identity_token_may_be_in_a_file() {
    let mut stage = stage();
    std::fs::write(stage.workspace.home().join("token"), "a.file.token\n").expect("a file");
    let block = r#"assume_role_with_web_identity {
        role_arn                = "arn:aws:iam::111111111111:role/ci"
        web_identity_token_file = "~/token"
    }"#;
    with_arguments(&stage, block).success();
    assert_eq!(stage.fake.calls()[0].input["WebIdentityToken"], "a.file.token");
    stage.fake.reset();
    // As EKS does it.
    let file = stage.workspace.home().join("token").display().to_string();
    stage.workspace.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    stage.workspace.env("AWS_WEB_IDENTITY_TOKEN_FILE", &file).env("AWS_ROLE_SESSION_NAME", "pod");
    stage.workspace.env("AWS_ROLE_ARN", "arn:aws:iam::111111111111:role/pod");
    with_arguments(&stage, "").success();
    let calls = stage.fake.calls();
    assert_eq!(calls[0].input["RoleSessionName"], "pod");
    assert_eq!(calls[1].access_key, "ASIA-111111111111-pod");
}

#[test]
fn a_role_that_is_refused_is_named_and_nothing_is_read() {
    let stage = stage();
    stage.fake.fail_always("sts:AssumeRole", Fault::AccessDenied);
    let block = "assume_role {\n  role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n}";
    let output = with_arguments(&stage, block);
    for expected in [
        "AWS Role Not Assumed",
        "its trust policy lets them",
        "Role: arn:aws:iam::222222222222:role/deploy",
        "AWS request: sts:AssumeRole (request ID ",
        "Cause: AccessDenied: ",
    ] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
    assert_eq!(stage.fake.tally(), ["sts:AssumeRole 1"]);
}

#[test]
fn sts_is_asked_a_few_times_and_no_more() {
    let mut stage = stage();
    stage.workspace.env("AWS_MAX_ATTEMPTS", "");
    stage.fake.fail_always("sts:AssumeRole", Fault::Throttle);
    let block = "assume_role {\n  role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n}";
    let output = with_arguments(&stage, block);
    assert!(output.text().contains("AWS Throttled the Requests"), "{}", output.text());
    assert_eq!(stage.fake.tally(), ["sts:AssumeRole 3"]);
}

#[test]
fn all_reads_of_a_run_share_one_session() {
    let stage = stage();
    let endpoint = stage.fake.endpoint();
    let config = format!(
        "data \"ecslive_task_definition\" \"all\" {{
            count  = 20
            family = \"web\"
        }}
        terraform {{
          required_providers {{
            ecslive = {{ source = \"ecslive/ecslive\" }}
          }}
        }}
        provider \"ecslive\" {{
            region = \"eu-west-1\"
            assume_role {{
                role_arn = \"arn:aws:iam::222222222222:role/deploy\"
            }}
            endpoints {{
                ecs = {endpoint:?}
                sts = {endpoint:?}
            }}
        }}"
    );
    stage.workspace.write("main.tf", &config);
    stage.workspace.run(&["plan"]).success();
    assert_eq!(stage.fake.count("sts:AssumeRole"), 1);
}

#[test]
fn a_role_of_a_profile_is_assumed_with_its_source() {
    let stage = stage();
    let folder = stage.workspace.home().join(".aws");
    std::fs::create_dir_all(&folder).expect("a folder");
    let config = "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = planted\n[profile \
                  hub]\nrole_arn = arn:aws:iam::111111111111:role/hub\nsource_profile = base\n[profile \
                  shop]\nrole_arn = arn:aws:iam::222222222222:role/deploy\nsource_profile = hub\nexternal_id = \
                  shop-id\nrole_session_name = shop\nduration_seconds = 1800\n";
    std::fs::write(folder.join("config"), config).expect("a file");
    let block = "profile = \"shop\"\nassume_role {\n  role_arn = \"arn:aws:iam::333333333333:role/last\"\n}";
    with_arguments(&stage, block).success();
    let calls = stage.fake.calls();
    let expected = [
        "sts:AssumeRole AKIDBASE",
        "sts:AssumeRole ASIA-111111111111-hub",
        "sts:AssumeRole ASIA-222222222222-deploy",
        "ecs:DescribeTaskDefinition ASIA-333333333333-last",
    ];
    assert_eq!(signed(&calls), expected);
    let expected = json!({
        "RoleArn": "arn:aws:iam::222222222222:role/deploy",
        "RoleSessionName": "shop",
        "ExternalId": "shop-id",
        "DurationSeconds": "1800",
    });
    assert_eq!(asked(&calls[1]), expected);
}

#[test]
fn a_role_of_a_profile_whose_source_has_no_credentials_is_named() {
    let stage = stage();
    let folder = stage.workspace.home().join(".aws");
    std::fs::create_dir_all(&folder).expect("a folder");
    let config = "[profile base]\nregion = eu-west-1\n[profile shop]\nrole_arn = \
                  arn:aws:iam::222222222222:role/deploy\nsource_profile = base\n";
    std::fs::write(folder.join("config"), config).expect("a file");
    let output = with_arguments(&stage, "profile = \"shop\"");
    let reason = "Profile: the profile \"shop\" needs credentials of its source \"base\", which gives none: ";
    for expected in ["No AWS Credentials", reason] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

#[test]
fn mistakes_in_the_blocks_are_found_offline() {
    let stage = stage();
    let role = "role_arn = \"arn:aws:iam::222222222222:role/deploy\"";
    let identity = "assume_role_with_web_identity";
    for (arguments, expected) in [
        ("assume_role {\n role_arn = \"deploy\"\n}".to_owned(), "\"deploy\" is not an ARN"),
        (
            "assume_role {\n role_arn = \"arn:aws:iam::1:user/jane\"\n}".to_owned(),
            "\"arn:aws:iam::1:user/jane\" is not the ARN of an IAM role.",
        ),
        (format!("assume_role {{\n {role}\n duration = \"5m\"\n}}"), "it lasts from 15m to 12h."),
        (format!("assume_role {{\n {role}\n duration = \"13h\"\n}}"), "it lasts from 15m to 12h."),
        (format!("assume_role {{\n {role}\n duration = \"3600\"\n}}"), "\"3600\" is not a duration"),
        (format!("assume_role {{\n {role}\n session_name = \"a b\"\n}}"), "Not a session name: expected 2 to 64"),
        (format!("assume_role {{\n {role}\n external_id = \"x\"\n}}"), "Not an external id: expected 2 to 1224"),
        (format!("assume_role {{\n {role}\n policy = \"{{\"\n}}"), "Not an IAM policy in JSON"),
        (format!("assume_role {{\n {role}\n policy_arns = [\"p\"]\n}}"), "\"p\" is not an ARN"),
        (format!("{identity} {{\n {role}\n}}"), "Neither web_identity_token nor web_identity_token_file is set."),
        (format!("{identity} {{\n web_identity_token = \"t\"\n}}"), "The argument role_arn is required: which role"),
        (
            format!("{identity} {{\n {role}\n web_identity_token = \"t\"\n web_identity_token_file = \"f\"\n}}"),
            "web_identity_token and web_identity_token_file are both set. Keep one.",
        ),
        (
            format!("{identity} {{\n {role}\n web_identity_token_file = \"/nonexistent/token\"\n}}"),
            "There is no file /nonexistent/token.",
        ),
        (
            format!(
                "access_key = \"A\"\nsecret_key = \"planted\"\n{identity} {{\n {role}\n web_identity_token = \"t\"\n}}"
            ),
            "access_key and assume_role_with_web_identity both give the first credentials. Keep one.",
        ),
    ] {
        let output = with_arguments(&stage, &arguments);
        assert_eq!(output.code, Some(1), "{arguments}");
        assert!(output.text().contains(expected), "{arguments}: {}", output.text());
        assert!(output.text().contains("on main.tf line"), "{arguments}: {}", output.text());
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}
