//! Clients of the SDK, all made alike.

/// A client of one SDK crate, for an endpoint if there is one. FIPS and dual-stack are then up to whoever gave the URL,
/// as in hashicorp/aws; the SDK would refuse both together.
macro_rules! sdk_client {
    ($sdk:ident, $config:expr, $url:expr $(, $interceptor:expr)?) => {{
        let builder = $sdk::config::Builder::from($config).interceptor($crate::aws::calls::Watch);
        $(let builder = builder.interceptor($interceptor);)?
        let builder = match $url {
            Some(url) => builder.endpoint_url(url).use_fips(false).use_dual_stack(false),
            None => builder,
        };
        $sdk::Client::from_conf(builder.build())
    }};
}

pub(in crate::aws) use sdk_client;
