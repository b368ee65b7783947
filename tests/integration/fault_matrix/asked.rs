//! Everything that the product asks, in states of an account in which it takes every operation.

use ecslive::aws::Clients;
use ecslive::live::deployment::DeploymentQuestion;
use ecslive::live::image::ImageQuestion;
use ecslive::live::service::ServiceQuestion;
use ecslive::live::services::ServicesQuestion;
use ecslive::live::target_group::{OnShift, TargetGroupQuestion};
use ecslive::live::task_definition::TaskDefinitionQuestion;
use ecslive::live::{self, Address, Place, Problem, Question};
use ecslive::resolve::arn::LoadBalancerArn;
use ecslive::resolve::image::Image;
use ecslive::resolve::name::{Cluster, Family, ServiceName};
use ecslive::resolve::target_group::{Entry, Query};
use fake_aws::Step::{self, Complete, Finish, Rollback, Shift, Start};
use fake_aws::{FakeAws, REGION};
use serde_json::Value;
use std::future::pending;
use std::time::Duration;

/// An account in the middle of something.
#[derive(Debug, Clone, Copy)]
pub struct State {
    /// What it is built from.
    pub scenario: &'static str,
    /// What has happened since.
    pub steps: &'static [Step],
    /// Whether the service leaves out its current deployment.
    pub unnamed: bool,
}

/// The states.
pub const STATES: [State; 8] = [
    State { scenario: "codedeploy", steps: &[], unnamed: false },
    State { scenario: "codedeploy", steps: &[Start, Shift(10)], unnamed: false },
    State { scenario: "external", steps: &[], unnamed: false },
    State { scenario: "blue-green", steps: &[], unnamed: false },
    State { scenario: "canary", steps: &[Start, Shift(10)], unnamed: false },
    State { scenario: "canary", steps: &[Start, Complete, Finish], unnamed: false },
    State { scenario: "rolling", steps: &[Start, Rollback], unnamed: false },
    State { scenario: "blue-green", steps: &[], unnamed: true },
];

impl State {
    /// An endpoint with it.
    pub fn build(self) -> FakeAws {
        let fake = FakeAws::spawn();
        fake.scenario(self.scenario);
        self.steps.iter().for_each(|step| fake.step(*step));
        if self.unnamed {
            fake.region(REGION, |region| region.service("shop", "web").current_deployment = None);
        }
        fake
    }
}

/// The questions, as data sources and subcommands of `ecslive resolve` ask them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// `ecslive_task_definition`.
    TaskDefinition,
    /// `ecslive_service`.
    Service,
    /// `ecslive_target_group`.
    TargetGroup,
    /// The same with `verify_listener = false`.
    Unverified,
    /// The same with `load_balancer_arn`.
    OfLoadBalancer,
    /// `ecslive_deployment`.
    Deployment,
    /// `ecslive_services`.
    Services,
    /// `ecslive_image`.
    Image,
}

/// All of them.
pub const ASKED: [Asked; 8] = [
    Asked::TaskDefinition,
    Asked::Service,
    Asked::TargetGroup,
    Asked::Unverified,
    Asked::OfLoadBalancer,
    Asked::Deployment,
    Asked::Services,
    Asked::Image,
];

/// What an image of every scenario is called.
pub const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1";

impl Asked {
    /// The arguments of `ecslive` that ask the same.
    pub fn command(self, fake: &FakeAws) -> Vec<String> {
        let words: &[&str] = match self {
            Self::TaskDefinition => &["task-definition", "web"],
            Self::Service => &["service", "web", "--cluster=shop"],
            Self::TargetGroup | Self::OfLoadBalancer => {
                &["target-group", "web", "--cluster=shop", "--on-traffic-shift=allow"]
            }
            Self::Unverified => {
                &["target-group", "web", "--cluster=shop", "--on-traffic-shift=allow", "--no-verify-listener"]
            }
            Self::Deployment => &["deployment", "web", "--cluster=shop"],
            Self::Services => &["services", "--cluster=shop", "--include-images"],
            Self::Image => &["image", IMAGE, "--include-platforms"],
        };
        let load_balancer = (self == Self::OfLoadBalancer).then(|| format!("--load-balancer-arn={}", balancer(fake)));
        words.iter().map(|word| (*word).to_owned()).chain(load_balancer).collect()
    }

    /// The target group of a service of this name.
    pub async fn named(name: &str, clients: &Clients) -> Result<Value, Vec<Problem>> {
        let cluster = Cluster::parse("shop").expect("a name");
        let address = Address { cluster, service: ServiceName::parse(name).expect("a name") };
        let (query, place) = (Query::default(), Place::default());
        value(clients, &TargetGroupQuestion { address, query, on_shift: OnShift::Allow, place }).await
    }

    /// The answer as JSON, or why there is none.
    pub async fn ask(
        self,
        clients: &Clients,
        fake: &FakeAws,
        timeout: Option<Duration>,
    ) -> Result<Value, Vec<Problem>> {
        let place = Place { timeout, ..Place::default() };
        let cluster = || Cluster::parse("shop").expect("a name");
        let address = || Address { cluster: cluster(), service: ServiceName::parse("web").expect("a name") };
        let target_group =
            |query| TargetGroupQuestion { address: address(), query, on_shift: OnShift::Allow, place: place.clone() };
        match self {
            Self::TaskDefinition => {
                let family = Family::parse("web").expect("a name");
                value(clients, &TaskDefinitionQuestion { family, tags: true, place }).await
            }
            Self::Service => value(clients, &ServiceQuestion { address: address(), place }).await,
            Self::TargetGroup => value(clients, &target_group(Query::default())).await,
            Self::Unverified => value(clients, &target_group(Query { unverified: true, ..Query::default() })).await,
            Self::OfLoadBalancer => {
                let arn = LoadBalancerArn::parse(&balancer(fake)).expect("an ARN");
                let entry = Some(Entry::LoadBalancer(arn));
                value(clients, &target_group(Query { entry, ..Query::default() })).await
            }
            Self::Deployment => value(clients, &DeploymentQuestion { address: address(), place }).await,
            Self::Services => {
                value(clients, &ServicesQuestion { cluster: cluster(), names: None, images: true, place }).await
            }
            Self::Image => {
                let image = Image::parse(IMAGE).expect("a reference");
                value(clients, &ImageQuestion::of(&image, true, place)?).await
            }
        }
    }
}

/// The first load balancer; a well-formed one where there is none.
fn balancer(fake: &FakeAws) -> String {
    let first = fake.region(REGION, |region| region.load_balancers.keys().next().cloned());
    first.unwrap_or_else(|| {
        format!("arn:aws:elasticloadbalancing:{REGION}:123456789012:loadbalancer/app/none/0123456789abcdef")
    })
}

async fn value<Q: Question>(clients: &Clients, question: &Q) -> Result<Value, Vec<Problem>> {
    let told = live::ask(clients, question, pending()).await?;
    Ok(serde_json::to_value(told.answer).expect("JSON"))
}
