//! The RPCs of a provider with managed resources.

use crate::resource::{Clients, Resource};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use ecslive::framework::proto::{self, provider_server::Provider};
use ecslive::framework::{message, schema_message, value};
use ecslive::tf::schema::{Attribute, Block};
use ecslive::tf::{Diagnostic, Value, json};
use std::collections::BTreeMap;
use tokio::sync::OnceCell;
use tonic::{Request, Response, Status};

/// The provider.
#[derive(Default)]
pub struct Standin {
    clients: OnceCell<Clients>,
}

fn provider_schema() -> Block {
    Block::new(vec![Attribute::string("region").required(), Attribute::string("endpoint").required()])
}

type Answer<T> = Result<Response<T>, Status>;

impl Standin {
    fn clients(&self) -> Result<&Clients, String> {
        self.clients.get().ok_or_else(|| "the provider is not configured".to_owned())
    }
}

fn decode(message: Option<&proto::DynamicValue>, block: &Block) -> Result<Value, String> {
    value(message, &block.ty()).map_err(|diagnostic| diagnostic.detail)
}

fn encode(resource: Resource, value: &Value) -> Result<proto::DynamicValue, String> {
    message(value, &resource.schema().ty()).map_err(|diagnostic| diagnostic.detail)
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
            resource_schemas: Resource::ALL
                .map(|resource| (resource.type_name().to_owned(), schema_message(&resource.schema())))
                .into(),
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
                configure(&self.clients, &attributes).await;
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
        let request = request.into_inner();
        let upgraded = Resource::of(&request.type_name).and_then(|resource| {
            let raw = request.raw_state.unwrap_or_default().json;
            let value = json::decode(&resource.schema().ty(), &raw).map_err(|error| error.to_string())?;
            encode(resource, &value)
        });
        Ok(Response::new(match upgraded {
            Ok(state) => proto::upgrade_resource_state::Response { upgraded_state: Some(state), ..Default::default() },
            Err(error) => proto::upgrade_resource_state::Response { diagnostics: failed(error), ..Default::default() },
        }))
    }

    async fn read_resource(
        &self,
        request: Request<proto::read_resource::Request>,
    ) -> Answer<proto::read_resource::Response> {
        let result = async {
            let request = request.get_ref();
            let resource = Resource::of(&request.type_name)?;
            let current = decode(request.current_state.as_ref(), &resource.schema())?;
            let Value::Object(attributes) = &current else {
                return encode(resource, &Value::Null);
            };
            let Some(Value::String(arn)) = attributes.get("arn") else {
                return encode(resource, &Value::Null);
            };
            encode(resource, &resource.read(self.clients()?, arn).await?.unwrap_or(Value::Null))
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
        let planned = Resource::of(&request.type_name).and_then(|resource| {
            let prior = decode(request.prior_state.as_ref(), &resource.schema())?;
            let proposed = decode(request.proposed_new_state.as_ref(), &resource.schema())?;
            encode(resource, &plan(&prior, proposed))
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
            let resource = Resource::of(&request.type_name)?;
            let prior = decode(request.prior_state.as_ref(), &resource.schema())?;
            let planned = decode(request.planned_state.as_ref(), &resource.schema())?;
            encode(resource, &resource.apply(self.clients()?, &prior, &planned).await?)
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
            let resource = Resource::of(&request.get_ref().type_name)?;
            let id = &request.get_ref().id;
            let found = resource.read(self.clients()?, id).await?;
            encode(resource, &found.ok_or_else(|| format!("there is no {} {id}", resource.type_name()))?)
        };
        Ok(Response::new(match result.await {
            Ok(state) => {
                let imported = proto::import_resource_state::ImportedResource {
                    type_name: request.get_ref().type_name.clone(),
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

async fn configure(clients: &OnceCell<Clients>, attributes: &BTreeMap<String, Value>) {
    let text = |name: &str| match attributes.get(name) {
        Some(Value::String(text)) => text.to_string(),
        _ => String::new(),
    };
    let make = async || {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(text("region")))
            .endpoint_url(text("endpoint"))
            .credentials_provider(Credentials::new("AKIDSTANDIN", "standin", None, None, "standin"));
        let config = config.load().await;
        Clients { elbv2: aws_sdk_elasticloadbalancingv2::Client::new(&config), ecs: aws_sdk_ecs::Client::new(&config) }
    };
    clients.get_or_init(make).await;
}
