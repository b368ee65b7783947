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
        "Unusable AWS Configuration",
        "profile of the provider block is \"shop\", and no file has this profile; /nonexistent/credentials does not exist.",
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
    for expected in ["No AWS Credentials", "run aws sso login", "Profile: "] {
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
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
