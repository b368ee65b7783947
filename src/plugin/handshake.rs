//! What a host says through the environment, and the one line on stdout that answers it.

use std::env::temp_dir;
use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::listener::{Address, Sockets};

/// The environment that a host gives to a plugin, checked.
#[derive(Debug)]
pub struct Host {
    /// Where the plugin may listen.
    pub sockets: Sockets,
    /// The certificate in PEM that every connection has to show. Without one the host wants no TLS.
    pub client_certificate: Option<String>,
    offered_protocols: String,
    multiplex: bool,
}

/// A variable of the handshake holds what no host would send. Certificates are never quoted.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    #[error("{0} is not valid UTF-8")]
    NotText(&'static str),
    #[error("{0} is {1:?}, which is not a port between 0 and 65535")]
    Port(&'static str, String),
    #[error("PLUGIN_MIN_PORT is {0}, which is above PLUGIN_MAX_PORT, {1}")]
    PortOrder(u16, u16),
}

impl Host {
    /// Empty variables count as unset, as they do for go-plugin.
    pub fn from_environment(read: impl Fn(&str) -> Option<OsString>) -> Result<Self, EnvironmentError> {
        let text = |name: &'static str| match read(name).filter(|value| !value.is_empty()) {
            Some(value) => value.into_string().map(Some).map_err(|_| EnvironmentError::NotText(name)),
            None => Ok(None),
        };
        let port = |name: &'static str| match text(name)? {
            Some(value) => value.trim().parse().map_err(|_| EnvironmentError::Port(name, value)),
            None => Ok(0),
        };
        Ok(Self {
            sockets: Sockets {
                directory: read("PLUGIN_UNIX_SOCKET_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
                // An empty TMPDIR would mean the directory that Terraform runs in.
                temporary: vec![temp_dir(), PathBuf::from("/tmp")]
                    .into_iter()
                    .filter(|dir| dir.is_absolute())
                    .collect(),
                group: text("PLUGIN_UNIX_SOCKET_GROUP")?,
                ports: ports(port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?)?,
            },
            client_certificate: text("PLUGIN_CLIENT_CERT")?,
            offered_protocols: text("PLUGIN_PROTOCOL_VERSIONS")?.unwrap_or_default(),
            multiplex: text("PLUGIN_MULTIPLEX_GRPC")?.is_some(),
        })
    }

    /// The plugin chooses the protocol, and with only one to choose from the answer is always that one: a host that
    /// cannot speak it says so, in better words than a plugin could find. This puts the reason into the log as well.
    pub fn warn_if_foreign(&self, protocol: u8) {
        if !self.offers(protocol) {
            let offered = &self.offered_protocols;
            tracing::warn!(offered, "the host does not offer plugin protocol {protocol}, the only one spoken here");
        }
    }

    /// Prints the handshake line. From here on stdout is silent.
    pub fn greet(&self, protocol: u8, address: &Address, certificate: Option<&[u8]>) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(self.line(protocol, address, certificate).as_bytes())?;
        stdout.flush()
    }

    /// Terraform sends its versions in random order.
    fn offers(&self, protocol: u8) -> bool {
        self.offered_protocols.split(',').any(|version| version.trim().parse() == Ok(protocol))
    }

    /// `1|6|unix|/path|grpc|certificate`, the certificate in base64 without padding: Go refuses the padded form.
    ///
    /// Hosts that do not ask for multiplexing may choke on a seventh part; hosts that do ask learn that there is none,
    /// and fall back or complain by themselves.
    fn line(&self, protocol: u8, address: &Address, certificate: Option<&[u8]>) -> String {
        let network = address.network();
        let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
        let multiplex = if self.multiplex { "|false" } else { "" };
        format!("1|{protocol}|{network}|{address}|grpc|{certificate}{multiplex}\n")
    }
}

fn ports(low: u16, high: u16) -> Result<RangeInclusive<u16>, EnvironmentError> {
    match (low, high) {
        // Nothing was asked for: the operating system picks one.
        (0, _) => Ok(0..=0),
        _ if low > high => Err(EnvironmentError::PortOrder(low, high)),
        _ => Ok(low..=high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(variables: &[(&str, &str)]) -> Result<Host, EnvironmentError> {
        Host::from_environment(|key| variables.iter().find(|(name, _)| *name == key).map(|(_, value)| value.into()))
    }

    fn refusal(variables: &[(&str, &str)]) -> String {
        host(variables).unwrap_err().to_string()
    }

    #[test]
    fn the_line_has_six_parts_and_ends_the_line() {
        let address = Address::Unix("/tmp/x/plugin".into());
        assert_eq!(host(&[]).unwrap().line(6, &address, None), "1|6|unix|/tmp/x/plugin|grpc|\n");
        let address = Address::Tcp(([127, 0, 0, 1], 10_000).into());
        assert_eq!(host(&[]).unwrap().line(6, &address, Some(b"a")), "1|6|tcp|127.0.0.1:10000|grpc|YQ\n");
    }

    #[test]
    fn only_a_host_that_asks_hears_that_nothing_is_multiplexed() {
        let line = host(&[("PLUGIN_MULTIPLEX_GRPC", "true")]).unwrap().line(6, &Address::Unix("/s".into()), None);
        assert_eq!(line, "1|6|unix|/s|grpc||false\n");
    }

    #[test]
    fn offers_are_lists_in_any_order() {
        for (offer, expected) in
            [("5,6", true), ("6,5", true), (" 6 ", true), ("5", false), ("66", false), ("", false), ("six,,-1", false)]
        {
            assert_eq!(host(&[("PLUGIN_PROTOCOL_VERSIONS", offer)]).unwrap().offers(6), expected, "{offer:?}");
        }
        assert!(!host(&[]).unwrap().offers(6));
    }

    #[test]
    fn ports_are_checked() {
        let of =
            |low, high| host(&[("PLUGIN_MIN_PORT", low), ("PLUGIN_MAX_PORT", high)]).map(|host| host.sockets.ports);
        assert_eq!(of("10000", "25000").unwrap(), 10_000..=25_000);
        assert_eq!(of("", "").unwrap(), 0..=0);
        assert_eq!(of("0", "25000").unwrap(), 0..=0);
        insta::assert_snapshot!(of("x", "1").unwrap_err(), @r#"PLUGIN_MIN_PORT is "x", which is not a port between 0 and 65535"#);
        insta::assert_snapshot!(of("9", "65536").unwrap_err(), @r#"PLUGIN_MAX_PORT is "65536", which is not a port between 0 and 65535"#);
        insta::assert_snapshot!(refusal(&[("PLUGIN_MIN_PORT", "9")]), @"PLUGIN_MIN_PORT is 9, which is above PLUGIN_MAX_PORT, 0");
    }
}
