//! Why there was no answer, in plain English. What a library says about it stands behind that, if anywhere.

use rustls::CertificateError;
use std::error::Error;
use std::fmt;
use std::io;

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// The certificate cannot be trusted, and why.
    Untrusted(String),
    /// Nobody listens there.
    Refused,
    /// The host has no address.
    UnknownHost,
    /// No connection within this time.
    NoConnection(String),
    /// No answer within this time.
    NoAnswer(String),
    /// The proxy does not open a way.
    NoTunnel(String),
    /// The proxy asks who it is.
    ProxyLogin,
    /// Any other.
    Other(String),
}

impl Cause {
    /// What an error and those behind it come down to.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        Self::told(error).unwrap_or_else(|| {
            let last = links(error).last().map(ToString::to_string).unwrap_or_default();
            Self::Other(format!("the connection failed ({last})"))
        })
    }

    /// The same, if any of them tells something to a person.
    pub fn told(error: &(dyn Error + 'static)) -> Option<Self> {
        links(error).find_map(telling)
    }

    /// True when another attempt would end the same way.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Untrusted(_) | Self::ProxyLogin)
    }

    /// True when there is probably nobody to talk to.
    pub fn is_nobody(&self) -> bool {
        matches!(self, Self::Refused | Self::UnknownHost | Self::NoConnection(_) | Self::NoTunnel(_))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Untrusted(why) => write!(f, "the certificate {why}"),
            Self::Refused => f.write_str("connection refused: nothing listens there"),
            Self::UnknownHost => f.write_str("the name of the host cannot be found"),
            Self::NoConnection(time) => write!(f, "no connection within {time}"),
            Self::NoAnswer(time) => write!(f, "no answer within {time}"),
            Self::NoTunnel(why) => write!(f, "the proxy opens no connection to the endpoint{why}"),
            Self::ProxyLogin => f.write_str("the proxy asks for a user name and a password (HTTP 407)"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// What one error of a chain tells, if it tells anything to a person.
fn telling(error: &(dyn Error + 'static)) -> Option<Cause> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(tls));
    }
    let text = error.to_string();
    if let Some(cause) = of_words(&text) {
        return Some(cause);
    }
    let io = error.downcast_ref::<io::Error>()?;
    let told = match io.kind() {
        io::ErrorKind::ConnectionRefused => return Some(Cause::Refused),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            "the connection was cut off by the other side, or by something in between"
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => "there is no route to the address",
        io::ErrorKind::TimedOut => "the connection was given up: no packet came back",
        io::ErrorKind::PermissionDenied => "this machine does not allow the connection",
        _ => return None,
    };
    Some(Cause::Other(told.to_owned()))
}

/// The HTTP client tells these apart in words only.
fn of_words(text: &str) -> Option<Cause> {
    let after = |words: &str| text.split_once(words).map(|(_, rest)| rest.trim().to_owned());
    if let Some(time) = after("HTTP connect timeout occurred after ") {
        return Some(Cause::NoConnection(time));
    }
    if let Some(time) = after("HTTP read timeout occurred after ") {
        return Some(Cause::NoAnswer(time));
    }
    if let Some(time) = after("(single attempt) occurred after ") {
        return Some(Cause::NoAnswer(time));
    }
    let other = |text: &str| Some(Cause::Other(text.to_owned()));
    match text {
        _ if text.contains("proxy authorization required") => Some(Cause::ProxyLogin),
        _ if text.contains("tunnel error") => {
            let why = after("tunnel error: ").filter(|why| why != "unsuccessful");
            Some(Cause::NoTunnel(why.map(|why| format!(" ({why})")).unwrap_or_default()))
        }
        _ if text.contains("dns error") || text.contains("failed to lookup address") => Some(Cause::UnknownHost),
        _ if text.contains("connection closed before message completed") => {
            other("the connection was closed before there was an answer")
        }
        _ if text.contains("tls handshake eof") => other("the connection was closed during the TLS handshake"),
        _ if text.contains("error reading a body") || text.contains("before message length reached") => {
            other("the connection was closed in the middle of the answer")
        }
        _ if text.contains("minimum throughput was specified") => other("the answer stopped in the middle"),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> Cause {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return Cause::Other(match error {
            rustls::Error::InvalidMessage(_) => "what listens there does not speak TLS".to_owned(),
            _ => format!("the TLS handshake failed ({error})"),
        });
    };
    let why = match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet".to_owned(),
        CertificateError::UnknownIssuer => "is signed by an authority that is not trusted".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another host".to_owned()
        }
        CertificateError::Revoked => "was revoked".to_owned(),
        other => format!("cannot be checked ({other})"),
    };
    Cause::Untrusted(why)
}

/// True for a body that ended too early: an answer that came, and is none.
pub(super) fn is_cut_off(error: &(dyn Error + 'static)) -> bool {
    links(error).any(|link| {
        let text = link.to_string();
        ["error reading a body", "before message length reached", "minimum throughput was specified"]
            .iter()
            .any(|words| text.contains(words))
    })
}

/// Why a file cannot be read, as a clause.
pub(super) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::InvalidData => "it is no text".to_owned(),
        _ => error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
    }
}

/// An error and its causes. An IO error names the cause of its cause as its own, so what it wraps is taken instead.
fn links<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    fn said(error: impl Into<Box<dyn Error + Send + Sync>>) -> String {
        Cause::of(&ConnectorError::io(error.into())).to_string()
    }

    #[test]
    fn every_cause_is_plain_english() {
        let io = |kind| said(io::Error::from(kind));
        assert_eq!(io(io::ErrorKind::ConnectionRefused), "connection refused: nothing listens there");
        assert_eq!(
            io(io::ErrorKind::ConnectionReset),
            "the connection was cut off by the other side, or by something in between"
        );
        assert_eq!(io(io::ErrorKind::NetworkUnreachable), "there is no route to the address");
        assert_eq!(said("dns error"), "the name of the host cannot be found");
        assert_eq!(said("HTTP connect timeout occurred after 3.1s"), "no connection within 3.1s");
        assert_eq!(said("HTTP read timeout occurred after 30s"), "no answer within 30s");
        let attempt = "operation attempt timeout (single attempt) occurred after 60s";
        assert_eq!(said(attempt), "no answer within 60s");
        assert_eq!(said("tunnel error: unsuccessful"), "the proxy opens no connection to the endpoint");
        assert_eq!(
            said("connection closed before message completed"),
            "the connection was closed before there was an answer"
        );
        assert_eq!(said("tls handshake eof"), "the connection was closed during the TLS handshake");
        assert_eq!(said("something new"), "the connection failed (something new)");
    }

    #[test]
    fn a_certificate_says_what_is_wrong_with_it() {
        for (error, expected) in [
            (CertificateError::Expired, "the certificate has expired"),
            (CertificateError::UnknownIssuer, "the certificate is signed by an authority that is not trusted"),
            (CertificateError::NotValidForName, "the certificate is for another host"),
        ] {
            let cause = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::InvalidCertificate(error));
            assert_eq!(said(io::Error::other(cause)), expected);
        }
    }
}
