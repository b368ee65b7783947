//! Revisions of task definitions.

use crate::aws::{Error, Regional};
use crate::guard::facts::{ContainerFacts, DefinitionFacts, Fact};
use crate::resolve::model::TaskDefinition;
use serde_json::Value;

/// A revision by ARN, or the newest ACTIVE one of a family.
pub async fn ask(regional: &Regional, name: &str) -> Result<Fact, Error> {
    let found = regional.task_definition(name, false).await?;
    Ok(found.map_or(Fact::Absent, |found| Fact::Definition(facts(&found))))
}

fn facts(found: &TaskDefinition) -> DefinitionFacts {
    let raw: Value = serde_json::from_str(&found.container_definitions).unwrap_or_default();
    let raw: Vec<Value> = raw.as_array().cloned().unwrap_or_default();
    let mut references: Vec<String> = found.file_systems.clone();
    for container in &found.containers {
        references.extend(container.secrets.iter().cloned());
        references.extend(container.log_group.clone());
    }
    references.sort();
    references.dedup();
    DefinitionFacts {
        arn: found.arn.as_str().to_owned(),
        status: found.status.clone(),
        task_role: found.task_role_arn.clone(),
        execution_role: found.execution_role_arn.clone(),
        containers: raw.iter().map(container).collect(),
        references,
    }
}

fn container(raw: &Value) -> ContainerFacts {
    let text = |key: &str| raw[key].as_str().unwrap_or_default().to_owned();
    let ports = raw["portMappings"].as_array().into_iter().flatten();
    ContainerFacts {
        name: text("name"),
        image: text("image"),
        ports: ports.filter_map(|port| port["containerPort"].as_i64()).collect(),
        has_init_process: raw["linuxParameters"]["initProcessEnabled"] == true,
        is_read_only: raw["readonlyRootFilesystem"] == true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_container_is_read_as_it_was_registered() {
        let raw = json!({"name": "web", "image": "web:1", "portMappings": [{"containerPort": 8080}, {}],
            "linuxParameters": {"initProcessEnabled": true}});
        let facts = container(&raw);
        assert_eq!((facts.name.as_str(), facts.image.as_str(), facts.ports), ("web", "web:1", vec![8080]));
        assert!(facts.has_init_process && !facts.is_read_only);
    }
}
