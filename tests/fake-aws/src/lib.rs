//! A scriptable AWS on loopback: Amazon ECS, ELBv2, CodeDeploy, ECR and STS, as far as ecslive and its tests need them.
//!
//! ```no_run
//! use fake_aws::{Fault, FakeAws};
//!
//! let fake = FakeAws::spawn();                                   // an endpoint on a free port, gone when dropped
//! let web = fake.region("eu-west-1", |region| region.code_deploy_service("shop", "web", true));
//! fake.region("eu-west-1", |region| region.code_deploy(&web));   // a whole blue/green deployment
//! fake.fail("ecs:DescribeServices", Fault::Throttle, 2);
//! assert_eq!(fake.count("ecs:DescribeServices"), 0);
//! println!("{}", fake.endpoint());
//! ```

pub mod account;
mod build;
mod built;
mod code_deploy;
mod code_deploy_answer;
mod control;
mod control_history;
mod deployment_answer;
mod ecr;
mod ecs;
mod elbv2;
mod estate;
mod faults;
pub mod history;
mod native;
pub mod policy;
mod rolling;
mod scenario;
mod server;
mod service_answer;
pub mod state;
mod sts;
mod wire;

pub use code_deploy::BlueGreen;
pub use faults::{Fault, Recorded};
pub use native::{Native, resolved_digest};
pub use scenario::{Rolling, SCENARIOS, Scene, Step};
pub use wire::AwsError;

use faults::Journal;
use state::Region;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The region of scenarios.
pub const REGION: &str = "eu-west-1";

/// Everything there is: regions by name, and the journal.
#[derive(Debug, Default)]
struct World {
    regions: BTreeMap<String, Region>,
    journal: Journal,
    scene: Option<Scene>,
    history: Option<history::World>,
    policy: Option<policy::Policy>,
    requests: u64,
}

impl World {
    fn region(&mut self, name: &str) -> &mut Region {
        if let Some(history) = self.history.as_mut().filter(|_| name == REGION) {
            return history.region_mut();
        }
        self.regions.entry(name.to_owned()).or_insert_with(|| Region::new(name))
    }

    fn step(&mut self, step: Step) -> Result<scenario::Done, String> {
        let scene = self.scene.clone().ok_or("no scenario is set up: POST /_fake/scenario/codedeploy first")?;
        scenario::step(&scene, self.region(REGION), step)
    }
}

/// A running endpoint.
#[derive(Debug)]
pub struct FakeAws {
    world: Arc<Mutex<World>>,
    address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl FakeAws {
    /// An endpoint on a free port of loopback, on a thread of its own. It ends when the value is dropped.
    ///
    /// # Panics
    /// If no port can be had.
    pub fn spawn() -> Self {
        Self::on_port(0).expect("a free port on loopback")
    }

    /// An endpoint on this port of loopback.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub fn on_port(port: u16) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let world = Arc::new(Mutex::new(World::default()));
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let shared = Arc::clone(&world);
        let thread = std::thread::spawn(move || {
            runtime.block_on(server::serve(listener, shared, stopped));
            runtime.shutdown_background();
        });
        Ok(Self { world, address, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Builds or changes a region.
    pub fn region<T>(&self, name: &str, change: impl FnOnce(&mut Region) -> T) -> T {
        change(self.world().region(name))
    }

    /// Sets up a scenario by name; gives what its steps work on.
    ///
    /// # Panics
    /// If there is no scenario of this name.
    pub fn scenario(&self, name: &str) -> Scene {
        let mut world = self.world();
        world.history = None;
        let scene = scenario::build(name, world.region(REGION)).expect("a scenario of this name");
        world.scene = Some(scene.clone());
        scene
    }

    /// From now on the steps deploy this service, whoever made it: Terraform, for instance.
    ///
    /// # Panics
    /// If there is no such service, or nothing tells what a deployment of it would move.
    pub fn built(&self, cluster: &str, service: &str) -> Scene {
        let mut world = self.world();
        let scene = built::scene(world.region(REGION), cluster, service).unwrap_or_else(|error| panic!("{error}"));
        world.scene = Some(scene.clone());
        scene
    }

    /// Takes one step of the scenario's deployment.
    ///
    /// # Panics
    /// If the scenario has no such step.
    pub fn step(&self, step: Step) {
        let done = self.world().step(step);
        done.unwrap_or_else(|error| panic!("{step:?}: {error}"));
    }

    /// Answers from a history from now on, in place of what the region `eu-west-1` held. Writes of clients reach it too.
    pub fn run(&self, history: history::World) {
        self.world().history = Some(history);
    }

    /// Looks at the history behind the endpoint, or lets something happen in it.
    ///
    /// # Panics
    /// If none is run.
    pub fn history<T>(&self, change: impl FnOnce(&mut history::World) -> T) -> T {
        change(self.world().history.as_mut().expect("a history: call run first"))
    }

    /// The next so many calls of an operation, such as `ecs:DescribeServices`, go wrong.
    ///
    /// # Panics
    /// If nothing answers an operation of this name.
    pub fn fail(&self, operation: &str, fault: Fault, times: usize) {
        faults::refuse_unknown(operation).expect("an operation that is answered");
        self.world().journal.fail(operation, &fault, times);
    }

    /// All calls of an operation go wrong from now on.
    ///
    /// # Panics
    /// If nothing answers an operation of this name.
    pub fn fail_always(&self, operation: &str, fault: Fault) {
        faults::refuse_unknown(operation).expect("an operation that is answered");
        self.world().journal.fail_always(operation, fault);
    }

    /// How many calls were throttled by a token bucket.
    pub fn throttled(&self) -> usize {
        self.world().journal.calls.iter().filter(|call| call.throttled).count()
    }

    /// Switches the published token buckets on.
    pub fn meter(&self) {
        self.world().journal.meter();
    }

    /// The calls so far, in order.
    pub fn calls(&self) -> Vec<Recorded> {
        self.world().journal.calls.clone()
    }

    /// How often an operation was called.
    pub fn count(&self, operation: &str) -> usize {
        self.world().journal.calls.iter().filter(|call| call.operation == operation).count()
    }

    /// The operations called so far, each with its number, in alphabetical order: `ecs:DescribeServices 1`.
    pub fn tally(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for call in &self.world().journal.calls {
            *counts.entry(call.operation.clone()).or_default() += 1;
        }
        counts.into_iter().map(|(operation, count)| format!("{operation} {count}")).collect()
    }

    /// Puts an IAM policy in force: what it does not allow is denied, in AWS's words.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn enforce(&self, document: &str) {
        let policy = policy::read(document).unwrap_or_else(|error| panic!("{error}: {document}"));
        self.world().policy = Some(policy);
    }

    /// Forgets calls and faults.
    pub fn reset(&self) {
        self.world().journal.reset();
    }

    /// Waits until the endpoint ends, which it does not by itself.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// Replaces all regions by those of a JSON document: `{"eu-west-1": {…}}`.
    ///
    /// # Errors
    /// What is wrong with the document.
    pub fn load(&self, json: &str) -> Result<(), serde_json::Error> {
        let mut regions: BTreeMap<String, Region> = serde_json::from_str(json)?;
        for (name, region) in &mut regions {
            region.name.clone_from(name);
        }
        let mut world = self.world();
        world.history = None;
        world.regions = regions;
        Ok(())
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}
