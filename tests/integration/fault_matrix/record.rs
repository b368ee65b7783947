//! What AWS answers to every question in every state, for the corpus of `make fuzz`.

use super::asked::{ASKED, Asked, STATES};
use super::network::{Between, address};
use super::{runtime, settings};
use ecslive::aws::Clients;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

/// The inputs by name: a byte for the question, then the bodies, with `next` between them.
pub fn recorded(next: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut inputs = Vec::new();
    for state in STATES {
        let fake = state.build();
        for asked in ASKED {
            let Some(number) = number(asked) else { continue };
            let bodies = Arc::<Mutex<Vec<Vec<u8>>>>::default();
            let (kept, aws) = (Arc::clone(&bodies), address(&fake));
            let between = Between::new(move |client, _| record(client, aws, &kept));
            let clients = Clients::new(settings(&between.url()));
            let _ = runtime().block_on(asked.ask(&clients, &fake, None));
            let bodies = bodies.lock().expect("a lock").join(next);
            let name = format!("{}{}-{asked:?}", state.scenario, state.steps.len() + usize::from(state.unnamed) * 9);
            inputs.push((name.to_lowercase(), [vec![number], bodies].concat()));
        }
    }
    inputs
}

/// Which question of the target `answers` it is.
fn number(asked: Asked) -> Option<u8> {
    Some(match asked {
        Asked::TaskDefinition => 0,
        Asked::Service => 1,
        Asked::Deployment => 2,
        Asked::Services => 3,
        Asked::Image => 4,
        Asked::Unverified => 5,
        Asked::TargetGroup => 6,
        Asked::OfLoadBalancer => return None,
    })
}

/// Passes requests on and keeps the bodies of the answers, in which no id or date changes from run to run.
fn record(mut client: TcpStream, aws: SocketAddr, kept: &Mutex<Vec<Vec<u8>>>) {
    while let Some((head, body)) = message(&mut client) {
        let mut server = TcpStream::connect(aws).expect("a connection");
        server.write_all(&[head, body].concat()).expect("a request");
        let Some((head, body)) = message(&mut server) else { return };
        kept.lock().expect("a lock").push(body.clone());
        if client.write_all(&[head, body].concat()).is_err() {
            return;
        }
    }
}

/// Head and body of the next message; none at the end.
fn message(stream: &mut TcpStream) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}
