//! Which services use a target group? ELB does not know, and ECS cannot be asked: services are looked through, first those
//! of the plan, then, for groups that none of them uses, all of the region.

use super::everything::Everything;
use super::reason::reason;
use super::service::inquire;
use super::time::Time;
use crate::aws::Regional;
use crate::guard::facts::{OwnerFacts, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// The users of target groups in one region, as far as services were looked through.
#[derive(Debug, Default)]
pub struct Owners {
    seen: BTreeSet<(String, String)>,
    owners: BTreeMap<String, Vec<OwnerFacts>>,
    /// Who has a group by its name, as CodeDeploy names the side without tasks.
    named: BTreeMap<String, Vec<OwnerFacts>>,
    /// Services with running tasks.
    running: BTreeSet<String>,
    /// Why not all services could be looked at.
    unclear: Option<Reason>,
    is_whole: bool,
}

impl Owners {
    /// Looks for the users of these groups.
    pub async fn find(
        &mut self,
        regional: &Regional,
        time: &Time,
        planned: &[(String, String)],
        all: &mut Everything,
        groups: &BTreeSet<String>,
    ) {
        self.look_at(regional, time, planned.to_vec()).await;
        let open: BTreeSet<&String> = groups.iter().filter(|group| self.known(group).is_empty()).collect();
        if open.is_empty() || self.is_whole {
            return;
        }
        self.is_whole = true;
        // Groups that nobody asks about now may be asked about later.
        let more = all.services(regional, time).await.iter().filter(|service| service.has_groups);
        let more = more.map(|service| (service.cluster.clone(), service.name.clone())).collect();
        self.unclear = self.unclear.take().or_else(|| all.unclear().map(reason));
        self.look_at(regional, time, more).await;
    }

    /// The users of a group.
    ///
    /// # Errors
    /// The reason why it is not known who they are.
    pub fn of(&self, group: &str) -> Result<Vec<OwnerFacts>, Reason> {
        match (self.known(group), &self.unclear) {
            (known, Some(reason)) if known.is_empty() => Err(reason.clone()),
            (known, _) => Ok(known),
        }
    }

    /// Those of them that have been seen. Names of target groups are unique in an account and region.
    fn known(&self, group: &str) -> Vec<OwnerFacts> {
        let mut known = self.owners.get(group).cloned().unwrap_or_default();
        for owner in self.named.get(name_of(group)).into_iter().flatten() {
            if known.iter().all(|other| other.service != owner.service) {
                known.push(owner.clone());
            }
        }
        known
    }

    /// True for a service with running tasks.
    pub fn runs(&self, service: &str) -> bool {
        self.running.contains(service)
    }

    async fn look_at(&mut self, regional: &Regional, time: &Time, services: Vec<(String, String)>) {
        let new: Vec<_> = services.into_iter().filter(|service| self.seen.insert(service.clone())).collect();
        let looks = new.iter().map(|(cluster, name)| time.within(inquire(regional, cluster, name)));
        for look in regional.together(looks).await {
            match look {
                Ok(Ok(Some((service, survey)))) => {
                    let idle = service.desired_count == 0 && service.running_count == 0;
                    if service.running_count > 0 {
                        self.running.insert(service.arn.clone());
                    }
                    let test_routes: Vec<String> =
                        survey.test_routes.iter().map(|route| route.as_str().to_owned()).collect();
                    let owner =
                        |live| OwnerFacts { service: service.arn.clone(), live, test_routes: test_routes.clone() };
                    for (group, serves) in &survey.groups {
                        let live = if idle { Some(false) } else { *serves };
                        self.owners.entry(group.as_str().to_owned()).or_default().push(owner(live));
                    }
                    let is_settled = idle || survey.groups.values().any(|serves| *serves == Some(true));
                    for name in &survey.pair {
                        self.named.entry(name.clone()).or_default().push(owner(is_settled.then_some(false)));
                    }
                }
                Ok(Ok(None)) => {}
                Ok(Err(unclear)) => self.unclear = self.unclear.take().or(Some(unclear)),
                Err(error) => self.unclear = self.unclear.take().or_else(|| Some(reason(&error))),
            }
        }
    }
}

/// `…:targetgroup/NAME/ID` is called NAME.
fn name_of(group: &str) -> &str {
    group.split('/').nth(1).unwrap_or(group)
}
