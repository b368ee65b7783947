//! A proxy on loopback that takes everything to one place and writes down what passed: requests in absolute form, and
//! CONNECT.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// One request as the proxy saw it: `CONNECT host:port` or `POST http://host/`, and what came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    pub line: String,
    pub authorization: Option<String>,
}

/// A running proxy. It ends with the test binary.
pub struct Proxy {
    address: SocketAddr,
    passed: Arc<Mutex<Vec<Passed>>>,
}

impl Proxy {
    /// A proxy that takes everything to this address; without one it refuses all.
    pub fn to(target: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let passed = Arc::new(Mutex::new(Vec::new()));
        let journal = Arc::clone(&passed);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let journal = Arc::clone(&journal);
                // A connection that breaks is the business of those who use it.
                thread::spawn(move || drop(pass(&stream, target, &journal)));
            }
        });
        Self { address, passed }
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has passed since the last time.
    pub fn take(&self) -> Vec<Passed> {
        std::mem::take(&mut self.passed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The request lines since the last time, each once.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.take().into_iter().map(|passed| passed.line).collect();
        lines.dedup();
        lines
    }
}

/// One connection: one request, or a tunnel.
fn pass(client: &TcpStream, target: Option<SocketAddr>, journal: &Mutex<Vec<Passed>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let first = head.lines().next().unwrap_or_default();
    let line = first.trim_end_matches(" HTTP/1.1").to_owned();
    let header = |name: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let authorization = header("proxy-authorization");
    let passed = Passed { line: line.clone(), authorization };
    journal.lock().unwrap_or_else(PoisonError::into_inner).push(passed);
    let mut client = client.try_clone()?;
    let Some(target) = target else {
        return client.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let mut server = TcpStream::connect(target)?;
    if line.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    } else {
        server.write_all(head.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes())?;
    }
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let _ = server.write_all(reader.buffer());
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = client.read(&mut chunk) {
        server.write_all(&chunk[..read])?;
    }
    let _ = server.shutdown(Shutdown::Write);
    let _ = back.join();
    Ok(())
}
