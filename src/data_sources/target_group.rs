//! `ecslive_target_group`: the target group that serves production, with the weights of its listener.

use super::lookup::{Address, Lookup};
use super::{answer, names, timeouts};
use crate::framework::{Attributes, DataSource};
use crate::live::Clients;
use crate::live::target_group::{OnShift, TargetGroupQuestion};
use crate::resolve::arn::{ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
use crate::resolve::target_group::{Entry, Query};
use crate::tf::config::{self, Arg, Argument, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostics, Type};

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
            route: names::parse(fields, "production_listener_rule_arn", RouteArn::parse),
            listener: names::parse(fields, "listener_arn", ListenerArn::parse),
            load_balancer: names::parse(fields, "load_balancer_arn", LoadBalancerArn::parse),
            candidates: names::parse_all(fields, "target_group_arns", TargetGroupArn::parse),
            verify: fields.arg("verify_listener"),
            on_shift: fields.parse("on_traffic_shift", on_shift),
            lookup: Lookup::config(fields),
        }
    }

    fn validate(config: &Config) -> Diagnostics {
        let mut diagnostics = config.address.validate();
        let entries = [
            Argument::new("production_listener_rule_arn", &config.route),
            Argument::new("listener_arn", &config.listener),
            Argument::new("load_balancer_arn", &config.load_balancer),
        ];
        let why = "both say where production traffic comes in. Keep one: the rule, the listener above it, or the load \
                   balancer above that.";
        diagnostics.extend(config::at_most_one(&entries, why));
        if config.verify.known() == Some(&false) {
            let verify = Argument::new("verify_listener", &config.verify);
            let why = "is only looked at when the listener is verified. Remove one of the two.";
            diagnostics.extend(config::excludes(verify, &entries, why));
        }
        diagnostics
    }

    async fn read(clients: &Clients, config: Config, schema: &Block) -> Result<Attributes, Diagnostics> {
        let route = config.route.optional("production_listener_rule_arn")?.map(Entry::Route);
        let listener = config.listener.optional("listener_arn")?.map(Entry::Listener);
        let load_balancer = config.load_balancer.optional("load_balancer_arn")?.map(Entry::LoadBalancer);
        let candidates = config.candidates.optional("target_group_arns")?.unwrap_or_default();
        let question = TargetGroupQuestion {
            address: config.address.known()?,
            query: Query {
                container_name: config.container_name.optional("container_name")?,
                container_port: config.container_port.optional("container_port")?,
                entry: route.or(listener).or(load_balancer),
                candidates: candidates.into_iter().collect(),
                unverified: config.verify.optional("verify_listener")? == Some(false),
            },
            on_shift: config.on_shift.optional("on_traffic_shift")?.unwrap_or_default(),
            place: config.lookup.place()?,
        };
        answer::ask(clients, schema, &question).await
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
            .describe(
                "Target groups of this service. Any other answer is refused. Give them: with `allow_missing`, the weights of \
                 the rules that forward to them are given even when no such service is found, so that a wrong name moves \
                 no traffic.",
            ),
        Attribute::bool("verify_listener").optional().describe(
            "Whether to compare what ECS says with what the listener does. Defaults to `true`. With `false` the word of \
             ECS and CodeDeploy is taken alone, where they know it: the weights are 100 for the live target group and \
             `verified` is `false`. What is only configured is never given as live, and under `EXTERNAL` the listener \
             is the only one that knows.",
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
        Attribute::string("target_group_arn").computed().describe(
            "ARN of the target group that serves production; null for a service without a load balancer, and where \
             the route has weights for target groups of other services only.",
        ),
        Attribute::string("target_group_name").computed().describe("Its name."),
        Attribute::string("target_group_arn_suffix")
            .computed()
            .describe("Its value of the CloudWatch dimension `TargetGroup`."),
        Attribute::string("standby_target_group_arn")
            .computed()
            .describe("ARN of the other target group of the pair; null when it is not known."),
        Attribute::map("target_group_weights", Type::Number).computed().describe(
            "Weight (0 to 999) by target group ARN, as the listener has it, so that writing it back changes nothing. Where \
             a rule, listener, load balancer or `target_group_arns` is given, these are what the route holds even if \
             there is no such service.",
        ),
        Attribute::bool("stickiness_enabled")
            .computed()
            .describe("Whether the forward action keeps clients on one target group; null when not verified."),
        Attribute::number("stickiness_duration").computed().describe("For how many seconds; null when it does not."),
        Attribute::bool("deployment_in_progress")
            .computed()
            .describe("Whether a deployment is under way; null when AWS does not say it."),
        Attribute::bool("verified").computed().describe("Whether the listener was asked."),
        Attribute::string("decided_by").computed().describe(
            "Which fact decided: `service`, `task_set`, `service_revision`, `deployment` (CodeDeploy's traffic weights) or `listener` \
             (its weights, where ECS does not know or lags behind).",
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
