//! ECR repositories: made, changed and deleted. Their images are pushed by the scenarios.

use super::{Outcome, Reply, tags, without};
use crate::state::{ACCOUNT_ID, Region};
use crate::wire::{AwsError, Call};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateRepository" => create(region, call),
        "DescribeRepositories" => describe(region, call),
        "PutImageTagMutability" => set(region, call, &["imageTagMutability"]),
        "PutImageScanningConfiguration" => set(region, call, &["imageScanningConfiguration"]),
        "PutLifecyclePolicy" => set(region, call, &["lifecyclePolicyText"]),
        "GetLifecyclePolicy" => lifecycle(region, call, false),
        "DeleteLifecyclePolicy" => lifecycle(region, call, true),
        "DeleteRepository" => delete(region, call),
        _ => return tags::by_resource_arn(region, call),
    })
}

fn arn(region: &Region, name: &str) -> String {
    region.arn("ecr", &format!("repository/{name}"))
}

fn missing(name: &str) -> AwsError {
    let text = format!("The repository with name '{name}' does not exist in the registry with id '{ACCOUNT_ID}'");
    AwsError::new("RepositoryNotFoundException", text)
}

fn create(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("repositoryName")?.to_owned();
    if region.repositories.contains_key(&name) {
        let text = format!("The repository with name '{name}' already exists in the registry with id '{ACCOUNT_ID}'");
        return Err(AwsError::new("RepositoryAlreadyExistsException", text));
    }
    tags::keep(region, &arn(region, &name), &call.input["tags"]);
    let mut made = without(&call.input, &["tags"]);
    made["createdAt"] = json!(region.now());
    region.account.repositories.insert(name.clone(), made);
    region.repositories.insert(name.clone(), crate::state::Repository::default());
    Ok(Reply::Json(json!({"repository": repository(region, &name)})))
}

fn repository(region: &Region, name: &str) -> Value {
    let mut answer = json!({
        "repositoryArn": arn(region, name),
        "registryId": ACCOUNT_ID,
        "repositoryName": name,
        "repositoryUri": format!("{ACCOUNT_ID}.dkr.ecr.{}.amazonaws.com/{name}", region.name),
        "createdAt": 1_790_000_000.0,
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": false},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    });
    if let Some(settings) = region.account.repositories.get(name) {
        super::merge(&mut answer, &without(settings, &["lifecyclePolicyText"]));
    }
    answer
}

fn describe(region: &Region, call: &Call) -> Outcome {
    let asked = call.list("repositoryNames");
    if let Some(name) = asked.iter().find(|name| !region.repositories.contains_key(*name)) {
        return Err(missing(name));
    }
    let all = region.repositories.keys().filter(|name| asked.is_empty() || asked.contains(name));
    Ok(Reply::Json(json!({"repositories": all.map(|name| repository(region, name)).collect::<Vec<_>>()})))
}

fn settings<'a>(region: &'a mut Region, call: &Call) -> Result<&'a mut Value, AwsError> {
    let name = call.required("repositoryName")?;
    if !region.repositories.contains_key(name) {
        return Err(missing(name));
    }
    Ok(region.account.repositories.entry(name.to_owned()).or_default())
}

fn set(region: &mut Region, call: &Call, fields: &[&str]) -> Outcome {
    let found = settings(region, call)?;
    for field in fields {
        found[*field] = call.input[*field].clone();
    }
    Ok(Reply::Json(json!({"repositoryName": call.text("repositoryName"), "registryId": ACCOUNT_ID})))
}

fn lifecycle(region: &mut Region, call: &Call, remove: bool) -> Outcome {
    let found = settings(region, call)?;
    let policy = found["lifecyclePolicyText"].clone();
    if policy.is_null() {
        let text = "Lifecycle policy does not exist for the repository";
        return Err(AwsError::new("LifecyclePolicyNotFoundException", text));
    }
    if remove {
        found["lifecyclePolicyText"] = Value::Null;
    }
    let name = call.text("repositoryName");
    Ok(Reply::Json(json!({"repositoryName": name, "registryId": ACCOUNT_ID, "lifecyclePolicyText": policy})))
}

fn delete(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("repositoryName")?;
    let found = region.repositories.get(name).ok_or_else(|| missing(name))?;
    if !found.images.is_empty() && call.input["force"] != true {
        let text = format!(
            "The repository with name '{name}' in registry with id '{ACCOUNT_ID}' cannot be deleted because it still contains images"
        );
        return Err(AwsError::new("RepositoryNotEmptyException", text));
    }
    let answer = repository(region, name);
    region.repositories.remove(name);
    region.account.repositories.remove(name);
    region.account.tags.remove(&arn(region, name));
    Ok(Reply::Json(json!({"repository": answer})))
}
