//! Where a service's traffic comes in: its target groups and the route that carries production.
//!
//! ELB's own state is in the region. This knows which rule or listener is the one that counts, and which one ECS or
//! CodeDeploy was told: the two part when somebody replaces a rule.

use crate::state::{Action, Region};

/// The groups and routes of a service.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// ARN of the load balancer.
    pub balancer: String,
    /// ARN of the production listener.
    pub listener: String,
    /// The rule that carries production; `None` when the listener's default action does, or nothing.
    pub rule: Option<String>,
    /// Production goes by the default action.
    pub by_default: bool,
    /// What ECS or CodeDeploy was told: a rule or a listener.
    pub named: String,
    /// The test listener that CodeDeploy was told.
    pub test_rule: Option<String>,
    /// The first group.
    pub blue: String,
    /// The second group.
    pub green: String,
    /// A group that another service, or nobody, has.
    pub stranger: String,
    /// Groups of the services that share the rule, when some do.
    pub shared: Vec<String>,
}

impl Place {
    /// ARN of the rule or listener that carries production now.
    pub fn route(&self) -> Option<&str> {
        match &self.rule {
            Some(rule) => Some(rule),
            None => Some(self.listener.as_str()).filter(|_| self.by_default),
        }
    }

    /// What the route holds.
    pub fn weights(&self, region: &Region) -> Vec<(String, u32)> {
        self.route().map(|route| weights_of(region, route)).unwrap_or_default()
    }

    /// The groups that get requests.
    pub fn live(&self, region: &Region) -> Vec<String> {
        let weights = self.weights(region);
        weights.into_iter().filter(|(_, weight)| *weight > 0).map(|(group, _)| group).collect()
    }

    /// The group that gets all requests.
    pub fn only_live(&self, region: &Region) -> Option<String> {
        let mut live = self.live(region);
        if live.len() == 1 { live.pop() } else { None }
    }

    /// The other group of blue and green.
    pub fn other(&self, group: &str) -> String {
        if group == self.green { self.blue.clone() } else { self.green.clone() }
    }
}

/// What a rule or a listener's default action holds; nothing when it is gone or does not forward.
pub(super) fn weights_of(region: &Region, route: &str) -> Vec<(String, u32)> {
    let action = region.rules.get(route).map(|rule| &rule.action);
    match action.or_else(|| region.listeners.get(route).map(|listener| &listener.action)) {
        Some(Action::Forward { weights, .. }) => weights.clone(),
        _ => Vec::new(),
    }
}

/// Writes weights into a rule or a listener's default action; false when there is none.
///
/// Stickiness comes back as `Enabled: false` without a duration, as in the capture of a rule that ECS rewrote
/// (cdkrd-elbv2-listenerrule-native-bluegreen-flipped).
pub(super) fn write(region: &mut Region, route: &str, weights: &[(String, u32)]) -> bool {
    let action = Action::forward(weights);
    if let Some(rule) = region.rules.get_mut(route) {
        rule.action = action;
    } else if let Some(listener) = region.listeners.get_mut(route) {
        listener.action = action;
    } else {
        return false;
    }
    true
}
