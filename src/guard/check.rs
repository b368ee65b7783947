//! Every rule on every change: the questions they have, and the report in the end.

use super::allow::Unjudged;
use super::facts::{Answers, Facts, Question, Untold};
use super::outcome::{CannotTell, Finding, Labels, NotAsked, Report, Severity, Skipped, Verdict};
use super::plan::{Action, Change, Place, Plan};
use super::rules::{ALL, Found, Outcome, Rule, Scene};
use super::secrets::Secrets;
use super::{Allow, Source};
use std::collections::BTreeSet;

/// How to judge.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// True when AWS is not asked.
    pub offline: bool,
    /// What is allowed, and the day it is.
    pub allow: Option<(&'a Allow, time::Date)>,
    /// The configuration that the plan was made from.
    pub source: Option<&'a Source>,
    /// What time it is, to tell how old the plan is.
    pub now: Option<time::OffsetDateTime>,
}

/// What to ask AWS next; nothing when [`check`] can judge. Answers to all of it belong into the next call. Three or four
/// rounds at most.
pub fn questions(plan: &Plan, answers: &Answers) -> BTreeSet<Question> {
    let facts = Facts::new(answers, false);
    let scene = Scene { plan, facts: &facts, now: None };
    for change in judged(plan) {
        for rule in ALL {
            let _ = (rule.judge)(change, &scene);
        }
    }
    facts.missing()
}

/// The questions for the services that a plan knows, also those that nothing happens to: who asks AWS about a target group
/// looks among them first.
pub fn services(plan: &Plan) -> BTreeSet<Question> {
    let answers = Answers::new();
    let facts = Facts::new(&answers, true);
    let scene = Scene { plan, facts: &facts, now: None };
    let kinds = ["aws_ecs_service", "aws_ecs_express_gateway_service"].into_iter();
    let changes = kinds.flat_map(|kind| plan.of_kind(kind)).filter(|change| change.before().is_some());
    changes.filter_map(|change| scene.service_question(change)).collect()
}

/// Judges a plan with what is known of AWS.
pub fn check(plan: &Plan, answers: &Answers, options: &Options<'_>) -> Report {
    let facts = Facts::new(answers, options.offline);
    let scene = Scene { plan, facts: &facts, now: options.now };
    let mut draft = Draft::default();
    draft.of_plan(plan);
    draft.unclear_for_all();
    for change in judged(plan) {
        for rule in ALL {
            match (rule.judge)(change, &scene) {
                Ok(outcomes) => draft.take(rule, change, plan, outcomes),
                Err(untold) => draft.untold(rule, change, plan, untold),
            }
        }
    }
    draft.finish(plan, options)
}

/// The changes that rules look at.
fn judged(plan: &Plan) -> impl Iterator<Item = &Change> {
    let still = |action: &Action| matches!(action, Action::NoOp | Action::Read | Action::Forget | Action::Other(_));
    plan.changes.iter().filter(move |change| !still(&change.action) && !change.kind.starts_with("ecslive_"))
}

#[derive(Default)]
struct Draft {
    findings: Vec<(Finding, Place)>,
    cannot_tell: BTreeSet<CannotTell>,
    not_asked: BTreeSet<NotAsked>,
    skipped: BTreeSet<Skipped>,
    unjudged: Vec<Unjudged>,
}

impl Draft {
    /// What the plan leaves out is judged by no rule.
    fn unclear_for_all(&mut self) {
        let one = |unclear: &CannotTell| Unjudged { rule: None, address: unclear.address.clone(), place: None };
        self.unjudged.extend(self.cannot_tell.iter().map(one));
    }

    fn not_judged(&mut self, rule: &Rule, change: &Change, plan: &Plan) {
        let (rule, address) = (Some(rule.id.to_owned()), Some(change.address.clone()));
        self.unjudged.push(Unjudged { rule, address, place: Some(Place::of(change, plan)) });
    }

    fn of_plan(&mut self, plan: &Plan) {
        let mut unclear = |address: Option<&str>, reason: String| {
            let address = address.map(str::to_owned);
            self.cannot_tell.insert(CannotTell { rule: None, address, reason, iam_action: None });
        };
        if plan.incomplete && plan.deferred.is_empty() {
            unclear(None, "The plan says itself that it is not complete, as one made with -target does: what it leaves out was not judged.".to_owned());
        }
        for address in &plan.deferred {
            unclear(Some(address), "This change is deferred to a later plan, so its effect is not known.".to_owned());
        }
        for address in plan.invocations.iter().filter(|address| address.contains("aws_")) {
            unclear(
                Some(address),
                "The plan invokes an action, and what that does to AWS is not in the document.".to_owned(),
            );
        }
        for change in &plan.changes {
            if let Action::Other(actions) = &change.action {
                let reason = match actions.as_slice() {
                    [] => "The plan does not say what is done to it.".to_owned(),
                    actions => format!("The plan has actions that this version does not know: {}.", actions.join(", ")),
                };
                unclear(Some(&change.address), reason);
            }
        }
    }

    fn take(&mut self, rule: &Rule, change: &Change, plan: &Plan, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome {
                Outcome::Finding(found) => {
                    let finding = finding(rule, change, found);
                    if !self.findings.iter().any(|(other, _)| *other == finding) {
                        self.findings.push((finding, Place::of(change, plan)));
                    }
                }
                Outcome::CannotTell(reason) => self.untold(rule, change, plan, Untold::Because(reason)),
                Outcome::NotAsked => self.untold(rule, change, plan, Untold::Offline),
                Outcome::Skipped { what, why } => {
                    self.not_judged(rule, change, plan);
                    self.skipped.insert(Skipped { address: change.address.clone(), what, why });
                }
            }
        }
    }

    fn untold(&mut self, rule: &Rule, change: &Change, plan: &Plan, untold: Untold) {
        self.not_judged(rule, change, plan);
        let (id, address) = (rule.id.to_owned(), change.address.clone());
        let reason = match untold {
            Untold::Offline => {
                self.not_asked.insert(NotAsked { rule: id, address });
                return;
            }
            Untold::Waiting => super::facts::Reason::new("AWS was not asked everything that this rule needs."),
            Untold::Because(reason) => reason,
        };
        let (reason, iam_action) = (reason.text, reason.iam_action);
        self.cannot_tell.insert(CannotTell { rule: Some(id), address: Some(address), reason, iam_action });
    }

    fn finish(mut self, plan: &Plan, options: &Options<'_>) -> Report {
        let secrets = Secrets::of(plan);
        self.findings.iter_mut().for_each(|(finding, _)| secrets.hide_in_finding(finding));
        let cannot_tell: BTreeSet<_> = self.cannot_tell.into_iter().map(|one| secrets.hidden_in(one)).collect();
        let skipped: BTreeSet<_> = self.skipped.into_iter().map(|one| secrets.hidden_in_skipped(one)).collect();
        let mut findings = match options.allow {
            Some((allow, today)) => {
                let places: Vec<Place> = plan.changes.iter().map(|change| Place::of(change, plan)).collect();
                allow.apply(self.findings, &self.unjudged, &places, today)
            }
            None => self.findings.into_iter().map(|(finding, _)| finding).collect(),
        };
        findings.sort_by_key(|finding| (finding.suppressed.is_some(), std::cmp::Reverse(finding.severity)));
        if let Some(source) = options.source {
            for finding in &mut findings {
                finding.location = source.locate(&finding.address);
            }
        }
        let counts = findings.iter().any(|finding| finding.suppressed.is_none() && finding.severity > Severity::Note);
        let outcome = match (counts, cannot_tell.is_empty()) {
            (true, _) => Verdict::Findings,
            (false, false) => Verdict::CannotTell,
            (false, true) => Verdict::Clean,
        };
        Report {
            version: 1,
            outcome,
            findings,
            cannot_tell: cannot_tell.into_iter().collect(),
            not_asked: self.not_asked.into_iter().collect(),
            skipped: skipped.into_iter().collect(),
        }
    }
}

fn finding(rule: &Rule, change: &Change, found: Found) -> Finding {
    let fix = if found.fix.is_empty() { rule.fix.to_owned() } else { found.fix.join("\n") };
    let mut facts = found.facts;
    if let Some(previous) = &change.previous_address {
        facts.push(("Moved from".to_owned(), previous.clone()));
    }
    if let Some(deposed) = &change.deposed {
        facts.push(("Deposed object".to_owned(), deposed.clone()));
    }
    facts.retain(|(_, value)| !value.is_empty());
    Finding {
        rule: rule.id.to_owned(),
        severity: found.severity,
        address: change.address.clone(),
        message: found.message,
        fix,
        facts: Labels(facts),
        location: None,
        suppressed: None,
    }
}
