//! What do the services of this cluster run?

use super::place::{Address, Place, own_cluster};
use super::problem::{Kind, Problem, Told};
use super::service::{self, Service};
use super::subject::Subject;
use super::{Question, advice};
use crate::aws::{Clients, Found, Inquiry, Regional};
use crate::resolve::Refusal;
use crate::resolve::name::{Cluster, Named, ServiceName};
use serde::Serialize;
use std::collections::BTreeMap;

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicesQuestion {
    /// The cluster.
    pub cluster: Cluster,
    /// These services, or all.
    pub names: Option<Vec<ServiceName>>,
    /// Whether to tell the images.
    pub images: bool,
    /// Where to look.
    pub place: Place,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Services {
    /// Whether the cluster exists.
    pub found: bool,
    /// By name.
    pub services: BTreeMap<String, Service>,
    /// The region that was asked.
    pub region: String,
}

/// Errors and warnings that are shown at most: a denied call fails every service alike.
const SHOWN: usize = 10;

impl Question for ServicesQuestion {
    type Answer = Services;

    fn place(&self) -> &Place {
        &self.place
    }

    fn about(&self) -> Vec<(&'static str, String)> {
        vec![("Cluster", self.cluster.name().to_owned())]
    }

    async fn read(&self, clients: &Clients) -> Result<Told<Services>, Vec<Problem>> {
        let cluster = ("cluster", self.cluster.arn());
        let names = self.names.iter().flatten().map(|name| ("service_names", name.arn()));
        let arns: Vec<_> = [cluster].into_iter().chain(names).collect();
        let regional = self.place.regional(clients, &arns).await?;
        let mut told = self.read_all(&regional).await?;
        if !told.answer.found {
            own_cluster(clients, &Inquiry::<()>::NoCluster, &[cluster]).await?;
        }
        told.answer.region.clone_from(&regional.name);
        Ok(told)
    }
}

impl ServicesQuestion {
    /// The services by name. When the cluster may be missing and is, each that was asked for by name is absent.
    async fn read_all(&self, regional: &Regional) -> Result<Told<Services>, Vec<Problem>> {
        let subject = || Subject::asked(self.about(), regional);
        let allow_missing = self.place.allow_missing;
        let listed = self.names.is_none();
        let names = match self.names.clone() {
            Some(names) => names,
            None => match regional.list_services(&self.cluster).await.map_err(|error| subject().failed(&error))? {
                Found::Here(names) => names,
                _ if allow_missing => return Ok(Services::default().into()),
                _ => return Err(subject().unanswered(&Inquiry::<()>::NoCluster, "cluster").into()),
            },
        };
        let address = |service: ServiceName| Address { cluster: self.cluster.clone(), service };
        let addresses: Vec<Address> = names.into_iter().map(address).collect();
        let reads = addresses.iter().map(|address| service::read(regional, address, self.place.since, self.images));
        let (mut services, mut failed, mut partial) = (BTreeMap::new(), Vec::new(), Vec::new());
        let mut found = true;
        for (address, read) in addresses.iter().zip(regional.together(reads).await) {
            let subject = || Subject::asked(address.facts(), regional);
            let service = match read {
                Ok(Ok(Told { answer, warnings })) => {
                    partial.extend(warnings);
                    answer
                }
                Ok(Err(Inquiry::NoService(_) | Inquiry::Refused(Refusal::BeingDeleted))) if listed => continue,
                Ok(Err(inquiry)) if inquiry.is_absent() && allow_missing => {
                    found &= !matches!(inquiry, Inquiry::NoCluster);
                    Service::default()
                }
                // What one service is in the middle of must not cost the answer for the others.
                Ok(Err(Inquiry::Refused(refusal))) if !matches!(refusal, Refusal::OtherAccount { .. }) => {
                    partial.push(partly(subject(), &refusal));
                    Service { found: true, ..Service::default() }
                }
                Ok(Err(inquiry)) => {
                    failed.push(subject().unanswered(&inquiry, "service_names"));
                    continue;
                }
                Err(problem) => {
                    failed.push(problem);
                    continue;
                }
            };
            services.insert(address.service.name().to_owned(), service);
        }
        if failed.is_empty() {
            shorten(&mut partial, |more| {
                let detail = format!("Of {more} more services of the cluster, not everything could be told.");
                Subject::default().problem(Kind::Refused, "More Services Read in Part", detail)
            });
            return Ok(Told { answer: Services { found, services, region: String::new() }, warnings: partial });
        }
        let kind = if failed.iter().any(|it| it.kind == Kind::Failed) { Kind::Failed } else { Kind::NotFound };
        shorten(&mut failed, |more| {
            let detail = format!("{more} more services of the cluster could not be read, for these or other reasons.");
            subject().problem(kind, "More Services Failed", detail)
        });
        Err(failed)
    }
}

/// About one of several services, of which the others are answered.
fn partly(subject: Subject, refusal: &Refusal) -> Problem {
    let problem = subject.refused(advice::explain(refusal));
    Problem { detail: format!("This service has found = true and nothing else. {}", problem.detail), ..problem }
}

fn shorten(problems: &mut Vec<Problem>, rest: impl FnOnce(usize) -> Problem) {
    if let Some(more) = problems.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        problems.truncate(SHOWN);
        problems.push(rest(more));
    }
}
