//! `aws_ecs_task_definition` on one side of a change, with its containers.

use super::{Field, Node, Text};
use serde_json::Value;

/// A view of a task definition.
#[derive(Debug, Clone, Copy)]
pub struct Definition<'a>(pub Node<'a>);

/// One element of `container_definitions`, as far as rules look at it. Environment values are never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// `name`.
    pub name: Text,
    /// `image`.
    pub image: Text,
    /// `portMappings[].containerPort`.
    pub ports: Vec<i64>,
    /// `secrets`, `logConfiguration.secretOptions`: `valueFrom`.
    pub secrets: Vec<Text>,
    /// `repositoryCredentials.credentialsParameter`.
    pub registry_credentials: Option<Text>,
    /// True with `environmentFiles`.
    pub has_environment_files: bool,
    /// `logConfiguration.logDriver`.
    pub log_driver: Option<String>,
    /// `readonlyRootFilesystem`.
    pub is_read_only: bool,
    /// `linuxParameters.initProcessEnabled`.
    pub has_init_process: bool,
}

impl Definition<'_> {
    /// `family`.
    pub fn family(&self) -> Field<Text> {
        self.0.get("family").name()
    }

    /// The containers of the JSON text; `Null` when it is no list of containers.
    pub fn containers(&self) -> Field<Vec<Container>> {
        let text = match self.0.get("container_definitions").text() {
            Field::Known(text) => text,
            Field::Null => return Field::Null,
            Field::Unknown => return Field::Unknown,
        };
        match serde_json::from_str::<Vec<Value>>(text.judged()) {
            Ok(list) => Field::Known(list.iter().map(|value| container(value, &text)).collect()),
            Err(_) => Field::Null,
        }
    }

    /// True when `requires_compatibilities` has one of the names.
    pub fn requires(&self, names: &[&str]) -> bool {
        let required = self.0.texts("requires_compatibilities").known().unwrap_or_default();
        required.iter().any(|text| names.contains(&text.judged()))
    }

    /// `runtime_platform.cpu_architecture`, when it is written down.
    pub fn architecture(&self) -> Option<String> {
        let platform = self.0.block("runtime_platform").known()?;
        platform.get("cpu_architecture").name().known().map(|text| text.judged().to_owned())
    }

    /// True when a volume needs the execution role: FSx for Windows File Server reads its credentials with it.
    pub fn has_fsx_credentials(&self) -> bool {
        let volumes = self.0.blocks("volume").known().unwrap_or_default();
        volumes
            .iter()
            .any(|volume| matches!(volume.block("fsx_windows_file_server_volume_configuration"), Field::Known(_)))
    }
}

fn container(value: &Value, whole: &Text) -> Container {
    let text = |value: Option<&Value>| whole.part(value.and_then(Value::as_str).unwrap_or_default());
    let list = |pointer: &str| value.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let is_true = |pointer: &str| value.pointer(pointer).and_then(Value::as_bool).unwrap_or_default();
    let secrets = list("/secrets").chain(list("/logConfiguration/secretOptions"));
    Container {
        name: text(value.get("name")),
        image: text(value.get("image")),
        ports: list("/portMappings").filter_map(|port| port.get("containerPort")?.as_i64()).collect(),
        secrets: secrets.map(|secret| text(secret.get("valueFrom"))).collect(),
        registry_credentials: value
            .pointer("/repositoryCredentials/credentialsParameter")
            .map(|found| text(Some(found))),
        has_environment_files: list("/environmentFiles").next().is_some(),
        log_driver: value.pointer("/logConfiguration/logDriver").and_then(Value::as_str).map(str::to_owned),
        is_read_only: is_true("/readonlyRootFilesystem"),
        has_init_process: is_true("/linuxParameters/initProcessEnabled"),
    }
}
