//! A service under EXTERNAL: a tool makes, promotes and deletes task sets and moves the route as it likes. ECS knows
//! nothing of the traffic (pipe-cd/pipecd#7083: all of it on the canary's group while the old set is PRIMARY).

use super::happening::Happening as H;
use super::place::{Place, weights_of, write};
use super::sets::{Set, primary};
use super::{Scene, not_now};
use crate::state::{Region, Tasks};
use crate::wire::AwsError;

/// A service under EXTERNAL.
#[derive(Debug, Clone)]
pub(super) struct External {
    pub sets: Vec<Set>,
    /// False for `aws_ecs_task_set` of hashicorp/aws, which cannot promote (#30839).
    pub promotes: bool,
}

impl External {
    /// Whether AWS takes it now.
    pub fn check(&self, region: &Region, place: &Place, what: H) -> Result<(), AwsError> {
        let possible = match what {
            H::CreateTaskSet if self.sets.len() >= 5 => {
                return Err(AwsError::new(
                    "LimitExceededException",
                    "The service has reached the limit of 5 task sets.",
                ));
            }
            H::CreateTaskSet => true,
            H::TaskSetSteady => self.sets.iter().any(|set| !set.steady && set.status != "DRAINING"),
            H::Promote => self.promotes && self.newest().is_some_and(|set| set.status == "ACTIVE"),
            H::DeleteTaskSet => self.deletable().is_some(),
            H::TaskSetGone => self.sets.iter().any(|set| set.status == "DRAINING"),
            H::MoveRoute(percent) => {
                let wanted = self.wanted(place, percent);
                wanted.is_some_and(|wanted| place.route().is_some_and(|route| weights_of(region, route) != wanted))
            }
            _ => false,
        };
        if possible { Ok(()) } else { Err(not_now("the task sets are not in that state")) }
    }

    /// Does it.
    pub fn apply(&mut self, scene: &mut Scene<'_>, what: H) {
        match what {
            H::CreateTaskSet => {
                let image = format!("nginx:1.{}", scene.next_image());
                let task = scene.region.register(scene.name, &[(scene.name, &image)]);
                let busy = scene.place.live(scene.region).into_iter().next();
                let group = scene.place.other(busy.as_deref().unwrap_or(&scene.place.green));
                let set = self.make(scene, task, group, "ACTIVE");
                self.sets.push(set);
            }
            H::TaskSetSteady => {
                if let Some(set) = self.sets.iter_mut().find(|set| !set.steady && set.status != "DRAINING") {
                    set.steady = true;
                    set.tasks = Tasks { running: set.tasks.desired, pending: 0, ..set.tasks };
                }
            }
            H::Promote => {
                let newest = self.newest().map(|set| set.id.clone());
                for set in &mut self.sets {
                    match set.status {
                        "PRIMARY" => set.status = "ACTIVE",
                        "ACTIVE" if Some(&set.id) == newest.as_ref() => set.status = "PRIMARY",
                        _ => {}
                    }
                }
            }
            H::DeleteTaskSet => {
                if let Some(index) = self.deletable() {
                    let set = &mut self.sets[index];
                    set.status = "DRAINING";
                    set.steady = false;
                    set.tasks.desired = 0;
                    set.tasks.pending = 0;
                }
            }
            H::TaskSetGone => {
                if let Some(index) = self.sets.iter().position(|set| set.status == "DRAINING") {
                    self.sets.remove(index);
                }
            }
            H::MoveRoute(percent) => {
                if let (Some(weights), Some(route)) = (self.wanted(scene.place, percent), scene.place.route()) {
                    write(scene.region, route, &weights);
                }
            }
            _ => {}
        }
    }

    /// A new set.
    pub fn make(&self, scene: &mut Scene<'_>, task: String, group: String, status: &'static str) -> Set {
        Set {
            id: format!("ecs-svc/{}", scene.number()),
            status,
            task,
            group,
            external_id: None,
            steady: false,
            tasks: Tasks { desired: scene.desired, running: 0, pending: scene.desired },
            created: scene.region.now(),
        }
    }

    fn newest(&self) -> Option<&Set> {
        self.sets.iter().rev().find(|set| set.status != "DRAINING")
    }

    /// The oldest that is not PRIMARY; AWS refuses to delete the PRIMARY without force.
    fn deletable(&self) -> Option<usize> {
        let left = self.sets.iter().filter(|set| set.status != "DRAINING").count();
        let oldest = self.sets.iter().position(|set| set.status == "ACTIVE")?;
        (left > 1 || primary(&self.sets).is_some()).then_some(oldest)
    }

    fn wanted(&self, place: &Place, percent: u32) -> Option<Vec<(String, u32)>> {
        let newest = self.newest()?.group.clone();
        let share = |arn: &String| if *arn == newest { percent } else { 100 - percent };
        Some([&place.blue, &place.green].into_iter().map(|arn| (arn.clone(), share(arn))).collect())
    }
}
