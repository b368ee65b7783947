//! Settings for an endpoint of fake-aws, with nothing from the machine that the tests run on.

use ecslive::aws::settings::{Endpoints, Settings, StaticCredentials};

/// Every service at this endpoint.
pub fn of(endpoint: &str) -> Settings {
    let url = || Some(endpoint.to_owned());
    Settings {
        region: Some(fake_aws::REGION.to_owned()),
        shared_config_files: Some(Vec::new()),
        shared_credentials_files: Some(Vec::new()),
        credentials: Some(StaticCredentials {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: "secret".to_owned(),
            token: None,
        }),
        endpoints: Endpoints { ecs: url(), elbv2: url(), codedeploy: url(), ecr: url(), sts: url() },
        ..Settings::default()
    }
}
