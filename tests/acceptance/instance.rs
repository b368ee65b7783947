//! What hands out credentials over HTTP, on loopback: the metadata service of an instance, the endpoint of a container, the
//! portal of SSO; and places where there is none.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A metadata service of an instance in `eu-west-1` with a role. It ends with the test binary.
pub struct Instance {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Instance {
    /// A metadata service that answers.
    pub fn new() -> Self {
        Self::serve(|stream, asked| drop(answer(stream, asked)))
    }

    /// One that takes its time, as on an instance that has just started.
    pub fn late(after: std::time::Duration) -> Self {
        Self::serve(move |stream, asked| {
            thread::sleep(after);
            drop(answer(stream, asked));
        })
    }

    /// One that takes connections and never says anything, as behind a firewall that swallows packets.
    pub fn silent() -> Self {
        let kept = Mutex::new(Vec::new());
        Self::serve(move |stream, asked| {
            asked.lock().unwrap_or_else(PoisonError::into_inner).push("connection".to_owned());
            kept.lock().unwrap_or_else(PoisonError::into_inner).extend(stream.try_clone());
        })
    }

    fn serve(each: impl Fn(&TcpStream, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (journal, each) = (Arc::clone(&asked), Arc::new(each));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (journal, each) = (Arc::clone(&journal), Arc::clone(&each));
                thread::spawn(move || each(&stream, &journal));
            }
        });
        Self { address, asked }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Paths that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A port of loopback where nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

fn answer(stream: &TcpStream, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut line = first.clone();
        while !line.trim().is_empty() {
            line.clear();
            reader.read_line(&mut line)?;
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        asked.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        let body = match path {
            "/latest/api/token" => "a-metadata-token".to_owned(),
            "/latest/meta-data/iam/security-credentials/" => "instance-role".to_owned(),
            "/latest/meta-data/iam/security-credentials/instance-role" => credentials("AKIDINSTANCE"),
            "/latest/meta-data/placement/region" => "eu-west-1".to_owned(),
            "/container" => credentials("AKIDCONTAINER"),
            path if path.starts_with("/federation/credentials?") => {
                let keys =
                    "\"accessKeyId\": \"AKIDSSO\", \"secretAccessKey\": \"planted\", \"sessionToken\": \"planted\"";
                format!("{{\"roleCredentials\": {{{keys}, \"expiration\": 4070908800000}}}}")
            }
            _ => String::new(),
        };
        let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
        let ttl = "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";
        (&mut &*stream).write_all(format!("{head}{ttl}\r\n{body}").as_bytes())?;
    }
}

fn credentials(key: &str) -> String {
    format!(
        "{{\"Code\": \"Success\", \"Type\": \"AWS-HMAC\", \"AccessKeyId\": {key:?}, \"SecretAccessKey\": \"planted\", \
         \"Token\": \"planted\", \"Expiration\": \"2099-01-01T00:00:00Z\", \"LastUpdated\": \"2026-01-01T00:00:00Z\"}}"
    )
}
