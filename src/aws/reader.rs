//! One read of a data source, as the others see it: somebody who may join their calls.

use super::Regional;
use super::calls::Presence;
use std::ops::Deref;
use std::sync::Arc;

/// A region for one read of a data source. Calls of others wait a moment for this read as long as the value lives, so
/// it goes when the read has ended or is cancelled.
pub struct Reader {
    regional: Arc<Regional>,
    _present: Presence,
}

impl Reader {
    pub(super) fn new(regional: &Arc<Regional>) -> Self {
        Self { regional: Arc::clone(regional), _present: regional.calls.company.read() }
    }
}

impl Deref for Reader {
    type Target = Regional;

    fn deref(&self) -> &Regional {
        &self.regional
    }
}

impl Regional {
    /// Runs the parts of one read beside each other, each in the others' calls where it can be. Gives what they end with,
    /// in their order.
    ///
    /// Futures that one read joins in another way are batched too, but count as one: calls do not wait for all of them.
    pub async fn together<F: Future>(&self, parts: impl IntoIterator<Item = F>) -> Vec<F::Output> {
        self.calls.company.together(parts).await
    }
}
