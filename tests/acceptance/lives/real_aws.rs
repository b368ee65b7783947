//! The examples with the real hashicorp/aws.

use super::life::{BLUE_GREEN, Life, complete};
use crate::early::Early;
use fake_aws::Step::{Complete, Finish, Rollback, RolledBack, Shift, Start};

static CODEDEPLOY: Early<Life> = Early::new("lives::real_aws::codedeploy", || applied("codedeploy"));
static CLOUDPOSSE: Early<Life> =
    Early::new("lives::real_aws::codedeploy_through_cloudposse", || applied("with-cloudposse"));
static ROLLING: Early<Life> = Early::new("lives::real_aws::rolling", || applied("rolling"));
static EXTERNAL: Early<Life> = Early::new("lives::real_aws::external", || applied("external"));

/// Begins to apply all of them.
pub fn begin() {
    for example in [&CODEDEPLOY, &CLOUDPOSSE, &ROLLING, &EXTERNAL] {
        example.begin();
    }
}

fn applied(example: &'static str) -> Life {
    Life::with_real_aws(complete(example)).first_apply()
}

#[test]
fn codedeploy() {
    let middle = CODEDEPLOY.take().shows_changes_of_the_code_alone().deployments("web", &BLUE_GREEN[..2]);
    let middle = middle.shows_changes_of_the_code_alone().applies_tags_alone();
    middle.deployments("web", &BLUE_GREEN[2..]).wrote_nothing();
}

#[test]
fn codedeploy_through_cloudposse() {
    let middle = CLOUDPOSSE.take().deployments("shop-web", &[Start, Shift(10)]).shows_changes_of_the_code_alone();
    middle.deployments("shop-web", &[Complete, Finish]).wrote_nothing();
}

#[test]
fn rolling() {
    let middle = ROLLING.take().shows_changes_of_the_code_alone().deployments("web", &[Start]);
    let middle = middle.shows_changes_of_the_code_alone().applies_tags_alone();
    middle.deployments("web", &[Finish, Start, Rollback, RolledBack]).wrote_nothing();
}

#[test]
fn external() {
    let middle = EXTERNAL.take().deployments("web", &[Start, Shift(10)]).shows_changes_of_the_code_alone();
    middle.deployments("web", &[Complete, Finish]).wrote_nothing();
}
