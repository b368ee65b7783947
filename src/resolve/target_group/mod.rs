//! Which target group serves production, with which weights?
//!
//! ECS (its task sets, its revisions) says which target group should serve; the listener says which one does. An answer needs
//! both to agree, or the caller's word that ECS alone is enough, where ECS knows it.

mod answer;
mod claim;
mod decided_by;
mod routes;
mod select;
mod taken_back;
mod unverified;
mod verified;

pub use answer::Answer;
pub use decided_by::DecidedBy;
pub(super) use routes::group_name;
pub use routes::{nonexistent, weights};
pub use taken_back::TakenBack;

use super::Refusal;
use super::arn::{Arn, ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
use super::inquiry::{Facts, Scope, Step};
use claim::claim;
use std::collections::BTreeSet;

/// What the caller wants to know, and what they know already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Only load balancer entries of this container.
    pub container_name: Option<String>,
    /// Only load balancer entries of this container port.
    pub container_port: Option<u16>,
    /// Where production traffic comes in.
    pub entry: Option<Entry>,
    /// If not empty: any other answer is refused. It narrows what is looked at, and never widens it.
    pub candidates: BTreeSet<TargetGroupArn>,
    /// Take the word of ECS alone, without asking the listener.
    pub unverified: bool,
}

/// Where production traffic comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// This rule, or this listener's default action.
    Route(RouteArn),
    /// The rules of this listener that forward to the service.
    Listener(ListenerArn),
    /// The rules and default actions of this load balancer that forward to the service.
    LoadBalancer(LoadBalancerArn),
}

impl Entry {
    /// The parts of its ARN.
    pub fn arn(&self) -> &Arn {
        match self {
            Self::Route(arn) => arn.arn(),
            Self::Listener(arn) => arn.arn(),
            Self::LoadBalancer(arn) => arn.arn(),
        }
    }

    /// Where to look.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Route(arn) => Scope::Route(arn.clone()),
            Self::Listener(arn) => Scope::Listener(arn.clone()),
            Self::LoadBalancer(arn) => Scope::LoadBalancer(arn.clone()),
        }
    }
}

impl Query {
    /// The ARNs that the caller gave.
    pub fn arns(&self) -> impl Iterator<Item = &Arn> {
        self.entry.iter().map(Entry::arn).chain(self.candidates.iter().map(TargetGroupArn::arn))
    }

    /// Refuses ARNs of another account than that of the service.
    ///
    /// # Errors
    /// [`Refusal::OtherAccount`].
    pub fn check_account(&self, account: &str) -> Result<(), Refusal> {
        match self.arns().find(|arn| arn.account() != account) {
            Some(arn) => Err(Refusal::OtherAccount { arn: arn.to_string(), account: account.to_owned() }),
            None => Ok(()),
        }
    }
}

/// Decides, or asks for one more fact.
///
/// # Errors
/// A [`Refusal`] when the facts contradict each other or do not name one target group.
pub fn decide(query: &Query, facts: &Facts) -> Result<Step<Answer>, Refusal> {
    query.check_account(facts.service.account())?;
    let claim = match claim(query, facts)? {
        Step::Ask(ask) => return Ok(Step::Ask(ask)),
        Step::Done(Some(claim)) => claim,
        // Nothing brings traffic to the service, but the caller's route may have some, and must not lose it.
        Step::Done(None) => {
            return Ok(match weights(query, &facts.routes)? {
                Step::Ask(ask) => Step::Ask(ask),
                Step::Done(forward) => Step::Done(Answer::nothing(forward, facts)),
            });
        }
    };
    let step =
        if query.unverified { unverified::decide(&claim, facts) } else { verified::decide(query, claim, facts) }?;
    if let Step::Done(Answer { live: Ok(Some(live)), .. }) = &step
        && !query.candidates.is_empty()
        && !query.candidates.contains(live)
    {
        let candidates = query.candidates.iter().cloned().collect();
        return Err(Refusal::OutsideCandidates { live: live.clone(), candidates });
    }
    Ok(step)
}

#[cfg(test)]
mod tests;
