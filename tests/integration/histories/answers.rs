//! What was answered, in a form that is easy to compare.

use ecslive::aws::Inquiry;
use ecslive::resolve::Refusal;
use ecslive::resolve::deployment;
use ecslive::resolve::model::Forward;
use ecslive::resolve::next::Next;
use ecslive::resolve::running::Running;
use ecslive::resolve::target_group::Answer;

/// Answers about one service.
pub struct Answers {
    /// What runs.
    pub running: Inquiry<Running>,
    /// How the deployment stands.
    pub deployment: Inquiry<Option<deployment::Answer>>,
    /// The target group, for each query.
    pub groups: Vec<Group>,
}

/// An answer about the target group, and the weights that are given when there is no service.
pub struct Group {
    /// The answer.
    pub inquiry: Inquiry<Answer>,
    /// For a service that is absent.
    pub absent: Option<Result<Option<Forward>, Refusal>>,
}

/// Why there is no answer: its title, and what to do.
pub struct Refused {
    /// Title.
    pub summary: &'static str,
    /// What to do, the first first.
    pub next: Vec<Next>,
    /// The whole, for messages.
    pub detail: String,
}

impl Group {
    /// Why no single target group is named, when that is so.
    pub fn refused(&self) -> Option<Refused> {
        let explanation = match &self.inquiry {
            Inquiry::Refused(refusal) => refusal.explain(),
            Inquiry::Answer(_, answer) => answer.explain(answer.live.as_ref().err()?, false),
            Inquiry::NoService(_) | Inquiry::NoCluster => return None,
        };
        Some(Refused { summary: explanation.summary, next: explanation.next, detail: explanation.detail })
    }

    /// The answer, settled or not.
    pub fn answer(&self) -> Option<&Answer> {
        match &self.inquiry {
            Inquiry::Answer(_, answer) => Some(answer),
            _ => None,
        }
    }
}
