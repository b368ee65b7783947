//! Load balancers: made, changed and deleted.

use super::{Outcome, Reply, attributes, merge, tags, without};
use crate::elbv2;
use crate::state::{ACCOUNT_ID, LoadBalancer, Region};
use crate::wire::{AwsError, Call, Xml};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateLoadBalancer" => create(region, call),
        "DeleteLoadBalancer" => delete(region, call),
        "SetSecurityGroups" | "SetSubnets" | "SetIpAddressType" => set(region, call),
        "DescribeCapacityReservation" => found(region, call).map(|_| Reply::Query(Xml::default())),
        _ => return None,
    })
}

fn create(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("Name")?.to_owned();
    if region.load_balancers.values().any(|found| found.name == name) {
        let text = format!("A load balancer with the same name '{name}' exists, but with different settings");
        return Err(AwsError::new("DuplicateLoadBalancerName", text));
    }
    let tree = call.tree();
    let given = |name: &str| tree[name].as_array().map_or(0, Vec::len);
    let network = tree["Type"] == "network";
    if given("Subnets") + given("SubnetMappings") < if network { 1 } else { 2 } {
        let text = "At least two subnets in two different Availability Zones must be specified";
        return Err(AwsError::new("ValidationError", text));
    }
    let arn = region.load_balancer(if network { "net" } else { "app" }, &name);
    tags::keep(region, &arn, &tree["Tags"]);
    region.account.settings.insert(arn.clone(), without(&tree, &["Name", "Tags"]));
    described(region, &arn)
}

fn described(region: &mut Region, arn: &str) -> Outcome {
    let call = Call::query("DescribeLoadBalancers", json!({"LoadBalancerArns.member.1": arn}));
    elbv2::answer(region, &call).map(Reply::Query)
}

fn found(region: &Region, call: &Call) -> Result<String, AwsError> {
    let arn = call.required("LoadBalancerArn")?;
    tags::missing(region, arn).map_or_else(|| Ok(arn.to_owned()), Err)
}

/// Its listeners and rules go with it. One that is not there is deleted already, as AWS says.
fn delete(region: &mut Region, call: &Call) -> Outcome {
    let arn = call.required("LoadBalancerArn")?.to_owned();
    if attributes::of(region, &arn).get("deletion_protection.enabled").is_some_and(|value| value == "true") {
        let text = format!("Load balancer '{arn}' cannot be deleted because deletion protection is enabled");
        return Err(AwsError::new("OperationNotPermitted", text));
    }
    region.load_balancers.remove(&arn);
    region.listeners.retain(|_, listener| listener.load_balancer != arn);
    let listeners = &region.listeners;
    region.rules.retain(|_, rule| listeners.contains_key(&rule.listener));
    Ok(Reply::Query(Xml::default()))
}

fn set(region: &mut Region, call: &Call) -> Outcome {
    let arn = found(region, call)?;
    let given = without(&call.tree(), &["LoadBalancerArn"]);
    if let (Some(ip), Some(found)) = (given["IpAddressType"].as_str(), region.load_balancers.get_mut(&arn)) {
        ip.clone_into(&mut found.ip);
    }
    merge(region.account.settings.entry(arn.clone()).or_default(), &given);
    let settings = &region.account.settings[&arn];
    let answer = json!({
        "SecurityGroupIds": settings["SecurityGroups"],
        "AvailabilityZones": zones(region, settings),
        "IpAddressType": settings["IpAddressType"],
    });
    Ok(Reply::Query(Xml::tree(&answer)))
}

fn zones(region: &Region, settings: &Value) -> Value {
    let subnets = settings["Subnets"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mapped = settings["SubnetMappings"].as_array().into_iter().flatten();
    let mapped = mapped.filter_map(|mapping| mapping["SubnetId"].as_str());
    let zone = |(index, subnet): (usize, &str)| {
        let letter = char::from(b'a' + u8::try_from(index % 3).unwrap_or(0));
        json!({"ZoneName": format!("{}{letter}", region.name), "SubnetId": subnet, "LoadBalancerAddresses": []})
    };
    subnets.chain(mapped).enumerate().map(zone).collect()
}

/// What DescribeLoadBalancers says beyond what every load balancer here has.
pub(crate) fn load_balancer_settings(region: &Region, arn: &str, found: &LoadBalancer) -> Xml {
    let Some(settings) = region.account.settings.get(arn) else { return Xml::default() };
    let id = arn.rsplit('/').next().unwrap_or_default();
    Xml::tree(&json!({
        "AvailabilityZones": zones(region, settings),
        "CanonicalHostedZoneId": "Z32O12XQLNTSW2",
        "CreatedTime": "2026-11-29T06:00:00.000Z",
        "DNSName": format!("{}-{id}.{}.elb.amazonaws.com", found.name, region.name),
        "Scheme": settings["Scheme"].as_str().unwrap_or("internet-facing"),
        "SecurityGroups": settings["SecurityGroups"].as_array().cloned().unwrap_or_default(),
        "VpcId": format!("vpc-{:.8}", ACCOUNT_ID),
    }))
}
