//! The gRPC health check, which go-plugin asks for the service `plugin`.

use tonic::{Request, Response, Status, async_trait};

use super::proto::health::health_check_response::ServingStatus;
use super::proto::health::health_server;
use super::proto::health::{HealthCheckRequest, HealthCheckResponse};

/// Healthy as long as it can answer at all.
pub struct Health;

#[async_trait]
impl health_server::Health for Health {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        match request.get_ref().service.as_str() {
            "" | "plugin" => Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() })),
            _ => Err(Status::not_found("the only service with a health of its own is \"plugin\"")),
        }
    }
}
