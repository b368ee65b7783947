//! `ecslive_deployment`: the current deployment of a service, or the last one.

use super::lookup::OneService;
use super::{answer, timeouts};
use crate::framework::{Attributes, DataSource};
use crate::live::Clients;
use crate::live::deployment::DeploymentQuestion;
use crate::tf::config::Fields;
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostics, Type};

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

    async fn read(clients: &Clients, config: OneService, schema: &Block) -> Result<Attributes, Diagnostics> {
        let (address, place) = config.known()?;
        answer::ask(clients, schema, &DeploymentQuestion { address, place }).await
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
            "Tasks of the deployment that did not start, as the circuit breaker counts them; null where it is off and under \
             `CODE_DEPLOY` and `EXTERNAL`.",
        ),
        Attribute::list("triggered_alarms", Type::String)
            .computed()
            .describe("Names of the CloudWatch alarms that ended it."),
        Attribute::nested_list(
            "awaiting_actions",
            vec![
                Attribute::string("hook_id").computed().describe("Id of the hook."),
                Attribute::string("lifecycle_stage").computed().describe("Lifecycle stage that it holds."),
                Attribute::string("expires_at").computed().describe("When it stops waiting (RFC 3339)."),
                Attribute::string("timeout_action")
                    .computed()
                    .describe("What happens then: `ROLLBACK` or `CONTINUE`."),
            ],
        )
        .computed()
        .describe(
            "Pause hooks that wait for somebody: every one of them has to be continued, with `aws ecs \
             continue-service-deployment`. Empty when nobody is waited for.",
        ),
    ]
}
