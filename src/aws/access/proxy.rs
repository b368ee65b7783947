//! Which proxy a request goes through: what the provider block says, then the environment, as Go programs read it.

use super::settings::Network;
use aws_smithy_http_client::proxy::{ProxyConfig, ProxyError};

/// Reached without a proxy whatever `no_proxy` says, as in Go: a proxy on another machine has another loopback.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// Proxy URLs by the scheme of the endpoint. No `Debug`: they may hold a password.
#[derive(Clone, Default)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    none_for: String,
}

impl Proxies {
    /// The proxies for these settings, with `env` for what they leave out.
    pub fn new(network: &Network, env: impl Fn(&str) -> Option<String>) -> Self {
        let env = |upper: &str| env(upper).or_else(|| env(&upper.to_lowercase())).filter(|value| !value.is_empty());
        let from_env = env("HTTPS_PROXY");
        let https = network.https_proxy.clone().or(from_env).or_else(|| network.http_proxy.clone());
        let http = network.http_proxy.clone().or_else(|| env("HTTP_PROXY"));
        let none_for = network.no_proxy.clone().or_else(|| env("NO_PROXY"));
        let none_for = none_for.map_or_else(|| LOOPBACK.to_owned(), |hosts| format!("{LOOPBACK},{hosts}"));
        let given = |url: Option<String>| url.filter(|url| !url.is_empty()).map(with_scheme);
        Self { http: given(http), https: given(https), none_for }
    }

    /// For `http://` endpoints; true with it when the way to the proxy itself needs TLS.
    ///
    /// # Errors
    /// When the URL of the proxy cannot be used.
    pub fn plain(&self) -> Result<(ProxyConfig, bool), ProxyError> {
        let Some(url) = &self.http else { return Ok((ProxyConfig::disabled(), false)) };
        Ok((ProxyConfig::http(url.as_str())?.no_proxy(&self.none_for), url.starts_with("https://")))
    }

    /// For `https://` endpoints.
    ///
    /// # Errors
    /// When the URL of the proxy cannot be used.
    pub fn tls(&self) -> Result<ProxyConfig, ProxyError> {
        let Some(url) = &self.https else { return Ok(ProxyConfig::disabled()) };
        Ok(ProxyConfig::https(url.as_str())?.no_proxy(&self.none_for))
    }
}

/// `proxy.example.com:8080` means `http://proxy.example.com:8080`.
fn with_scheme(url: String) -> String {
    if url.contains("://") { url } else { format!("http://{url}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `http`, `https` and the hosts without proxy, for arguments and an environment.
    fn proxies(arguments: [Option<&str>; 3], env: &[(&str, &str)]) -> (Option<String>, Option<String>, String) {
        let [http_proxy, https_proxy, no_proxy] = arguments.map(|value| value.map(str::to_owned));
        let network = Network { http_proxy, https_proxy, no_proxy, ..Network::default() };
        let read = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let Proxies { http, https, none_for } = Proxies::new(&network, read);
        (http, https, none_for)
    }

    fn urls(arguments: [Option<&str>; 3], env: &[(&str, &str)]) -> [Option<String>; 2] {
        let (http, https, _) = proxies(arguments, env);
        [http, https]
    }

    fn expected(http: &str, https: &str) -> [Option<String>; 2] {
        [http, https].map(|url| (!url.is_empty()).then(|| url.to_owned()))
    }

    #[test]
    fn arguments_go_before_the_environment() {
        let env = [("HTTP_PROXY", "http://e1"), ("https_proxy", "http://e2")];
        assert_eq!(urls([None, None, None], &env), expected("http://e1", "http://e2"));
        assert_eq!(urls([Some("http://a1"), None, None], &env), expected("http://a1", "http://e2"));
        assert_eq!(urls([None, Some("http://a2"), None], &env), expected("http://e1", "http://a2"));
    }

    #[test]
    fn http_proxy_serves_https_when_nothing_else_does() {
        assert_eq!(urls([Some("http://a1"), None, None], &[]), expected("http://a1", "http://a1"));
        assert_eq!(urls([None, None, None], &[("HTTP_PROXY", "http://e1")]), expected("http://e1", ""));
    }

    #[test]
    fn an_empty_url_is_no_proxy() {
        let env = [("HTTP_PROXY", "http://e1"), ("HTTPS_PROXY", "http://e2")];
        assert_eq!(urls([Some(""), Some(""), None], &env), expected("", ""));
        assert_eq!(urls([Some("http://a1"), Some(""), None], &[]), expected("http://a1", ""));
    }

    #[test]
    fn a_proxy_without_scheme_is_reached_over_http() {
        assert_eq!(urls([None, Some("proxy:8080"), None], &[]), expected("", "http://proxy:8080"));
    }

    #[test]
    fn loopback_never_goes_through_a_proxy() {
        let none_for = |argument, env: &[(&str, &str)]| proxies([None, None, argument], env).2;
        assert_eq!(none_for(None, &[]), LOOPBACK);
        assert_eq!(none_for(Some("a.test"), &[("NO_PROXY", "b.test")]), format!("{LOOPBACK},a.test"));
        assert_eq!(none_for(None, &[("no_proxy", "b.test")]), format!("{LOOPBACK},b.test"));
    }
}
