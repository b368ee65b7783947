//! `ecslive resolve service`.

use super::Watching;
use super::paint::Paint;
use super::place::{Address, Place};
use super::screen::{Screen, name_of};
use crate::live::service::{OneService, Service, ServiceQuestion};
use clap::Args;

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    pub watching: Watching,
}

impl Arguments {
    /// The question.
    pub fn question(&self) -> ServiceQuestion {
        ServiceQuestion { address: self.address.live(), place: self.place.live() }
    }
}

/// The answer for a person.
pub fn screen(question: &ServiceQuestion, answer: &OneService) -> String {
    let paint = Paint::stdout();
    let mut screen = Screen::of(&question.address, &answer.region, paint);
    let service = &answer.service;
    if !service.found {
        screen.line("service", &paint.yellow("not found"));
        return screen.finish();
    }
    let or_not_told =
        |text: Option<&String>| text.map_or_else(|| paint.yellow("AWS does not say"), |it| paint.green(it));
    screen.line("runs", &or_not_told(service.task_definition.as_ref()));
    if let Some(target) = target(service) {
        screen.line("rolls out", &paint.yellow(target));
    }
    if service.configured_task_definition != service.task_definition {
        screen.line("configured", service.configured_task_definition.as_deref().unwrap_or("nothing"));
    }
    screen.line("tasks", &tasks(service));
    for (index, (container, image)) in service.images.iter().enumerate() {
        let label = if index == 0 { "images" } else { "" };
        screen.line(label, &format!("{container}  {}", image.as_deref().unwrap_or("not told")));
    }
    let strategy = service.deployment_strategy.as_deref().map(|strategy| format!(", {strategy}")).unwrap_or_default();
    screen.line("deployed by", &format!("{}{strategy}", service.deployment_controller.as_deref().unwrap_or_default()));
    for (index, entry) in service.load_balancers.iter().enumerate() {
        let label = if index == 0 { "requests to" } else { "" };
        let port = entry.container_port.map(|port| format!(":{port}")).unwrap_or_default();
        let live = match &entry.live_target_group_arn {
            Some(live) => format!("{} is live, as ECS says", name_of(live)),
            None => "ask resolve target-group which one is live".to_owned(),
        };
        screen.line(label, &format!("{}{port}, {live}", entry.container_name.as_deref().unwrap_or("?")));
    }
    screen.line("deployment", &progress(service, paint));
    screen.finish()
}

/// What is being rolled out, when it is something else than what runs.
pub fn target(service: &Service) -> Option<&str> {
    let target = service.target_task_definition_arn.as_ref();
    target.filter(|target| Some(*target) != service.task_definition_arn.as_ref()).map(|arn| name_of(arn))
}

/// `2 of 3 run, 1 starts`.
pub fn tasks(service: &Service) -> String {
    let count = |count: Option<i64>| count.unwrap_or_default();
    let starting = count(service.pending_count);
    let starting = if starting > 0 { format!(", {starting} start") } else { String::new() };
    format!("{} of {} run{starting}", count(service.running_count), count(service.desired_count))
}

fn progress(service: &Service, paint: Paint) -> String {
    let state = service.rollout_state.as_deref().map(|state| format!(" ({state})")).unwrap_or_default();
    match service.deployment_in_progress {
        Some(true) => paint.yellow(&format!("in progress{state}")),
        Some(false) => format!("none in progress{state}"),
        None => format!("AWS does not say whether one is in progress{state}"),
    }
}

/// One line about a service among others.
pub fn brief(service: &Service, paint: Paint) -> String {
    if !service.found {
        return paint.yellow("not found");
    }
    if service.arn.is_none() {
        return paint.yellow("could not be told");
    }
    let runs = service.task_definition.as_deref().unwrap_or("?");
    let target = target(service).map(|target| paint.yellow(&format!(" → {target}"))).unwrap_or_default();
    format!("{runs}{target}  {}", tasks(service))
}
