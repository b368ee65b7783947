//! Terraform asks to stop what is in flight: how a read hears of it, so that it can say what it was waiting for.

use std::future::{Future, pending};
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    static STOP: CancellationToken;
}

/// Ends when Terraform has asked to stop the request that awaits this. Outside of a request it never ends.
pub async fn stopped() {
    match STOP.try_with(Clone::clone) {
        Ok(stop) => stop.cancelled().await,
        Err(_) => pending().await,
    }
}

/// Runs a request in which [`stopped`] ends with the token.
pub(super) fn until<F: Future>(stop: CancellationToken, request: F) -> impl Future<Output = F::Output> {
    STOP.scope(stop, request)
}
