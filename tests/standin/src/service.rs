//! `aws_ecs_service` as a schema, as a value and as calls to ECS: which task definition a service runs, and nothing else.

use crate::value::{object, text};
use aws_sdk_ecs::Client;
use ecslive::tf::Value;
use ecslive::tf::schema::{Attribute, Block};

/// The schema: the part of hashicorp/aws's that the configurations here use.
pub fn schema() -> Block {
    Block::new(vec![
        Attribute::string("id").computed(),
        Attribute::string("arn").computed(),
        Attribute::string("name").required(),
        Attribute::string("cluster").required(),
        Attribute::string("task_definition").required(),
    ])
}

/// The service that was imported as `CLUSTER/NAME`, or that has this ARN; `None` when it is gone.
pub async fn read(client: &Client, id: &str) -> Result<Option<Value>, String> {
    let mut parts = id.rsplit('/');
    let (Some(name), Some(cluster)) = (parts.next(), parts.next()) else {
        return Err(format!("{id} is not CLUSTER/NAME"));
    };
    let answer = client.describe_services().cluster(cluster).services(name).send().await;
    let answer = answer.map_err(|error| format!("{error:?}"))?;
    let found = answer.services().first().filter(|service| service.status() == Some("ACTIVE"));
    Ok(found.map(|service| {
        let arn = Value::from(service.service_arn().map(str::to_owned));
        Value::object([
            ("id", arn.clone()),
            ("arn", arn),
            ("name", Value::from(name)),
            ("cluster", Value::from(cluster)),
            ("task_definition", Value::from(service.task_definition().map(str::to_owned))),
        ])
    }))
}

/// Deploys the task definition of a planned value.
pub async fn modify(client: &Client, planned: &Value) -> Result<Value, String> {
    let service = object(planned)?;
    let (cluster, name) = (text(&service["cluster"])?, text(&service["name"])?);
    let request = client.update_service().cluster(cluster).service(name);
    let request = request.task_definition(text(&service["task_definition"])?);
    request.send().await.map_err(|error| format!("{error:?}"))?;
    Ok(planned.clone())
}
