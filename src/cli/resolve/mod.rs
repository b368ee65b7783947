//! `ecslive resolve`: one answer, one file for each question.

pub mod deployment;
pub mod explain;
mod image;
pub mod paint;
mod place;
pub mod screen;
pub mod service;
mod services;
pub mod target_group;
mod task_definition;
mod watch;

use super::Format;
use super::access::Access;
use super::outcome::{self, Outcome, complain, say};
use crate::aws::Clients;
use crate::live::deployment::{Deployment, DeploymentQuestion};
use crate::live::target_group::{OnShift, TargetGroupQuestion};
use crate::live::{self, Kind, Place, Problem, Told};
use crate::resolve::target_group::Query;
use crate::resolve::wording::Wording;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::future::pending;
use watch::Watching;

/// The arguments.
#[derive(Debug, Args)]
pub struct Resolve {
    /// How to write the answer
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(subcommand)]
    question: Question,
}

/// The questions, in the order of the documentation.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// The target group that serves production, and the weights of the listener
    TargetGroup(target_group::Arguments),
    /// What a service runs now
    Service(service::Arguments),
    /// What many services of one cluster run now
    Services(services::Arguments),
    /// The current deployment of a service, or the last one
    Deployment(deployment::Arguments),
    /// The latest ACTIVE revision of a task definition family
    TaskDefinition(task_definition::Arguments),
    /// Whether the image of a reference is in Amazon ECR, so that tasks can pull it
    Image(image::Arguments),
}

/// Asks, and tells.
pub async fn run(access: &Access, Resolve { format, question }: Resolve) -> Outcome {
    let clients = access.clients();
    match question {
        Question::TargetGroup(arguments) => {
            let question = arguments.question();
            if arguments.watching.watch {
                return watch::run(&clients, &question, &arguments.watching, format, question.place.timeout).await;
            }
            target_group(&clients, &question, format).await
        }
        Question::Service(arguments) => {
            let question = arguments.question();
            if arguments.watching.watch {
                let of = traffic_of(&question.address, &question.place);
                return watch::run(&clients, &of, &arguments.watching, format, question.place.timeout).await;
            }
            tell(format, ask(&clients, &question).await, |answer| service::screen(&question, answer))
        }
        Question::Deployment(arguments) => {
            let question = arguments.question();
            if arguments.watching.watch {
                let of = traffic_of(&question.address, &question.place);
                return watch::run(&clients, &of, &arguments.watching, format, question.place.timeout).await;
            }
            tell(format, ask(&clients, &question).await, |answer| deployment::screen(&question, answer))
        }
        Question::Services(arguments) => {
            let question = arguments.question();
            tell(format, ask(&clients, &question).await, |answer| services::screen(&question, answer))
        }
        Question::TaskDefinition(arguments) => {
            let question = arguments.question();
            tell(format, ask(&clients, &question).await, |answer| task_definition::screen(&question, answer))
        }
        Question::Image(arguments) => match arguments.question(access.region.as_ref()) {
            Ok(question) => tell(format, ask(&clients, &question).await, |answer| image::screen(&question, answer)),
            Err(problems) => refuse(&problems, Wording::CommandLine),
        },
    }
}

/// The answer to a question, as JSON.
///
/// # Errors
/// What stands against it.
pub async fn json(access: &Access, question: Question) -> Result<Told<serde_json::Value>, Vec<Problem>> {
    let clients = access.clients();
    match question {
        Question::TargetGroup(it) => value(ask(&clients, &it.question()).await),
        Question::Service(it) => value(ask(&clients, &it.question()).await),
        Question::Services(it) => value(ask(&clients, &it.question()).await),
        Question::Deployment(it) => value(ask(&clients, &it.question()).await),
        Question::TaskDefinition(it) => value(ask(&clients, &it.question()).await),
        Question::Image(it) => value(ask(&clients, &it.question(access.region.as_ref())?).await),
    }
}

fn value<T: Serialize>(told: Result<Told<T>, Vec<Problem>>) -> Result<Told<serde_json::Value>, Vec<Problem>> {
    Ok(told?.map(|answer| serde_json::to_value(answer).unwrap_or_default()))
}

async fn ask<Q: live::Question>(clients: &Clients, question: &Q) -> Result<Told<Q::Answer>, Vec<Problem>> {
    live::ask(clients, question, pending()).await
}

/// The screen also shows the deployment that is under way, and the traffic where a refusal is about it.
async fn target_group(clients: &Clients, question: &TargetGroupQuestion, format: Format) -> Outcome {
    let told = ask(clients, question).await;
    if format == Format::Json {
        return tell(format, told, |_| String::new());
    }
    let seen = match &told {
        Ok(told) => Some(told.clone()),
        Err(problems) if problems.iter().all(|problem| problem.kind == Kind::Refused) => {
            let allow = TargetGroupQuestion { on_shift: OnShift::Allow, ..question.clone() };
            ask(clients, &allow).await.ok()
        }
        Err(_) => None,
    };
    let moves =
        seen.as_ref().is_some_and(|seen| seen.answer.found && seen.answer.deployment_in_progress != Some(false));
    let deployment = if moves { deployment_of(clients, question).await } else { None };
    let screen = |answer: &_| target_group::screen(question, answer, deployment.as_ref());
    if let (Err(_), Some(seen)) = (&told, &seen) {
        say(&screen(&seen.answer));
    }
    tell(format, told, screen)
}

/// The deployment beside an answer: nothing is refused because it cannot be read.
async fn deployment_of(clients: &Clients, question: &TargetGroupQuestion) -> Option<Deployment> {
    let place = Place { allow_missing: true, ..question.place.clone() };
    let question = DeploymentQuestion { address: question.address.clone(), place };
    ask(clients, &question).await.ok().map(|told| told.answer)
}

/// The question about the traffic of a service, with nothing known of it.
fn traffic_of(address: &live::Address, place: &Place) -> TargetGroupQuestion {
    TargetGroupQuestion {
        address: address.clone(),
        query: Query::default(),
        on_shift: OnShift::Allow,
        place: place.clone(),
    }
}

fn tell<T: Serialize>(
    format: Format,
    told: Result<Told<T>, Vec<Problem>>,
    screen: impl FnOnce(&T) -> String,
) -> Outcome {
    let Told { answer, warnings } = match told {
        Ok(told) => told,
        Err(problems) => return refuse(&problems, Wording::CommandLine),
    };
    warnings.iter().for_each(|warning| complain(&explain::warning(warning, Wording::CommandLine)));
    match format {
        Format::Text => outcome::answer(&screen(&answer)),
        Format::Json => match serde_json::to_string_pretty(&answer) {
            Ok(json) => outcome::answer(&(json + "\n")),
            Err(error) => {
                complain(&format!("Error: the answer cannot be written as JSON: {error}\n"));
                Outcome::Error
            }
        },
    }
}

/// Says what stands against an answer.
pub fn refuse(problems: &[Problem], wording: Wording) -> Outcome {
    problems.iter().for_each(|problem| complain(&explain::error(problem, wording)));
    let failed = problems.iter().any(|problem| problem.kind == Kind::Failed);
    if failed { Outcome::Error } else { Outcome::Refused }
}
