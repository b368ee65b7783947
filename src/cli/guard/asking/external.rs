//! Services under EXTERNAL: a tool that AWS does not know moves their requests, and what is left behind never ends.

use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::model::{Service, TaskSetStatus};
use std::collections::{BTreeMap, BTreeSet};

/// The routes that forward to a service, each with its weights.
type Routes = [(RouteArn, BTreeMap<TargetGroupArn, u16>)];

/// The target groups that requests of production reach.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// For sure.
    sure: BTreeSet<TargetGroupArn>,
    /// If the route that sends to them is no route of tests, which AWS does not know.
    maybe: BTreeSet<TargetGroupArn>,
}

impl Reached {
    /// These, and no others.
    pub fn by(sure: BTreeSet<TargetGroupArn>) -> Self {
        Self { sure, maybe: BTreeSet::new() }
    }

    /// Those of both.
    pub fn and(mut self, other: Self) -> Self {
        self.sure.extend(other.sure);
        self.maybe.extend(other.maybe);
        self
    }

    /// True when requests reach one of these groups; `None` where that is not told.
    pub fn any(&self, groups: &[&TargetGroupArn]) -> Option<bool> {
        let reached = |by: &BTreeSet<TargetGroupArn>| groups.iter().any(|group| by.contains(*group));
        match (reached(&self.sure), reached(&self.maybe)) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        }
    }
}

/// What routes reach that do not agree, as those of production and of tests do not: for sure only what each of them reaches.
pub fn reached(routes: &Routes) -> Reached {
    let mut each = routes.iter().map(|route| receiving(std::iter::once(route)));
    let first = each.next().unwrap_or_default();
    let sure = each.fold(first, |all, more| all.intersection(&more).cloned().collect());
    Reached { sure, maybe: receiving(routes.iter()) }
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
    fn routes_that_do_not_agree_reach_for_sure_what_each_of_them_reaches() {
        let tests = || route("2", &[("green", 1)]);
        let any = |routes: &[_], name| reached(routes).any(&[&group(name)]);
        let on = |blue, green| [route("1", &[("blue", blue), ("green", green)]), tests()];
        assert_eq!((any(&on(100, 0), "blue"), any(&on(100, 0), "green")), (None, None), "either may be for tests");
        assert_eq!((any(&on(90, 10), "blue"), any(&on(90, 10), "green")), (None, Some(true)));
        assert_eq!(any(&on(100, 0), "old"), Some(false));
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
