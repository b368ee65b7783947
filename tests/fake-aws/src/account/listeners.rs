//! Listeners: made, changed and deleted.

use super::{Outcome, Reply, merge, tags, without};
use crate::elbv2;
use crate::state::{Action, Region};
use crate::wire::{AwsError, Call, Xml};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateListener" => create(region, call),
        "DeleteListener" => delete(region, call),
        _ => return None,
    })
}

fn create(region: &mut Region, call: &Call) -> Outcome {
    let balancer = call.required("LoadBalancerArn")?.to_owned();
    if let Some(missing) = tags::missing(region, &balancer) {
        return Err(missing);
    }
    let port = call.required("Port")?.parse();
    let port = port.map_err(|_| AwsError::new("ValidationError", "Port is not a number"))?;
    if region.listeners.values().any(|found| found.load_balancer == balancer && found.port == port) {
        let text = format!("A listener already exists on this port for this load balancer '{balancer}'");
        return Err(AwsError::new("DuplicateListener", text));
    }
    let tree = call.tree();
    if ["HTTPS", "TLS"].contains(&tree["Protocol"].as_str().unwrap_or_default()) && tree["Certificates"].is_null() {
        return Err(AwsError::new("ValidationError", "A certificate must be specified for HTTPS listeners"));
    }
    let action = elbv2::action(region, call, "DefaultActions")?;
    one_load_balancer(region, &balancer, &action)?;
    let arn = region.listener(&balancer, port, action);
    tags::keep(region, &arn, &tree["Tags"]);
    region.account.settings.insert(arn.clone(), without(&tree, &["LoadBalancerArn", "Tags"]));
    let call = Call::query("DescribeListeners", json!({"ListenerArns.member.1": arn}));
    elbv2::answer(region, &call).map(Reply::Query)
}

/// A target group belongs to one load balancer.
pub fn one_load_balancer(region: &Region, balancer: &str, action: &Action) -> Result<(), AwsError> {
    let Action::Forward { weights, .. } = action else { return Ok(()) };
    let attached = elbv2::attachments(region);
    let elsewhere = |group: &str| {
        let balancers = attached.get(group).into_iter().flatten();
        balancers.copied().any(|found| found != balancer)
    };
    if weights.iter().any(|(group, _)| elsewhere(group)) {
        let text = "The following target groups cannot be associated with more than one load balancer";
        return Err(AwsError::new("TargetGroupAssociationLimit", text));
    }
    Ok(())
}

/// Its rules go with it.
fn delete(region: &mut Region, call: &Call) -> Outcome {
    let arn = call.required("ListenerArn")?.to_owned();
    if let Some(missing) = tags::missing(region, &arn) {
        return Err(missing);
    }
    region.listeners.remove(&arn);
    region.rules.retain(|_, rule| rule.listener != arn);
    Ok(Reply::Query(Xml::default()))
}

/// Keeps what ModifyListener changes besides the action.
pub(crate) fn modified(region: &mut Region, arn: &str, tree: &Value) {
    let given = without(tree, &["ListenerArn", "DefaultActions"]);
    if let (Some(port), Some(found)) = (given["Port"].as_str(), region.listeners.get_mut(arn)) {
        found.port = port.parse().unwrap_or(found.port);
    }
    let actions = &tree["DefaultActions"];
    if let Some(settings) = region.account.settings.get_mut(arn) {
        merge(settings, &given);
        if !actions.is_null() {
            settings["DefaultActions"] = actions.clone();
        }
    }
}

/// What DescribeListeners says beyond ARNs, port and actions.
pub(crate) fn listener_settings(region: &Region, arn: &str, network: bool) -> Xml {
    let Some(settings) = region.account.settings.get(arn) else {
        return Xml::default().text("Protocol", if network { "TCP" } else { "HTTPS" });
    };
    let mut settings = without(settings, &["Port", "DefaultActions"]);
    if settings["Protocol"] == "HTTPS" || settings["Protocol"] == "TLS" {
        let policy = settings["SslPolicy"].as_str().unwrap_or("ELBSecurityPolicy-2016-08").to_owned();
        settings["SslPolicy"] = json!(policy);
    }
    if settings["Protocol"] == "HTTPS" && settings["MutualAuthentication"].is_null() {
        settings["MutualAuthentication"] = json!({"Mode": "off"});
    }
    Xml::tree(&settings)
}

/// The settings of an action that is no forward, as the request had them.
pub(crate) fn action_settings(region: &Region, arn: &str) -> Option<Xml> {
    let settings = region.account.settings.get(arn)?;
    let actions = [&settings["DefaultActions"], &settings["Actions"]].into_iter().find(|list| !list.is_null())?;
    Some(Xml::tree(actions.as_array()?.last()?))
}
