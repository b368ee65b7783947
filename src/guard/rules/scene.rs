//! What a rule sees besides the change it judges, and what it can say.

use crate::guard::facts::{Facts, OwnerFacts, Question, Reason, ServiceFacts, Untold};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Change, Field, Place, Plan, cluster_name};
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// A finding before it has an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How bad it is.
    pub severity: Severity,
    /// What would happen.
    pub message: String,
    /// The ways out.
    pub fix: Vec<String>,
    /// Labels and values.
    pub facts: Vec<(String, String)>,
}

/// What a rule says about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It fires.
    Finding(Found),
    /// It cannot judge a part.
    CannotTell(Reason),
    /// It has not asked AWS about a part: nothing is asked.
    NotAsked,
    /// It does not judge a part.
    Skipped {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
}

/// Everything a rule says about a change; nothing when the change is fine.
pub type Verdict = Result<Vec<Outcome>, Untold>;

impl Found {
    /// A finding.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self { severity, message: message.into(), fix: Vec::new(), facts: Vec::new() }
    }

    /// An error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// A note.
    pub fn note(message: impl Into<String>) -> Self {
        Self::new(Severity::Note, message)
    }

    /// One more way out.
    pub fn fix(mut self, way: impl Into<String>) -> Self {
        self.fix.push(way.into());
        self
    }

    /// One more fact.
    pub fn fact(mut self, label: &str, value: impl ToString) -> Self {
        self.facts.push((label.to_owned(), value.to_string()));
        self
    }

    /// As the only outcome.
    pub fn alone(self) -> Verdict {
        Ok(vec![Outcome::Finding(self)])
    }
}

/// As the only outcome: a part that cannot be judged.
pub fn cannot_tell(text: impl Into<String>) -> Verdict {
    Ok(vec![Outcome::CannotTell(Reason::new(text))])
}

/// Nothing to say.
pub fn fine() -> Verdict {
    Ok(Vec::new())
}

/// What the parts of a rule say together. A part without an answer does not silence the others.
///
/// # Errors
/// [`Untold::Waiting`] when a part waits.
pub fn gather(parts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let (mut outcomes, mut waits) = (Vec::new(), false);
    for part in parts {
        match part {
            Ok(said) => outcomes.extend(said),
            Err(Untold::Because(reason)) => outcomes.push(Outcome::CannotTell(reason)),
            Err(Untold::Waiting) => waits = true,
            Err(Untold::Offline) => outcomes.push(Outcome::NotAsked),
        }
    }
    if waits { Err(Untold::Waiting) } else { Ok(outcomes) }
}

/// The plan, and what is live.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What is live.
    pub facts: &'a Facts<'a>,
    /// What time it is.
    pub now: Option<OffsetDateTime>,
}

impl<'a> Scene<'a> {
    /// The question that asks for the service of an `aws_ecs_service` or `aws_ecs_express_gateway_service`; `None` when
    /// the plan does not know its name or cluster.
    pub fn service_question(&self, change: &Change) -> Option<Question> {
        let object = change.object();
        let arn = change.arn();
        if let Some(question) = arn.as_deref().and_then(question_of_service) {
            return Some(question);
        }
        let name = object.get("name").name().known().or_else(|| object.get("service_name").name().known())?;
        let cluster = match object.get("cluster").name() {
            Field::Known(cluster) => cluster.judged().to_owned(),
            Field::Null => "default".to_owned(),
            Field::Unknown => return None,
        };
        let mut place = Place::of(change, self.plan);
        if cluster.starts_with("arn:") {
            place = Place::of_arn(&cluster);
        }
        let name = name.judged().to_owned();
        Some(Question::Service { place, cluster: cluster_name(&cluster).to_owned(), name })
    }

    /// The service as it is live; `None` when it does not exist.
    ///
    /// # Errors
    /// [`Untold`] when that cannot be told.
    pub fn service(&self, change: &Change) -> Result<Option<&'a ServiceFacts>, Untold> {
        match self.service_question(change) {
            Some(question) => self.facts.service(question),
            None if change.before().is_none() => Ok(None),
            None => Err(Untold::Because(Reason::new("The plan does not say in which cluster the service is."))),
        }
    }
}

impl<'a> Scene<'a> {
    /// The services that have these target groups, asked for together.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say whose one is.
    pub fn owners<'g>(&self, groups: impl IntoIterator<Item = &'g str>) -> Result<Vec<&'a OwnerFacts>, Untold> {
        let asked: Vec<Question> = groups.into_iter().map(|arn| Question::Group(arn.to_owned())).collect();
        self.facts.ahead(asked.clone());
        let mut owners = Vec::new();
        for question in asked {
            owners.extend(self.facts.group(question)?.into_iter().flat_map(|group| &group.owners));
        }
        Ok(owners)
    }

    /// The ARNs of the services that have these target groups.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say whose one is.
    pub fn services_with<'g>(&self, groups: impl IntoIterator<Item = &'g str>) -> Result<BTreeSet<&'a str>, Untold> {
        Ok(self.owners(groups)?.into_iter().map(|owner| owner.service.as_str()).collect())
    }

    /// What the plan does to the service with this ARN.
    pub fn planned<'s>(&self, service: &'s str) -> impl Iterator<Item = &'a Change> + use<'a, 's> {
        self.plan.of_kind("aws_ecs_service").filter(move |change| change.arn().as_deref() == Some(service))
    }

    /// The services with these ARNs that exist, asked for together.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say what one is.
    pub fn live<'s>(&self, arns: impl IntoIterator<Item = &'s str>) -> Result<Vec<&'a ServiceFacts>, Untold> {
        let asked: Vec<Question> = arns.into_iter().filter_map(question_of_service).collect();
        self.facts.ahead(asked.clone());
        let mut live = Vec::new();
        for question in asked {
            live.extend(self.facts.service(question)?);
        }
        Ok(live)
    }
}

/// The question about `arn:…:service/CLUSTER/NAME`; the old form without a cluster has none.
pub fn question_of_service(arn: &str) -> Option<Question> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let mut words = resource.split('/');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("service"), Some(cluster), Some(name), None) => {
            Some(Question::Service { place: Place::of_arn(arn), cluster: cluster.to_owned(), name: name.to_owned() })
        }
        _ => None,
    }
}

/// The short name of a thing by its ARN: `web-blue` of a target group, `shop/web` of a service, `web:7` of a task
/// definition.
pub fn short(arn: &str) -> &str {
    let Some(resource) = arn.splitn(6, ':').nth(5) else { return arn };
    match resource.split_once('/') {
        Some(("targetgroup", rest)) => rest.split('/').next().unwrap_or(rest),
        Some((_, rest)) => rest,
        None => resource,
    }
}
