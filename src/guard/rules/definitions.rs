//! Which task definition a service would run, and what starts a deployment.

use super::scene::Scene;
use crate::guard::facts::{DefinitionFacts, Question, ServiceFacts, Untold};
use crate::guard::plan::{Action, Change, Container, Definition, Field, Place, Service, Text};

/// The task definition that a plan gives a service.
#[derive(Debug, Clone)]
pub enum Planned<'a> {
    /// A revision, as an ARN.
    Revision(Text),
    /// A family: the newest ACTIVE revision at apply.
    Family(Text),
    /// A revision that this apply registers.
    New(&'a Change),
    /// Only the apply knows.
    Unknown,
    /// None: EXTERNAL services have none of their own.
    Nothing,
}

/// The attributes whose change makes ECS start a deployment (UpdateService reference).
pub const DEPLOYS: [&str; 9] = [
    "task_definition",
    "network_configuration",
    "platform_version",
    "load_balancer",
    "service_registries",
    "service_connect_configuration",
    "volume_configuration",
    "vpc_lattice_configurations",
    "capacity_provider_strategy",
];

/// What an update sends besides tags.
pub fn writes_more_than_tags(change: &Change) -> bool {
    let keys = change.before.as_object().into_iter().chain(change.after.as_object()).flat_map(|fields| fields.keys());
    let unknown = change.after_unknown.as_object().into_iter().flat_map(|fields| fields.keys());
    let ours = ["tags", "tags_all", "timeouts", "force_new_deployment", "wait_for_steady_state", "triggers"];
    keys.chain(unknown).filter(|key| !ours.contains(&key.as_str())).any(|key| change.writes(key))
}

/// True when the update of a service starts a deployment.
pub fn deploys(change: &Change) -> bool {
    let forced = change.after().is_some_and(|after| Service(after).is_on("force_new_deployment"));
    DEPLOYS.iter().any(|key| change.writes(key))
        || change.writes("triggers")
        || (forced && (writes_more_than_tags(change) || change.writes("force_new_deployment")))
}

/// The family and the number of `…:task-definition/FAMILY:N` or `FAMILY:N`.
pub fn revision(name: &str) -> Option<(&str, u64)> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let (family, number) = name.rsplit_once(':')?;
    Some((family, number.parse().ok()?))
}

/// The ARN of a revision: `family:N` gets the prefix of another ARN of the same account and region.
fn whole(text: &Text, like: Option<&str>) -> Text {
    match like.and_then(|arn| arn.split_once(":task-definition/")) {
        Some((prefix, _)) if !text.judged().starts_with("arn:") => {
            text.part(format!("{prefix}:task-definition/{}", text.judged()))
        }
        _ => text.clone(),
    }
}

impl<'a> Scene<'a> {
    /// The task definition of a service after the apply.
    pub fn planned_definition(&self, change: &Change, live: Option<&ServiceFacts>) -> Planned<'a> {
        let Some(after) = change.after() else { return Planned::Nothing };
        let text = match Service(after).task_definition() {
            Field::Known(text) => text,
            Field::Null => return Planned::Nothing,
            Field::Unknown => return self.registered_for(change, live),
        };
        if revision(text.judged()).is_none() {
            return self.newest(change, text);
        }
        let before = change.before().and_then(|before| Service(before).task_definition().known());
        let like = before.as_ref().map(Text::judged).filter(|arn| arn.starts_with("arn:"));
        Planned::Revision(whole(&text, like.or(live.and_then(|live| live.configured.as_deref()))))
    }

    /// What a family stands for at apply: the revision that this plan registers where the service waits for it, which it does
    /// when it refers to it.
    fn newest(&self, change: &Change, family: Text) -> Planned<'a> {
        let sources = self.plan.sources(change, &["task_definition"]);
        let mut registered = sources.into_iter().filter(|source| registers(source, family_of(family.judged())));
        match (registered.next(), registered.next()) {
            (Some(one), None) => Planned::New(one),
            _ => Planned::Family(family),
        }
    }

    /// True when this plan registers a revision of the family, or may: its name may be known only after apply.
    pub fn may_register(&self, family: &str) -> bool {
        self.plan.of_kind("aws_ecs_task_definition").any(|other| registers(other, family_of(family)))
    }

    /// The one task definition of the plan that an unknown `task_definition` comes from.
    fn registered_for(&self, change: &Change, live: Option<&ServiceFacts>) -> Planned<'a> {
        let sources = self.plan.sources(change, &["task_definition"]);
        let mut registered = sources.into_iter().filter(|source| is_registered(source));
        if let (Some(one), None) = (registered.next(), registered.next()) {
            return Planned::New(one);
        }
        let before = change.before().and_then(|before| Service(before).task_definition().known());
        let name = before.as_ref().map(Text::judged).or(live.and_then(|live| live.configured.as_deref()));
        let Some((family, _)) = name.and_then(revision) else { return Planned::Unknown };
        let of_family = |other: &&Change| {
            is_registered(other)
                && other
                    .after()
                    .is_some_and(|after| Definition(after).family().known().is_some_and(|text| text.judged() == family))
        };
        let mut registered = self.plan.of_kind("aws_ecs_task_definition").filter(of_family);
        match (registered.next(), registered.next()) {
            (Some(one), None) => Planned::New(one),
            _ => Planned::Unknown,
        }
    }

    /// The live revision that is planned, `None` when it does not exist or is not registered yet.
    ///
    /// # Errors
    /// [`Untold`] when AWS does not say.
    pub fn live_definition(
        &self,
        planned: &Planned<'_>,
        change: &Change,
    ) -> Result<Option<&'a DefinitionFacts>, Untold> {
        match planned {
            Planned::Revision(text) => self.facts.definition(Question::Definition(text.judged().to_owned())),
            Planned::Family(text) => {
                let place = Place::of(change, self.plan);
                self.facts.definition(Question::NewestDefinition { place, family: text.judged().to_owned() })
            }
            _ => Ok(None),
        }
    }

    /// The services of the plan, also those that nothing happens to.
    pub fn services(&self) -> impl Iterator<Item = &'a Change> {
        let gone = |change: &&Change| change.before().is_some() && change.deposed.is_none();
        self.plan.of_kind("aws_ecs_service").filter(gone)
    }
}

/// The family of a name, an ARN, or either with a revision.
fn family_of(name: &str) -> &str {
    revision(name).map_or(name.rsplit('/').next().unwrap_or(name), |(family, _)| family)
}

fn registers(change: &Change, family: &str) -> bool {
    let own = change.after().map_or(Field::Null, |after| Definition(after).family());
    is_registered(change) && (own.is_unknown() || own.known().is_some_and(|own| own.judged() == family))
}

fn is_registered(change: &Change) -> bool {
    change.kind == "aws_ecs_task_definition" && change.action.creates() && change.action != Action::NoOp
}

/// The containers that a change registers.
pub fn containers(change: &Change) -> Field<Vec<Container>> {
    change.after().map_or(Field::Null, |after| Definition(after).containers())
}
