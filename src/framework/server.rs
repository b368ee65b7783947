//! The provider's side of the protocol: decodes, dispatches, encodes.
//!
//! A user's mistake, a broken host and a panic all end as diagnostics; a gRPC status is for what is not implemented.

use super::proto::{self, provider_server};
use super::told::{self, Told};
use super::{AnyDataSource, AnyFunction, Arguments, Provider, convert, stop};
use crate::panics::harmless;
use crate::tf::config::Fields;
use crate::tf::function::FunctionError;
use crate::tf::schema::{Block, Mode};
use crate::tf::{Diagnostic, Diagnostics, Path, Type, Value};
use futures_util::FutureExt;
use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// Serves one provider. Needs no earlier call in the same process, except the configuration before a read.
pub struct Server<P: Provider> {
    data_sources: Vec<Served<P::Clients>>,
    functions: Vec<Box<dyn AnyFunction>>,
    configured: Mutex<Configured<P::Clients>>,
    running: Mutex<CancellationToken>,
    told: Told,
}

/// A data source with its schema, which is made when it is needed for the first time.
struct Served<C> {
    source: Box<dyn AnyDataSource<C>>,
    schema: OnceLock<(Block, Type)>,
}

impl<C> Served<C> {
    fn schema(&self) -> &(Block, Type) {
        self.schema.get_or_init(|| {
            let schema = self.source.schema();
            let ty = schema.ty();
            (schema, ty)
        })
    }
}

/// The state of a data source, or what is known of it as long as the provider's configuration is not.
enum Answered {
    /// With what the user should know besides.
    Now(proto::DynamicValue, Diagnostics),
    Later(proto::DynamicValue),
}

enum Configured<C> {
    NotYet,
    Unknown(Vec<Path>),
    Ready(Arc<C>),
}

impl<P: Provider> Default for Server<P> {
    fn default() -> Self {
        Self {
            data_sources: P::data_sources()
                .into_iter()
                .map(|source| Served { source, schema: OnceLock::new() })
                .collect(),
            functions: P::functions(),
            configured: Mutex::new(Configured::NotYet),
            running: Mutex::default(),
            told: Told::default(),
        }
    }
}

impl<P: Provider> Server<P> {
    fn data_source(&self, type_name: &str) -> Result<&Served<P::Clients>, Diagnostic> {
        let name = type_name.strip_prefix(P::NAME).and_then(|rest| rest.strip_prefix('_'));
        let found = self.data_sources.iter().find(|served| Some(served.source.name()) == name);
        found.ok_or_else(|| {
            let detail = format!("This provider has no data source {type_name:?}. Check the name and the version.");
            Diagnostic::error("Unknown Data Source", detail)
        })
    }

    fn validate_data_source(&self, request: &proto::validate_data_resource_config::Request) -> Result<(), Diagnostics> {
        let served = self.data_source(&request.type_name)?;
        let (schema, ty) = served.schema();
        let config = configuration(request.config.as_ref(), schema, ty)?;
        no_errors(served.source.validate(&config, schema))
    }

    async fn read(&self, request: &proto::read_data_source::Request) -> Result<Answered, Diagnostics> {
        let served = self.data_source(&request.type_name)?;
        let (source, (schema, ty)) = (&served.source, served.schema());
        let config = configuration(request.config.as_ref(), schema, ty)?;
        no_errors(still_unknown(&config, "The value is not known yet, so nothing can be read."))?;
        if self.is_deferred(request) {
            no_errors(source.validate(&config, schema))?;
            let state = convert::message(&planned(config, schema), ty)?;
            return Ok(Answered::Later(state));
        }
        let clients = self.clients()?;
        let reader = told::reader(&request.type_name, &config, schema);
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let state = tokio::select! {
            biased;
            // It hears of the cancellation too, and can say more about it.
            state = stop::until(running.clone(), source.read(&clients, config, schema)) => state,
            () = running.cancelled() => {
                let detail = "Terraform asked to stop before the answer was there. Plan again.";
                Err(Diagnostic::error("Read Cancelled", detail).into())
            }
        };
        let (state, warnings) = state.map_err(|diagnostics| self.told.once(&reader, diagnostics))?;
        Ok(Answered::Now(convert::message(&state, ty)?, warnings))
    }

    /// True when the answer has to wait until the provider's configuration is known, and Terraform can wait.
    fn is_deferred(&self, request: &proto::read_data_source::Request) -> bool {
        let allowed = request.client_capabilities.is_some_and(|client| client.deferral_allowed);
        let configured = self.configured.lock().unwrap_or_else(PoisonError::into_inner);
        allowed && matches!(*configured, Configured::Unknown(_))
    }

    fn clients(&self) -> Result<Arc<P::Clients>, Diagnostics> {
        match &*self.configured.lock().unwrap_or_else(PoisonError::into_inner) {
            Configured::Ready(clients) => Ok(Arc::clone(clients)),
            Configured::NotYet => {
                let detail = "Terraform asked for a read before it configured the provider. Please report this.";
                Err(Diagnostic::error("Provider Not Configured", detail).into())
            }
            Configured::Unknown(paths) => Err(paths
                .iter()
                .map(|path| {
                    let detail = format!(
                        "The provider argument {path} is not known until apply, so nothing can be read while \
                         planning. Give it a value that is known in advance: a variable, a local or a literal; or \
                         create what it depends on first, with -target."
                    );
                    Diagnostic::error("Provider Configuration Not Known", detail)
                })
                .collect()),
        }
    }

    fn configure(&self, request: &proto::configure_provider::Request) -> Result<(), Diagnostics> {
        let schema = P::schema();
        let config = configuration(request.config.as_ref(), &schema, &schema.ty())?;
        let needed = |path: &Path| !P::without_effect().iter().any(|name| *path == Path::attribute(*name));
        let unknown: Vec<Path> = unknown_paths(&config).into_iter().filter(needed).collect();
        let configured = if unknown.is_empty() {
            Configured::Ready(Arc::new(P::configure(typed::<P>(&config)?.0)?))
        } else {
            Configured::Unknown(unknown)
        };
        *self.configured.lock().unwrap_or_else(PoisonError::into_inner) = configured;
        self.told.forget();
        Ok(())
    }

    fn call(&self, request: &proto::call_function::Request) -> Result<proto::DynamicValue, FunctionError> {
        let failed = |text: String, argument| FunctionError { text, argument };
        let function = self.functions.iter().find(|function| function.name() == request.name);
        let function =
            function.ok_or_else(|| failed(format!("this provider has no function {:?}", request.name), None))?;
        let definition = function.definition();
        let given = request.arguments.len();
        if given < definition.parameters.len() || (given > definition.parameters.len() && definition.variadic.is_none())
        {
            let wanted = definition.parameters.len();
            return Err(failed(format!("{wanted} arguments are needed, {given} are given"), None));
        }
        let parameters = definition.parameters.iter().chain(std::iter::repeat(&definition.variadic).flatten());
        let mut values = Vec::with_capacity(given);
        for (index, (argument, parameter)) in request.arguments.iter().zip(parameters).enumerate() {
            let value = convert::value(Some(argument), &parameter.ty)
                .map_err(|diagnostic| failed(diagnostic.detail, Some(index)))?;
            if value.is_null() && !parameter.allow_null {
                return Err(failed("argument must not be null".to_owned(), Some(index)));
            }
            if value.contains_unknown() && !parameter.allow_unknown {
                return Err(failed("argument must be known".to_owned(), Some(index)));
            }
            values.push(value);
        }
        let result = function.call(Arguments::new(values))?;
        convert::message(&result, &definition.returns).map_err(|diagnostic| failed(diagnostic.detail, None))
    }

    fn functions(&self) -> std::collections::HashMap<String, proto::Function> {
        let functions = self.functions.iter();
        functions.map(|function| (function.name().to_owned(), convert::function(&function.definition()))).collect()
    }
}

/// Decodes a configuration and checks what Terraform promises of it.
fn configuration(message: Option<&proto::DynamicValue>, schema: &Block, ty: &Type) -> Result<Value, Diagnostics> {
    let config = convert::value(message, ty)?;
    let Value::Object(attributes) = &config else {
        let detail = "Terraform sent no configuration for the block. Please report this.";
        return Err(Diagnostic::error("Configuration Missing", detail).into());
    };
    let required = schema.attributes.iter().filter(|attribute| attribute.mode == Mode::Required);
    let missing = required.filter(|attribute| attributes.get(attribute.name).is_none_or(Value::is_null));
    let missing = missing.map(|attribute| {
        let detail = format!("The argument {} is required.", attribute.name);
        Diagnostic::error("Missing Argument", detail).at(Path::attribute(attribute.name.to_string()))
    });
    no_errors(missing.collect())?;
    Ok(config)
}

/// The configuration, and what is not wrong with it but should be known.
fn typed<P: Provider>(config: &Value) -> Result<(P::Config, Diagnostics), Diagnostics> {
    let mut fields = Fields::new(config);
    let typed = P::config(&mut fields);
    let mut diagnostics = fields.finish();
    diagnostics.extend(P::validate(&typed));
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok((typed, diagnostics)) }
}

fn no_errors(diagnostics: Diagnostics) -> Result<(), Diagnostics> {
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(()) }
}

/// The attributes of an object that are unknown or hold something unknown.
fn unknown_paths(config: &Value) -> Vec<Path> {
    match config {
        Value::Object(attributes) => {
            let unknown = attributes.iter().filter(|(_, value)| value.contains_unknown());
            unknown.map(|(name, _)| Path::attribute(name.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// What will be read: the configuration, and unknown values for what is computed.
fn planned(config: Value, schema: &Block) -> Value {
    let Value::Object(mut attributes) = config else { return config };
    for attribute in &schema.attributes {
        let is_open = match attribute.mode {
            Mode::Computed => true,
            Mode::OptionalComputed => attributes.get(attribute.name).is_none_or(Value::is_null),
            Mode::Required | Mode::Optional => false,
        };
        if is_open {
            attributes.insert(attribute.name.to_owned(), Value::unknown());
        }
    }
    Value::Object(attributes)
}

fn still_unknown(config: &Value, detail: &str) -> Diagnostics {
    let paths = unknown_paths(config).into_iter();
    paths.map(|path| Diagnostic::error("Value Not Known", detail).at(path)).collect()
}

/// Runs a request; a panic in it becomes a diagnostic, after the panic hook has told the log.
async fn caught<T>(work: impl Future<Output = Result<T, Diagnostics>>) -> Result<T, Diagnostics> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(panicked(&*panic).into()))
}

fn panicked(panic: &(dyn Any + Send)) -> Diagnostic {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).map_or("(no message)", harmless);
    let detail = format!(
        "The provider panicked: {text}\n\nThis is a bug in the provider, not in your configuration. Please report it \
         with the output of the same command under TF_LOG_PROVIDER=debug."
    );
    Diagnostic::error("Provider Bug", detail)
}

fn capabilities() -> Option<proto::ServerCapabilities> {
    Some(proto::ServerCapabilities { get_provider_schema_optional: true, ..Default::default() })
}

fn messages<T>(result: Result<T, Diagnostics>) -> Vec<proto::Diagnostic> {
    result.err().map(convert::diagnostics).unwrap_or_default()
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl<P: Provider> provider_server::Provider for Server<P> {
    async fn get_metadata(&self, _: Request<proto::get_metadata::Request>) -> Answer<proto::get_metadata::Response> {
        let data_sources = self.data_sources.iter().map(|served| format!("{}_{}", P::NAME, served.source.name()));
        let functions = self.functions.iter().map(|function| function.name().to_owned());
        Ok(Response::new(proto::get_metadata::Response {
            server_capabilities: capabilities(),
            data_sources: data_sources.map(|type_name| proto::get_metadata::DataSourceMetadata { type_name }).collect(),
            functions: functions.map(|name| proto::get_metadata::FunctionMetadata { name }).collect(),
            ..Default::default()
        }))
    }

    async fn get_provider_schema(
        &self,
        _: Request<proto::get_provider_schema::Request>,
    ) -> Answer<proto::get_provider_schema::Response> {
        let sources = self.data_sources.iter();
        let schemas = sources
            .map(|served| (format!("{}_{}", P::NAME, served.source.name()), convert::schema(&served.schema().0)));
        Ok(Response::new(proto::get_provider_schema::Response {
            provider: Some(convert::schema(&P::schema())),
            data_source_schemas: schemas.collect(),
            functions: self.functions(),
            server_capabilities: capabilities(),
            ..Default::default()
        }))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<proto::get_resource_identity_schemas::Request>,
    ) -> Answer<proto::get_resource_identity_schemas::Response> {
        Ok(Response::new(proto::get_resource_identity_schemas::Response::default()))
    }

    async fn get_functions(&self, _: Request<proto::get_functions::Request>) -> Answer<proto::get_functions::Response> {
        Ok(Response::new(proto::get_functions::Response { functions: self.functions(), ..Default::default() }))
    }

    async fn validate_provider_config(
        &self,
        request: Request<proto::validate_provider_config::Request>,
    ) -> Answer<proto::validate_provider_config::Response> {
        let result = caught(async {
            let schema = P::schema();
            let config = configuration(request.get_ref().config.as_ref(), &schema, &schema.ty())?;
            typed::<P>(&config).map(|(_, warnings)| warnings)
        });
        let diagnostics = convert::diagnostics(result.await.unwrap_or_else(|errors| errors));
        Ok(Response::new(proto::validate_provider_config::Response { diagnostics }))
    }

    async fn configure_provider(
        &self,
        request: Request<proto::configure_provider::Request>,
    ) -> Answer<proto::configure_provider::Response> {
        let diagnostics = messages(caught(async { self.configure(request.get_ref()) }).await);
        Ok(Response::new(proto::configure_provider::Response { diagnostics }))
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<proto::validate_data_resource_config::Request>,
    ) -> Answer<proto::validate_data_resource_config::Response> {
        let diagnostics = messages(caught(async { self.validate_data_source(request.get_ref()) }).await);
        Ok(Response::new(proto::validate_data_resource_config::Response { diagnostics }))
    }

    async fn read_data_source(
        &self,
        request: Request<proto::read_data_source::Request>,
    ) -> Answer<proto::read_data_source::Response> {
        let reason = proto::deferred::Reason::ProviderConfigUnknown.into();
        let (state, deferred, diagnostics) = match caught(self.read(request.get_ref())).await {
            Ok(Answered::Now(state, warnings)) => (Some(state), None, warnings),
            Ok(Answered::Later(state)) => (Some(state), Some(proto::Deferred { reason }), Diagnostics::default()),
            Err(diagnostics) => (None, None, diagnostics),
        };
        let diagnostics = convert::diagnostics(diagnostics);
        Ok(Response::new(proto::read_data_source::Response { state, diagnostics, deferred }))
    }

    async fn call_function(
        &self,
        request: Request<proto::call_function::Request>,
    ) -> Answer<proto::call_function::Response> {
        let work = AssertUnwindSafe(|| self.call(request.get_ref()));
        let result = std::panic::catch_unwind(work)
            .unwrap_or_else(|panic| Err(FunctionError { text: panicked(&*panic).detail, argument: None }));
        Ok(Response::new(match result {
            Ok(result) => proto::call_function::Response { result: Some(result), error: None },
            Err(error) => proto::call_function::Response { result: None, error: Some(convert::function_error(error)) },
        }))
    }

    /// Cancels what is in flight and goes on serving: Terraform closes in its own time.
    async fn stop_provider(&self, _: Request<proto::stop_provider::Request>) -> Answer<proto::stop_provider::Response> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *running).cancel();
        Ok(Response::new(proto::stop_provider::Response { error: String::new() }))
    }
}
