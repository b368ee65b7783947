//! `ecslive_service`: what a service runs now.

use super::lookup::OneService;
use super::{answer, running_service, timeouts};
use crate::framework::{Attributes, DataSource};
use crate::live::Clients;
use crate::live::service::ServiceQuestion;
use crate::tf::Diagnostics;
use crate::tf::config::Fields;
use crate::tf::schema::Block;

/// The data source.
pub struct ServiceDataSource;

impl DataSource<Clients> for ServiceDataSource {
    type Config = OneService;

    const NAME: &'static str = "service";

    fn schema() -> Block {
        let mut attributes = OneService::attributes("the service");
        attributes.extend(running_service::attributes());
        Block::new(attributes)
            .describe(
                "What a service runs now: the task definition revision that serves, not the one that was registered \
                 last.",
            )
            .with_block(timeouts::block())
    }

    fn config(fields: &mut Fields) -> OneService {
        OneService::config(fields)
    }

    fn validate(config: &OneService) -> Diagnostics {
        config.validate()
    }

    async fn read(clients: &Clients, config: OneService, schema: &Block) -> Result<Attributes, Diagnostics> {
        let (address, place) = config.known()?;
        answer::ask(clients, schema, &ServiceQuestion { address, place }).await
    }
}
