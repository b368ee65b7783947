//! A container or port that the task definition does not have.

use crate::guard::plan::{Change, Entry, Field};
use crate::guard::rules::Verdict;
use crate::guard::rules::definitions::{Planned, containers};
use crate::guard::rules::scene::{Found, Outcome, Scene, fine};

/// What of the entries the task definition does not have.
pub fn missing(change: &Change, entries: &[Entry], scene: &Scene<'_>) -> Verdict {
    let planned = scene.planned_definition(change, None);
    let hidden = matches!(&planned, Planned::New(registered) if is_sensitive(registered));
    let known: Vec<(String, Vec<i64>)> = match &planned {
        Planned::New(registered) => match containers(registered) {
            Field::Known(list) => list.into_iter().map(|one| (one.name.judged().to_owned(), one.ports)).collect(),
            _ => return fine(),
        },
        Planned::Unknown | Planned::Nothing => return fine(),
        _ if !change.writes("task_definition") && !change.writes("load_balancer") && !change.action.creates() => {
            return fine();
        }
        other => match scene.live_definition(other, change)? {
            Some(facts) => facts.containers.iter().map(|one| (one.name.clone(), one.ports.clone())).collect(),
            None => return fine(),
        },
    };
    let mut outcomes = Vec::new();
    for entry in entries {
        let (Field::Known(name), port) = (&entry.container, entry.port.as_ref().known()) else { continue };
        let wrong = match (known.iter().find(|(container, _)| container == name.judged()), port) {
            (None, _) => {
                format!("The load balancer entry names container {name}, which the task definition does not have.")
            }
            (Some((_, ports)), Some(port)) if !ports.contains(port) => {
                format!(
                    "The load balancer entry names port {port} of container {name}, which the task definition does not open."
                )
            }
            _ => continue,
        };
        let names = known.iter().map(|(name, ports)| format!("{name} {ports:?}")).collect::<Vec<_>>().join(", ");
        let names = if hidden { "(sensitive value)" } else { &names };
        let found = Found::error(wrong).fact("Containers", names);
        outcomes.push(Outcome::Finding(found.fix("Use a container name and containerPort of the task definition.")));
    }
    Ok(outcomes)
}

fn is_sensitive(registered: &Change) -> bool {
    let list = containers(registered).known().unwrap_or_default();
    list.iter().any(|container| container.name.is_sensitive())
}
