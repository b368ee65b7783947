//! Drives a decision of the domain: fetches what it asks for until it has an answer.

use super::error::Error;
use super::progress::{self, Progress};
use super::shared::Since;
use super::{Found, Regional};
use crate::resolve::Refusal;
use crate::resolve::inquiry::{Ask, Facts, Step};
use crate::resolve::model::Service;
use crate::resolve::name::{Cluster, Named, ServiceName};
use crate::resolve::refusal::Explanation;
use crate::resolve::running;
use crate::resolve::target_group::{self, Answer, DecidedBy, Query};
use std::ops::RangeInclusive;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait between two looks, in milliseconds: short enough for an all-at-once shift, long enough to leave
/// the API to others.
const POLL: RangeInclusive<u64> = 10_000..=15_000;
/// What the last look may take before the deadline.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// How a question about a service ended.
#[derive(Debug)]
pub enum Inquiry<T> {
    /// With an answer.
    Answer(Box<Service>, T),
    /// There is no such service, or it is deleted.
    NoService,
    /// There is no such cluster.
    NoCluster,
    /// The facts do not allow an answer.
    Refused(Refusal),
}

impl Regional {
    /// Asks one question about one service, with facts that were fetched since then.
    ///
    /// # Errors
    /// [`Error`] of the first call that fails.
    pub async fn inquire<T>(
        &self,
        cluster: &Cluster,
        service: &ServiceName,
        tags: bool,
        since: Since,
        question: impl Fn(&Facts) -> Result<Step<T>, Refusal>,
    ) -> Result<Inquiry<T>, Error> {
        let service = match self.service(cluster, service, tags, since).await? {
            Found::Here(service) => service,
            Found::NoService => return Ok(Inquiry::NoService),
            Found::NoCluster => return Ok(Inquiry::NoCluster),
        };
        match running::exists(&service) {
            Ok(true) => {}
            Ok(false) => return Ok(Inquiry::NoService),
            Err(refusal) => return Ok(Inquiry::Refused(refusal)),
        }
        let mut facts = Facts::new(Service::clone(&service));
        loop {
            match question(&facts) {
                Ok(Step::Done(answer)) => return Ok(Inquiry::Answer(Box::new(facts.service), answer)),
                Err(refusal) => return Ok(Inquiry::Refused(refusal)),
                Ok(Step::Ask(ask)) => self.learn(&mut facts, ask, since).await?,
            }
        }
    }

    /// The target group that serves, with a second look before anything but a settled answer is given: facts that
    /// were fetched one after the other, or shared with an earlier read, may differ in age only. With a deadline, it
    /// looks again until the answer is settled or the time is over, and then gives what it saw last.
    ///
    /// # Errors
    /// [`Error`] of the first call that fails.
    pub async fn live_target_group(
        &self,
        cluster: &Cluster,
        service: &ServiceName,
        query: &Query,
        deadline: Option<Instant>,
    ) -> Result<Inquiry<Answer>, Error> {
        let look = async |since| {
            let question = |facts: &Facts| target_group::decide(query, facts);
            self.inquire(cluster, service, false, since, question).await
        };
        let first = look(Since::ANY).await?;
        if is_settled(&first) {
            return Ok(first);
        }
        loop {
            let again = look(Since::now()).await?;
            let left = deadline.and_then(|deadline| deadline.checked_duration_since(Instant::now() + LAST_LOOK));
            let (Some(left), Some(reason)) = (left, may_pass(&again)) else { return Ok(again) };
            let facts = reason.facts.iter().map(|(label, value)| format!("{label}: {value}"));
            let facts = facts.collect::<Vec<_>>().join("; ");
            let (cluster, service) = (cluster.name(), service.name());
            tracing::info!(cluster, service, "waiting for traffic to settle: {}: {facts}", reason.summary);
            let _away = self.calls.company.away();
            let _step = Progress::current().map(|reader| reader.step(progress::Step::Traffic));
            tokio::time::sleep(left.min(Duration::from_millis(fastrand::u64(POLL)))).await;
        }
    }

    async fn learn(&self, facts: &mut Facts, ask: Ask, since: Since) -> Result<(), Error> {
        match ask {
            Ask::Deployments(ids) => facts.deployments.extend(self.deployments(&ids, since).await?),
            Ask::NewestDeployment => facts.newest_deployment = Some(self.newest_deployment(&facts.service).await?),
            Ask::LastAttempt { application, group } => {
                let last = self.last_attempt(&application, &group).await?;
                facts.last_attempts.insert((application, group), last);
            }
            Ask::Shift(id) => {
                let shares = self.shift(&id, &facts.service, since).await?;
                facts.shifts.insert(id, shares);
            }
            Ask::Revisions(arns) => facts.revisions.extend(self.revisions(&arns, since).await?),
            Ask::ServiceDeployment(arn) => {
                let deployment = self.service_deployment(&arn, since).await?;
                facts.service_deployments.insert(arn, deployment);
            }
            Ask::Routes(scope) => {
                let routes = self.routes(&scope, since).await?;
                facts.routes.insert(scope, routes);
            }
        }
        Ok(())
    }
}

/// True when all facts say the same, so that their age does not matter.
fn is_settled(inquiry: &Inquiry<Answer>) -> bool {
    match inquiry {
        Inquiry::Answer(_, answer) => answer.live.is_ok() && answer.decided_by != DecidedBy::Listener,
        Inquiry::NoService | Inquiry::NoCluster => true,
        Inquiry::Refused(_) => false,
    }
}

/// Why there is no single answer, when waiting may help.
fn may_pass(inquiry: &Inquiry<Answer>) -> Option<Explanation> {
    match inquiry {
        Inquiry::Answer(_, answer) => Some(answer.live.as_ref().err()?.explain(answer, false)),
        Inquiry::Refused(refusal) => refusal.may_pass().then(|| refusal.explain()),
        Inquiry::NoService | Inquiry::NoCluster => None,
    }
}
