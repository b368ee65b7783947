//! Texts of the provider block. As in hashicorp/aws an empty one is as good as none, because modules pass variables on
//! whose default is `""`.

use crate::aws::settings::RetryMode;
use crate::tf::config::{Arg, Fields};
use std::fmt::Display;
use std::path::PathBuf;

/// An argument in the form that `parse` gives it; an empty text counts as left out.
pub fn optional<T, E: Display>(fields: &mut Fields, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Arg<T> {
    let parsed = fields.parse(name, |text| if text.is_empty() { Ok(None) } else { parse(text).map(Some) });
    match parsed {
        Arg::Known(Some(value)) => Arg::Known(value),
        Arg::Known(None) | Arg::Null => Arg::Null,
        Arg::Unknown => Arg::Unknown,
    }
}

/// Any text.
pub fn any(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("the value must not be blank".to_owned()) } else { Ok(text.to_owned()) }
}

/// A path, in which a leading `~` is the home directory.
pub fn path(text: &str) -> Result<PathBuf, String> {
    let home = || {
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        home.ok_or_else(|| format!("{text:?} starts with ~, and there is no home directory: set HOME"))
    };
    match text.strip_prefix('~') {
        Some("") => home(),
        Some(rest) if rest.starts_with(['/', std::path::MAIN_SEPARATOR]) => Ok(home()?.join(&rest[1..])),
        _ => any(text).map(PathBuf::from),
    }
}

/// An endpoint: `http://` or `https://`, a host, maybe a port and a path; no credentials, query or fragment.
pub fn url(text: &str) -> Result<String, String> {
    let bad = || format!("{text:?} is not an endpoint URL: expected something like \"https://ecs.example.com:8443\"");
    let (_, rest) = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")).ok_or_else(bad)?;
    let authority = rest.split('/').next().unwrap_or_default();
    if !authority.contains('@') && is_plain(rest) && is_host(authority) { Ok(text.to_owned()) } else { Err(bad()) }
}

/// The URL of a proxy: as an endpoint, but the scheme may be left out and user and password may be there. The message
/// never quotes it.
pub fn proxy(text: &str) -> Result<String, String> {
    let bad = || "not the URL of a proxy: expected something like \"http://proxy.example.com:8080\"".to_owned();
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let fits = matches!(scheme, "http" | "https") && is_plain(rest) && is_host(host);
    if fits { Ok(text.to_owned()) } else { Err(bad()) }
}

fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>' | '\\'))
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
fn is_host(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    !host.is_empty() && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// An account id.
pub fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.chars().all(|c| c.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not an AWS account id: expected 12 digits"))
    }
}

/// `standard` or `adaptive`.
pub fn retry_mode(text: &str) -> Result<RetryMode, String> {
    match text {
        "standard" => Ok(RetryMode::Standard),
        "adaptive" => Ok(RetryMode::Adaptive),
        _ => Err(format!("{text:?} is not a retry mode: expected \"standard\" or \"adaptive\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_endpoint_urls() {
        for text in ["http://127.0.0.1:4566", "https://ecs.eu-west-1.amazonaws.com/", "http://[::1]:80", "http://[::1]"]
        {
            assert_eq!(url(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn refuses_what_is_no_endpoint_url() {
        for text in [
            "127.0.0.1:80",
            "ftp://x",
            "http://",
            "http://:80",
            "http://a:0",
            "http://a:b",
            "http://u:p@a",
            "http://a/?q",
            "http://a b",
        ] {
            assert!(url(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_proxy_may_have_a_password_and_no_scheme() {
        for text in
            ["http://proxy:8080", "https://user:pass@proxy.test", "proxy:8080", "proxy", "http://u%40:p@[::1]:1"]
        {
            assert_eq!(proxy(text).as_deref(), Ok(text));
        }
        for text in ["socks5://proxy:1080", "http://", "http://user:planted@", "http://user:planted@a:b", "a b"] {
            let error = proxy(text).expect_err(text);
            assert!(!error.contains("planted"), "{error}");
        }
    }

    #[test]
    fn a_leading_tilde_is_the_home_directory() {
        let home = std::env::home_dir().expect("a home directory");
        assert_eq!(path("~/.aws/config"), Ok(home.join(".aws/config")));
        assert_eq!(path("~"), Ok(home));
        assert_eq!(path("/etc/~/config"), Ok(PathBuf::from("/etc/~/config")));
        assert_eq!(path("~other/config"), Ok(PathBuf::from("~other/config")));
        assert!(path(" ").is_err());
    }

    #[test]
    fn an_account_id_has_twelve_digits() {
        assert_eq!(account("012345678901").as_deref(), Ok("012345678901"));
        for text in ["12345678901", "1234567890123", "12345678901x", "arn:aws:iam::123456789012:root"] {
            assert!(account(text).is_err(), "{text:?}");
        }
    }
}
