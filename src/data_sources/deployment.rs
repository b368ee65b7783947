//! `ecslive_deployment`: the current deployment of a service, or the last one.

use super::explain::Subject;
use super::lookup::OneService;
use super::timeouts;
use crate::aws::{Clients, Inquiry, Since};
use crate::framework::{Attributes, DataSource};
use crate::resolve::deployment::{self, Answer, Status};
use crate::resolve::task_definition::TaskDefinitionArn;
use crate::tf::config::Fields;
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostics, Type, Value};

/// The data source.
pub struct DeploymentDataSource;

impl DataSource<Clients> for DeploymentDataSource {
    type Config = OneService;

    const NAME: &'static str = "deployment";

    fn schema() -> Block {
        let mut attributes = OneService::attributes("the service, or a deployment of it,");
        attributes.extend(results());
        Block::new(attributes)
            .describe(
                "The current deployment of a service, or the last one, under any deployment controller: for a `check` \
                 or a postcondition on how it went.",
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
            let subject = || Subject::service(&cluster, &service, &regional);
            let inquiry = regional.inquire(&cluster, &service, false, Since::ANY, deployment::decide).await;
            let attributes = match inquiry.map_err(|error| subject().failed(&error))? {
                Inquiry::Answer(_, Some(answer)) => state(answer),
                Inquiry::Answer(_, None) | Inquiry::NoService | Inquiry::NoCluster if scope.allow_missing => {
                    Attributes::absent(&Self::schema()).with("found", false)
                }
                Inquiry::Answer(_, None) => {
                    let detail = "Nothing in the answers of AWS names a deployment of this service: there was none \
                                  yet, it is too long ago, or the first one under CODE_DEPLOY was undone without a \
                                  trace in ECS. Set allow_missing = true to go on with found = false.";
                    return Err(subject().diagnostic("No Deployment Known", detail).into());
                }
                inquiry => return Err(subject().unanswered(&inquiry, "service_name")),
            };
            Ok(attributes.with("region", regional.name.as_str()))
        };
        timeouts::within(&scope, read).await
    }
}

fn results() -> Vec<Attribute> {
    vec![
        Attribute::string("id").computed().describe(
            "ARN of the ECS service deployment, or id of the CodeDeploy deployment. Under `EXTERNAL`, the id of the \
             task set that serves; null while there are two.",
        ),
        Attribute::string("status").computed().describe(
            "`PENDING`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `STOPPED`, `ROLLING_BACK` or `ROLLED_BACK`, under every \
             controller; null when ECS does not track it.",
        ),
        Attribute::string("raw_status")
            .computed()
            .describe("The same in the words of ECS or CodeDeploy; null under `EXTERNAL`."),
        Attribute::string("reason").computed().describe("Why it is in this status, in the words of AWS."),
        Attribute::string("lifecycle_stage").computed().describe(
            "Lifecycle stage of an ECS-native blue/green deployment, such as `PRODUCTION_TRAFFIC_SHIFT` or \
             `BAKE_TIME`; null for other kinds.",
        ),
        Attribute::string("started_at").computed().describe("When it started (RFC 3339)."),
        Attribute::string("finished_at")
            .computed()
            .describe("When it ended, its rollback included (RFC 3339); null while it runs."),
        Attribute::bool("rollback").computed().describe("Whether it is being rolled back, or was."),
        Attribute::list("source_task_definition_arns", Type::String).computed().describe(
            "ARNs of the task definition revisions that it moves away from. Empty for a first deployment, and when AWS \
             no longer tells.",
        ),
        Attribute::string("target_task_definition_arn")
            .computed()
            .describe("ARN of the task definition revision that it rolls out; null when AWS no longer tells."),
        Attribute::number("failed_task_count").computed().describe(
            "Tasks of the deployment that did not start, as ECS counts them; null under `CODE_DEPLOY` and `EXTERNAL`.",
        ),
    ]
}

fn state(answer: Answer) -> Attributes {
    let mut sources: Vec<&str> = answer.sources.iter().map(TaskDefinitionArn::as_str).collect();
    sources.sort_unstable();
    Attributes::new([
        ("found", true.into()),
        ("source_task_definition_arns", Value::List(sources.into_iter().map(Value::from).collect())),
        ("target_task_definition_arn", answer.target.as_ref().map(TaskDefinitionArn::as_str).into()),
        ("id", answer.id.into()),
        ("status", answer.status.map(Status::as_str).into()),
        ("raw_status", answer.raw_status.into()),
        ("reason", answer.reason.into()),
        ("lifecycle_stage", answer.stage.into()),
        ("started_at", answer.started_at.into()),
        ("finished_at", answer.finished_at.into()),
        ("rollback", answer.rollback.into()),
        ("failed_task_count", answer.failed_tasks.into()),
    ])
}
