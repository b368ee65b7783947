//! go-plugin's way to end a plugin.

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, async_trait};

use super::proto::Empty;
use super::proto::grpc_controller_server::GrpcController;

/// Cancels its token when the host says `Shutdown`.
pub struct Controller(pub CancellationToken);

#[async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.cancel();
        Ok(Response::new(Empty {}))
    }
}
