//! Every service of a region: for what can only be found by looking through all of them.

use super::reason::reason;
use super::service::{inquire, is_running, present};
use super::time::{Time, Unanswered};
use crate::aws::{Error, Found, Regional, Since};
use crate::guard::facts::{Fact, Reason};
use crate::resolve::model::{LoadBalancer, Service};
use crate::resolve::name::{Cluster, Named, ServiceName};
use std::collections::{BTreeMap, BTreeSet};

/// What a service mentions, before anything else is asked about it.
#[derive(Debug)]
pub struct Mention {
    /// The name of its cluster.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// True when it may have target groups; an Express service mentions none and has some.
    pub has_groups: bool,
    /// The families that it may run; `None` where it does not say, as Express services.
    families: Option<BTreeSet<String>>,
}

/// The services of a region, looked through at most once.
#[derive(Debug, Default)]
pub struct Everything {
    services: Option<Vec<Mention>>,
    /// Why not all of them could be looked at.
    unclear: Option<Unanswered>,
}

impl Everything {
    /// All of them, as far as AWS tells.
    pub async fn services(&mut self, regional: &Regional, time: &Time) -> &[Mention] {
        if self.services.is_none() {
            let mut services = Vec::new();
            match time.within(all(regional)).await {
                Ok(names) => {
                    let looks = names.iter().map(|(cluster, name)| time.within(mention(regional, cluster, name)));
                    for look in regional.together(looks).await {
                        match look {
                            Ok(mention) => services.extend(mention),
                            Err(error) => self.unclear = self.unclear.take().or(Some(error)),
                        }
                    }
                }
                Err(error) => self.unclear = Some(error),
            }
            self.services = Some(services);
        }
        self.services.as_deref().unwrap_or_default()
    }

    /// Why not all services could be looked at, once they were.
    pub fn unclear(&self) -> Option<&Unanswered> {
        self.unclear.as_ref()
    }

    /// Who uses these revisions. All are asked about together.
    pub async fn users(&mut self, regional: &Regional, time: &Time, revisions: &[String]) -> Users {
        let families: BTreeSet<&str> = revisions.iter().filter_map(|arn| family(arn)).collect();
        let mut users = Users::default();
        if families.is_empty() {
            return users;
        }
        let maybe = self.services(regional, time).await.iter().filter(|service| service.may_run(&families));
        let looks = maybe.map(|service| time.within(inquire(regional, &service.cluster, &service.name)));
        for look in regional.together(looks.collect::<Vec<_>>()).await {
            match look {
                Ok(Ok(Some((service, survey)))) => {
                    let brought =
                        survey.deployment.as_ref().filter(|it| is_running(it)).and_then(|it| it.target.as_ref());
                    let sets = present(&service).map(|set| &set.task_definition);
                    let others = service.configured.iter().chain(brought).chain(sets);
                    let others: BTreeSet<String> = others.map(|arn| arn.as_str().to_owned()).collect();
                    users.services.insert(service.arn, others.into_iter().chain(survey.runs).collect());
                }
                Ok(Ok(None)) => {}
                Ok(Err(unclear)) => users.unclear = users.unclear.take().or(Some(unclear)),
                Err(error) => users.unclear = users.unclear.take().or_else(|| Some(reason(&error))),
            }
        }
        users.unclear = users.unclear.or_else(|| self.unclear().map(reason));
        users
    }
}

/// Services, each with the revisions that it runs or is configured with.
#[derive(Debug, Default)]
pub struct Users {
    services: BTreeMap<String, BTreeSet<String>>,
    unclear: Option<Reason>,
}

impl Users {
    /// The services that use a revision.
    pub fn of(&self, arn: &str) -> Fact {
        let users = self.services.iter().filter(|(_, revisions)| revisions.contains(arn));
        let users: Vec<String> = users.map(|(service, _)| service.clone()).collect();
        match &self.unclear {
            _ if family(arn).is_none() => {
                Fact::CannotTell(Reason::new(format!("{arn} is no ARN of a task definition.")))
            }
            Some(reason) if users.is_empty() => Fact::CannotTell(reason.clone()),
            _ => Fact::Users(users),
        }
    }
}

impl Mention {
    fn may_run(&self, families: &BTreeSet<&str>) -> bool {
        self.families.as_ref().is_none_or(|own| own.iter().any(|family| families.contains(family.as_str())))
    }
}

/// The family of a revision by its ARN.
fn family(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.strip_prefix("task-definition/")?.split(':').next()
}

/// The names of all services of the region.
async fn all(regional: &Regional) -> Result<Vec<(Cluster, ServiceName)>, Error> {
    let mut clusters = Vec::new();
    for cluster in regional.list_clusters().await? {
        if let Ok(plain) = Cluster::parse(cluster.name()) {
            clusters.push(plain);
        }
    }
    let lists = regional.together(clusters.iter().map(|cluster| regional.list_services(cluster))).await;
    let mut services = Vec::new();
    for (cluster, list) in clusters.iter().zip(lists) {
        if let Found::Here(names) = list? {
            services.extend(names.into_iter().map(|name| (cluster.clone(), name)));
        }
    }
    Ok(services)
}

/// `None` when there is no such service any more.
async fn mention(regional: &Regional, cluster: &Cluster, name: &ServiceName) -> Result<Option<Mention>, Error> {
    let found = regional.service(cluster, name, false, Since::ANY).await?;
    let Found::Here(service) = found else { return Ok(None) };
    let Service { load_balancers, task_sets, deployments, configured, is_express, .. } = &*service;
    let entries = load_balancers.iter().chain(task_sets.iter().flat_map(|set| &set.load_balancers));
    let sets = task_sets.iter().map(|set| &set.task_definition);
    let definitions = deployments.iter().map(|deployment| &deployment.task_definition);
    let families = configured.iter().chain(sets).chain(definitions).map(|arn| arn.family().to_owned());
    Ok(Some(Mention {
        cluster: cluster.name().to_owned(),
        name: name.name().to_owned(),
        has_groups: *is_express || entries.flat_map(LoadBalancer::groups).next().is_some(),
        families: (!is_express).then(|| families.collect()),
    }))
}
