//! IAM roles with their policies. IAM is one for the whole account: its calls are signed for one region.

use super::{Outcome, Reply};
use crate::state::Region;
use crate::wire::{AwsError, Call, Xml, tags};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Role {
    /// In the words of the answer.
    pub settings: Value,
    /// Inline policies by name: URL-encoded documents.
    pub policies: BTreeMap<String, String>,
    /// ARNs of attached policies.
    pub attached: Vec<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateRole" => create(region, call),
        "CreatePolicy" | "GetPolicy" | "GetPolicyVersion" | "ListPolicyVersions" | "DeletePolicy" => {
            policy(region, call)
        }
        "DeleteRole" => delete(region, call),
        "GetRole"
        | "UpdateRole"
        | "UpdateRoleDescription"
        | "UpdateAssumeRolePolicy"
        | "TagRole"
        | "UntagRole"
        | "ListRoleTags"
        | "PutRolePolicy"
        | "GetRolePolicy"
        | "DeleteRolePolicy"
        | "ListRolePolicies"
        | "AttachRolePolicy"
        | "DetachRolePolicy"
        | "ListAttachedRolePolicies"
        | "ListInstanceProfilesForRole" => role(region, call).and_then(|role| of_role(role, call)).map(Reply::Query),
        _ => return None,
    })
}

fn no_entity(text: String) -> AwsError {
    AwsError { status: 404, code: "NoSuchEntity".to_owned(), message: text }
}

fn role<'a>(region: &'a mut Region, call: &Call) -> Result<&'a mut Role, AwsError> {
    let name = call.required("RoleName")?;
    let text = format!("The role with name {name} cannot be found.");
    region.account.roles.get_mut(name).ok_or_else(|| no_entity(text))
}

/// IAM gives documents URL-encoded (API reference, GetRole).
fn encoded(document: &str) -> String {
    form_urlencoded::byte_serialize(document.as_bytes()).collect::<String>().replace('+', "%20")
}

fn create(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("RoleName")?.to_owned();
    if region.account.roles.contains_key(&name) {
        let text = format!("Role with name {name} already exists.");
        return Err(AwsError { status: 409, code: "EntityAlreadyExists".to_owned(), message: text });
    }
    let path = call.text("Path").unwrap_or("/");
    let id = region.next_id().to_uppercase();
    let settings = json!({
        "Arn": region.arn_of("iam", &format!("role{path}{name}")),
        "AssumeRolePolicyDocument": encoded(call.required("AssumeRolePolicyDocument")?),
        "CreateDate": "2026-11-29T06:00:00Z",
        "Description": call.text("Description"),
        "MaxSessionDuration": call.text("MaxSessionDuration").unwrap_or("3600"),
        "Path": path,
        "RoleId": format!("AROA{id}"),
        "RoleName": name,
    });
    let tags = tags(&call.tree()["Tags"]);
    let made = Role { settings, tags, ..Role::default() };
    let shown = shown(&made);
    region.account.roles.insert(name, made);
    Ok(Reply::Query(Xml::default().node("Role", shown)))
}

fn tag_list(role: &Role) -> Xml {
    let tag = |(key, value): (&String, &String)| Xml::default().text("Key", key).text("Value", value);
    Xml::default().list("Tags", role.tags.iter().map(tag))
}

fn shown(role: &Role) -> Xml {
    Xml::tree(&role.settings).and(tag_list(role))
}

fn delete(region: &mut Region, call: &Call) -> Outcome {
    let found = role(region, call)?;
    if !found.attached.is_empty() || !found.policies.is_empty() {
        let text = "Cannot delete entity, must detach all policies first.".to_owned();
        return Err(AwsError { status: 409, code: "DeleteConflict".to_owned(), message: text });
    }
    region.account.roles.remove(call.required("RoleName")?);
    Ok(Reply::Query(Xml::default()))
}

fn of_role(role: &mut Role, call: &Call) -> Result<Xml, AwsError> {
    let whole = |xml: Xml| xml.text("IsTruncated", "false");
    match call.operation.as_str() {
        "GetRole" => return Ok(Xml::default().node("Role", shown(role))),
        "UpdateRole" | "UpdateRoleDescription" => {
            for name in ["Description", "MaxSessionDuration"] {
                if let Some(text) = call.text(name) {
                    role.settings[name] = json!(text);
                }
            }
        }
        "UpdateAssumeRolePolicy" => {
            role.settings["AssumeRolePolicyDocument"] = json!(encoded(call.required("PolicyDocument")?));
        }
        "TagRole" => role.tags.extend(tags(&call.tree()["Tags"])),
        "UntagRole" => role.tags.retain(|key, _| !call.list("TagKeys").contains(key)),
        "ListRoleTags" => return Ok(whole(tag_list(role))),
        "PutRolePolicy" => {
            let document = encoded(call.required("PolicyDocument")?);
            role.policies.insert(call.required("PolicyName")?.to_owned(), document);
        }
        "GetRolePolicy" => {
            let name = call.required("PolicyName")?;
            let text = format!("The role policy with name {name} cannot be found.");
            let document = role.policies.get(name).ok_or_else(|| no_entity(text))?;
            let xml = Xml::default().text("RoleName", call.required("RoleName")?).text("PolicyName", name);
            return Ok(xml.text("PolicyDocument", document));
        }
        "DeleteRolePolicy" => {
            let name = call.required("PolicyName")?;
            let text = format!("The role policy with name {name} cannot be found.");
            role.policies.remove(name).ok_or_else(|| no_entity(text))?;
        }
        "ListRolePolicies" => {
            let names = role.policies.keys().map(|name| Xml(name.clone()));
            return Ok(whole(Xml::default().list("PolicyNames", names)));
        }
        "AttachRolePolicy" => {
            let arn = call.required("PolicyArn")?.to_owned();
            role.attached.retain(|found| *found != arn);
            role.attached.push(arn);
        }
        "DetachRolePolicy" => {
            let arn = call.required("PolicyArn")?;
            if !role.attached.iter().any(|found| found == arn) {
                return Err(no_entity(format!("Policy {arn} was not found.")));
            }
            role.attached.retain(|found| found != arn);
        }
        "ListAttachedRolePolicies" => {
            let attached = role.attached.iter().map(|arn| {
                let name = arn.rsplit('/').next().unwrap_or_default();
                Xml::default().text("PolicyArn", arn).text("PolicyName", name)
            });
            return Ok(whole(Xml::default().list("AttachedPolicies", attached)));
        }
        _ => return Ok(whole(Xml::default().list("InstanceProfiles", std::iter::empty()))),
    }
    Ok(Xml::default())
}

fn policy(region: &mut Region, call: &Call) -> Outcome {
    if call.operation == "CreatePolicy" {
        let name = call.required("PolicyName")?;
        let path = call.text("Path").unwrap_or("/");
        let arn = region.arn_of("iam", &format!("policy{path}{name}"));
        let made = json!({
            "Arn": arn, "PolicyName": name, "Path": path, "DefaultVersionId": "v1", "AttachmentCount": "0",
            "CreateDate": "2026-11-29T06:00:00Z", "UpdateDate": "2026-11-29T06:00:00Z", "IsAttachable": "true",
            "PolicyId": format!("ANPA{}", region.next_id().to_uppercase()),
            "Description": call.text("Description"),
            "Document": encoded(call.required("PolicyDocument")?),
            "Tags": call.tree()["Tags"].as_array().cloned().unwrap_or_default(),
        });
        region.account.policies.insert(arn.clone(), made);
        return Ok(Reply::Query(
            Xml::default().node("Policy", Xml::tree(&super::without(&region.account.policies[&arn], &["Document"]))),
        ));
    }
    let arn = call.required("PolicyArn")?;
    let text = format!("Policy {arn} was not found.");
    let found = region.account.policies.get(arn).ok_or_else(|| no_entity(text))?;
    let version = json!({"VersionId": "v1", "IsDefaultVersion": "true", "CreateDate": found["CreateDate"]});
    let answer = match call.operation.as_str() {
        "GetPolicy" => Xml::default().node("Policy", Xml::tree(&super::without(found, &["Document"]))),
        "GetPolicyVersion" => {
            let version = Xml::tree(&version).and(Xml::tree(&json!({"Document": found["Document"]})));
            Xml::default().node("PolicyVersion", version)
        }
        "ListPolicyVersions" => {
            Xml::default().list("Versions", std::iter::once(Xml::tree(&version))).text("IsTruncated", "false")
        }
        _ => {
            region.account.policies.remove(arn);
            Xml::default()
        }
    };
    Ok(Reply::Query(answer))
}
