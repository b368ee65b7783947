//! What people and Terraform do to rules and listeners by hand.

use super::happening::Happening as H;
use super::place::{Place, weights_of, write};
use super::{Engine, Live, not_now};
use crate::state::{Action, Region};
use crate::wire::AwsError;

impl Live {
    /// Whether it can happen now; `None` leaves the question to others.
    pub(super) fn check_route(&self, region: &Region, what: H) -> Option<Result<(), AwsError>> {
        let (place, answer) =
            (&self.place, |is: bool| Some(if is { Ok(()) } else { Err(not_now("there is no such rule or listener")) }));
        match what {
            H::EditWeights(percent) => {
                let wanted = self.by_hand(percent);
                answer(place.route().is_some_and(|route| weights_of(region, route) != wanted))
            }
            H::PointElsewhere => answer(place.route().is_some() && place.live(region) != [place.stranger.clone()]),
            H::ReplaceRule { as_it_was } => answer(place.rule.is_some() && (as_it_was || !self.is_shared())),
            H::DeleteRule => answer(place.rule.is_some()),
            H::CreateRule => answer(place.rule.is_none() && !place.by_default),
            H::ReplaceListener => answer(!self.is_shared() && region.listeners.contains_key(&place.listener)),
            H::TellTheRoute => match &self.engine {
                Engine::CodeDeploy(_) => answer(place.named != place.listener),
                Engine::Ecs(ecs) if ecs.alternate.is_some() => {
                    let other = place.route().is_some_and(|route| route != place.named);
                    if other { None } else { answer(false) }
                }
                _ => answer(false),
            },
            _ => None,
        }
    }

    fn is_shared(&self) -> bool {
        self.kind == super::Kind::SharedRule
    }

    /// The weights that a person writes.
    fn by_hand(&self, percent: u32) -> Vec<(String, u32)> {
        if let [first, others @ ..] = self.place.shared.as_slice() {
            let others = others.iter().map(|group| (group.clone(), 100 - percent));
            return std::iter::once((first.clone(), percent)).chain(others).collect();
        }
        vec![(self.place.blue.clone(), percent), (self.place.green.clone(), 100 - percent)]
    }

    /// Does it; false leaves it to others.
    pub(super) fn apply_route(&mut self, region: &mut Region, what: H) -> bool {
        match what {
            H::EditWeights(percent) => self.write_route(region, &self.by_hand(percent)),
            H::PointElsewhere => self.write_route(region, &[(self.place.stranger.clone(), 1)]),
            H::ReplaceRule { as_it_was } => {
                let weights = if as_it_was { self.place.weights(region) } else { self.by_hand(100) };
                if let Some(old) = self.place.rule.take() {
                    region.rules.remove(&old);
                }
                self.place.rule = Some(new_rule(region, &self.place, &weights));
            }
            H::DeleteRule => {
                if let Some(old) = self.place.rule.take() {
                    region.rules.remove(&old);
                }
            }
            H::CreateRule => {
                let weights = self.by_hand(100);
                self.place.rule = Some(new_rule(region, &self.place, &weights));
            }
            H::ReplaceListener => self.replace_listener(region),
            H::TellTheRoute => match (&self.engine, self.place.route().map(str::to_owned)) {
                (Engine::Ecs(_), Some(route)) => {
                    // UpdateService with another rule is a deployment: the engine goes on from here.
                    self.place.named = route;
                    return false;
                }
                _ => self.place.named.clone_from(&self.place.listener),
            },
            _ => return false,
        }
        true
    }

    fn write_route(&self, region: &mut Region, weights: &[(String, u32)]) {
        if let Some(route) = self.place.route() {
            write(region, route, weights);
        }
    }

    /// Terraform destroys and creates the listener; its rules go with it, and their weights come back.
    fn replace_listener(&mut self, region: &mut Region) {
        let place = &mut self.place;
        let weights = place.weights(region);
        let Some(old) = region.listeners.remove(&place.listener) else { return };
        region.rules.retain(|_, rule| rule.listener != place.listener);
        let action = if place.by_default { Action::forward(&weights) } else { old.action };
        place.listener = region.listener(&place.balancer.clone(), old.port, action);
        if place.rule.is_some() {
            place.rule = Some(new_rule(region, place, &weights));
        }
    }
}

fn new_rule(region: &mut Region, place: &Place, weights: &[(String, u32)]) -> String {
    region.rule(&place.listener, 10, Action::forward(weights))
}
