//! Access to AWS: SDK answers translated into `resolve::model`, with the fewest calls.
//!
//! The only module that knows the SDK. Knows nothing of Terraform.

mod batch;
mod code_deploy;
mod company;
mod ecr;
mod ecs;
mod elbv2;
mod error;
mod http;
mod inquire;
mod limit;
mod listing;
mod reader;
mod revisions;
mod routes;
mod shared;
mod task_definition;
mod time;

pub use ecr::InEcr;
pub use ecs::Found;
pub use error::{Error, ErrorKind};
pub use inquire::Inquiry;
pub use reader::Reader;
pub use shared::Since;

use crate::resolve::model::{CodeDeployDeployment, ServiceDeployment, ServiceRevision, TrafficByTaskSet};
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use batch::{Batch, Calls};
use company::Company;
use limit::Limits;
use routes::Routes;
use shared::Shared;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// How to reach AWS: what the provider configuration says. Everything it leaves out comes from the environment, the
/// shared files and the instance or container, in the order of the SDK.
#[derive(Clone, Default)]
pub struct Settings {
    /// Region for reads that name none.
    pub region: Option<String>,
    /// Profile of the shared configuration files.
    pub profile: Option<String>,
    /// Static credentials.
    pub credentials: Option<StaticCredentials>,
    /// Endpoint URLs that replace AWS's own.
    pub endpoints: Endpoints,
}

/// Static credentials. They have no `Debug` on purpose.
#[derive(Clone)]
pub struct StaticCredentials {
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: String,
    /// Session token, for temporary credentials.
    pub token: Option<String>,
}

/// Endpoint URLs by service.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// Amazon ECS.
    pub ecs: Option<String>,
    /// Elastic Load Balancing, version 2.
    pub elbv2: Option<String>,
    /// AWS CodeDeploy.
    pub codedeploy: Option<String>,
    /// Amazon ECR.
    pub ecr: Option<String>,
}

/// Clients for all regions, made when they are first needed. Making one does no IO.
pub struct Clients {
    settings: Settings,
    config: OnceCell<SdkConfig>,
    regions: Mutex<HashMap<String, Arc<Regional>>>,
    batched: bool,
}

/// Clients and shared facts of one region.
pub struct Regional {
    /// The region.
    pub name: String,
    ecs: aws_sdk_ecs::Client,
    code_deploy: aws_sdk_codedeploy::Client,
    ecr: aws_sdk_ecr::Client,
    calls: Calls,
    services: Batch<ecs::ServiceGroup, ecs::FoundService>,
    revisions: Batch<(), Option<ServiceRevision>>,
    service_deployments: Batch<(), Option<ServiceDeployment>>,
    deployments: Batch<(), Option<CodeDeployDeployment>>,
    shifts: Shared<(String, String), TrafficByTaskSet, Error>,
    routes: Routes,
}

impl Clients {
    /// Clients with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings, config: OnceCell::new(), regions: Mutex::default(), batched: true }
    }

    /// The same with one call for each thing that is read, and without limits: what `make bench` compares with.
    #[must_use]
    pub fn unbatched(self) -> Self {
        Self { batched: false, ..self }
    }

    /// The clients of a region, for one read; of the configured one when none is named.
    ///
    /// # Errors
    /// [`ErrorKind::NoRegion`] when none is named, configured or found.
    pub async fn region(&self, name: Option<&str>) -> Result<Reader, Error> {
        let config = self.config.get_or_init(|| load(&self.settings)).await;
        let configured = || config.region().map(|region| region.as_ref().to_owned());
        let Some(name) = name.map(str::to_owned).or_else(configured) else {
            return Err(Error {
                kind: ErrorKind::NoRegion,
                operation: "configuration",
                request_id: None,
                message: "no region is configured".to_owned(),
            });
        };
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let regional = regions
            .entry(name)
            .or_insert_with_key(|name| Arc::new(Regional::new(name, config, &self.settings.endpoints, self.batched)));
        Ok(Reader::new(regional))
    }
}

async fn load(settings: &Settings) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http::LazyHttp::default());
    if let Ok(name) = AppName::new(concat!("ecslive-", env!("CARGO_PKG_VERSION"))) {
        loader = loader.app_name(name);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(StaticCredentials { access_key, secret_key, token }) = &settings.credentials {
        loader = loader.credentials_provider(Credentials::new(access_key, secret_key, token.clone(), None, "provider"));
    }
    loader.load().await
}

impl Regional {
    fn new(name: &str, config: &SdkConfig, endpoints: &Endpoints, batched: bool) -> Self {
        let config = config.to_builder().region(Region::new(name.to_owned())).build();
        let limits = if batched { Limits::new() } else { Limits::off() };
        let mut ecs = aws_sdk_ecs::config::Builder::from(&config).interceptor(limits.clone());
        let mut elbv2 = aws_sdk_elasticloadbalancingv2::config::Builder::from(&config).interceptor(limits.clone());
        let mut code_deploy = aws_sdk_codedeploy::config::Builder::from(&config).interceptor(limits.clone());
        let mut ecr = aws_sdk_ecr::config::Builder::from(&config);
        if let Some(url) = &endpoints.ecs {
            ecs = ecs.endpoint_url(url);
        }
        if let Some(url) = &endpoints.elbv2 {
            elbv2 = elbv2.endpoint_url(url);
        }
        if let Some(url) = &endpoints.codedeploy {
            code_deploy = code_deploy.endpoint_url(url);
        }
        if let Some(url) = &endpoints.ecr {
            ecr = ecr.endpoint_url(url);
        }
        let (ecs, code_deploy) = (ecs.build(), code_deploy.build());
        let (ecs, code_deploy) =
            (aws_sdk_ecs::Client::from_conf(ecs), aws_sdk_codedeploy::Client::from_conf(code_deploy));
        let elbv2 = aws_sdk_elasticloadbalancingv2::Client::from_conf(elbv2.build());
        let calls = Calls { company: Arc::new(Company::default()), limits, batched };
        Self {
            name: name.to_owned(),
            services: ecs::services(&ecs, &calls),
            revisions: revisions::revisions(&ecs, &calls),
            service_deployments: revisions::deployments(&ecs, &calls),
            deployments: code_deploy::deployments(&code_deploy, &calls),
            shifts: Shared::new(&calls.company),
            routes: Routes::new(elbv2, &calls),
            ecr: aws_sdk_ecr::Client::from_conf(ecr.build()),
            ecs,
            code_deploy,
            calls,
        }
    }
}
