//! Attributes of load balancers, listeners and target groups: what was set over what AWS starts with (Elastic Load
//! Balancing API reference, LoadBalancerAttribute, ListenerAttribute, TargetGroupAttribute; cdkrd-elbv2-targetgroup-green).

use super::tags::missing;
use super::{Outcome, Reply};
use crate::state::Region;
use crate::wire::{AwsError, Call, Xml, tags};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const APPLICATION: [(&str, &str); 22] = [
    ("access_logs.s3.enabled", "false"),
    ("access_logs.s3.bucket", ""),
    ("access_logs.s3.prefix", ""),
    ("connection_logs.s3.enabled", "false"),
    ("connection_logs.s3.bucket", ""),
    ("connection_logs.s3.prefix", ""),
    ("client_keep_alive.seconds", "3600"),
    ("deletion_protection.enabled", "false"),
    ("idle_timeout.timeout_seconds", "60"),
    ("ipv6.deny_all_igw_traffic", "false"),
    ("load_balancing.cross_zone.enabled", "true"),
    ("routing.http.desync_mitigation_mode", "defensive"),
    ("routing.http.drop_invalid_header_fields.enabled", "false"),
    ("routing.http.preserve_host_header.enabled", "false"),
    ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"),
    ("routing.http.xff_client_port.enabled", "false"),
    ("routing.http.xff_header_processing.mode", "append"),
    ("routing.http2.enabled", "true"),
    ("waf.fail_open.enabled", "false"),
    ("zonal_shift.config.enabled", "false"),
    ("health_check_logs.s3.enabled", "false"),
    ("health_check_logs.s3.bucket", ""),
];

const NETWORK: [(&str, &str); 8] = [
    ("access_logs.s3.enabled", "false"),
    ("access_logs.s3.bucket", ""),
    ("access_logs.s3.prefix", ""),
    ("deletion_protection.enabled", "false"),
    ("dns_record.client_routing_policy", "any_availability_zone"),
    ("ipv6.deny_all_igw_traffic", "false"),
    ("load_balancing.cross_zone.enabled", "false"),
    ("zonal_shift.config.enabled", "false"),
];

const HTTP_GROUP: [(&str, &str); 14] = [
    ("deregistration_delay.timeout_seconds", "300"),
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ("load_balancing.algorithm.type", "round_robin"),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
    ("slow_start.duration_seconds", "0"),
    ("stickiness.app_cookie.cookie_name", ""),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("stickiness.enabled", "false"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("stickiness.type", "lb_cookie"),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
];

const TCP_GROUP: [(&str, &str); 13] = [
    ("deregistration_delay.connection_termination.enabled", "false"),
    ("deregistration_delay.timeout_seconds", "300"),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
    ("preserve_client_ip.enabled", "false"),
    ("proxy_protocol_v2.enabled", "false"),
    ("stickiness.enabled", "false"),
    ("stickiness.type", "source_ip"),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
    ("target_health_state.unhealthy.connection_termination.enabled", "true"),
    ("target_health_state.unhealthy.draining_interval_seconds", "0"),
];

const HTTP_LISTENER: [(&str, &str); 13] = [
    ("routing.http.response.access_control_allow_credentials.header_value", ""),
    ("routing.http.response.access_control_allow_headers.header_value", ""),
    ("routing.http.response.access_control_allow_methods.header_value", ""),
    ("routing.http.response.access_control_allow_origin.header_value", ""),
    ("routing.http.response.access_control_expose_headers.header_value", ""),
    ("routing.http.response.access_control_max_age.header_value", ""),
    ("routing.http.response.content_security_policy.header_value", ""),
    ("routing.http.response.server.enabled", "true"),
    ("routing.http.response.strict_transport_security.header_value", ""),
    ("routing.http.response.x_content_type_options.header_value", ""),
    ("routing.http.response.x_frame_options.header_value", ""),
    ("routing.http.request.x_amzn_tls_version.header_name", ""),
    ("routing.http.request.x_amzn_tls_cipher_suite.header_name", ""),
];

const TCP_LISTENER: [(&str, &str); 1] = [("tcp.idle_timeout.seconds", "350")];

/// The attributes of a thing.
pub fn of(region: &Region, arn: &str) -> BTreeMap<String, String> {
    let network = arn.contains("/net/");
    let tcp = region
        .account
        .settings
        .get(arn)
        .is_some_and(|found| found["Protocol"].as_str().is_some_and(|protocol| !protocol.starts_with("HTTP")));
    let start: &[(&str, &str)] = match arn {
        _ if arn.contains(":targetgroup/") => {
            if tcp {
                &TCP_GROUP
            } else {
                &HTTP_GROUP
            }
        }
        _ if arn.contains(":loadbalancer/") => {
            if network {
                &NETWORK
            } else {
                &APPLICATION
            }
        }
        _ => {
            if network {
                &TCP_LISTENER
            } else {
                &HTTP_LISTENER
            }
        }
    };
    let start = start.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let mut found: BTreeMap<String, String> = start.collect();
    found.extend(region.account.attributes.get(arn).cloned().unwrap_or_default());
    found
}

/// Answers DescribeXAttributes and ModifyXAttributes.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    let (what, modify) = match call.operation.as_str() {
        "DescribeLoadBalancerAttributes" => ("LoadBalancerArn", false),
        "ModifyLoadBalancerAttributes" => ("LoadBalancerArn", true),
        "DescribeTargetGroupAttributes" => ("TargetGroupArn", false),
        "ModifyTargetGroupAttributes" => ("TargetGroupArn", true),
        "DescribeListenerAttributes" => ("ListenerArn", false),
        "ModifyListenerAttributes" => ("ListenerArn", true),
        _ => return None,
    };
    Some(describe(region, call, what, modify))
}

fn describe(region: &mut Region, call: &Call, what: &str, modify: bool) -> Outcome {
    let arn = call.required(what)?.to_owned();
    if let Some(missing) = missing(region, &arn) {
        return Err(missing);
    }
    if modify {
        let given = tags(&call.tree()["Attributes"]);
        let known = of(region, &arn);
        if let Some(unknown) = given.keys().find(|key| !known.contains_key(*key)) {
            let text = format!("{} attribute key '{unknown}' is not recognized", what.trim_end_matches("Arn"));
            return Err(AwsError::new("ValidationError", text));
        }
        region.account.attributes.entry(arn.clone()).or_default().extend(given);
    }
    let list: Vec<Value> = of(region, &arn).iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(Reply::Query(Xml::default().node("Attributes", Xml::tree(&json!(list)))))
}
