//! What rules know of AWS: questions, answers, and the reasons why there is none.
//!
//! A rule looks things up and nothing else. What it looks up and is not there yet becomes a question, so that the
//! questions of all rules about all changes can be asked together, round by round, until nothing is missing. Who asks is
//! not known here.

mod model;

pub use model::*;

use super::plan::Place;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Something to ask AWS. ARNs say themselves where they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Question {
    /// A service, with its deployment under way and which of its groups serve. `ecs:DescribeServices`, …
    Service {
        /// Where to ask.
        place: Place,
        /// The name of the cluster.
        cluster: String,
        /// The name of the service.
        name: String,
    },
    /// A listener rule, or a listener's default action. `elasticloadbalancing:DescribeRules`, `DescribeListeners`.
    Route(String),
    /// All rules of a listener.
    Listener(String),
    /// A target group with its users. `elasticloadbalancing:DescribeTargetGroups`.
    Group(String),
    /// A target group by its name.
    GroupNamed {
        /// Where to ask.
        place: Place,
        /// The name.
        name: String,
    },
    /// The services behind a load balancer.
    LoadBalancer(String),
    /// Whether a target group or a load balancer is there, by ARN. `elasticloadbalancing:DescribeTargetGroups`,
    /// `DescribeListeners`.
    Exists(String),
    /// A revision by ARN. `ecs:DescribeTaskDefinition`.
    Definition(String),
    /// The services of the region that run a revision or are configured with it. `ecs:ListClusters`, `ecs:ListServices`.
    Users(String),
    /// The newest ACTIVE revision of a family.
    NewestDefinition {
        /// Where to ask.
        place: Place,
        /// The family.
        family: String,
    },
    /// An image in ECR by its reference. `ecr:DescribeImages`.
    Image(String),
}

/// What AWS said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// To [`Question::Service`].
    Service(Box<ServiceFacts>),
    /// To [`Question::Route`].
    Route(RouteFacts),
    /// To [`Question::Listener`].
    Listener(ListenerFacts),
    /// To [`Question::Group`] and [`Question::GroupNamed`].
    Group(GroupFacts),
    /// To [`Question::LoadBalancer`].
    LoadBalancer(LoadBalancerFacts),
    /// To [`Question::Definition`] and [`Question::NewestDefinition`].
    Definition(DefinitionFacts),
    /// To [`Question::Exists`]: it does.
    Present,
    /// To [`Question::Users`]: the ARNs of the services, sorted.
    Users(Vec<String>),
    /// To [`Question::Image`].
    Image(ImageFacts),
    /// AWS says that there is none. Never concluded from a refusal.
    Absent,
    /// AWS did not say, and why.
    CannotTell(Reason),
}

/// Why something cannot be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// A sentence for people.
    pub text: String,
    /// The IAM action that is missing, when a permission is.
    pub iam_action: Option<String>,
}

impl Reason {
    /// A reason that is no missing permission.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), iam_action: None }
    }

    /// A missing permission.
    pub fn denied(action: &str) -> Self {
        Self {
            text: format!("The credentials may not call {action}, so AWS did not answer."),
            iam_action: Some(action.to_owned()),
        }
    }
}

/// The answers so far.
pub type Answers = BTreeMap<Question, Fact>;

/// Why a rule has no fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// AWS is not asked at all.
    Offline,
    /// It is among the next questions.
    Waiting,
    /// It cannot be told.
    Because(Reason),
}

/// The answers, and what was looked up without being there.
#[derive(Debug)]
pub struct Facts<'a> {
    answers: &'a Answers,
    offline: bool,
    missing: RefCell<BTreeSet<Question>>,
}

/// Declares a look-up: `Ok(None)` is absence.
macro_rules! look_up {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $facts:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`Untold`] when there is no answer.
        pub fn $name(&self, question: Question) -> Result<Option<&'a $facts>, Untold> {
            match self.find(question)? {
                Fact::$variant(facts) => Ok(Some(facts)),
                Fact::Absent => Ok(None),
                Fact::CannotTell(reason) => Err(Untold::Because(reason.clone())),
                _ => Err(Untold::Because(Reason::new("AWS was asked something else."))),
            }
        }
    };
}

impl<'a> Facts<'a> {
    /// The answers so far; `offline` when none will ever come.
    pub fn new(answers: &'a Answers, offline: bool) -> Self {
        Self { answers, offline, missing: RefCell::default() }
    }

    /// What has to be asked before the rules can judge.
    pub fn missing(self) -> BTreeSet<Question> {
        self.missing.into_inner()
    }

    /// Asks ahead, so that questions which do not depend on each other go in one round.
    pub fn ahead(&self, questions: impl IntoIterator<Item = Question>) {
        for question in questions {
            let _ = self.find(question);
        }
    }

    fn find(&self, question: Question) -> Result<&'a Fact, Untold> {
        if self.offline {
            return Err(Untold::Offline);
        }
        let answer = self.answers.get(&question);
        if answer.is_none() {
            self.missing.borrow_mut().insert(question);
        }
        answer.ok_or(Untold::Waiting)
    }

    /// Whether something is there.
    ///
    /// # Errors
    /// [`Untold`] when there is no answer.
    pub fn exists(&self, question: Question) -> Result<bool, Untold> {
        match self.find(question)? {
            Fact::CannotTell(reason) => Err(Untold::Because(reason.clone())),
            fact => Ok(*fact == Fact::Present),
        }
    }

    look_up!(/** A service. */ service, Service, ServiceFacts);
    look_up!(/** A rule or a default action. */ route, Route, RouteFacts);
    look_up!(/** A listener with its rules. */ listener, Listener, ListenerFacts);
    look_up!(/** A target group. */ group, Group, GroupFacts);
    look_up!(/** A load balancer. */ load_balancer, LoadBalancer, LoadBalancerFacts);
    look_up!(/** A revision. */ definition, Definition, DefinitionFacts);
    look_up!(/** The services that use a revision. */ users, Users, Vec<String>);
    look_up!(/** An image. */ image, Image, ImageFacts);
}
