//! States that people reported in public, and that an earlier version answered wrongly, refused needlessly or gave advice for
//! that cannot work. Each is one call of [`Reported::is`], with its number in the list that the project keeps of them.

mod native;
mod rolling;
mod routes;
mod task_sets;

use super::deployment;
use super::running;
use super::scenes::Account;
use super::target_group::{self, Answer, Query};
use super::task_definition::TaskDefinitionArn;
use super::{Refusal, model::Service};

/// A state, and what is asked about it.
struct Reported {
    service: Service,
    account: Account,
    query: Query,
}

/// What is answered, in one line for each question.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answered {
    /// `live | weights`, with `in progress` where it is.
    target_group: &'static str,
    /// The same when the listener is not asked.
    unverified: &'static str,
    /// `running to target`, with `in progress` where it is.
    runs: &'static str,
    /// `status sources -> target`.
    deployment: &'static str,
}

impl Reported {
    fn new(service: Service, account: Account) -> Self {
        Self { service, account, query: Query::default() }
    }

    fn asking(self, query: Query) -> Self {
        Self { query, ..self }
    }

    /// Compares every answer that is not left out.
    #[track_caller]
    fn is(self, number: &str, expect: Answered) {
        let group = self.target_group(&self.query);
        let unverified = self.target_group(&Query { unverified: true, ..self.query.clone() });
        let (runs, deployment) = (self.runs(), self.deployment());
        let seen = [group, unverified, runs, deployment];
        let wanted = [expect.target_group, expect.unverified, expect.runs, expect.deployment];
        for (seen, wanted) in seen.iter().zip(wanted).filter(|(_, wanted)| !wanted.is_empty()) {
            assert_eq!(seen, wanted, "{number}");
        }
    }

    fn target_group(&self, query: &Query) -> String {
        let (result, _) = self.account.answer(self.service.clone(), |facts| target_group::decide(query, facts));
        let answer: Answer = match result {
            Ok(answer) => answer,
            Err(refusal) => return refused(&refusal),
        };
        let live = match &answer.live {
            Ok(live) => live.as_ref().map_or("none".to_owned(), |live| live.name().to_owned()),
            Err(unsettled) => {
                let passes = if unsettled.may_pass() { "passes" } else { "stays" };
                format!("{}, {passes}", answer.explain(unsettled, false).summary)
            }
        };
        let weights = answer.weights();
        let weights: Vec<_> = weights.iter().map(|(group, weight)| format!("{}={weight}", group.name())).collect();
        format!("{live} | {}{}", weights.join(" "), progress(answer.in_progress))
    }

    fn runs(&self) -> String {
        let (result, _) = self.account.answer(self.service.clone(), running::decide);
        match result {
            Ok(found) => {
                let (runs, target) = (number(found.task_definition.as_ref()), number(found.target.as_ref()));
                format!("{runs} to {target}{}", progress(found.in_progress))
            }
            Err(refusal) => refused(&refusal),
        }
    }

    fn deployment(&self) -> String {
        let (result, _) = self.account.answer(self.service.clone(), deployment::decide);
        match result {
            Ok(None) => "none known".to_owned(),
            Ok(Some(found)) => {
                let status = found.status.map_or("?", deployment::Status::as_str);
                let sources: Vec<_> = found.sources.iter().map(|arn| number(Some(arn))).collect();
                format!("{status} {} -> {}", sources.join(" "), number(found.target.as_ref()))
            }
            Err(refusal) => refused(&refusal),
        }
    }
}

fn refused(refusal: &Refusal) -> String {
    format!("refused: {}", refusal.explain().summary)
}

fn progress(in_progress: Option<bool>) -> &'static str {
    match in_progress {
        Some(true) => " | in progress",
        Some(false) => "",
        None => " | in progress?",
    }
}

fn number(arn: Option<&TaskDefinitionArn>) -> String {
    arn.map_or("?".to_owned(), |arn| arn.revision().to_string())
}
