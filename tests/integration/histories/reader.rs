//! Asks the questions of the product about an account as it stands, through its own access to AWS.

use super::answers::{Answers, Group};
use ecslive::aws::{Clients, Inquiry, Since};
use ecslive::live::deployment::DeploymentQuestion;
use ecslive::live::service::ServiceQuestion;
use ecslive::live::target_group::{OnShift, TargetGroupQuestion};
use ecslive::live::{self, Address, Place, Question};
use ecslive::resolve::deployment;
use ecslive::resolve::name::{Cluster, ServiceName};
use ecslive::resolve::running;
use ecslive::resolve::target_group::Query;
use fake_aws::history::{CLUSTER, World};
use fake_aws::{FakeAws, Fault};
use std::future::pending;
use tokio::runtime::Runtime;

/// An endpoint, and what is needed to ask it.
pub struct Reader {
    fake: FakeAws,
    runtime: Runtime,
}

impl Reader {
    /// An endpoint of its own.
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { fake: FakeAws::spawn(), runtime }
    }

    /// Everything that is asked about a service.
    pub fn ask(&self, world: &World, service: &str, queries: &[Query]) -> Answers {
        self.fake.run(world.clone());
        self.runtime.block_on(async {
            let (clients, cluster, name) = (self.clients(true), cluster(), service_name(service));
            let regional = clients.region(None).await.expect("a region");
            let inquire = regional.inquire(&cluster, &name, true, Since::ANY, running::decide);
            let running = inquire.await.expect("no call fails");
            let inquire = regional.inquire(&cluster, &name, false, Since::ANY, deployment::decide);
            let deployment = inquire.await.expect("no call fails");
            // Whoever holds a reader may still ask, so that others wait for company.
            drop(regional);
            let mut groups = Vec::new();
            for query in queries {
                groups.push(group(&clients, &cluster, &name, query).await);
            }
            Answers { running, deployment, groups }
        })
    }

    /// Where it is.
    pub fn endpoint(&self) -> String {
        self.fake.endpoint()
    }

    /// Answers from this account from now on.
    pub fn run(&self, world: &World) {
        self.fake.run(world.clone());
    }

    /// Forgets what was called, and lets something go wrong once; what that is comes from a number.
    pub fn trouble(&self, number: u32) {
        self.fake.reset();
        let faults = [Fault::Throttle, Fault::InternalError, Fault::Unavailable, Fault::Drop, Fault::Truncate];
        let operations = ["ecs:DescribeServices", "ecs:DescribeServiceRevisions", "elasticloadbalancing:DescribeRules"];
        if number.is_multiple_of(4) {
            let pick = usize::try_from(number / 4).expect("a number");
            self.fake.fail(operations[pick % operations.len()], faults[pick % faults.len()].clone(), 1);
        }
    }

    /// What the data source of this name answers about a service: its attributes, or the summaries of problems.
    pub async fn answer(&self, name: &str, service: &str) -> Result<serde_json::Value, Vec<String>> {
        let (clients, place) = (self.clients(true), Place::default());
        let address = Address { cluster: cluster(), service: service_name(service) };
        match name {
            "target_group" => {
                let (query, on_shift) = (Query::default(), OnShift::default());
                answered(&clients, &TargetGroupQuestion { address, query, on_shift, place }).await
            }
            "service" => answered(&clients, &ServiceQuestion { address, place }).await,
            _ => answered(&clients, &DeploymentQuestion { address, place }).await,
        }
    }

    /// What every service of the account runs, asked for together, or one after the other without any batch.
    pub fn all(&self, world: &World, batched: bool) -> Vec<Inquiry<running::Running>> {
        self.fake.run(world.clone());
        self.runtime.block_on(async {
            let (clients, cluster) = (self.clients(batched), cluster());
            let regional = clients.region(None).await.expect("a region");
            let names: Vec<_> = world.services().into_iter().map(service_name).collect();
            let reads = names.iter().map(|name| regional.inquire(&cluster, name, true, Since::ANY, running::decide));
            regional.together(reads).await.into_iter().map(|read| read.expect("no call fails")).collect()
        })
    }

    fn clients(&self, batched: bool) -> Clients {
        let clients = Clients::new(crate::settings::of(&self.fake.endpoint()));
        if batched { clients } else { clients.unbatched() }
    }
}

async fn group(clients: &Clients, cluster: &Cluster, name: &ServiceName, query: &Query) -> Group {
    let regional = clients.region(None).await.expect("a region");
    let inquiry = regional.live_target_group(cluster, name, query, Since::ANY, None).await.expect("no call fails");
    let absent = match inquiry.is_absent() {
        true => Some(regional.weights(query).await.expect("no call fails").map(|kept| kept.forward)),
        false => None,
    };
    Group { inquiry, absent }
}

async fn answered<Q: Question>(clients: &Clients, question: &Q) -> Result<serde_json::Value, Vec<String>> {
    match live::ask(clients, question, pending()).await {
        Ok(told) => Ok(serde_json::to_value(told.answer).expect("JSON")),
        Err(problems) => Err(problems.into_iter().map(|problem| problem.summary).collect()),
    }
}

fn cluster() -> Cluster {
    Cluster::parse(CLUSTER).expect("a cluster")
}

fn service_name(name: &str) -> ServiceName {
    ServiceName::parse(name).expect("a service")
}
