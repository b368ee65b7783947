//! `ecslive_service`: what a service runs now.

use super::explain::Subject;
use super::lookup::OneService;
use super::{running_service, timeouts};
use crate::aws::{Clients, Inquiry};
use crate::framework::{Attributes, DataSource};
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

    async fn read(clients: &Clients, config: OneService) -> Result<Attributes, Diagnostics> {
        let (cluster, service, scope) = config.known()?;
        let read = async {
            let regional = scope.regional_of(clients, &cluster, &service).await?;
            let attributes = match running_service::read(&regional, &cluster, &service).await? {
                Ok(attributes) => attributes.with("found", true),
                Err(Inquiry::NoService | Inquiry::NoCluster) if scope.allow_missing => {
                    Attributes::absent(&Self::schema()).with("found", false)
                }
                Err(inquiry) => {
                    let subject = Subject::service(&cluster, &service, &regional);
                    return Err(subject.unanswered(&inquiry, "service_name"));
                }
            };
            Ok(attributes.with("region", regional.name.as_str()))
        };
        timeouts::within(&scope, read).await
    }
}
