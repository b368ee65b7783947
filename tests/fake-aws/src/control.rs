//! `/_fake/…`: the steps, faults and counters for those who talk HTTP.

use crate::faults::{Fault, refuse_unknown};
use crate::server::Shared;
use crate::{REGION, lock, scenario};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) type Reply = (StatusCode, String);

/// The routes below `/_fake`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/calls", get(calls))
        .route("/reset", post(reset))
        .route("/meter", post(meter))
        .route("/policy", post(enforce))
        .route("/faults", post(faults))
        .route("/scenario/{name}", post(build))
        .route("/built/{cluster}/{service}", post(built))
        .route("/step/{name}", post(step))
        .merge(crate::control_history::routes())
}

pub(crate) fn ok(value: &Value) -> Reply {
    (StatusCode::OK, format!("{value:#}\n"))
}

pub(crate) fn wrong(text: String) -> Reply {
    (StatusCode::BAD_REQUEST, format!("{:#}\n", json!({"error": text})))
}

async fn calls(State(world): State<Shared>) -> Reply {
    ok(&json!(lock(&world).journal.calls))
}

async fn reset(State(world): State<Shared>) -> Reply {
    lock(&world).journal.reset();
    ok(&json!({"reset": true}))
}

async fn meter(State(world): State<Shared>) -> Reply {
    lock(&world).journal.meter();
    ok(&json!({"metered": true}))
}

async fn enforce(State(world): State<Shared>, body: String) -> Reply {
    match crate::policy::read(&body) {
        Ok(policy) => {
            lock(&world).policy = Some(policy);
            ok(&json!({"enforced": true}))
        }
        Err(error) => wrong(error),
    }
}

#[derive(Deserialize)]
struct Order {
    operation: String,
    fault: Fault,
    times: Option<usize>,
}

async fn faults(State(world): State<Shared>, body: String) -> Reply {
    let order: Order = match serde_json::from_str(&body) {
        Ok(order) => order,
        Err(error) => return wrong(error.to_string()),
    };
    if let Err(error) = refuse_unknown(&order.operation) {
        return wrong(error);
    }
    let journal = &mut lock(&world).journal;
    match order.times {
        Some(times) => journal.fail(&order.operation, &order.fault, times),
        None => journal.fail_always(&order.operation, order.fault),
    }
    ok(&json!({"ordered": order.operation}))
}

async fn build(State(world): State<Shared>, Path(name): Path<String>) -> Reply {
    let mut world = lock(&world);
    world.history = None;
    match scenario::build(&name, world.region(REGION)) {
        Some(scene) => {
            world.scene = Some(scene);
            ok(&json!({"scenario": name}))
        }
        None => wrong(format!("there is no scenario {name:?}")),
    }
}

async fn built(State(world): State<Shared>, Path((cluster, service)): Path<(String, String)>) -> Reply {
    let mut world = lock(&world);
    match crate::built::scene(world.region(REGION), &cluster, &service) {
        Ok(scene) => {
            world.scene = Some(scene);
            ok(&json!({"steps_deploy": format!("{cluster}/{service}")}))
        }
        Err(error) => wrong(error),
    }
}

#[derive(Deserialize)]
struct Share {
    percent: Option<u32>,
}

async fn step(State(world): State<Shared>, Path(name): Path<String>, Query(share): Query<Share>) -> Reply {
    if share.percent.is_some_and(|percent| percent > 100) {
        return wrong("percent is 0 to 100".to_owned());
    }
    let Some(step) = scenario::Step::named(&name, share.percent.unwrap_or(50)) else {
        return wrong(format!("there is no step {name:?}; there are {}", scenario::STEPS));
    };
    match lock(&world).step(step) {
        Ok(done) => ok(&json!(done)),
        Err(error) => wrong(error),
    }
}
