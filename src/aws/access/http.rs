//! The HTTP client under all SDK clients: proxies, certificates, the user agent, and which failures are final.
//!
//! Built at the first request, because loading the CA store costs milliseconds that most starts of the plugin never
//! need.

use super::empty;
use super::proxy::Proxies;
use crate::aws::cause::Cause;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

/// This provider and its version, before the user agent of the SDK.
const PRODUCT: &str = concat!("terraform-provider-ecslive/", env!("CARGO_PKG_VERSION"));

/// After so many refused or unanswered connections, unknown hosts or refusals of a proxy in a row there is nobody: 25
/// attempts would take minutes. hashicorp/aws stops early too.
const NOBODY: u32 = 5;

/// An HTTPS client. Its copies share connections.
#[derive(Clone)]
pub struct LazyHttp(Arc<Shared>);

struct Shared {
    proxies: Proxies,
    /// PEM of the certificate authorities to trust instead of the system's.
    ca: Option<Vec<u8>>,
    agent: Agent,
    plain: OnceLock<SharedHttpClient>,
    tls: OnceLock<SharedHttpClient>,
    nobody: AtomicU32,
}

/// What others want to see in the user agent: `TF_APPEND_USER_AGENT`.
#[derive(Clone, Default)]
pub struct Agent(String);

impl Agent {
    /// An addition, without what a header cannot hold.
    pub fn new(addition: Option<&str>) -> Self {
        let printable = addition.unwrap_or_default().chars().filter(|c| c.is_ascii_graphic() || *c == ' ');
        Self(printable.collect::<String>().trim().to_owned())
    }

    fn extend(&self, sdk: &str) -> String {
        [PRODUCT, sdk, &self.0].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

impl LazyHttp {
    /// A client. `ca` comes from [`super::ca::bundle`].
    pub fn new(proxies: Proxies, ca: Option<Vec<u8>>, agent: Agent) -> Self {
        let (plain, tls) = (OnceLock::new(), OnceLock::new());
        Self(Arc::new(Shared { proxies, ca, agent, plain, tls, nobody: AtomicU32::new(0) }))
    }
}

impl HttpClient for LazyHttp {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let (settings, components) = (settings.clone(), components.clone());
        SharedHttpConnector::new(Connector { shared: Arc::clone(&self.0), settings, components })
    }
}

impl fmt::Debug for LazyHttp {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("LazyHttp")
    }
}

struct Connector {
    shared: Arc<Shared>,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let agent = self.shared.agent.extend(request.headers().get("user-agent").unwrap_or_default());
        request.headers_mut().insert("user-agent", agent);
        let client = match self.shared.client(request.uri()) {
            Ok(client) => client,
            Err(error) => return HttpConnectorFuture::ready(Err(error)),
        };
        let connector = client.http_connector(&self.settings, &self.components);
        let shared = Arc::clone(&self.shared);
        HttpConnectorFuture::new(async move {
            let mends = empty::may_answer(&request);
            let result = match connector.call(request).await {
                Ok(response) if mends => Ok(empty::without(response).await),
                result => result,
            };
            result.inspect(|_| shared.nobody.store(0, Ordering::Relaxed)).map_err(|error| shared.judge(error))
        })
    }
}

impl Shared {
    fn client(&self, uri: &str) -> Result<&SharedHttpClient, ConnectorError> {
        if uri.starts_with("https:") {
            let proxy = self.proxies.tls().map_err(|error| ConnectorError::user(error.into()))?;
            return Ok(self.tls.get_or_init(|| with_tls(proxy, self.ca.clone())));
        }
        let (proxy, with) = self.proxies.plain().map_err(|error| ConnectorError::user(error.into()))?;
        Ok(self.plain.get_or_init(|| if with { with_tls(proxy, self.ca.clone()) } else { without_tls(proxy) }))
    }

    /// Turns a failure that another attempt would only repeat into one that is not retried.
    fn judge(&self, error: ConnectorError) -> ConnectorError {
        let cause = Cause::of(&error);
        if cause.is_final() || (cause.is_nobody() && self.nobody.fetch_add(1, Ordering::Relaxed) + 1 >= NOBODY) {
            return ConnectorError::user(error.into());
        }
        error
    }
}

fn with_tls(proxy: ProxyConfig, ca: Option<Vec<u8>>) -> SharedHttpClient {
    let store = match ca {
        Some(pem) => TrustStore::empty().with_pem_certificate(pem),
        None => TrustStore::default(),
    };
    // Without a context only when there is no TLS provider to check it, which there is.
    let context = TlsContext::builder().with_trust_store(store).build().ok();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = builder(settings, components, &proxy).tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        if let Some(context) = &context {
            connector.set_tls_context(context.clone());
        }
        connector.build()
    })
}

fn without_tls(proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new()
        .build_with_connector_fn(move |settings, components| builder(settings, components, &proxy).build_http())
}

fn builder(
    settings: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
    proxy: &ProxyConfig,
) -> ConnectorBuilder {
    let mut connector = ConnectorBuilder::default();
    connector.set_connector_settings(settings.cloned());
    if let Some(components) = components {
        connector.set_sleep_impl(components.sleep_impl());
    }
    connector.set_proxy_config(Some(proxy.clone()));
    connector
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn the_user_agent_names_the_provider_and_what_others_add() {
        let version = env!("CARGO_PKG_VERSION");
        let sdk = "aws-sdk-rust/1";
        assert_eq!(Agent::new(None).extend(sdk), format!("terraform-provider-ecslive/{version} {sdk}"));
        let agent = Agent::new(Some("team/1\r\nx-evil: 1 "));
        assert_eq!(agent.extend(sdk), format!("terraform-provider-ecslive/{version} {sdk} team/1x-evil: 1"));
    }

    #[test]
    fn a_refused_connection_is_final_only_after_some_in_a_row() {
        let shared = LazyHttp::new(Proxies::default(), None, Agent::default()).0;
        let refused = || ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionRefused).into());
        let retried = |_| shared.judge(refused()).is_io();
        assert_eq!((0..6).map(retried).collect::<Vec<_>>(), [true, true, true, true, false, false]);
    }

    #[test]
    fn a_certificate_that_is_not_trusted_is_final() {
        let shared = LazyHttp::new(Proxies::default(), None, Agent::default()).0;
        let cause = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let cause = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, cause));
        let error = ConnectorError::io(cause.into());
        assert!(shared.judge(error).is_user());
    }
}
