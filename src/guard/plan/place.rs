//! Where a resource is: the account and region to ask in.

use super::{Change, Field, Plan};
use serde::{Deserialize, Serialize};

/// An account and a region, as far as the plan tells. `None` leaves it to the credentials that ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The twelve digits of an account.
    pub account: Option<String>,
    /// `eu-west-1`, …
    pub region: Option<String>,
}

impl Place {
    /// Where an ARN says that it is.
    pub fn of_arn(arn: &str) -> Self {
        let part = |index: usize| arn.split(':').nth(index).filter(|part| !part.is_empty()).map(str::to_owned);
        if arn.starts_with("arn:") { Self { account: part(4), region: part(3) } } else { Self::default() }
    }

    /// From the resource's own ARN, else its `region`, else the constants of its provider's configuration.
    pub fn of(change: &Change, plan: &Plan) -> Self {
        if let Some(arn) = change.arn() {
            return Self::of_arn(&arn);
        }
        let region = match change.object().get("region").name() {
            Field::Known(region) => Some(region.judged().to_owned()),
            _ => plan.region_of(change),
        };
        Self { account: None, region }
    }
}

impl Plan {
    /// The region constant of the provider configuration that a resource uses.
    fn region_of(&self, change: &Change) -> Option<String> {
        let key = self.configuration.resource(&change.configured_at())?.provider.as_deref()?;
        let plain = key.rsplit(':').next().unwrap_or(key);
        self.regions.get(key).or_else(|| self.regions.get(plain)).cloned()
    }
}
