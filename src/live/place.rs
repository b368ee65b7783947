//! Where to look, how long, and what to do when nothing is there: what all questions have in common.

use super::problem::{Kind, Problem};
use super::subject::Subject;
use crate::aws::{Clients, Inquiry, Reader, Regional, Since};
use crate::resolve::Refusal;
use crate::resolve::arn::Arn;
use crate::resolve::name::{Cluster, Named, ServiceName};
use std::time::Duration;

/// How long a question may take when nobody says otherwise.
const DEFAULT: Duration = Duration::from_secs(10 * 60);

/// Where to look, how long, and what to do when nothing is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The region; that of the settings when none is named.
    pub region: Option<String>,
    /// True when absence is an answer.
    pub allow_missing: bool,
    /// How long an answer may take.
    pub timeout: Option<Duration>,
    /// How old what is known of it may be.
    pub since: Since,
}

impl Place {
    /// How long an answer may take.
    pub fn limit(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT)
    }

    /// The clients of the region, for one read; it has to be the region of the ARNs.
    pub(super) async fn regional(
        &self,
        clients: &Clients,
        arns: &[(&'static str, Option<&Arn>)],
    ) -> Result<Reader, Vec<Problem>> {
        let regional = clients.region(self.region.as_deref()).await;
        let regional = regional.map_err(|error| Subject::default().failed(&error))?;
        same_region(&regional, arns)?;
        Ok(regional)
    }
}

/// A service, and the cluster that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The cluster.
    pub cluster: Cluster,
    /// The service.
    pub service: ServiceName,
}

impl Address {
    /// The ARNs that were given, by argument.
    pub(super) fn arns(&self) -> [(&'static str, Option<&Arn>); 2] {
        [("cluster", self.cluster.arn()), ("service_name", self.service.arn())]
    }

    /// The service as the subject of a message.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("Cluster", self.cluster.name().to_owned()), ("Service", self.service.name().to_owned())]
    }

    /// What is wrong between the two.
    pub fn check(&self) -> Option<Problem> {
        let other = self.service.cluster().filter(|other| *other != self.cluster.name())?;
        let detail = format!(
            "The ARN of the service names the cluster {other:?}, but ⟨cluster⟩ is {:?}. Give both for one cluster, or \
             the plain name of the service.",
            self.cluster.name()
        );
        Some(Subject::default().problem(Kind::Failed, "Cluster Mismatch", detail).blame("service_name"))
    }
}

/// Refuses to take the absence of a cluster for an answer when it was given by an ARN of another account: AWS looks up the
/// name in its own. Whoever found a service, or none in a cluster that is there, has been told the account.
pub(super) async fn own_cluster<T>(
    clients: &Clients,
    inquiry: &Inquiry<T>,
    arns: &[(&'static str, Option<&Arn>)],
) -> Result<(), Vec<Problem>> {
    if !matches!(inquiry, Inquiry::NoCluster) || arns.iter().all(|(_, arn)| arn.is_none()) {
        return Ok(());
    }
    let account = clients.account().await.map_err(|error| Subject::default().failed(&error))?;
    arns.iter().try_for_each(|(argument, arn)| same_account(argument, *arn, &account))
}

/// Refuses an ARN of another region: AWS would look in the wrong place.
pub(super) fn same_region(regional: &Regional, arns: &[(&'static str, Option<&Arn>)]) -> Result<(), Vec<Problem>> {
    let elsewhere = arns.iter().filter_map(|(argument, arn)| Some((*argument, (*arn)?)));
    let elsewhere = elsewhere.filter(|(_, arn)| arn.region() != regional.name);
    let problems: Vec<Problem> = elsewhere
        .map(|(argument, arn)| {
            let detail = format!(
                "The ARN is in the region {:?}, but the read goes to {:?}. Set ⟨region = {:?}⟩⟨here⟩, or \
                 correct the ARN.",
                arn.region(),
                regional.name,
                arn.region()
            );
            Subject::default().problem(Kind::Failed, "Region Mismatch", detail).blame(argument)
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Refuses an ARN of another account than the one that answered: AWS takes the name out of it and looks it up in its own.
pub(super) fn same_account(argument: &'static str, given: Option<&Arn>, answered: &str) -> Result<(), Vec<Problem>> {
    let Some(given) = given.filter(|given| given.account() != answered) else { return Ok(()) };
    let refusal = Refusal::OtherAccount { arn: given.to_string(), account: answered.to_owned() };
    Err(Subject::default().refuse(&refusal).blame(argument).into())
}
