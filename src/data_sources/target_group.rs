//! `ecslive_target_group`: the target group that serves production, with the weights of its listener.

use super::explain::Subject;
use super::lookup::{Address, Lookup, same_region};
use super::timeouts;
use crate::aws::{Clients, Error, ErrorKind, Inquiry};
use crate::framework::{Attributes, DataSource};
use crate::resolve::Refusal;
use crate::resolve::arn::{ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
use crate::resolve::name::Named;
use crate::resolve::target_group::{Answer, DecidedBy, Entry, Query};
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostic, Diagnostics, Path, Type, Value};
use tokio::time::Instant;

/// The data source.
pub struct TargetGroupDataSource;

/// The configuration.
pub struct Config {
    address: Address,
    lookup: Lookup,
    container_name: Arg<String>,
    container_port: Arg<u16>,
    route: Arg<RouteArn>,
    listener: Arg<ListenerArn>,
    load_balancer: Arg<LoadBalancerArn>,
    candidates: Arg<Vec<TargetGroupArn>>,
    verify: Arg<bool>,
    on_shift: Arg<OnShift>,
}

/// What to do when traffic has no single destination at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnShift {
    Error,
    Wait,
    Allow,
}

impl DataSource<Clients> for TargetGroupDataSource {
    type Config = Config;

    const NAME: &'static str = "target_group";

    fn schema() -> Block {
        let mut attributes = Address::attributes();
        attributes.extend(arguments());
        attributes.extend(Lookup::attributes("the service"));
        attributes.extend(results());
        Block::new(attributes)
            .describe(
                "The target group that serves the production traffic of a service, the one that stands by, and the \
                 weights of the listener. The answer is the truth or an error with reasons, never a guess.",
            )
            .with_block(timeouts::block())
    }

    fn config(fields: &mut Fields) -> Config {
        Config {
            address: Address::config(fields),
            container_name: fields.arg("container_name"),
            container_port: fields.arg("container_port"),
            route: fields.parse("production_listener_rule_arn", RouteArn::parse),
            listener: fields.parse("listener_arn", ListenerArn::parse),
            load_balancer: fields.parse("load_balancer_arn", LoadBalancerArn::parse),
            candidates: fields.parse_all("target_group_arns", TargetGroupArn::parse),
            verify: fields.arg("verify_listener"),
            on_shift: fields.parse("on_traffic_shift", on_shift),
            lookup: Lookup::config(fields),
        }
    }

    fn validate(config: &Config) -> Diagnostics {
        let mut diagnostics = config.address.validate();
        let entries = [
            ("production_listener_rule_arn", config.route.is_null()),
            ("listener_arn", config.listener.is_null()),
            ("load_balancer_arn", config.load_balancer.is_null()),
        ];
        let given: Vec<&str> = entries.iter().filter(|(_, null)| !null).map(|(name, _)| *name).collect();
        diagnostics.extend(given.iter().skip(1).map(|name| {
            let detail = format!(
                "{name} and {} both say where production traffic comes in. Keep one: the rule, the listener above it, \
                 or the load balancer above that.",
                given[0]
            );
            Diagnostic::error("Conflicting Arguments", detail).at(Path::attribute(*name))
        }));
        if config.verify.known() == Some(&false) && !given.is_empty() {
            let detail =
                format!("{} is only looked at when the listener is verified. Remove one of the two.", given[0]);
            diagnostics
                .extend([Diagnostic::error("Conflicting Arguments", detail).at(Path::attribute("verify_listener"))]);
        }
        diagnostics
    }

    async fn read(clients: &Clients, config: Config) -> Result<Attributes, Diagnostics> {
        let cluster = config.address.cluster.required("cluster")?;
        let service = config.address.service.required("service_name")?;
        let route = config.route.optional("production_listener_rule_arn")?;
        let listener = config.listener.optional("listener_arn")?;
        let load_balancer = config.load_balancer.optional("load_balancer_arn")?;
        let entry = route.map(Entry::Route).or(listener.map(Entry::Listener));
        let query = Query {
            container_name: config.container_name.optional("container_name")?,
            container_port: config.container_port.optional("container_port")?,
            entry: entry.or(load_balancer.map(Entry::LoadBalancer)),
            candidates: config.candidates.optional("target_group_arns")?.unwrap_or_default().into_iter().collect(),
            verify: config.verify.optional("verify_listener")?,
        };
        let on_shift = config.on_shift.optional("on_traffic_shift")?.unwrap_or(OnShift::Error);
        let scope = config.lookup.scope()?.about([("Cluster", cluster.name()), ("Service", service.name())]);
        let read = async {
            let regional = scope.regional(clients).await?;
            let entry = query.entry.as_ref().map(|entry| (entry_attribute(entry), Some(entry.arn())));
            let candidates = query.candidates.iter().map(|group| ("target_group_arns", Some(group.arn())));
            let mut arns = vec![("cluster", cluster.arn()), ("service_name", service.arn())];
            arns.extend(entry.into_iter().chain(candidates));
            same_region(&regional, &arns)?;
            let begun = Instant::now();
            let deadline = (on_shift == OnShift::Wait).then(|| begun + timeouts::limit(scope.timeout));
            let subject = || {
                let subject = Subject::service(&cluster, &service, &regional);
                let entry = query.entry.iter().map(|entry| ("Searched", entry.arn().as_str()));
                let subject = entry.fold(subject, |subject, (label, arn)| subject.with(label, arn));
                let waited = deadline.map(|_| format!("{}s", begun.elapsed().as_secs()));
                waited.into_iter().fold(subject, |subject, waited| subject.with("Waited", waited))
            };
            let absent = || Attributes::absent(&Self::schema()).with("found", false);
            let inquiry = regional.live_target_group(&cluster, &service, &query, deadline).await;
            let failed = |error: Error| match error.kind {
                ErrorKind::NotFound => at_entry(&query, subject().failed(&error)),
                _ => subject().failed(&error),
            };
            let attributes = match inquiry.map_err(failed)? {
                Inquiry::Answer(_, answer) => match &answer.live {
                    Err(unsettled) if on_shift != OnShift::Allow => {
                        return Err(subject().refused(unsettled.explain(&answer, deadline.is_some())));
                    }
                    _ => state(&answer),
                },
                Inquiry::Refused(Refusal::NoLoadBalancer) if scope.allow_missing => absent(),
                Inquiry::NoService | Inquiry::NoCluster if scope.allow_missing => absent(),
                inquiry @ Inquiry::Refused(Refusal::NoRoute | Refusal::NotOneForward { .. }) => {
                    return Err(at_entry(&query, subject().unanswered(&inquiry, "service_name")));
                }
                inquiry => return Err(subject().unanswered(&inquiry, "service_name")),
            };
            Ok(attributes.with("region", regional.name.as_str()))
        };
        timeouts::within(&scope, read).await
    }
}

fn arguments() -> Vec<Attribute> {
    vec![
        Attribute::string("container_name")
            .optional()
            .describe("Container whose load balancer entry is meant. Needed when the service has several."),
        Attribute::number("container_port")
            .optional()
            .describe("Container port whose load balancer entry is meant. Needed when the service has several."),
        Attribute::string("listener_arn").optional().describe(
            "Listener on which production traffic comes in. Set it when the answer feeds a rule of this listener.",
        ),
        Attribute::string("load_balancer_arn").optional().describe(
            "Load balancer on which production traffic comes in. Set it when the answer feeds a default action.",
        ),
        Attribute::string("production_listener_rule_arn").optional_computed().describe(
            "Rule, or listener for its default action, that carries production traffic. Do not set it to the rule \
             that the answer feeds: that is a cycle. Computed when a single rule decided.",
        ),
        Attribute::set("target_group_arns", Type::String)
            .optional()
            .describe("Target groups of this service. Any other answer is refused."),
        Attribute::bool("verify_listener").optional().describe(
            "Whether to compare what ECS says with what the listener does. Defaults to `true`; for rolling services \
             that name no second target group, so that the only one cannot be the wrong one, and under EXTERNAL, where nobody names the listener, to \
             whether a listener, rule or load balancer is given. \
             With `false` the weights are 100 for the live target group and `verified` is `false`.",
        ),
        Attribute::string("on_traffic_shift").optional().describe(
            "What to do while traffic is split, while ECS and the listener disagree, or while a rollback runs: \
             `\"error\"` (default); `\"wait\"` until it has settled, within `timeouts.read`; or `\"allow\"`, which \
             leaves `target_group_arn` null and fills the weights.",
        ),
    ]
}

fn results() -> Vec<Attribute> {
    vec![
        Attribute::string("target_group_arn").computed().describe("ARN of the target group that serves production."),
        Attribute::string("target_group_name").computed().describe("Its name."),
        Attribute::string("target_group_arn_suffix")
            .computed()
            .describe("Its value of the CloudWatch dimension `TargetGroup`."),
        Attribute::string("standby_target_group_arn")
            .computed()
            .describe("ARN of the other target group of the pair; null when it is not known."),
        Attribute::map("target_group_weights", Type::Number).computed().describe(
            "Weight (0 to 999) by target group ARN, as the listener has it, so that writing it back changes nothing.",
        ),
        Attribute::bool("stickiness_enabled")
            .computed()
            .describe("Whether the forward action keeps clients on one target group; null when not verified."),
        Attribute::number("stickiness_duration").computed().describe("For how many seconds; null when it does not."),
        Attribute::bool("deployment_in_progress")
            .computed()
            .describe("Whether a deployment is under way, or waits to clean up."),
        Attribute::bool("verified").computed().describe("Whether the listener was asked and agrees."),
        Attribute::string("decided_by").computed().describe(
            "Which fact decided: `service`, `task_set`, `service_revision`, `deployment` (CodeDeploy's traffic weights) or `listener` \
             (its weights, against a control plane that lags behind).",
        ),
    ]
}

fn on_shift(text: &str) -> Result<OnShift, String> {
    match text {
        "error" => Ok(OnShift::Error),
        "wait" => Ok(OnShift::Wait),
        "allow" => Ok(OnShift::Allow),
        other => Err(format!("{other:?} is none of \"error\", \"wait\" and \"allow\"")),
    }
}

/// The argument that says where production traffic comes in is to blame, if there is one.
fn at_entry(query: &Query, diagnostics: Diagnostics) -> Diagnostics {
    let attribute = query.entry.as_ref().map(|entry| Path::attribute(entry_attribute(entry)));
    let blame = |diagnostic: Diagnostic| match &attribute {
        Some(attribute) => diagnostic.at(attribute.clone()),
        None => diagnostic,
    };
    diagnostics.into_iter().map(blame).collect()
}

fn entry_attribute(entry: &Entry) -> &'static str {
    match entry {
        Entry::Route(_) => "production_listener_rule_arn",
        Entry::Listener(_) => "listener_arn",
        Entry::LoadBalancer(_) => "load_balancer_arn",
    }
}

fn state(answer: &Answer) -> Attributes {
    let live = answer.live.as_ref().ok();
    let decided_by = match answer.decided_by {
        DecidedBy::Service => "service",
        DecidedBy::TaskSet => "task_set",
        DecidedBy::ServiceRevision => "service_revision",
        DecidedBy::Deployment => "deployment",
        DecidedBy::Listener => "listener",
    };
    let weights = answer.forward.weights.iter();
    let weights = weights.map(|(group, weight)| (group.to_string(), Value::from(i64::from(*weight))));
    Attributes::new([
        ("found", true.into()),
        ("target_group_arn", live.map(TargetGroupArn::as_str).into()),
        ("target_group_name", live.map(TargetGroupArn::name).into()),
        ("target_group_arn_suffix", live.map(TargetGroupArn::suffix).into()),
        ("standby_target_group_arn", answer.standby.as_ref().map(TargetGroupArn::as_str).into()),
        ("target_group_weights", Value::map(weights)),
        ("stickiness_enabled", answer.verified.then_some(answer.forward.stickiness.is_some()).into()),
        ("stickiness_duration", answer.forward.stickiness.into()),
        ("production_listener_rule_arn", answer.route.as_ref().map(RouteArn::as_str).into()),
        ("deployment_in_progress", answer.in_progress.into()),
        ("verified", answer.verified.into()),
        ("decided_by", Value::from(live.map(|_| decided_by))),
    ])
}
