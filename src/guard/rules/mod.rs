//! The rules: one file each, and this list. A rule is a pure function of a change, the plan and what is live.
//!
//! Order here is order in the documentation.

mod circuit_breaker;
mod codedeploy;
mod definitions;
mod dependency;
mod deregistered;
mod exec;
mod execution_role;
mod image;
mod in_progress;
mod refused;
mod replaced;
mod rollback;
mod runners;
mod scaled_down;
mod scene;
mod serving;
mod stale;
mod stickiness;
mod task_sets;
mod traffic;

pub use scene::{Found, Outcome, Scene, Verdict};

use super::outcome::Severity;
use super::plan::Change;

/// A rule: everything that is said about it anywhere comes from here.
#[derive(Debug)]
pub struct Rule {
    /// The id, as in `.ecslive-guard.toml`, SARIF and the documentation.
    pub id: &'static str,
    /// A short sentence without a full stop.
    pub title: &'static str,
    /// The worst severity it gives.
    pub severity: Severity,
    /// Why it exists.
    pub why: &'static str,
    /// How to get out of it, in general.
    pub fix: &'static str,
    /// The IAM actions it may need.
    pub needs: &'static [&'static str],
    /// The decision.
    pub judge: fn(&Change, &Scene<'_>) -> Verdict,
}

impl Rule {
    /// The address of the rule's section in the documentation.
    pub fn docs(&self) -> String {
        format!("https://registry.terraform.io/providers/ecslive/ecslive/latest/docs/guides/guard#{}", self.id)
    }
}

/// All rules.
pub static ALL: [&Rule; 15] = [
    &traffic::RULE,
    &rollback::RULE,
    &replaced::RULE,
    &refused::RULE,
    &image::RULE,
    &circuit_breaker::RULE,
    &execution_role::RULE,
    &stickiness::RULE,
    &exec::RULE,
    &in_progress::RULE,
    &dependency::RULE,
    &deregistered::RULE,
    &stale::RULE,
    &codedeploy::RULE,
    &scaled_down::RULE,
];

/// The rule with an id.
pub fn named(id: &str) -> Option<&'static Rule> {
    ALL.into_iter().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_says_what_it_is_why_and_what_to_do() {
        let ids: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), ALL.len());
        for rule in ALL {
            assert!(rule.why.len() > 60 && rule.fix.len() > 40 && rule.title.len() > 10, "{}", rule.id);
            assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.id);
        }
    }
}
