//! The provider block: where region, credentials and endpoints come from, and what is wrong with them.

use crate::stage::{Stage, WEB, is_plain};
use fake_aws::REGION;

const DATA: &str = "data \"ecslive_task_definition\" \"it\" {\n  family = \"web\"\n}\n";

/// A stage with the task definition that [`with_provider`] reads.
pub fn stage() -> Stage {
    let (stage, _) = Stage::with(|region| region.register("web", &[("web", "nginx")]));
    stage
}

/// Plans one read with this provider block, and whatever else is in the text.
pub fn with_provider(stage: &Stage, block: &str) -> harness::Output {
    let required = "terraform {\n  required_providers {\n    ecslive = { source = \"ecslive/ecslive\" }\n  }\n}\n";
    stage.workspace.write("main.tf", &format!("{required}{block}\n{DATA}"));
    let output = stage.workspace.run(&["plan"]);
    is_plain(&output);
    output
}

/// Plans one read with these arguments in the provider block; everything goes to fake-aws.
pub fn with_arguments(stage: &Stage, arguments: &str) -> harness::Output {
    let block = format!("provider \"ecslive\" {{\nregion = {REGION:?}\n{arguments}\n{}}}", endpoints(stage));
    with_provider(stage, &block)
}

fn endpoints(stage: &Stage) -> String {
    let url = stage.fake.endpoint();
    format!("endpoints {{\n  ecs = {url:?}\n  sts = {url:?}\n}}\n")
}

#[test]
fn everything_can_come_from_the_environment() {
    let mut stage = stage();
    let endpoint = stage.fake.endpoint();
    stage.workspace.env("AWS_REGION", REGION).env("AWS_ENDPOINT_URL", &endpoint).env("AWS_ACCESS_KEY_ID", "AKIDENV");
    with_provider(&stage, "").success();
    assert_eq!(stage.fake.calls()[0].access_key, "AKIDENV");
    assert_eq!(stage.fake.calls()[0].region, REGION);
}

#[test]
fn the_provider_block_goes_before_the_environment() {
    let mut stage = stage();
    stage.workspace.env("AWS_REGION", "us-east-1").env("AWS_ACCESS_KEY_ID", "AKIDENV");
    let keys = "access_key = \"AKIDBLOCK\"\nsecret_key = \"planted\"\n";
    with_provider(&stage, &format!("provider \"ecslive\" {{\nregion = {REGION:?}\n{keys}{}}}", endpoints(&stage)))
        .success();
    let call = &stage.fake.calls()[0];
    assert_eq!((call.access_key.as_str(), call.region.as_str()), ("AKIDBLOCK", REGION));
}

#[test]
fn a_profile_brings_credentials_and_region() {
    let mut stage = stage();
    let folder = stage.workspace.home().join(".aws");
    std::fs::create_dir_all(&folder).expect("a folder");
    let credentials = "[shop]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = planted\n";
    std::fs::write(folder.join("credentials"), credentials).expect("a file");
    std::fs::write(folder.join("config"), format!("[profile shop]\nregion = {REGION}\n")).expect("a file");
    stage.workspace.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    with_provider(&stage, &format!("provider \"ecslive\" {{\nprofile = \"shop\"\n{}}}", endpoints(&stage))).success();
    let call = &stage.fake.calls()[0];
    assert_eq!((call.access_key.as_str(), call.region.as_str()), ("AKIDPROFILE", REGION));
}

#[test]
fn no_region_and_no_credentials_are_named() {
    let mut stage = stage();
    let output = with_provider(&stage, &format!("provider \"ecslive\" {{\n{}}}", endpoints(&stage)));
    assert!(output.text().contains("No AWS Region"), "{}", output.text());
    stage.workspace.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    let output =
        with_provider(&stage, &format!("provider \"ecslive\" {{\nregion = {REGION:?}\n{}}}", endpoints(&stage)));
    assert!(output.text().contains("No AWS Credentials"), "{}", output.text());
    assert!(output.text().contains("AWS_PROFILE, or AWS_ACCESS_KEY_ID"), "{}", output.text());
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

#[test]
fn mistakes_in_the_block_are_found_offline() {
    let stage = stage();
    for (arguments, expected) in [
        ("access_key = \"A\"", "access_key is set and secret_key is not."),
        ("secret_key = \"planted-secret\"", "secret_key is set and access_key is not."),
        ("token = \"planted-secret\"", "token is set and access_key is not."),
        ("region = \"Frankfurt\"", "\"Frankfurt\" is not an AWS region"),
        ("endpoints {\n  ecs = \"localhost:80\"\n}", "\"localhost:80\" is not an endpoint URL"),
        ("endpoints {\n  elb = \"http://a\"\n  elbv2 = \"http://b\"\n}", "both give the endpoint of elbv2. Keep one."),
    ] {
        let output = with_provider(&stage, &format!("provider \"ecslive\" {{\n{arguments}\n}}"));
        assert_eq!(output.code, Some(1), "{arguments}");
        assert!(output.text().contains(expected), "{arguments}: {}", output.text());
        // terraform quotes the line that a diagnostic points at; the provider's own words must not.
        assert_eq!(output.text().matches("planted-secret").count(), arguments.matches("planted-secret").count());
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

#[test]
fn a_provider_argument_that_is_not_known_yet_is_named() {
    let stage = stage();
    let block = format!(
        "resource \"terraform_data\" \"region\" {{\n  input = {REGION:?}\n}}\nprovider \"ecslive\" {{\n  region = \
         terraform_data.region.output\n{}}}",
        endpoints(&stage)
    );
    let output = with_provider(&stage, &block);
    let expected = "The provider argument region is not known until apply, so nothing can be read while planning.";
    assert!(output.text().contains(expected), "{}", output.text());
}

#[test]
fn arguments_that_are_not_known_are_never_wrong() {
    let stage = stage();
    let names = ["key", "arn", "token", "file", "accounts", "url", "number"];
    let variables: String = names.iter().map(|name| format!("variable {name:?} {{}}\n")).collect();
    let block = "provider \"ecslive\" {
        access_key            = var.key
        allowed_account_ids   = var.accounts
        forbidden_account_ids = var.accounts
        max_retries           = var.number
        http_proxy            = var.url
        custom_ca_bundle      = var.file
        assume_role {
            role_arn = var.arn
            duration = var.number
        }
        assume_role_with_web_identity {
            role_arn                = var.arn
            web_identity_token      = var.token
            web_identity_token_file = var.file
        }
        endpoints {
            elb   = var.url
            elbv2 = var.url
            sts   = var.url
        }
    }";
    let required = "terraform {\n  required_providers {\n    ecslive = { source = \"ecslive/ecslive\" }\n  }\n}\n";
    stage.workspace.write("main.tf", &format!("{required}{variables}{block}\n{DATA}"));
    // Variables have no value yet when a configuration is validated.
    stage.workspace.run(&["validate"]).success();
}

#[test]
fn a_data_source_may_read_from_another_region() {
    let stage = stage();
    stage.fake.region("us-east-1", |region| region.rolling_service("shop", "web"));
    assert_eq!(stage.read("ecslive_service", &format!("{WEB}region = \"us-east-1\""))["region"], "us-east-1");
    assert_eq!(stage.fake.calls()[0].region, "us-east-1");
    assert!(stage.fails("ecslive_service", WEB).contains("ECS Cluster Not Found"));
}
