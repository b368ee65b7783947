//! A `provider "aws"` block under the name of this provider, as people copy it.

use crate::provider::{stage, with_provider};
use crate::stage::Stage;
use fake_aws::REGION;

/// A block as it is found in the wild: everything in it is an argument of hashicorp/aws 5.100.
fn block(stage: &Stage, more: &str) -> String {
    let url = stage.fake.endpoint();
    format!(
        "provider \"ecslive\" {{
            region                             = {REGION:?}
            sts_region                         = \"us-east-1\"
            skip_credentials_validation        = true
            skip_metadata_api_check            = \"true\"
            skip_region_validation             = true
            skip_requesting_account_id         = true
            s3_use_path_style                  = true
            s3_us_east_1_regional_endpoint     = \"regional\"
            token_bucket_rate_limiter_capacity = 0
            {more}
            default_tags {{
                tags = {{ Team = \"shop\", Environment = \"test\" }}
            }}
            ignore_tags {{
                key_prefixes = [\"kubernetes.io/\"]
            }}
            endpoints {{
                dynamodb = {url:?}
                ecs      = {url:?}
                iam      = {url:?}
                s3       = \"\"
                sts      = {url:?}
            }}
        }}"
    )
}

#[test]
fn a_copied_block_works_and_one_warning_lists_what_has_no_meaning_here() {
    let stage = stage();
    let output = with_provider(&stage, &block(&stage, "allowed_account_ids = [\"123456789012\"]")).success();
    let text = output.text();
    assert_eq!(text.matches("Warning: Arguments Without Effect").count(), 1, "{text}");
    let expected = "Without effect: default_tags, ignore_tags, s3_us_east_1_regional_endpoint, s3_use_path_style, \
                    skip_credentials_validation, skip_region_validation, skip_requesting_account_id, \
                    token_bucket_rate_limiter_capacity, endpoints.dynamodb, endpoints.iam";
    assert!(text.contains(expected), "{text}");
    let sts = stage.fake.calls().into_iter().find(|call| call.operation == "sts:GetCallerIdentity");
    assert_eq!(sts.expect("a call of STS").region, "us-east-1");
    let text = stage.workspace.run(&["validate"]).success().text();
    assert_eq!(text.matches("Warning: Arguments Without Effect").count(), 1, "{text}");
}

#[test]
fn connections_that_are_not_checked_are_an_error() {
    let stage = stage();
    let text = with_provider(&stage, &block(&stage, "insecure = true")).text();
    assert!(text.contains("Certificates Are Always Checked") && text.contains("custom_ca_bundle"), "{text}");
    with_provider(&stage, &block(&stage, "insecure = false")).success();
}

#[test]
fn tags_that_are_not_known_yet_hold_nothing_up() {
    let stage = stage();
    let url = stage.fake.endpoint();
    let block = format!(
        "resource \"terraform_data\" \"build\" {{
            input = \"7\"
        }}
        provider \"ecslive\" {{
            region = {REGION:?}
            default_tags {{
                tags = {{ Build = terraform_data.build.output }}
            }}
            endpoints {{
                ecs = {url:?}
            }}
        }}"
    );
    with_provider(&stage, &block).success();
    assert_eq!(stage.fake.count("ecs:DescribeTaskDefinition"), 1);
}

#[test]
fn an_instance_is_not_asked_for_credentials_where_the_block_says_so() {
    let mut stage = stage();
    stage.workspace.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "").env("AWS_EC2_METADATA_DISABLED", "");
    let instance = crate::instance::Instance::new();
    let metadata = format!("ec2_metadata_service_endpoint = {:?}", instance.endpoint());
    let text = with_provider(&stage, &block(&stage, &metadata)).text();
    assert!(text.contains("No AWS Credentials") && !text.contains("Instance metadata: "), "{text}");
    assert_eq!(instance.asked(), Vec::<String>::new());
}
