//! Where credentials and the region come from, in which order, and what is said when there are none.

use crate::instance::{Instance, nobody};
use crate::provider::{stage, with_arguments, with_provider};
use crate::proxy::Proxy;
use crate::stage::Stage;
use fake_aws::REGION;
use std::io::Write;
use std::time::{Duration, Instant};

/// A stage without credentials in the environment, and with a metadata service.
fn bare() -> Stage {
    let mut stage = stage();
    stage.workspace.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "").env("AWS_EC2_METADATA_DISABLED", "");
    stage
}

fn file(stage: &Stage, name: &str, text: &str) {
    let path = stage.workspace.home().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn keys(profile: &str, key: &str) -> String {
    format!("[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = planted\n")
}

/// The key that signed the last call.
fn signed(stage: &Stage) -> String {
    stage.fake.calls().pop().expect("a call").access_key
}

#[test]
fn a_profile_of_the_block_goes_before_the_environment_and_one_of_the_environment_after() {
    let mut stage = stage();
    file(&stage, ".aws/credentials", &keys("shop", "AKIDPROFILE"));
    stage.workspace.env("AWS_PROFILE", "shop");
    with_arguments(&stage, "").success();
    assert_eq!(signed(&stage), "AKIDEXAMPLE");
    with_arguments(&stage, "profile = \"shop\"").success();
    assert_eq!(signed(&stage), "AKIDPROFILE");
    with_arguments(&stage, "profile = \"\"").success();
    assert_eq!(signed(&stage), "AKIDEXAMPLE");
    stage.workspace.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    with_arguments(&stage, "").success();
    assert_eq!(signed(&stage), "AKIDPROFILE");
}

#[test]
fn shared_files_are_those_of_the_block_and_those_that_are_missing_count_as_empty() {
    let stage = stage();
    file(&stage, "team/credentials", &keys("shop", "AKIDTEAM"));
    file(&stage, "team/config", "[profile shop]\nregion = us-east-1\n");
    stage.fake.region("us-east-1", |region| region.register("web", &[("web", "nginx")]));
    let url = stage.fake.endpoint();
    let block = |files: &str| {
        format!("provider \"ecslive\" {{\nprofile = \"shop\"\n{files}\nendpoints {{\n ecs = {url:?}\n}}\n}}")
    };
    let files = "shared_config_files = [\"~/team/config\"]\nshared_credentials_files = [\"/nonexistent/credentials\", \
                 \"~/team/credentials\"]";
    with_provider(&stage, &block(files)).success();
    let call = stage.fake.calls().pop().expect("a call");
    assert_eq!((call.access_key.as_str(), call.region.as_str()), ("AKIDTEAM", "us-east-1"));
    let output = with_provider(&stage, &block("shared_credentials_files = [\"/nonexistent/credentials\"]"));
    for expected in [
        "AWS Profile Not Found",
        "The profile of the provider block is \"shop\", and none of the files has a profile of this name.",
        ".aws/config (does not exist) Looked at: /nonexistent/credentials (does not exist)",
    ] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
}

#[test]
fn a_credential_process_of_a_profile_is_run() {
    let stage = bare();
    let answer = "{\"Version\": 1, \"AccessKeyId\": \"AKIDPROCESS\", \"SecretAccessKey\": \"planted\"}";
    file(&stage, "credentials.json", answer);
    let path = stage.workspace.home().join("credentials.json").display().to_string();
    file(&stage, ".aws/config", &format!("[profile tool]\ncredential_process = cat {path}\n"));
    with_arguments(&stage, "profile = \"tool\"").success();
    assert_eq!(signed(&stage), "AKIDPROCESS");
    // Whoever reads standard input finds nothing: it is Terraform's.
    file(&stage, ".aws/config", &format!("[profile tool]\ncredential_process = cat - {path}\n"));
    let mut plan = stage.workspace.spawn(&["plan"]);
    plan.stdin.take().expect("stdin").write_all(b"not for you").expect("input");
    assert!(plan.wait().expect("an end").success());
    file(&stage, ".aws/config", "[profile tool]\ncredential_process = echo log in first >&2; exit 3\n");
    let output = with_arguments(&stage, "profile = \"tool\"");
    for expected in ["No AWS Credentials", "Profile: ", "log in first"] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
}

#[test]
fn a_profile_that_tells_its_credentials_wrongly_is_not_passed_over() {
    let mut stage = bare();
    // Whoever asks the container gets credentials of somebody else.
    let container = Instance::new();
    stage.workspace.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container.endpoint());
    for profile in [
        "[profile tool]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = nowhere\n",
        "[profile tool]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = tool\n",
        "[profile tool]\nsource_profile = nowhere\n",
    ] {
        file(&stage, ".aws/config", profile);
        let output = with_arguments(&stage, "profile = \"tool\"");
        assert!(output.text().contains("No AWS Credentials"), "{profile}: {}", output.text());
        assert!(!output.text().contains("Container: "), "{profile}: {}", output.text());
        assert_eq!(stage.fake.tally(), Vec::<String>::new(), "{profile}");
    }
}

#[test]
fn an_sso_session_is_used_and_one_that_was_never_opened_is_named() {
    let mut stage = bare();
    let config = "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = \
                  dev\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n";
    file(&stage, ".aws/config", config);
    let portal = Instance::new();
    stage.workspace.env("AWS_ENDPOINT_URL_SSO", &portal.endpoint());
    // As `aws sso login` leaves it: the name is the SHA-1 of the session's.
    let session = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    file(&stage, session, "{\"accessToken\": \"planted\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}");
    with_arguments(&stage, "profile = \"sso\"").success();
    assert_eq!(signed(&stage), "AKIDSSO");
    std::fs::remove_file(stage.workspace.home().join(session)).expect("a file");
    let output = with_arguments(&stage, "profile = \"sso\"");
    for expected in ["AWS Login Needed", "aws sso login --profile sso", "Cause: "] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
    // Also where its credentials are only the first of a chain.
    let role = "role_arn = arn:aws:iam::222222222222:role/deploy";
    file(&stage, ".aws/config", &format!("{config}[profile deploy]\n{role}\nsource_profile = sso\n"));
    let output = with_arguments(&stage, "profile = \"deploy\"");
    assert!(output.text().contains("aws sso login --profile sso"), "{}", output.text());
}

#[test]
fn a_session_of_aws_login_is_used_and_one_that_was_never_opened_is_named() {
    let stage = bare();
    file(&stage, ".aws/config", "[profile console]\nlogin_session = arn:aws:iam::0123456789012:user/Admin\n");
    let output = with_arguments(&stage, "profile = \"console\"");
    for expected in ["AWS Login Needed", "aws login --profile console", "Cause: "] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
    // As `aws login` leaves it: the name is the SHA-256 of the session's.
    let session = ".aws/login/cache/36db1d138ff460920374e4c3d8e01f53f9f73537e89c88d639f68393df0e2726.json";
    let keys = "\"accessKeyId\": \"AKIDLOGIN\", \"secretAccessKey\": \"planted\", \"sessionToken\": \"planted\", \
                \"accountId\": \"012345678901\", \"expiresAt\": \"2099-01-01T00:00:00Z\"";
    let rest = "\"tokenType\": \"aws_sigv4\", \"refreshToken\": \"planted\", \"idToken\": \"planted\", \"clientId\": \
                \"planted\", \"dpopKey\": \"planted\"";
    file(&stage, session, &format!("{{\"accessToken\": {{{keys}}}, {rest}}}"));
    with_arguments(&stage, "profile = \"console\"").success();
    assert_eq!(signed(&stage), "AKIDLOGIN");
}

#[test]
fn a_role_of_a_credential_source_is_assumed_at_the_endpoint_of_the_block() {
    let stage = stage();
    let role = "role_arn = arn:aws:iam::222222222222:role/deploy\ncredential_source = Environment";
    file(&stage, ".aws/config", &format!("[profile deploy]\n{role}\n"));
    with_arguments(&stage, "profile = \"deploy\"").success();
    assert_eq!(stage.fake.tally(), ["ecs:DescribeTaskDefinition 1", "sts:AssumeRole 1"]);
    assert_eq!(signed(&stage), "ASIA-222222222222-deploy");
}

#[test]
fn a_typo_in_the_profile_shows_which_profiles_there_are() {
    let mut stage = stage();
    file(&stage, ".aws/credentials", &format!("{}{}", keys("shop", "AKIDSHOP"), keys("default", "AKIDDEFAULT")));
    file(&stage, ".aws/config", "[profile staging]\nregion = eu-west-1\n");
    let output = with_arguments(&stage, "profile = \"shpo\"");
    for expected in [
        "AWS Profile Not Found",
        "The profile of the provider block is \"shpo\"",
        ".aws/config (profile staging)",
        ".aws/credentials (profiles default, shop)",
    ] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
    stage.workspace.env("AWS_PROFILE", "shpo");
    assert!(with_arguments(&stage, "").text().contains("AWS_PROFILE is \"shpo\", and none of the files"));
}

#[test]
fn what_is_not_found_names_the_account_and_the_credentials_that_were_asked_with() {
    let stage = stage();
    file(
        &stage,
        ".aws/config",
        "[profile deploy]\nrole_arn = arn:aws:iam::222222222222:role/deploy\nsource_profile = \
                                 base\n",
    );
    file(&stage, ".aws/credentials", &keys("base", "AKIDBASE"));
    let missing = |arguments: &str| {
        let data = "data \"ecslive_task_definition\" \"missing\" {\n  family = \"nothing\"\n}\n";
        let url = stage.fake.endpoint();
        let endpoints = format!("endpoints {{\n  ecs = {url:?}\n  sts = {url:?}\n}}");
        let block = format!("provider \"ecslive\" {{\nregion = {REGION:?}\n{arguments}\n{endpoints}\n}}\n{data}");
        with_provider(&stage, &block).text()
    };
    let text = missing("profile = \"deploy\"");
    let role =
        "Account: 222222222222 Credentials: profile deploy, then the role arn:aws:iam::222222222222:role/deploy AWS";
    assert!(text.contains(role), "{text}");
    // The environment tells no account, and nobody is asked for it.
    assert!(missing("").contains("Credentials: environment AWS request: "));
    assert_eq!(stage.fake.count("sts:GetCallerIdentity"), 0);
    let text = missing("allowed_account_ids = [\"123456789012\"]");
    assert!(text.contains("Account: 123456789012 Credentials: environment"), "{text}");
}

#[test]
fn one_mistake_is_told_in_full_once() {
    let stage = bare();
    let more = "data \"ecslive_task_definition\" \"more\" {\n  count  = 12\n  family = \"web-${count.index}\"\n}\n";
    let output = with_provider(&stage, &format!("provider \"ecslive\" {{\n  profile = \"shpo\"\n}}\n{more}"));
    let text = output.text();
    // Terraform 1.15 shows what is alike, of instances of one block, once.
    let told = text.matches("Error: AWS Profile Not Found").count();
    assert!(matches!(told, 2 | 3 | 13), "{told}: {text}");
    assert_eq!(text.matches("and none of the files has").count(), 1, "{text}");
    let same = text.matches("The same error as that of ecslive_task_definition (family = \"web").count();
    assert_eq!(same, told - 1, "{text}");
}

#[test]
fn a_token_with_the_line_break_of_its_file_is_told() {
    let stage = stage();
    stage.workspace.write("token.txt", "planted-token\n");
    let keys = "access_key = \"AKIDBLOCK\"\nsecret_key = \"planted\"\ntoken = file(\"token.txt\")";
    let text = with_arguments(&stage, keys).text();
    let expected = "Provider block: it gave a session token with a line break or another character that cannot be sent";
    assert!(text.contains("No AWS Credentials") && text.contains(expected), "{text}");
    assert!(!text.contains("planted-token"), "{text}");
}

#[test]
fn an_instance_gives_credentials_and_region() {
    let mut stage = bare();
    let instance = Instance::new();
    // What is on this machine is never behind a proxy.
    stage.workspace.env("HTTP_PROXY", &format!("http://{}", Proxy::to(None).address()));
    let url = stage.fake.endpoint();
    let block = format!(
        "provider \"ecslive\" {{\nec2_metadata_service_endpoint = {:?}\nendpoints {{\n ecs = {url:?}\n}}\n}}",
        instance.endpoint()
    );
    with_provider(&stage, &block).success();
    let call = stage.fake.calls().pop().expect("a call");
    assert_eq!((call.access_key.as_str(), call.region.as_str()), ("AKIDINSTANCE", REGION));
    assert!(instance.asked().contains(&"/latest/meta-data/placement/region".to_owned()), "{:?}", instance.asked());
}

#[test]
fn an_instance_that_answers_late_gives_credentials_all_the_same() {
    let stage = bare();
    let (instance, url) = (Instance::late(std::time::Duration::from_millis(600)), stage.fake.endpoint());
    let block = format!(
        "provider \"ecslive\" {{\nec2_metadata_service_endpoint = {:?}\nendpoints {{\n ecs = {url:?}\n}}\n}}",
        instance.endpoint()
    );
    with_provider(&stage, &block).success();
    assert_eq!(stage.fake.calls().pop().expect("a call").access_key, "AKIDINSTANCE");
}

#[test]
fn an_instance_is_not_asked_for_a_region_when_the_credentials_are_not_its_own() {
    let mut stage = stage();
    let instance = Instance::new();
    stage.workspace.env("AWS_EC2_METADATA_DISABLED", "");
    let url = stage.fake.endpoint();
    let block = format!(
        "provider \"ecslive\" {{\nec2_metadata_service_endpoint = {:?}\nendpoints {{\n ecs = {url:?}\n}}\n}}",
        instance.endpoint()
    );
    let output = with_provider(&stage, &block);
    assert!(output.text().contains("No AWS Region"), "{}", output.text());
    assert_eq!(instance.asked(), Vec::<String>::new());
}

#[test]
fn a_container_gives_credentials() {
    let mut stage = bare();
    let container = Instance::new();
    stage.workspace.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/container", container.endpoint()));
    with_arguments(&stage, "").success();
    assert_eq!(signed(&stage), "AKIDCONTAINER");
}

#[test]
fn no_credentials_are_named_soon_with_every_source_that_was_tried() {
    let stage = bare();
    let silent = Instance::silent();
    for endpoint in [silent.endpoint(), nobody()] {
        let url = stage.fake.endpoint();
        let block = format!(
            "provider \"ecslive\" {{
                region = {REGION:?}
                ec2_metadata_service_endpoint = {endpoint:?}
                endpoints {{
                    ecs = {url:?}
                }}
            }}
            data \"ecslive_task_definition\" \"more\" {{
                count  = 30
                family = \"web\"
            }}"
        );
        let started = Instant::now();
        let output = with_provider(&stage, &block);
        // Thirty reads, one second of waiting; the rest is terraform on a busy machine.
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
        for expected in [
            "No AWS Credentials",
            "Environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set",
            "Web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are not both set",
            "Profile: the profile \"default\" of the shared files has no credentials, or there is none",
            "Container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor",
            "Instance metadata: ",
        ] {
            assert!(output.text().contains(expected), "{expected}: {}", output.text());
        }
    }
    assert_eq!(silent.asked().len(), 1, "the failure is shared by all reads");
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}
