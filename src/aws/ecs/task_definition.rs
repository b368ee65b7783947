//! Task definitions, as ECS describes them.

use crate::aws::Regional;
use crate::aws::calls::Since;
use crate::aws::calls::{Answers, Batch, Calls, Outcome};
use crate::aws::error::Error;
use crate::aws::field::{parse, rfc3339};
use crate::resolve::model::{Container, TaskDefinition};
use crate::resolve::task_definition::TaskDefinitionArn;
use aws_sdk_ecs::types::{self, TaskDefinitionField};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::sync::{Arc, Mutex, PoisonError};

const OPERATION: &str = "ecs:DescribeTaskDefinition";

/// A family or an ARN, and whether tags are wanted: what makes two reads of a task definition the same read.
pub(in crate::aws) type Wanted = (String, bool);

/// `ecs:DescribeTaskDefinition`: one call for each, and one for all who want the same and still wait for their turn.
pub(in crate::aws) fn task_definitions(
    client: &aws_sdk_ecs::Client,
    calls: &Calls,
) -> Batch<Wanted, Option<Arc<TaskDefinition>>> {
    let client = client.clone();
    Batch::new(calls, OPERATION, 1, move |wanted, _| describe(client.clone(), wanted))
}

impl Regional {
    /// `ecs:DescribeTaskDefinition`: a family's latest ACTIVE revision, or the revision with this ARN. `None` when
    /// there is none: ECS says the same of a family that never was and of one whose revisions are all INACTIVE.
    ///
    /// # Errors
    /// [`Error`] when ECS does not answer, refuses, or answers what cannot be read.
    pub async fn task_definition(&self, name: &str, tags: bool) -> Result<Option<Arc<TaskDefinition>>, Error> {
        // Never an earlier answer: Terraform may have registered a revision since.
        self.task_definitions.get((name.to_owned(), tags), name, Since::now()).await
    }
}

async fn describe(client: aws_sdk_ecs::Client, (name, tags): Wanted) -> Outcome<Option<Arc<TaskDefinition>>> {
    let body = Body::default();
    let include = tags.then(|| vec![TaskDefinitionField::Tags]);
    let request = client.describe_task_definition().task_definition(&name).set_include(include);
    let answer = match request.customize().interceptor(body.clone()).send().await {
        Ok(answer) => answer,
        Err(error)
            if error.code() == Some("ClientException")
                && error.message().is_some_and(|text| text.contains("Unable to describe task definition")) =>
        {
            let mut answers = Answers::new(OPERATION, error.request_id());
            answers.insert(name, Ok(None));
            return Ok(answers);
        }
        Err(error) => return Err(Error::from_sdk(OPERATION, &error)),
    };
    let mut answers = Answers::new(OPERATION, answer.request_id());
    let described = answer.task_definition().ok_or_else(|| answers.bad("taskDefinition is missing"))?;
    let converted = convert(described, answer.tags(), body.container_definitions());
    let converted = converted.map(|found| Some(Arc::new(found))).map_err(|message| answers.bad(message));
    answers.insert(name, converted);
    Ok(answers)
}

fn convert(
    described: &types::TaskDefinition,
    tags: &[types::Tag],
    container_definitions: Option<String>,
) -> Result<TaskDefinition, String> {
    let owned = |value: Option<&str>| value.map(str::to_owned);
    let arn = described.task_definition_arn().ok_or("taskDefinitionArn is missing")?;
    let platform = described.runtime_platform();
    Ok(TaskDefinition {
        arn: parse("taskDefinitionArn", arn, TaskDefinitionArn::parse)?,
        status: described.status().ok_or("status is missing")?.as_str().to_owned(),
        task_role_arn: owned(described.task_role_arn()),
        execution_role_arn: owned(described.execution_role_arn()),
        network_mode: described.network_mode().map(|mode| mode.as_str().to_owned()),
        requires_compatibilities: described
            .requires_compatibilities()
            .iter()
            .map(|value| value.as_str().to_owned())
            .collect(),
        cpu: owned(described.cpu()),
        memory: owned(described.memory()),
        operating_system_family: platform
            .and_then(|platform| platform.operating_system_family())
            .map(|value| value.as_str().to_owned()),
        cpu_architecture: platform
            .and_then(|platform| platform.cpu_architecture())
            .map(|value| value.as_str().to_owned()),
        containers: described.container_definitions().iter().map(container).collect::<Result<_, _>>()?,
        file_systems: described
            .volumes()
            .iter()
            .filter_map(|volume| Some(volume.efs_volume_configuration()?.file_system_id().to_owned()))
            .collect(),
        container_definitions: container_definitions.ok_or("containerDefinitions is missing")?,
        registered_at: rfc3339("registeredAt", &[described.registered_at()])?,
        tags: tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()))).collect(),
    })
}

fn container(container: &types::ContainerDefinition) -> Result<Container, String> {
    let logs = container.log_configuration();
    let log_secrets = logs.map(|logs| logs.secret_options()).unwrap_or_default();
    let registry = container.repository_credentials().map(|credentials| credentials.credentials_parameter().to_owned());
    let secrets = container.secrets().iter().chain(log_secrets).map(|secret| secret.value_from().to_owned());
    Ok(Container {
        name: container.name().ok_or("containerDefinitions[].name is missing")?.to_owned(),
        image: container.image().ok_or("containerDefinitions[].image is missing")?.to_owned(),
        secrets: secrets.chain(registry).collect(),
        log_group: logs
            .filter(|logs| logs.log_driver().as_str() == "awslogs")
            .and_then(|logs| logs.options()?.get("awslogs-group").cloned()),
    })
}

/// Keeps the body of the answer, so that `container_definitions` is what ECS sent and not what this SDK version knows.
#[derive(Debug, Clone, Default)]
struct Body(Arc<Mutex<Vec<u8>>>);

impl Body {
    /// The JSON text of `taskDefinition.containerDefinitions`, keys sorted.
    fn container_definitions(&self) -> Option<String> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let document: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        let definitions = document.get("taskDefinition")?.get("containerDefinitions")?;
        definitions.is_array().then(|| definitions.to_string())
    }
}

impl Intercept for Body {
    fn name(&self) -> &'static str {
        "Body"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(bytes) = context.response().body().bytes() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        }
        Ok(())
    }
}
