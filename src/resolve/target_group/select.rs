//! Which load balancer entry of a service is meant?

use super::{Entry, Query};
use crate::resolve::Refusal;
use crate::resolve::arn::TargetGroupArn;
use crate::resolve::inquiry::{Ask, Facts, Seen, Step};
use crate::resolve::model::{Action, LoadBalancer, Target};

/// The one entry that the query selects: by its container, by the rule, listener or load balancer that belongs to it alone,
/// or by the target groups that the caller lists.
///
/// # Errors
/// A [`Refusal`] when none or several are selected, or when it is a Classic Load Balancer.
pub(super) fn select(query: &Query, facts: &Facts, entries: &[LoadBalancer]) -> Result<Step<LoadBalancer>, Refusal> {
    let matching = entries.iter().filter(|entry| {
        (query.container_name.is_none() || entry.container_name == query.container_name)
            && (query.container_port.is_none() || entry.container_port == query.container_port)
    });
    let mut matching: Vec<&LoadBalancer> = matching.collect();
    let narrow = |matching: &mut Vec<&LoadBalancer>, fits: &dyn Fn(&LoadBalancer) -> bool| {
        if matching.len() > 1 && matching.iter().any(|entry| fits(entry)) {
            matching.retain(|entry| fits(entry));
        }
    };
    if let Some(entry) = &query.entry {
        narrow(&mut matching, &|candidate| belongs_to(candidate, entry));
    }
    narrow(&mut matching, &|entry| entry.groups().any(|group| query.candidates.contains(group)));
    if let Some(entry) = query.entry.as_ref().filter(|_| matching.len() > 1) {
        // The service does not say which entry is behind it, but what it forwards to does.
        match facts.routes.get(&entry.scope()) {
            None => return Ok(Step::Ask(Ask::Routes(entry.scope()))),
            Some(Seen::Routes(routes)) => {
                let forwards = |group: &TargetGroupArn| {
                    let mut actions = routes.iter().flat_map(|route| &route.actions);
                    actions.any(|action| matches!(action, Action::Forward(it) if it.weights.contains_key(group)))
                };
                narrow(&mut matching, &|entry| entry.groups().any(forwards));
            }
            Some(_) => {}
        }
    }
    match matching.as_slice() {
        [LoadBalancer { target: Target::Classic(name), .. }] => Err(Refusal::ClassicLoadBalancer(name.clone())),
        [only] => Ok(Step::Done((*only).clone())),
        several => Err(Refusal::NotOneEntry { matching: several.len(), entries: entries.to_vec() }),
    }
}

/// True when the entry names the route itself, or one on the same listener or load balancer, as its production route.
fn belongs_to(candidate: &LoadBalancer, entry: &Entry) -> bool {
    let Some(route) = &candidate.production_route else { return false };
    match entry {
        Entry::Route(arn) => route == arn,
        Entry::Listener(arn) => route.listener() == *arn,
        Entry::LoadBalancer(arn) => route.listener().load_balancer() == *arn,
    }
}

/// The entry of another revision that stands for the same thing: the same container and port, and of several the one with
/// a target group or a production route in common.
pub(super) fn counterpart<'a, T>(
    selected: &LoadBalancer,
    entries: &'a [T],
    entry: impl Fn(&T) -> &LoadBalancer,
) -> Option<&'a T> {
    let same_container = |it: &&T| {
        let it = entry(it);
        let named = selected.container_name.is_none() || it.container_name.is_none();
        named || (it.container_name == selected.container_name && it.container_port == selected.container_port)
    };
    let same_traffic = |it: &&T| {
        let it = entry(it);
        let same_route = it.production_route.is_some() && it.production_route == selected.production_route;
        same_route || it.groups().any(|group| selected.groups().any(|own| own == group))
    };
    let candidates: Vec<&T> = entries.iter().filter(same_container).collect();
    let closer: Vec<&T> = candidates.iter().copied().filter(|it| same_traffic(it)).collect();
    match (closer.as_slice(), candidates.as_slice()) {
        ([only], _) | ([], [only]) => Some(only),
        _ => None,
    }
}
