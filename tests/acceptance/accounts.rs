//! Which accounts may be read: checked before the first answer, once, and never taken for granted.

use crate::provider::{stage, with_arguments, with_provider};
use crate::stage::Stage;
use fake_aws::{Fault, REGION};

/// The account of the keys that fake-aws does not know.
const OURS: &str = "123456789012";

#[test]
fn an_allowed_account_is_read() {
    let stage = stage();
    with_arguments(&stage, &format!("allowed_account_ids = [\"222222222222\", {OURS:?}]")).success();
    with_arguments(&stage, "forbidden_account_ids = [\"222222222222\"]").success();
    with_arguments(&stage, "allowed_account_ids = []").success();
    assert_eq!(stage.fake.tally(), ["ecs:DescribeTaskDefinition 3", "sts:GetCallerIdentity 2"]);
}

#[test]
fn an_account_that_is_not_allowed_is_named_and_not_read() {
    let stage = stage();
    for (argument, reason) in [
        (
            "allowed_account_ids = [\"222222222222\"]".to_owned(),
            "allowed_account_ids of the provider block does not list it",
        ),
        (format!("forbidden_account_ids = [{OURS:?}]"), "forbidden_account_ids of the provider block lists it"),
    ] {
        let output = with_arguments(&stage, &argument);
        assert_eq!(output.code, Some(1));
        for expected in ["AWS Account Not Allowed", reason, "Account: 123456789012"] {
            assert!(output.text().contains(expected), "{expected}: {}", output.text());
        }
    }
    assert_eq!(stage.fake.tally(), ["sts:GetCallerIdentity 2"]);
}

#[test]
fn the_account_is_that_of_the_role() {
    let stage = stage();
    let role = "assume_role {\n  role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n}\n";
    with_arguments(&stage, &format!("{role}allowed_account_ids = [\"222222222222\"]")).success();
    let output = with_arguments(&stage, &format!("{role}allowed_account_ids = [{OURS:?}]"));
    assert!(output.text().contains("Account: 222222222222"), "{}", output.text());
}

#[test]
fn an_error_of_sts_is_no_permission() {
    let stage = stage();
    for (fault, expected) in [
        (Fault::AccessDenied, "AWS Access Denied"),
        (Fault::ExpiredToken, "AWS Credentials Rejected"),
        (Fault::Unavailable, "AWS Server Error"),
        (Fault::Html, "Unreadable AWS Answer"),
    ] {
        stage.fake.reset();
        stage.fake.fail_always("sts:GetCallerIdentity", fault);
        let output = with_arguments(&stage, &format!("allowed_account_ids = [{OURS:?}]"));
        assert_eq!(output.code, Some(1));
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
        assert_eq!(stage.fake.count("ecs:DescribeTaskDefinition"), 0);
    }
}

#[test]
fn one_call_of_sts_is_enough_for_all_reads_and_regions() {
    let stage: Stage = stage();
    stage.fake.region("us-east-1", |region| region.register("web", &[("web", "nginx")]));
    let url = stage.fake.endpoint();
    let block = format!(
        "provider \"ecslive\" {{
            region              = {REGION:?}
            allowed_account_ids = [{OURS:?}]
            endpoints {{
                ecs = {url:?}
                sts = {url:?}
            }}
        }}
        data \"ecslive_task_definition\" \"more\" {{
            count  = 20
            family = \"web\"
            region = count.index % 2 == 0 ? \"us-east-1\" : {REGION:?}
        }}"
    );
    with_provider(&stage, &block).success();
    assert_eq!(stage.fake.count("sts:GetCallerIdentity"), 1);
}

#[test]
fn mistakes_in_the_lists_are_found_offline() {
    let stage = stage();
    for (arguments, expected) in [
        ("allowed_account_ids = [\"12345\"]".to_owned(), "\"12345\" is not an AWS account id: expected 12 digits."),
        (
            format!("allowed_account_ids = [{OURS:?}]\nforbidden_account_ids = [\"222222222222\"]"),
            "allowed_account_ids and forbidden_account_ids are both set. Keep one.",
        ),
    ] {
        let output = with_arguments(&stage, &arguments);
        assert!(output.text().contains(expected), "{expected}: {}", output.text());
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}
