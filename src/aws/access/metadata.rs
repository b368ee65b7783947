//! The instance metadata service (IMDS): credentials of an instance's role, and its region.

use super::settings::{Metadata, MetadataMode};
use crate::aws::error::{Error, ErrorKind};
use aws_config::imds::Client;
use aws_config::imds::client::EndpointMode;
use aws_config::provider_config::ProviderConfig;
use std::time::Duration;

/// How long to wait for an answer, and for one with all repetitions. Away from EC2 nobody answers, and everybody who
/// forgot to configure credentials waits for that.
const PATIENCE: Duration = Duration::from_secs(1);

const REGION: &str = "/latest/meta-data/placement/region";

/// A client for the service. What the settings leave out comes from the environment and the shared files.
///
/// # Errors
/// When the endpoint is no URL.
pub fn client(metadata: &Metadata, config: &ProviderConfig) -> Result<Client, Error> {
    let mut builder = Client::builder()
        .configure(config)
        .connect_timeout(PATIENCE)
        .read_timeout(PATIENCE)
        .operation_attempt_timeout(PATIENCE)
        .operation_timeout(PATIENCE);
    if let Some(mode) = metadata.mode {
        builder = builder.endpoint_mode(match mode {
            MetadataMode::IpV4 => EndpointMode::IpV4,
            MetadataMode::IpV6 => EndpointMode::IpV6,
        });
    }
    if let Some(url) = &metadata.endpoint {
        builder = builder.endpoint(url).map_err(|error| {
            let message = format!("ec2_metadata_service_endpoint cannot be used: {error}.");
            Error::new(ErrorKind::Misconfigured, "configuration", message)
        })?;
    }
    Ok(builder.build())
}

/// The region of the instance, if there is an instance that tells it.
pub async fn region(client: &Client) -> Option<String> {
    client.get(REGION).await.ok().map(|region| region.as_ref().to_owned())
}
