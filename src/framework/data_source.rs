//! Data sources: the typed trait that authors implement, and the object-safe twin that the server calls.

use crate::tf::config::{self, Fields};
use crate::tf::schema::{Attribute, Block, Mode};
use crate::tf::{Diagnostic, Diagnostics, Type, Value};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::future::Future;

/// A data source over clients of type `C`.
pub trait DataSource<C>: Send + Sync + 'static {
    /// The configuration with known, null and unknown values told apart.
    type Config: Send;

    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// Attributes and blocks, with the texts of the documentation.
    fn schema() -> Block;

    /// Takes the configuration apart. Every value that cannot be used is recorded with its path.
    fn config(fields: &mut Fields) -> Self::Config;

    /// What is wrong between attributes that are each right. Runs offline; unknown values are not wrong.
    fn validate(_config: &Self::Config) -> Diagnostics {
        Diagnostics::default()
    }

    /// Reads the computed attributes. The rest of the state repeats the configuration. `schema` is its own, made once.
    fn read(
        clients: &C,
        config: Self::Config,
        schema: &Block,
    ) -> impl Future<Output = Result<Attributes, Diagnostics>> + Send;
}

/// The computed attributes of a data source by name, and what the user should know besides.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes(BTreeMap<&'static str, Value>, Diagnostics);

impl Attributes {
    /// Attributes from names and values.
    pub fn new<const N: usize>(attributes: [(&'static str, Value); N]) -> Self {
        Self(BTreeMap::from(attributes), Diagnostics::default())
    }

    /// What is left when the thing does not exist: scalars are null, collections are empty.
    pub fn absent(schema: &Block) -> Self {
        let computed = schema.attributes.iter().filter(|attribute| attribute.mode == Mode::Computed);
        Self(computed.map(|attribute| (attribute.name, empty(attribute))).collect(), Diagnostics::default())
    }

    /// The same with one attribute set.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// The same with several attributes set.
    #[must_use]
    pub fn with_all(mut self, attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        self.0.extend(attributes);
        self
    }

    /// The same with warnings.
    #[must_use]
    pub fn warn(mut self, warnings: impl IntoIterator<Item = Diagnostic>) -> Self {
        self.1.extend(warnings);
        self
    }

    /// The warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.1.iter()
    }

    /// The attributes as an object: an element of a nested attribute.
    pub fn into_object(self) -> Value {
        Value::object(self.0)
    }

    /// The state: these attributes over the configuration.
    fn over(mut self, config: Value, schema: &Block) -> Result<(Value, Diagnostics), String> {
        let Value::Object(mut state) = config else {
            return Err("the configuration is not an object".to_owned());
        };
        for attribute in &schema.attributes {
            match (self.0.remove(attribute.name), attribute.mode) {
                (Some(value), Mode::Computed | Mode::OptionalComputed) => {
                    state.insert(attribute.name.to_owned(), value);
                }
                (None, Mode::Required | Mode::Optional | Mode::OptionalComputed) => {}
                (Some(_), _) => return Err(format!("{} is not computed", attribute.name)),
                (None, _) => return Err(format!("{} was not computed", attribute.name)),
            }
        }
        match self.0.keys().next() {
            Some(stranger) => Err(format!("{stranger} is not in the schema")),
            None => Ok((Value::Object(state), self.1)),
        }
    }
}

fn empty(attribute: &Attribute) -> Value {
    match attribute.ty() {
        Type::List(_) => Value::List(Vec::new()),
        Type::Set(_) => Value::Set(Vec::new()),
        Type::Map(_) => Value::Map(BTreeMap::new()),
        _ => Value::Null,
    }
}

/// A data source as the server sees it.
pub trait AnyDataSource<C>: Send + Sync {
    /// The type name without the provider's prefix.
    fn name(&self) -> &'static str;

    /// Attributes and blocks.
    fn schema(&self) -> Block;

    /// What is wrong with a configuration; unknown values are not wrong. `schema` is its own.
    fn validate(&self, config: &Value, schema: &Block) -> Diagnostics;

    /// The state for a configuration, and warnings. `schema` is its own.
    fn read<'a>(
        &'a self,
        clients: &'a C,
        config: Value,
        schema: &'a Block,
    ) -> BoxFuture<'a, Result<(Value, Diagnostics), Diagnostics>>;
}

impl<C: Send + Sync, D: DataSource<C>> AnyDataSource<C> for D {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn schema(&self) -> Block {
        D::schema()
    }

    fn validate(&self, config: &Value, schema: &Block) -> Diagnostics {
        check::<C, D>(config, schema).map_or_else(|diagnostics| diagnostics, |_| Diagnostics::default())
    }

    fn read<'a>(
        &'a self,
        clients: &'a C,
        config: Value,
        schema: &'a Block,
    ) -> BoxFuture<'a, Result<(Value, Diagnostics), Diagnostics>> {
        async move {
            let attributes = D::read(clients, check::<C, D>(&config, schema)?, schema).await?;
            attributes.over(config, schema).map_err(|problem| {
                let detail = format!("{}: {problem}. Please report this to the developers.", D::NAME);
                Diagnostics::from(Diagnostic::error("Provider Bug", detail))
            })
        }
        .boxed()
    }
}

/// An empty text counts as not given here; the state repeats it all the same.
fn check<C, D: DataSource<C>>(config: &Value, schema: &Block) -> Result<D::Config, Diagnostics> {
    let (config, mut diagnostics) = config::given(config, schema);
    let mut fields = Fields::new(&config);
    let typed = D::config(&mut fields);
    diagnostics.extend(fields.finish());
    diagnostics.extend(D::validate(&typed));
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(typed) }
}
