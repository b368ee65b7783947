//! The RPCs of a provider with managed resources.

use crate::resource::{self, Clients};
use crate::schema::{self, SCHEMAS};
use crate::{external, fill, replace};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use ecslive::framework::proto::{self, provider_server::Provider};
use ecslive::framework::{message, schema_message, value};
use ecslive::tf::schema::Block;
use ecslive::tf::{Diagnostic, Value, json};
use std::collections::{BTreeMap, HashMap};
use tokio::sync::OnceCell;
use tonic::{Request, Response, Status};

/// The provider.
#[derive(Default)]
pub struct Standin {
    clients: OnceCell<Clients>,
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

fn encode(type_name: &str, value: &Value) -> Result<proto::DynamicValue, String> {
    message(value, &schema::of(type_name)?.ty()).map_err(|diagnostic| diagnostic.detail)
}

fn failed(error: String) -> Vec<proto::Diagnostic> {
    let Diagnostic { summary, detail, .. } = Diagnostic::error("Stand-in Failed", error);
    let severity = proto::diagnostic::Severity::Error.into();
    vec![proto::Diagnostic { severity, summary, detail, attribute: None }]
}

#[tonic::async_trait]
impl Provider for Standin {
    async fn get_provider_schema(
        &self,
        _: Request<proto::get_provider_schema::Request>,
    ) -> Answer<proto::get_provider_schema::Response> {
        Ok(Response::new(proto::get_provider_schema::Response {
            provider: Some(schema_message(&SCHEMAS.provider)),
            resource_schemas: SCHEMAS
                .resources
                .iter()
                .map(|(name, block)| (name.clone(), schema_message(block)))
                .collect(),
            data_source_schemas: HashMap::from([(external::NAME.to_owned(), schema_message(&external::schema()))]),
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
        let config = decode(request.get_ref().config.as_ref(), &SCHEMAS.provider);
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
        let upgraded = schema::of(&request.type_name).and_then(|block| {
            let raw = request.raw_state.unwrap_or_default().json;
            let value = json::decode(&block.ty(), &raw).map_err(|error| error.to_string())?;
            encode(&request.type_name, &value)
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
            let current = decode(request.current_state.as_ref(), schema::of(&request.type_name)?)?;
            let found = resource::read(self.clients()?, &request.type_name, current).await?;
            encode(&request.type_name, &found.unwrap_or(Value::Null))
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
        let planned = schema::of(&request.type_name).and_then(|block| {
            let prior = decode(request.prior_state.as_ref(), block)?;
            let proposed = decode(request.proposed_new_state.as_ref(), block)?;
            let forced = replace::forced(&request.type_name, &prior, &proposed);
            Ok((encode(&request.type_name, &fill::planned(block, prior.is_null(), proposed))?, forced))
        });
        Ok(Response::new(match planned {
            Ok((state, requires_replace)) => proto::plan_resource_change::Response {
                planned_state: Some(state),
                requires_replace,
                ..Default::default()
            },
            Err(error) => proto::plan_resource_change::Response { diagnostics: failed(error), ..Default::default() },
        }))
    }

    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> Answer<proto::apply_resource_change::Response> {
        let request = request.get_ref();
        let result = async {
            let block = schema::of(&request.type_name)?;
            let prior = decode(request.prior_state.as_ref(), block)?;
            let planned = decode(request.planned_state.as_ref(), block)?;
            encode(&request.type_name, &resource::apply(self.clients()?, &request.type_name, &prior, planned).await?)
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
            let (type_name, id) = (&request.get_ref().type_name, &request.get_ref().id);
            encode(type_name, &resource::import(self.clients()?, type_name, id).await?)
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

    async fn validate_data_resource_config(
        &self,
        _: Request<proto::validate_data_resource_config::Request>,
    ) -> Answer<proto::validate_data_resource_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn read_data_source(
        &self,
        request: Request<proto::read_data_source::Request>,
    ) -> Answer<proto::read_data_source::Response> {
        let block = external::schema();
        let state = decode(request.get_ref().config.as_ref(), &block).and_then(|config| match config {
            Value::Object(config) => external::read(config),
            _ => Err("no configuration".to_owned()),
        });
        let state =
            state.and_then(|state| message(&Value::Object(state), &block.ty()).map_err(|diagnostic| diagnostic.detail));
        Ok(Response::new(match state {
            Ok(state) => proto::read_data_source::Response { state: Some(state), ..Default::default() },
            Err(error) => proto::read_data_source::Response { diagnostics: failed(error), ..Default::default() },
        }))
    }

    async fn stop_provider(&self, _: Request<proto::stop_provider::Request>) -> Answer<proto::stop_provider::Response> {
        Ok(Response::new(Default::default()))
    }
}

/// The region and the endpoint come from the configuration or, as for hashicorp/aws, from the environment.
async fn configure(clients: &OnceCell<Clients>, attributes: &BTreeMap<String, Value>) {
    let text = |name: &str, variable: &str| match attributes.get(name) {
        Some(Value::String(text)) => text.to_string(),
        _ => std::env::var(variable).unwrap_or_default(),
    };
    let make = async || {
        let region = text("region", "AWS_REGION");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .endpoint_url(text("endpoint", "AWS_ENDPOINT_URL"))
            .credentials_provider(Credentials::new("AKIDSTANDIN", "standin", None, None, "standin"));
        let config = config.load().await;
        let elbv2 = aws_sdk_elasticloadbalancingv2::Client::new(&config);
        Clients { elbv2, ecs: aws_sdk_ecs::Client::new(&config), region }
    };
    clients.get_or_init(make).await;
}
