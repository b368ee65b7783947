//! Which target group serves production, and with which weights?

use super::Question;
use super::place::{Address, Place, own_cluster};
use super::problem::{Kind, Problem, Told};
use super::subject::Subject;
use crate::aws::{Clients, Inquiry};
use crate::resolve::Refusal;
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::model::Forward;
use crate::resolve::target_group::{Answer, Entry, Query};
use serde::Serialize;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// What to do when traffic has no single destination at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnShift {
    /// Give no answer.
    #[default]
    Error,
    /// Wait until it has settled, as long as the question may take.
    Wait,
    /// Answer with the weights and without a live target group.
    Allow,
}

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroupQuestion {
    /// The service.
    pub address: Address,
    /// What is known already.
    pub query: Query,
    /// What to do while traffic shifts.
    pub on_shift: OnShift,
    /// Where to look.
    pub place: Place,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TargetGroup {
    /// Whether the service exists.
    pub found: bool,
    /// The target group that serves; null where there is no single one.
    pub target_group_arn: Option<String>,
    /// Its name.
    pub target_group_name: Option<String>,
    /// Its value of the CloudWatch dimension.
    pub target_group_arn_suffix: Option<String>,
    /// The other target group of the pair.
    pub standby_target_group_arn: Option<String>,
    /// Weights (0 to 999) as the route has them, by ARN.
    pub target_group_weights: BTreeMap<String, u16>,
    /// Whether clients stay on one target group; null when the route was not asked.
    pub stickiness_enabled: Option<bool>,
    /// For how many seconds.
    pub stickiness_duration: Option<i64>,
    /// The route, when a single one decided.
    pub production_listener_rule_arn: Option<String>,
    /// Whether a deployment is under way; null when AWS does not say it.
    pub deployment_in_progress: Option<bool>,
    /// Whether the route was asked.
    pub verified: Option<bool>,
    /// Which fact decided.
    pub decided_by: Option<String>,
    /// The region that was asked.
    pub region: String,
    /// Why there is no live one, in a few words, for a screen.
    #[serde(skip)]
    pub why_none: Option<&'static str>,
}

impl Question for TargetGroupQuestion {
    type Answer = TargetGroup;

    fn place(&self) -> &Place {
        &self.place
    }

    fn address(&self) -> Option<&Address> {
        Some(&self.address)
    }

    async fn read(&self, clients: &Clients) -> Result<Told<TargetGroup>, Vec<Problem>> {
        let Self { address, query, on_shift, place } = self;
        let entry = query.entry.as_ref().map(|entry| (entry_argument(entry), Some(entry.arn())));
        let candidates = query.candidates.iter().map(|group| ("target_group_arns", Some(group.arn())));
        let arns: Vec<_> = address.arns().into_iter().chain(entry).chain(candidates).collect();
        let regional = place.regional(clients, &arns).await?;
        let begun = Instant::now();
        let deadline = (*on_shift == OnShift::Wait).then(|| begun + place.limit());
        let subject = || {
            let entry = query.entry.iter().map(|entry| ("Searched", entry.arn().as_str()));
            let subject = entry
                .fold(Subject::asked(address.facts(), &regional), |subject, (label, arn)| subject.with(label, arn));
            let waited = deadline.map(|_| format!("{}s", begun.elapsed().as_secs()));
            waited.into_iter().fold(subject, |subject, waited| subject.with("Waited", waited))
        };
        let inquiry =
            regional.live_target_group(&address.cluster, &address.service, query, place.since, deadline).await;
        let mut told = match inquiry.map_err(|error| subject().failed(&error))? {
            Inquiry::Answer(_, answer) => match &answer.live {
                Err(unsettled) if *on_shift != OnShift::Allow => {
                    return Err(subject().refused(answer.explain(unsettled, deadline.is_some())).into());
                }
                _ => {
                    let warning = answer.taken_back.as_ref().map(|it| subject().refused(it.explain()));
                    Told { answer: TargetGroup::of(&answer), warnings: warning.into_iter().collect() }
                }
            },
            inquiry if inquiry.is_absent() && place.allow_missing => {
                own_cluster(clients, &inquiry, &arns).await?;
                if let Inquiry::NoService(Some(account)) = &inquiry {
                    query.check_account(account).map_err(|refusal| subject().refuse(&refusal))?;
                }
                let weights = regional.weights(query).await.map_err(|error| subject().failed(&error))?;
                let kept = weights.map_err(|refusal| subject().refuse(&refusal).blame(entry_of(query)))?;
                let warning = match kept.gone.as_slice() {
                    _ if query.arns().next().is_none() => Some(fallback(subject())),
                    [] => None,
                    gone => Some(nothing_there(subject(), gone)),
                };
                let answer = TargetGroup::absent(query, kept.forward.as_ref());
                Told { answer, warnings: warning.into_iter().collect() }
            }
            inquiry @ Inquiry::Refused(
                Refusal::NoRoute { .. } | Refusal::NotOneForward { .. } | Refusal::Gone { .. },
            ) => {
                return Err(subject().unanswered(&inquiry, "service_name").blame(entry_of(query)).into());
            }
            inquiry => return Err(subject().unanswered(&inquiry, "service_name").into()),
        };
        told.answer.region.clone_from(&regional.name);
        Ok(told)
    }
}

/// Nobody is there, and nothing was given that would tell whether traffic is.
fn fallback(subject: Subject) -> Problem {
    let detail = "No active service of this name exists in a cluster of this name, so found = false and target_group_weights is \
                  empty: whatever is fed with it falls back to its own default. If the service is there under another \
                  name, in another region or account, that moves its traffic. Set ⟨target_group_arns⟩, so that the \
                  weights of the rules that forward to them are given either way, and take ⟨allow_missing⟩ out once the \
                  service exists.";
    subject.problem(Kind::NotFound, "ECS Service Not Found", detail)
}

/// Nobody is there, and what was given to tell whether traffic is does not exist.
fn nothing_there(subject: Subject, gone: &[TargetGroupArn]) -> Problem {
    let detail = "No active service of this name exists in a cluster of this name, and neither do target groups of ⟨target_group_arns⟩, \
                  so nothing tells where its traffic goes. If that is not the first apply, correct the ARNs and the name \
                  of the service: what is fed with the weights falls back to its own default.";
    let subject = gone.iter().fold(subject, |subject, arn| subject.with("Not found", arn.as_str()));
    subject.problem(Kind::NotFound, "Target Group Not Found", detail)
}

/// The argument that says where production traffic comes in.
fn entry_argument(entry: &Entry) -> &'static str {
    match entry {
        Entry::Route(_) => "production_listener_rule_arn",
        Entry::Listener(_) => "listener_arn",
        Entry::LoadBalancer(_) => "load_balancer_arn",
    }
}

fn entry_of(query: &Query) -> Option<&'static str> {
    query.entry.as_ref().map(entry_argument)
}

impl TargetGroup {
    fn of(answer: &Answer) -> Self {
        let live = answer.live.as_ref().ok().and_then(Option::as_ref);
        let text = |text: &str| text.to_owned();
        Self {
            found: true,
            target_group_arn: live.map(TargetGroupArn::as_str).map(text),
            target_group_name: live.map(TargetGroupArn::name).map(text),
            target_group_arn_suffix: live.map(TargetGroupArn::suffix).map(text),
            standby_target_group_arn: answer.standby.as_ref().map(TargetGroupArn::as_str).map(text),
            production_listener_rule_arn: answer.route.as_ref().map(RouteArn::as_str).map(text),
            deployment_in_progress: answer.in_progress,
            verified: Some(answer.verified),
            decided_by: live.map(|_| answer.decided_by.as_str()).map(text),
            why_none: match &answer.live {
                Err(unsettled) => Some(unsettled.brief()),
                Ok(None) => Some("none of this service: the rule forwards to target groups of others"),
                Ok(Some(_)) => None,
            },
            ..Self::default()
        }
        .with_forward(answer.forward.as_ref(), answer.verified)
    }

    /// Nobody is there, but the route may have weights that must not change.
    fn absent(query: &Query, weights: Option<&Forward>) -> Self {
        let given = match &query.entry {
            Some(Entry::Route(route)) => Some(route.as_str().to_owned()),
            _ => None,
        };
        Self { production_listener_rule_arn: given, ..Self::default() }.with_forward(weights, weights.is_some())
    }

    fn with_forward(self, forward: Option<&Forward>, verified: bool) -> Self {
        let weights = forward.iter().flat_map(|forward| &forward.weights);
        let stickiness = forward.and_then(|forward| forward.stickiness);
        Self {
            target_group_weights: weights.map(|(group, weight)| (group.to_string(), *weight)).collect(),
            stickiness_enabled: verified.then_some(stickiness.is_some()),
            stickiness_duration: stickiness,
            ..self
        }
    }
}
