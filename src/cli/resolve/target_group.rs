//! `ecslive resolve target-group`.

use super::Watching;
use super::deployment;
use super::paint::Paint;
use super::place::{Address, Place};
use super::screen::{Screen, bar, name_of};
use crate::live::deployment::Deployment;
use crate::live::target_group::{OnShift, TargetGroup, TargetGroupQuestion};
use crate::resolve::arn::{ListenerArn, LoadBalancerArn, NameError, RouteArn, TargetGroupArn};
use crate::resolve::target_group::{Entry, Query};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;

/// The arguments.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    address: Address,
    /// Container whose load balancer entry is meant, when the service has several
    #[arg(long, value_name = "NAME")]
    container_name: Option<String>,
    /// Container port whose load balancer entry is meant, when the service has several
    #[arg(long, value_name = "PORT")]
    container_port: Option<u16>,
    /// Listener on which production traffic comes in
    #[arg(long, value_name = "ARN", value_parser = listener, group = "entry")]
    listener_arn: Option<ListenerArn>,
    /// Load balancer on which production traffic comes in
    #[arg(long, value_name = "ARN", value_parser = load_balancer, group = "entry")]
    load_balancer_arn: Option<LoadBalancerArn>,
    /// Rule, or listener for its default action, that carries production traffic
    #[arg(long, value_name = "ARN", value_parser = route, group = "entry")]
    production_listener_rule_arn: Option<RouteArn>,
    /// Target groups of this service: any other answer is refused
    #[arg(long, value_name = "ARN", value_parser = group, value_delimiter = ',')]
    target_group_arns: Vec<TargetGroupArn>,
    /// Compare what ECS says with what the listener does; this is what happens anyway
    #[arg(long, overrides_with = "no_verify_listener", hide = true)]
    verify_listener: bool,
    /// Take the word of ECS and CodeDeploy alone
    #[arg(long, conflicts_with = "entry")]
    no_verify_listener: bool,
    /// What to do while traffic is split, a rollback runs, or ECS and the listener disagree
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OnShift::Error)]
    on_traffic_shift: OnShift,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    pub watching: Watching,
}

const EXAMPLES: &str = "\
Examples:
  ecslive resolve target-group web --cluster shop
  ecslive resolve target-group web --cluster shop --format json | jq -r .target_group_arn
  ecslive resolve target-group web --cluster shop --on-traffic-shift wait --timeout 30m";

impl ValueEnum for OnShift {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Error, Self::Wait, Self::Allow]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Error => PossibleValue::new("error").help("refuse"),
            Self::Wait => PossibleValue::new("wait").help("wait until it has settled, within --timeout"),
            Self::Allow => PossibleValue::new("allow").help("answer with the weights, and without a live target group"),
        })
    }
}

impl Arguments {
    /// The question.
    pub fn question(&self) -> TargetGroupQuestion {
        let route = self.production_listener_rule_arn.clone().map(Entry::Route);
        let listener = self.listener_arn.clone().map(Entry::Listener);
        TargetGroupQuestion {
            address: self.address.live(),
            query: Query {
                container_name: self.container_name.clone(),
                container_port: self.container_port,
                entry: route.or(listener).or(self.load_balancer_arn.clone().map(Entry::LoadBalancer)),
                candidates: self.target_group_arns.iter().cloned().collect(),
                unverified: self.no_verify_listener,
            },
            on_shift: self.on_traffic_shift,
            place: self.place.live(),
        }
    }
}

fn listener(text: &str) -> Result<ListenerArn, NameError> {
    ListenerArn::parse(text)
}

fn load_balancer(text: &str) -> Result<LoadBalancerArn, NameError> {
    LoadBalancerArn::parse(text)
}

fn route(text: &str) -> Result<RouteArn, NameError> {
    RouteArn::parse(text)
}

fn group(text: &str) -> Result<TargetGroupArn, NameError> {
    TargetGroupArn::parse(text)
}

/// The answer for a person.
pub fn screen(question: &TargetGroupQuestion, answer: &TargetGroup, deployment: Option<&Deployment>) -> String {
    let paint = Paint::stdout();
    let mut screen = Screen::of(&question.address, &answer.region, paint);
    let live = answer.target_group_arn.as_deref();
    match (answer.found, live) {
        (false, _) => screen.line("service", &paint.yellow("not found")),
        (true, None) if answer.target_group_weights.is_empty() => {
            screen.line("live", "nothing: no load balancer brings requests to this service");
        }
        (true, None) => screen.line("live", &paint.yellow(answer.why_none.unwrap_or("no single target group"))),
        (true, Some(live)) => screen.named("live", live, &|name| paint.green(name)),
    }
    if let Some(standby) = answer.standby_target_group_arn.as_deref() {
        screen.named("standby", standby, &str::to_owned);
    }
    weights(&mut screen, &answer.target_group_weights, paint);
    if let Some(decided) = answer.decided_by.as_deref() {
        screen.line("decided by", decision(decided, answer.verified == Some(true)));
    }
    if let Some(route) = answer.production_listener_rule_arn.as_deref() {
        screen.line("rule", route);
    }
    match (answer.stickiness_enabled, answer.stickiness_duration) {
        (Some(true), Some(seconds)) => screen.line("stickiness", &format!("on, for {seconds} s")),
        (Some(true), None) => screen.line("stickiness", "on"),
        (Some(false), _) => screen.line("stickiness", "off"),
        (None, _) => {}
    }
    match (answer.deployment_in_progress, deployment) {
        (Some(true) | None, Some(deployment)) if deployment.found => {
            deployment::lines(&mut screen, deployment, None, paint);
        }
        (Some(true), _) => screen.line("deployment", &paint.yellow("in progress")),
        (Some(false), _) => screen.line("deployment", "none in progress"),
        (None, _) if answer.found => screen.line("deployment", "AWS does not say whether one is in progress"),
        (None, _) => {}
    }
    screen.finish()
}

/// The weights as bars, the live one first to be seen.
pub fn weights(screen: &mut Screen, weights: &BTreeMap<String, u16>, paint: Paint) {
    let whole = weights.values().copied().map(u32::from).sum::<u32>();
    for (index, (arn, weight)) in weights.iter().enumerate() {
        let bar = bar(u32::from(*weight), whole);
        let bar = if *weight > 0 { paint.green(&bar) } else { paint.dim(&bar) };
        let label = if index == 0 { "weights" } else { "" };
        screen.line(label, &format!("{bar} {weight:>3}  {}", name_of(arn)));
    }
}

/// What decided, in words.
fn decision(decided_by: &str, verified: bool) -> &'static str {
    match (decided_by, verified) {
        ("service", true) => "the service's only target group, and the listener agrees",
        ("service", false) => "the service's only target group",
        ("task_set", true) => "the PRIMARY task set, and the listener agrees",
        ("task_set", false) => "the PRIMARY task set; the listener was not asked",
        ("service_revision", true) => "the service revision that has the traffic, and the listener agrees",
        ("service_revision", false) => "the service revision that has the traffic; the listener was not asked",
        ("deployment", _) => "the traffic shares that CodeDeploy reports; the listener was not asked",
        _ => "the weights of the listener: ECS does not know, or lags behind",
    }
}
