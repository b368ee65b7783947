//! Access to AWS: SDK answers translated into `resolve::model`, with the fewest calls.
//!
//! The only module that knows the SDK. Knows nothing of Terraform.

mod access;
mod calls;
mod cause;
mod code_deploy;
mod ecr;
mod ecs;
mod elbv2;
mod error;
mod field;
mod identity;
mod inquire;
mod progress;
mod reader;

pub use access::settings;
pub use calls::Since;
pub use ecr::InEcr;
pub use ecs::Found;
pub use error::{Error, ErrorKind};
pub use inquire::Inquiry;
pub use progress::{Call, Progress};
pub use reader::Reader;

use crate::resolve::model::{
    CodeDeployDeployment, ServiceDeployment, ServiceRevision, TaskDefinition, TrafficByTaskSet,
};
use access::settings::{Endpoints, Settings};
use access::{Session, sdk_client};
use aws_config::Region;
use calls::{Batch, Calls, Company, Limits, Shared};
use elbv2::Routes;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Clients for all regions, made when they are first needed. Making one does no IO.
pub struct Clients {
    settings: Settings,
    session: OnceCell<Session>,
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
    task_definitions: Batch<ecs::Wanted, Option<Arc<TaskDefinition>>>,
    revisions: Batch<(), Option<ServiceRevision>>,
    service_deployments: Batch<(), Option<ServiceDeployment>>,
    deployments: Batch<(), Option<CodeDeployDeployment>>,
    shifts: Shared<(String, String), TrafficByTaskSet, Error>,
    routes: Routes,
}

impl Clients {
    /// Clients with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings, session: OnceCell::new(), regions: Mutex::default(), batched: true }
    }

    /// The same with one call for each thing that is read, and without limits: what `make bench` compares with.
    #[must_use]
    pub fn unbatched(self) -> Self {
        Self { batched: false, ..self }
    }

    /// The clients of a region, for one read; of the configured one when none is named.
    ///
    /// # Errors
    /// [`ErrorKind::NoRegion`] when none is named, configured or found; [`ErrorKind::AccountNotAllowed`]; or why the
    /// settings cannot be used.
    pub async fn region(&self, name: Option<&str>) -> Result<Reader, Error> {
        let session = self.session.get_or_try_init(|| Session::load(&self.settings, name)).await?;
        let name = match name {
            Some(name) => Some(name.to_owned()),
            None => session.region().await,
        };
        let none = || Error::new(ErrorKind::NoRegion, "configuration", "no region is configured");
        let name = name.ok_or_else(none)?;
        session.account.pass(&session.identity).await?;
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let regional = regions
            .entry(name)
            .or_insert_with_key(|name| Arc::new(Regional::new(name, session, &self.settings.endpoints, self.batched)));
        Ok(Reader::new(regional))
    }

    /// The account that the credentials are for, which STS tells once. Needs no permission.
    ///
    /// # Errors
    /// [`Error`] when STS does not say, or why the settings cannot be used.
    pub async fn account(&self) -> Result<String, Error> {
        let session = self.session.get_or_try_init(|| Session::load(&self.settings, None)).await?;
        session.account.id().await
    }
}

/// Whether a file can be a CA bundle.
///
/// # Errors
/// Why it cannot, as the end of a sentence that starts with its name.
pub fn check_ca_bundle(path: &Path) -> Result<(), String> {
    access::bundle(path).map(drop)
}

impl Regional {
    /// Whose credentials answer, as far as that is known: labels and values for a message.
    pub fn answered_by(&self) -> Vec<(&'static str, String)> {
        self.calls.identity.facts()
    }

    fn new(name: &str, session: &Session, endpoints: &Endpoints, batched: bool) -> Self {
        let config = session.sdk.to_builder().region(Region::new(name.to_owned())).build();
        let limits = if batched { Limits::new() } else { Limits::off() };
        let ecs = sdk_client!(aws_sdk_ecs, &config, endpoints.ecs.as_ref(), limits.clone());
        let elbv2 = sdk_client!(aws_sdk_elasticloadbalancingv2, &config, endpoints.elbv2.as_ref(), limits.clone());
        let code_deploy = sdk_client!(aws_sdk_codedeploy, &config, endpoints.codedeploy.as_ref(), limits.clone());
        let identity = Arc::clone(&session.identity);
        let calls = Calls { company: Arc::new(Company::default()), limits, batched, identity };
        Self {
            name: name.to_owned(),
            services: ecs::services(&ecs, &calls),
            task_definitions: ecs::task_definitions(&ecs, &calls),
            revisions: ecs::revisions(&ecs, &calls),
            service_deployments: ecs::deployments(&ecs, &calls),
            deployments: code_deploy::deployments(&code_deploy, &calls),
            shifts: Shared::new(&calls.company),
            routes: Routes::new(elbv2, &calls),
            ecr: sdk_client!(aws_sdk_ecr, &config, endpoints.ecr.as_ref()),
            ecs,
            code_deploy,
            calls,
        }
    }
}
