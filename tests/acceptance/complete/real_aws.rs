//! The examples with the real hashicorp/aws.

use super::lives::{BLUE_GREEN, Life, complete};
use fake_aws::Step::{Complete, Finish, Rollback, RolledBack, Shift, Start};

#[test]
fn codedeploy() {
    Life::with_real_aws(complete("codedeploy")).first_apply().deployments("web", &BLUE_GREEN).wrote_nothing();
}

#[test]
fn codedeploy_through_cloudposse() {
    let life = Life::with_real_aws(complete("with-cloudposse")).first_apply();
    life.deployments("shop-web", &[Start, Shift(10), Complete, Finish]).wrote_nothing();
}

#[test]
fn rolling() {
    let steps = [Start, Finish, Start, Rollback, RolledBack];
    Life::with_real_aws(complete("rolling")).first_apply().deployments("web", &steps).wrote_nothing();
}

#[test]
fn external() {
    let steps = [Start, Shift(10), Complete, Finish];
    Life::with_real_aws(complete("external")).first_apply().deployments("web", &steps).wrote_nothing();
}
