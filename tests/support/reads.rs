//! Reads of data sources as a host asks for them.

use crate::host::Channel;
use ecslive::framework::Provider;
use ecslive::framework::proto::{DynamicValue, configure_provider, read_data_source};
use ecslive::provider::Ecslive;
use ecslive::tf::{Type, Value, json, msgpack};

/// An object with these attributes; the others are null, or empty where they are lists.
pub fn object(ty: &Type, known: &[(&str, Value)]) -> Value {
    let Type::Object(attributes) = ty else { panic!("no object") };
    let attribute = |(name, ty): (&String, &Type)| {
        let known = known.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let empty = if matches!(ty, Type::List(_)) { Value::List(Vec::new()) } else { Value::Null };
        (name.clone(), known.unwrap_or(empty))
    };
    Value::Object(attributes.iter().map(attribute).collect())
}

fn value(ty: &Type, known: &[(&str, Value)]) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(ty, &object(ty, known)).expect("a value"), json: Vec::new() })
}

/// Configures the provider for an endpoint.
pub async fn configure(channel: &Channel, endpoint: &str) {
    let blocks = Ecslive::schema().blocks;
    let endpoints = &blocks.iter().find(|block| block.name == "endpoints").expect("a block").block;
    let urls = ["codedeploy", "ecs", "elbv2"].map(|name| (name, endpoint.into()));
    let endpoints = object(&endpoints.ty(), &urls);
    let config = [
        ("region", "eu-west-1".into()),
        ("access_key", "AKIDEXAMPLE".into()),
        ("secret_key", "secret".into()),
        ("endpoints", Value::List(vec![endpoints])),
    ];
    let config = value(&Ecslive::schema().ty(), &config);
    let request = configure_provider::Request { config, ..Default::default() };
    let path = "/tfplugin6.Provider/ConfigureProvider";
    let answer: configure_provider::Response = channel.unary(path, request).await.expect("an answer");
    assert!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
}

/// Reads a data source: its state, or the summaries of what stands against it.
pub async fn read(channel: &Channel, name: &str, known: &[(&str, Value)]) -> Result<serde_json::Value, Vec<String>> {
    let sources = Ecslive::data_sources();
    let source = sources.iter().find(|source| source.name() == name).expect("the data source");
    let ty = source.schema().ty();
    let config = value(&ty, known);
    let request = read_data_source::Request { type_name: format!("ecslive_{name}"), config, ..Default::default() };
    let path = "/tfplugin6.Provider/ReadDataSource";
    let answer: read_data_source::Response = channel.unary(path, request).await.expect("an answer");
    let Some(state) = answer.state.filter(|state| !state.msgpack.is_empty()) else {
        return Err(answer.diagnostics.into_iter().map(|it| it.summary).collect());
    };
    let state = msgpack::decode(&ty, &state.msgpack).expect("a state");
    Ok(serde_json::from_slice(&json::encode(&ty, &state).expect("JSON")).expect("JSON"))
}
