//! `ecslive resolve task-definition`.

use super::paint::Paint;
use super::place::Place;
use super::screen::{Screen, since};
use crate::live::task_definition::{TaskDefinition, TaskDefinitionQuestion};
use crate::resolve::arn::NameError;
use crate::resolve::name::{Family, Named};
use clap::Args;

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Task definition family: its name, or its ARN without a revision
    #[arg(value_name = "FAMILY", value_parser = family)]
    family: Family,
    /// Read the tags, which needs ecs:ListTagsForResource
    #[arg(long)]
    include_tags: bool,
    #[command(flatten)]
    place: Place,
}

impl Arguments {
    /// The question.
    pub fn question(&self) -> TaskDefinitionQuestion {
        TaskDefinitionQuestion { family: self.family.clone(), tags: self.include_tags, place: self.place.live() }
    }
}

fn family(text: &str) -> Result<Family, NameError> {
    Family::parse(text)
}

/// The answer for a person. Container definitions stay out: environment values are in clear in them.
pub fn screen(question: &TaskDefinitionQuestion, answer: &TaskDefinition) -> String {
    let paint = Paint::stdout();
    let mut screen = Screen::titled(question.family.name(), &answer.region, paint);
    let Some(revision) = answer.family_revision.as_deref() else {
        screen.line("latest", &paint.yellow("no ACTIVE revision"));
        return screen.finish();
    };
    screen.line("latest", &paint.green(revision));
    screen.line("arn", answer.arn.as_deref().unwrap_or_default());
    if let Some(at) = &answer.registered_at {
        screen.line("registered", &format!("{at}{}", since(at)));
    }
    for (index, (container, image)) in answer.images.iter().enumerate() {
        let label = if index == 0 { "images" } else { "" };
        screen.line(label, &format!("{container}  {}", image.as_deref().unwrap_or("not told")));
    }
    screen.line("task role", answer.task_role_arn.as_deref().unwrap_or("none"));
    screen.line("exec. role", answer.execution_role_arn.as_deref().unwrap_or("none"));
    let sizes = [("CPU", &answer.cpu), ("memory", &answer.memory), ("network", &answer.network_mode)];
    let sizes = sizes.iter().filter_map(|(what, value)| Some(format!("{what} {}", value.as_ref()?)));
    screen.line("size", &sizes.collect::<Vec<_>>().join(", "));
    screen.finish()
}
