//! From the questions of guard to calls of AWS and back: a round at a time, everything in it batched.

mod definition;
mod everything;
mod external;
mod image;
mod owners;
mod reason;
mod routes;
mod service;
mod survey;
mod time;

use crate::aws::{Clients, Error, Reader};
use crate::guard::facts::{Answers, Fact, Question, Reason};
use crate::guard::plan::{Place, Plan};
use crate::guard::services;
use crate::resolve::ecr::EcrImage;
use crate::resolve::image::Image;
use everything::Everything;
use owners::Owners;
use reason::{cannot_tell, is_out_of_reach, why};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use time::{Time, Unanswered};

/// Rounds after which nothing more is asked: three or four are what it takes.
const ROUNDS: usize = 8;

/// Asks whatever guard wants to know about a plan, for as long as `limit`. What has no answer then cannot be told.
///
/// # Errors
/// A paragraph when AWS could not be asked anything at all.
pub async fn ask(clients: &Clients, plan: &Plan, limit: Duration) -> Result<Answers, String> {
    let mut asking = Asking::new(clients, plan, limit);
    let mut answers = Answers::new();
    for round in 0..ROUNDS {
        let questions = crate::guard::questions(plan, &answers);
        if questions.is_empty() {
            break;
        }
        match asking.time.over() {
            Some(over) if round > 0 => {
                answers.extend(questions.into_iter().map(|question| (question, cannot_tell(&over))));
            }
            _ => answers.extend(asking.answer(Round { is_first: round == 0, questions }).await?),
        }
    }
    reason::told_once(&mut answers);
    Ok(answers)
}

struct Round {
    is_first: bool,
    questions: BTreeSet<Question>,
}

struct Asking<'a> {
    clients: &'a Clients,
    time: Time,
    /// The services that the plan knows, by region.
    planned: BTreeMap<Option<String>, Vec<(String, String)>>,
    account: Option<String>,
    known: BTreeMap<Option<String>, Known>,
}

/// What is kept of a region from round to round.
#[derive(Default)]
struct Known {
    all: Everything,
    owners: Owners,
}

impl<'a> Asking<'a> {
    fn new(clients: &'a Clients, plan: &Plan, limit: Duration) -> Self {
        let mut planned: BTreeMap<Option<String>, Vec<(String, String)>> = BTreeMap::new();
        for question in services(plan) {
            if let Question::Service { place, cluster, name } = question {
                planned.entry(place.region).or_default().push((cluster, name));
            }
        }
        Self { clients, time: Time::starts(limit), planned, account: None, known: BTreeMap::new() }
    }

    /// An answer to every question.
    async fn answer(&mut self, round: Round) -> Result<Answers, String> {
        let mut answers = Answers::new();
        let mut by_region: BTreeMap<Option<String>, Vec<Question>> = BTreeMap::new();
        let asked = round.questions.len();
        let mut failures = Failures::default();
        for question in round.questions {
            let place = place(&question);
            match self.other_account(&place, &mut failures).await {
                Some(reason) if !matches!(question, Question::Image(_)) => {
                    answers.insert(question, Fact::CannotTell(reason));
                }
                _ => by_region.entry(place.region).or_default().push(question),
            }
        }
        for (region, questions) in by_region {
            match self.time.within(self.clients.region(region.as_deref())).await {
                Ok(regional) => {
                    let found = self.in_region(&regional, region, &questions, &mut failures).await;
                    answers.extend(questions.into_iter().zip(found));
                }
                Err(error) => {
                    failures.count(&error, questions.len());
                    answers.extend(questions.into_iter().map(|question| (question, cannot_tell(&error))));
                }
            }
        }
        match failures.first {
            Some(first) if round.is_first && failures.count >= asked => Err(why(&first)),
            _ => Ok(answers),
        }
    }

    /// Why nothing can be known of another account than that of the credentials.
    async fn other_account(&mut self, place: &Place, failures: &mut Failures) -> Option<Reason> {
        let wanted = place.account.as_deref()?;
        if self.account.is_none() {
            // The region to ask STS in is that of the first read.
            let _ = self.time.within(self.clients.region(place.region.as_deref())).await;
            self.account = match self.time.within(self.clients.account()).await {
                Ok(account) => Some(account),
                Err(error) => {
                    // The call itself will say it, where it matters.
                    failures.count(&error, 0);
                    Some(String::new())
                }
            };
        }
        let own = self.account.as_deref().filter(|own| !own.is_empty() && *own != wanted)?;
        Some(Reason::new(format!(
            "It is in the account {wanted}, and the credentials are for {own}: AWS was not asked. Run guard with \
             credentials for that account as well."
        )))
    }

    /// The answers in the order of the questions: first everything but target groups, whose users are looked for among the
    /// services of the plan, then among all services of the region; then who uses a revision.
    async fn in_region(
        &mut self,
        regional: &Reader,
        region: Option<String>,
        questions: &[Question],
        failures: &mut Failures,
    ) -> Vec<Fact> {
        let planned = self.planned.get(&region).cloned().unwrap_or_default();
        let (Known { all, owners }, time) = (self.known.entry(region).or_default(), &self.time);
        let mut found = Vec::new();
        let parts = questions.iter().map(|question| time.within(plain(regional, question)));
        let plain = regional.together(parts).await;
        let groups = plain.iter().filter_map(|part| match part {
            Ok(Part::Groups(wanted)) => Some(wanted),
            _ => None,
        });
        let wanted: BTreeSet<String> = groups.flat_map(|wanted| wanted.owned.iter().cloned()).collect();
        if !wanted.is_empty() {
            owners.find(regional, time, &planned, all, &wanted).await;
        }
        let revisions = plain.iter().filter_map(|part| match part {
            Ok(Part::Users(arn)) => Some(arn.clone()),
            _ => None,
        });
        let revisions: Vec<String> = revisions.collect();
        let users = all.users(regional, time, &revisions).await;
        if let Some(error) = all.unclear() {
            failures.count(error, revisions.len());
        }
        for part in plain {
            found.push(match part {
                Ok(Part::Fact(fact)) => fact,
                Ok(Part::Groups(wanted)) => wanted.fact(owners),
                Ok(Part::Users(arn)) => users.of(&arn),
                Err(error) => {
                    failures.count(&error, 1);
                    cannot_tell(&error)
                }
            });
        }
        found
    }
}

/// How many questions failed because AWS is out of reach.
#[derive(Default)]
struct Failures {
    count: usize,
    first: Option<Unanswered>,
}

impl Failures {
    fn count(&mut self, unanswered: &Unanswered, questions: usize) {
        if is_out_of_reach(unanswered) {
            self.count += questions;
            self.first.get_or_insert_with(|| unanswered.clone());
        }
    }
}

/// What there is to say before it is known who uses a target group or a revision.
enum Part {
    Fact(Fact),
    Groups(routes::Groups),
    Users(String),
}

async fn plain(regional: &Reader, question: &Question) -> Result<Part, Error> {
    Ok(Part::Fact(match question {
        Question::Service { place, cluster, name } => service::ask(regional, place, cluster, name).await?,
        Question::Route(arn) => routes::route(regional, arn).await?,
        Question::Listener(arn) => routes::listener(regional, arn).await?,
        Question::Exists(arn) => routes::exists(regional, arn).await?,
        Question::Definition(name) => definition::ask(regional, name).await?,
        Question::NewestDefinition { family, .. } => definition::ask(regional, family).await?,
        Question::Users(arn) => return Ok(Part::Users(arn.clone())),
        Question::Image(reference) => image::ask(regional, reference).await?,
        Question::Group(arn) => return routes::group(regional, arn).await,
        Question::GroupNamed { name, .. } => return routes::group_named(regional, name).await,
        Question::LoadBalancer(arn) => return routes::load_balancer(regional, arn).await,
    }))
}

/// Where to ask.
fn place(question: &Question) -> Place {
    match question {
        Question::Service { place, .. }
        | Question::GroupNamed { place, .. }
        | Question::NewestDefinition { place, .. } => place.clone(),
        Question::Route(arn)
        | Question::Listener(arn)
        | Question::Group(arn)
        | Question::LoadBalancer(arn)
        | Question::Exists(arn)
        | Question::Users(arn)
        | Question::Definition(arn) => Place::of_arn(arn),
        Question::Image(reference) => {
            let image = Image::parse(reference).ok().and_then(|image| EcrImage::of(&image).ok());
            Place { account: None, region: image.map(|image| image.region) }
        }
    }
}
