//! STS: who somebody is, and credentials of roles that tell which role they are for.

use crate::state::{ACCOUNT_ID, Region};
use crate::wire::{AwsError, Call, Xml};

/// A call that comes without a signature.
pub fn is_unsigned(call: &Call) -> bool {
    call.service == "sts" && call.operation == "AssumeRoleWithWebIdentity"
}

/// Answers a call.
pub fn answer(region: &Region, access_key: &str, call: &Call) -> Result<Xml, AwsError> {
    match call.operation.as_str() {
        "GetCallerIdentity" => {
            let (account, name) = owner(access_key);
            let arn = format!("arn:{}:iam::{account}:{name}", region.partition());
            Ok(Xml::default().text("Arn", &arn).text("UserId", "AIDAFAKE").text("Account", account))
        }
        "AssumeRole" => assume(call),
        "AssumeRoleWithWebIdentity" => {
            call.required("WebIdentityToken")?;
            assume(call)
        }
        other => Err(AwsError::new("InvalidAction", format!("The action {other} is not valid."))),
    }
}

/// Credentials of a role. The access key id says which: `ASIA-ACCOUNT-NAME`.
fn assume(call: &Call) -> Result<Xml, AwsError> {
    let arn = call.required("RoleArn")?;
    let session = call.required("RoleSessionName")?;
    let invalid = || AwsError::new("ValidationError", format!("{arn} is invalid"));
    let mut parts = arn.splitn(6, ':').skip(4);
    let (account, resource) = parts.next().zip(parts.next()).ok_or_else(invalid)?;
    let name = resource.strip_prefix("role/").ok_or_else(invalid)?;
    let credentials = Xml::default()
        .text("AccessKeyId", &format!("ASIA-{account}-{name}"))
        .text("SecretAccessKey", &format!("secret-of-{name}"))
        .text("SessionToken", &format!("token-of-{name}"))
        .text("Expiration", "2099-01-01T00:00:00Z");
    let user = Xml::default()
        .text("AssumedRoleId", &format!("AROAFAKE:{session}"))
        .text("Arn", &format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"));
    Ok(Xml::default().node("Credentials", credentials).node("AssumedRoleUser", user))
}

/// The account and the principal behind an access key.
fn owner(access_key: &str) -> (&str, String) {
    let role = access_key.strip_prefix("ASIA-").and_then(|rest| rest.split_once('-'));
    role.map_or((ACCOUNT_ID, "user/fake".to_owned()), |(account, name)| (account, format!("role/{name}")))
}
