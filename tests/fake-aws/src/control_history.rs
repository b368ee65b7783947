//! `/_fake/…` for histories: states by name, and one move at a time.

use crate::control::{Reply, ok, wrong};
use crate::history::{Happening, Hooks, KIND_NAMES, Kind, Start, World, state, states};
use crate::lock;
use crate::server::Shared;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

/// The routes below `/_fake` that are about histories.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/states", get(names))
        .route("/state/{name}", post(set))
        .route("/history/{kind}", post(begin))
        .route("/moves", get(moves))
        .route("/move/{name}", post(take))
        .route("/truth", get(truth))
}

async fn names() -> Reply {
    let all = states().into_iter().map(|state| (state.name.to_owned(), json!(state.what)));
    ok(&serde_json::Value::Object(all.collect()))
}

async fn set(State(world): State<Shared>, Path(name): Path<String>) -> Reply {
    let Some(state) = state(&name) else { return wrong(format!("there is no state {name:?}: GET /_fake/states")) };
    match state.build() {
        Ok(history) => {
            lock(&world).history = Some(history);
            ok(&json!({"state": state.name, "is": state.what}))
        }
        Err(error) => wrong(format!("{}: {}", error.code, error.message)),
    }
}

#[derive(Deserialize)]
struct Options {
    hooks: Option<String>,
    breaker: Option<String>,
    #[serde(default)]
    alarm: bool,
    #[serde(default)]
    waits: bool,
}

async fn begin(State(world): State<Shared>, Path(kind): Path<String>, Query(options): Query<Options>) -> Reply {
    let Some(kind) = Kind::named(&kind) else { return wrong(format!("there are {KIND_NAMES}")) };
    let hooks = match options.hooks.as_deref() {
        None | Some("none") => Hooks::None,
        Some("pause") => Hooks::Pause,
        Some("lambda") => Hooks::Lambda,
        Some(_) => return wrong("hooks is none, pause or lambda".to_owned()),
    };
    let breaker = match options.breaker.as_deref() {
        None | Some("rollback") => Some(true),
        Some("stop") => Some(false),
        Some("off") => None,
        Some(_) => return wrong("breaker is rollback, stop or off".to_owned()),
    };
    let kinds = if kind == Kind::SharedRule { vec![kind, kind] } else { vec![kind] };
    let start = Start { kinds, hooks, breaker, alarm: options.alarm, waits: options.waits };
    lock(&world).history = Some(World::new(&start));
    ok(&json!({"history": "begun: GET /_fake/moves"}))
}

const NONE: &str = "no history is run: POST /_fake/history/rolling or /_fake/state/w1 first";

async fn moves(State(world): State<Shared>) -> Reply {
    let world = lock(&world);
    let Some(history) = &world.history else { return wrong(NONE.to_owned()) };
    let shown = |found: crate::history::Move| json!({"service": found.service, "move": found.what.name(), "is": found.what.to_string()});
    ok(&history.moves().into_iter().map(shown).collect())
}

#[derive(Deserialize)]
struct Of {
    service: Option<String>,
}

async fn take(State(world): State<Shared>, Path(name): Path<String>, Query(of): Query<Of>) -> Reply {
    let mut world = lock(&world);
    let Some(history) = &mut world.history else { return wrong(NONE.to_owned()) };
    let Some(what) = Happening::named(&name) else {
        return wrong(format!("there is no move {name:?}: GET /_fake/moves"));
    };
    match history.let_happen(of.service.as_deref().unwrap_or("web"), what) {
        Ok(()) => ok(&json!({"happened": what.to_string()})),
        Err(error) => wrong(format!("{}: {}", error.code, error.message)),
    }
}

async fn truth(State(world): State<Shared>, Query(of): Query<Of>) -> Reply {
    let world = lock(&world);
    let Some(history) = &world.history else { return wrong(NONE.to_owned()) };
    let service = of.service.as_deref().unwrap_or("web");
    if !history.services().contains(&service) {
        return wrong(format!("there is no service {service:?}"));
    }
    ok(&json!(history.truth(service)))
}
