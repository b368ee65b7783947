//! Services under EXTERNAL: a tool that AWS does not know moves their requests, and what is left behind never ends.

use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::model::{LoadBalancer, Service, TaskSetStatus};
use std::collections::{BTreeMap, BTreeSet};

/// The routes that forward to a service, each with its weights.
type Routes = [(RouteArn, BTreeMap<TargetGroupArn, u16>)];

/// The target groups that requests reach when the routes that were found do not agree, as those of production and of tests do
/// not, and whether that is production. The routes with several target groups are those that requests are moved with: they
/// are taken for production where the target group of the PRIMARY task set gets some. Otherwise any of them may be.
pub fn reached(routes: &Routes, service: &Service) -> (BTreeSet<TargetGroupArn>, bool) {
    let switches = receiving(routes.iter().filter(|(_, weights)| weights.len() > 1));
    let mut primary = service.task_sets.iter().filter(|set| set.status == TaskSetStatus::Primary);
    let mut own = primary.next().into_iter().flat_map(|set| &set.load_balancers).filter_map(LoadBalancer::group);
    if own.any(|group| switches.contains(group)) { (switches, true) } else { (receiving(routes.iter()), false) }
}

/// A target group gets everything from a route that has no other, whatever its weight.
fn receiving<'a>(
    routes: impl Iterator<Item = &'a (RouteArn, BTreeMap<TargetGroupArn, u16>)>,
) -> BTreeSet<TargetGroupArn> {
    let of_route = |weights: &'a BTreeMap<TargetGroupArn, u16>| {
        weights.iter().filter(|(_, weight)| **weight > 0 || weights.len() == 1).map(|(group, _)| group.clone())
    };
    routes.flat_map(|(_, weights)| of_route(weights)).collect()
}

/// True while a task set beside the PRIMARY one starts its tasks. Task sets that are only there may be what an earlier rollout
/// left behind.
pub fn starts(service: &Service) -> bool {
    let settled = [TaskSetStatus::Primary, TaskSetStatus::Draining];
    let mut others = service.task_sets.iter().filter(|set| !settled.contains(&set.status));
    others.any(|set| set.is_stable == Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::scenes::{code_deploy, group, rule};

    fn route(id: &str, weights: &[(&str, u16)]) -> (RouteArn, BTreeMap<TargetGroupArn, u16>) {
        (rule("80", id), weights.iter().map(|(name, weight)| (group(name), *weight)).collect())
    }

    #[test]
    fn the_rule_that_moves_requests_counts_where_the_primary_task_set_agrees() {
        let sets = code_deploy(&[("PRIMARY", "blue", 1, ""), ("ACTIVE", "green", 2, "")]);
        let groups = |names: &[&str]| names.iter().map(|name| group(name)).collect::<BTreeSet<_>>();
        let tests = || route("2", &[("green", 1)]);
        let on = |blue, green| reached(&[route("1", &[("blue", blue), ("green", green)]), tests()], &sets);
        assert_eq!(on(100, 0), (groups(&["blue"]), true));
        assert_eq!(on(90, 10), (groups(&["blue", "green"]), true));
        assert_eq!(on(0, 100), (groups(&["green"]), false), "it may be the route of tests");
        let alike = [route("1", &[("blue", 0)]), tests()];
        assert_eq!(reached(&alike, &sets), (groups(&["blue", "green"]), false), "either may be for tests");
        let others = code_deploy(&[("ACTIVE", "blue", 1, ""), ("ACTIVE", "green", 2, "")]);
        let routes = [route("1", &[("blue", 100), ("green", 0)]), tests()];
        assert_eq!(reached(&routes, &others), (groups(&["blue", "green"]), false));
    }

    #[test]
    fn task_sets_that_are_left_behind_are_no_deployment() {
        let mut service = code_deploy(&[("PRIMARY", "blue", 1, ""), ("ACTIVE", "green", 2, "")]);
        assert!(!starts(&service));
        service.task_sets[1].is_stable = Some(false);
        assert!(starts(&service));
        service.task_sets[1].status = TaskSetStatus::Draining;
        assert!(!starts(&service));
    }
}
