//! Deployment strategies.

/// A deployment strategy under the ECS controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Tasks are replaced.
    Rolling,
    /// All the traffic at once.
    BlueGreen,
    /// Half and half, then all.
    Linear,
    /// A tenth, then all.
    Canary,
}

impl Strategy {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rolling => "ROLLING",
            Self::BlueGreen => "BLUE_GREEN",
            Self::Linear => "LINEAR",
            Self::Canary => "CANARY",
        }
    }

    /// The shares of production traffic that the new revision gets, in percent, one after the other.
    pub(super) fn steps(self) -> &'static [u32] {
        match self {
            Self::Rolling => &[],
            Self::BlueGreen => &[100],
            Self::Linear => &[50, 100],
            Self::Canary => &[10, 100],
        }
    }
}
