//! The two streams that every host opens first and that carry nothing for a provider: stdio and broker.
//!
//! They stay open, because a host takes their end for the end of the plugin, and they end at shutdown, because an open
//! stream would hold up the exit.

use futures_util::StreamExt;
use futures_util::stream;
use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming, async_trait};

use super::proto::grpc_broker_server::GrpcBroker;
use super::proto::grpc_stdio_server::GrpcStdio;
use super::proto::{ConnInfo, StdioData};

/// What a plugin prints: nothing, since hosts log every byte of it as a warning. Holds the token that ends it.
pub struct Stdio(pub CancellationToken);

/// Further connections between host and plugin: none. Holds the token that ends it.
pub struct Broker(pub CancellationToken);

#[async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(silence(&self.0)))
    }
}

#[async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(&self, _: Request<Streaming<ConnInfo>>) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(silence(&self.0)))
    }
}

fn silence<T: Send + 'static>(until: &CancellationToken) -> BoxStream<T> {
    stream::pending().take_until(until.clone().cancelled_owned()).boxed()
}
