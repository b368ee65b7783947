//! Access to AWS: SDK answers translated into `resolve::model`, with the fewest calls.
//!
//! The only module that knows the SDK. Knows nothing of Terraform.

mod account;
mod assume_role;
mod ca;
mod code_deploy;
mod credentials;
mod ecr;
mod ecs;
mod elbv2;
mod error;
mod http;
mod inquire;
mod listing;
mod metadata;
mod profiles;
mod proxy;
mod revisions;
mod session;
pub mod settings;
mod shared;
mod task_definition;
mod time;

pub use ecr::InEcr;
pub use ecs::Found;
pub use error::{Error, ErrorKind};
pub use inquire::Inquiry;
pub use shared::Since;

use crate::resolve::arn::{ListenerArn, LoadBalancerArn, TargetGroupArn};
use crate::resolve::model::{Route, Service};
use aws_config::{Region, SdkConfig};
use session::{Session, sdk_client};
use settings::{Endpoints, Settings};
use shared::Shared;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Clients for all regions, made when they are first needed. Making one does no IO.
pub struct Clients {
    settings: Settings,
    session: OnceCell<Session>,
    regions: Mutex<HashMap<String, Arc<Regional>>>,
}

/// Clients and shared facts of one region.
pub struct Regional {
    /// The region.
    pub name: String,
    ecs: aws_sdk_ecs::Client,
    elbv2: aws_sdk_elasticloadbalancingv2::Client,
    code_deploy: aws_sdk_codedeploy::Client,
    ecr: aws_sdk_ecr::Client,
    services: Shared<ecs::ServiceKey, Found<Arc<Service>>, Error>,
    target_groups: Shared<(), Arc<BTreeMap<TargetGroupArn, Vec<LoadBalancerArn>>>, Error>,
    listeners: Shared<LoadBalancerArn, Arc<Vec<elbv2::Listener>>, Error>,
    rules: Shared<ListenerArn, Arc<Vec<Route>>, Error>,
}

impl Clients {
    /// Clients with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings, session: OnceCell::new(), regions: Mutex::default() }
    }

    /// The clients of a region; of the configured one when none is named.
    ///
    /// # Errors
    /// [`ErrorKind::NoRegion`] when none is named, configured or found; [`ErrorKind::AccountNotAllowed`]; or why the
    /// settings cannot be used.
    pub async fn region(&self, name: Option<&str>) -> Result<Arc<Regional>, Error> {
        let session = self.session.get_or_try_init(|| Session::load(&self.settings, name)).await?;
        let name = match name {
            Some(name) => Some(name.to_owned()),
            None => session.region().await,
        };
        let none = || Error::new(ErrorKind::NoRegion, "configuration", "no region is configured");
        let name = name.ok_or_else(none)?;
        session.account.pass().await?;
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let regional = regions
            .entry(name)
            .or_insert_with_key(|name| Arc::new(Regional::new(name, &session.sdk, &self.settings.endpoints)));
        Ok(Arc::clone(regional))
    }
}

/// Whether a file can be a CA bundle.
///
/// # Errors
/// Why it cannot, as the end of a sentence that starts with its name.
pub fn check_ca_bundle(path: &Path) -> Result<(), String> {
    ca::bundle(path).map(drop)
}

impl Regional {
    fn new(name: &str, config: &SdkConfig, endpoints: &Endpoints) -> Self {
        let config = config.to_builder().region(Region::new(name.to_owned())).build();
        Self {
            name: name.to_owned(),
            ecs: sdk_client!(aws_sdk_ecs, &config, endpoints.ecs.as_ref()),
            elbv2: sdk_client!(aws_sdk_elasticloadbalancingv2, &config, endpoints.elbv2.as_ref()),
            code_deploy: sdk_client!(aws_sdk_codedeploy, &config, endpoints.codedeploy.as_ref()),
            ecr: sdk_client!(aws_sdk_ecr, &config, endpoints.ecr.as_ref()),
            services: Shared::default(),
            target_groups: Shared::default(),
            listeners: Shared::default(),
            rules: Shared::default(),
        }
    }
}
