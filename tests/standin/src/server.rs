//! The RPCs of a provider with one managed resource.

use crate::rule::{ListenerRule, schema};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_elasticloadbalancingv2::{Client, config::Credentials};
use ecslive::framework::proto::{self, provider_server::Provider};
use ecslive::framework::{message, schema_message, value};
use ecslive::tf::schema::{Attribute, Block};
use ecslive::tf::{Diagnostic, Value, json};
use std::collections::BTreeMap;
use tokio::sync::OnceCell;
use tonic::{Request, Response, Status};

const TYPE: &str = "aws_lb_listener_rule";

/// The provider.
#[derive(Default)]
pub struct Standin {
    client: OnceCell<Client>,
}

fn provider_schema() -> Block {
    Block::new(vec![Attribute::string("region").required(), Attribute::string("endpoint").required()])
}

type Answer<T> = Result<Response<T>, Status>;

impl Standin {
    fn client(&self) -> Result<&Client, String> {
        self.client.get().ok_or_else(|| "the provider is not configured".to_owned())
    }

    async fn apply(&self, prior: Value, planned: Value) -> Result<Value, String> {
        let client = self.client()?;
        if planned.is_null() {
            ListenerRule::from_value(&prior)?.delete(client).await?;
            return Ok(Value::Null);
        }
        let rule = ListenerRule::from_value(&planned)?;
        let rule = if prior.is_null() { rule.create(client).await? } else { rule.modify(client).await? };
        Ok(rule.to_value())
    }
}

fn decode(message: Option<&proto::DynamicValue>, block: &Block) -> Result<Value, String> {
    value(message, &block.ty()).map_err(|diagnostic| diagnostic.detail)
}

fn encode(value: &Value) -> Result<proto::DynamicValue, String> {
    message(value, &schema().ty()).map_err(|diagnostic| diagnostic.detail)
}

fn failed(error: String) -> Vec<proto::Diagnostic> {
    let Diagnostic { summary, detail, .. } = Diagnostic::error("Stand-in Failed", error);
    let severity = proto::diagnostic::Severity::Error.into();
    vec![proto::Diagnostic { severity, summary, detail, attribute: None }]
}

/// Computed attributes of a new rule are unknown; those of an existing one stay.
fn plan(prior: &Value, proposed: Value) -> Value {
    match (prior, proposed) {
        (Value::Null, Value::Object(mut attributes)) => {
            attributes.insert("id".to_owned(), Value::unknown());
            attributes.insert("arn".to_owned(), Value::unknown());
            Value::Object(attributes)
        }
        (_, proposed) => proposed,
    }
}

#[tonic::async_trait]
impl Provider for Standin {
    async fn get_provider_schema(
        &self,
        _: Request<proto::get_provider_schema::Request>,
    ) -> Answer<proto::get_provider_schema::Response> {
        Ok(Response::new(proto::get_provider_schema::Response {
            provider: Some(schema_message(&provider_schema())),
            resource_schemas: [(TYPE.to_owned(), schema_message(&schema()))].into(),
            server_capabilities: Some(proto::ServerCapabilities {
                get_provider_schema_optional: true,
                ..Default::default()
            }),
            ..Default::default()
        }))
    }

    async fn validate_provider_config(
        &self,
        _: Request<proto::validate_provider_config::Request>,
    ) -> Answer<proto::validate_provider_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn validate_resource_config(
        &self,
        _: Request<proto::validate_resource_config::Request>,
    ) -> Answer<proto::validate_resource_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn configure_provider(
        &self,
        request: Request<proto::configure_provider::Request>,
    ) -> Answer<proto::configure_provider::Response> {
        let config = decode(request.get_ref().config.as_ref(), &provider_schema());
        let diagnostics = match config {
            Ok(Value::Object(attributes)) => {
                configure(&self.client, &attributes).await;
                Vec::new()
            }
            Ok(_) => failed("no configuration".to_owned()),
            Err(error) => failed(error),
        };
        Ok(Response::new(proto::configure_provider::Response { diagnostics }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<proto::upgrade_resource_state::Request>,
    ) -> Answer<proto::upgrade_resource_state::Response> {
        let raw = request.into_inner().raw_state.unwrap_or_default().json;
        let upgraded = json::decode(&schema().ty(), &raw).map_err(|error| error.to_string());
        Ok(Response::new(match upgraded.and_then(|value| encode(&value)) {
            Ok(state) => proto::upgrade_resource_state::Response { upgraded_state: Some(state), ..Default::default() },
            Err(error) => proto::upgrade_resource_state::Response { diagnostics: failed(error), ..Default::default() },
        }))
    }

    async fn read_resource(
        &self,
        request: Request<proto::read_resource::Request>,
    ) -> Answer<proto::read_resource::Response> {
        let result = async {
            let current = decode(request.get_ref().current_state.as_ref(), &schema())?;
            let Value::Object(attributes) = &current else {
                return encode(&Value::Null);
            };
            let Some(Value::String(arn)) = attributes.get("arn") else {
                return encode(&Value::Null);
            };
            let rule = ListenerRule::read(self.client()?, arn).await?;
            encode(&rule.map_or(Value::Null, |rule| rule.to_value()))
        };
        Ok(Response::new(match result.await {
            Ok(state) => proto::read_resource::Response { new_state: Some(state), ..Default::default() },
            Err(error) => proto::read_resource::Response { diagnostics: failed(error), ..Default::default() },
        }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<proto::plan_resource_change::Request>,
    ) -> Answer<proto::plan_resource_change::Response> {
        let request = request.get_ref();
        let planned = decode(request.prior_state.as_ref(), &schema()).and_then(|prior| {
            let proposed = decode(request.proposed_new_state.as_ref(), &schema())?;
            encode(&plan(&prior, proposed))
        });
        Ok(Response::new(match planned {
            Ok(state) => proto::plan_resource_change::Response { planned_state: Some(state), ..Default::default() },
            Err(error) => proto::plan_resource_change::Response { diagnostics: failed(error), ..Default::default() },
        }))
    }

    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> Answer<proto::apply_resource_change::Response> {
        let request = request.get_ref();
        let result = async {
            let prior = decode(request.prior_state.as_ref(), &schema())?;
            let planned = decode(request.planned_state.as_ref(), &schema())?;
            encode(&self.apply(prior, planned).await?)
        };
        Ok(Response::new(match result.await {
            Ok(state) => proto::apply_resource_change::Response { new_state: Some(state), ..Default::default() },
            Err(error) => proto::apply_resource_change::Response { diagnostics: failed(error), ..Default::default() },
        }))
    }

    async fn import_resource_state(
        &self,
        request: Request<proto::import_resource_state::Request>,
    ) -> Answer<proto::import_resource_state::Response> {
        let result = async {
            let arn = &request.get_ref().id;
            let rule = ListenerRule::read(self.client()?, arn).await?;
            encode(&rule.ok_or_else(|| format!("there is no rule {arn}"))?.to_value())
        };
        Ok(Response::new(match result.await {
            Ok(state) => {
                let imported = proto::import_resource_state::ImportedResource {
                    type_name: TYPE.to_owned(),
                    state: Some(state),
                    ..Default::default()
                };
                proto::import_resource_state::Response { imported_resources: vec![imported], ..Default::default() }
            }
            Err(error) => proto::import_resource_state::Response { diagnostics: failed(error), ..Default::default() },
        }))
    }

    async fn stop_provider(&self, _: Request<proto::stop_provider::Request>) -> Answer<proto::stop_provider::Response> {
        Ok(Response::new(Default::default()))
    }
}

async fn configure(client: &OnceCell<Client>, attributes: &BTreeMap<String, Value>) {
    let text = |name: &str| match attributes.get(name) {
        Some(Value::String(text)) => text.to_string(),
        _ => String::new(),
    };
    let make = async || {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(text("region")))
            .endpoint_url(text("endpoint"))
            .credentials_provider(Credentials::new("AKIDSTANDIN", "standin", None, None, "standin"));
        Client::new(&config.load().await)
    };
    client.get_or_init(make).await;
}
