//! How AWS is called: proxies, certificates, repetitions, kinds of endpoints, the metadata service.

use super::text::{any, optional, path, proxy, retry_mode, url};
use crate::aws;
use crate::aws::settings::{Metadata, MetadataMode, Network, Retry, RetryMode, Settings};
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::Attribute;
use crate::tf::{Diagnostic, Path};
use std::path::PathBuf;

/// The arguments.
pub struct NetworkArguments {
    http_proxy: Arg<String>,
    https_proxy: Arg<String>,
    no_proxy: Arg<String>,
    ca_bundle: Arg<PathBuf>,
    max_retries: Arg<u32>,
    retry_mode: Arg<RetryMode>,
    use_fips: Arg<bool>,
    use_dual_stack: Arg<bool>,
    metadata_endpoint: Arg<String>,
    metadata_mode: Arg<MetadataMode>,
    metadata_skip: Arg<bool>,
}

impl NetworkArguments {
    /// The attributes of the schema.
    pub fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::number("max_retries").optional().describe(
                "How many times a call is tried. Defaults to `AWS_MAX_ATTEMPTS`, then to the profile's, then to 25. `0` \
                 is the default too.",
            ),
            Attribute::string("retry_mode").optional().describe(
                "`standard`, or `adaptive`, which also lowers the rate of calls when AWS throttles. Defaults to \
                 `AWS_RETRY_MODE`, then to the profile's, then to `standard`.",
            ),
            Attribute::string("http_proxy").optional().describe(
                "Proxy for `http://` endpoints, and for `https://` where neither `https_proxy` nor `HTTPS_PROXY` is set. \
                 Defaults to `HTTP_PROXY`. An empty text means no proxy.",
            ),
            Attribute::string("https_proxy").optional().describe(
                "Proxy for `https://` endpoints. Defaults to `HTTPS_PROXY`. An empty text means no proxy.",
            ),
            Attribute::string("no_proxy").optional().describe(
                "Hosts, domains, IP addresses and networks that are reached without a proxy, separated by commas. \
                 Defaults to `NO_PROXY`. Loopback and the metadata services never go through a proxy.",
            ),
            Attribute::string("custom_ca_bundle").optional().describe(
                "PEM file with the certificate authorities to trust instead of the system's. Defaults to \
                 `AWS_CA_BUNDLE`.",
            ),
            Attribute::bool("use_fips_endpoint").optional().describe(
                "Whether to use FIPS endpoints, where `endpoints` gives no URL. Defaults to `AWS_USE_FIPS_ENDPOINT`, \
                 then to the profile's.",
            ),
            Attribute::bool("use_dualstack_endpoint").optional().describe(
                "Whether to use dual-stack endpoints, where `endpoints` gives no URL. Defaults to \
                 `AWS_USE_DUALSTACK_ENDPOINT`, then to the profile's.",
            ),
            Attribute::string("ec2_metadata_service_endpoint").optional().describe(
                "URL of the instance metadata service. Defaults to `AWS_EC2_METADATA_SERVICE_ENDPOINT`.",
            ),
            Attribute::string("ec2_metadata_service_endpoint_mode").optional().describe(
                "`IPv4` or `IPv6`: which address the instance metadata service has. Defaults to \
                 `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`.",
            ),
            Attribute::string("skip_metadata_api_check").optional().describe(
                "`\"true\"`: the instance metadata service is asked neither for credentials nor for a region.",
            ),
        ]
    }

    /// Takes the arguments out of a configuration.
    pub fn config(fields: &mut Fields) -> Self {
        // An empty URL says something here: no proxy, whatever the environment says.
        let mut proxy_url =
            |name| fields.parse(name, |text| if text.is_empty() { Ok(String::new()) } else { proxy(text) });
        Self {
            http_proxy: proxy_url("http_proxy"),
            https_proxy: proxy_url("https_proxy"),
            no_proxy: optional(fields, "no_proxy", any),
            ca_bundle: optional(fields, "custom_ca_bundle", path),
            max_retries: fields.arg("max_retries"),
            retry_mode: optional(fields, "retry_mode", retry_mode),
            use_fips: fields.arg("use_fips_endpoint"),
            use_dual_stack: fields.arg("use_dualstack_endpoint"),
            metadata_endpoint: optional(fields, "ec2_metadata_service_endpoint", url),
            metadata_mode: optional(fields, "ec2_metadata_service_endpoint_mode", metadata_mode),
            metadata_skip: optional(fields, "skip_metadata_api_check", truth),
        }
    }

    /// Fills in the settings.
    ///
    /// # Errors
    /// When a value is unknown, or the CA bundle cannot be used.
    pub fn settings(self, settings: &mut Settings) -> Result<(), Diagnostic> {
        let ca_bundle = self.ca_bundle.optional("custom_ca_bundle")?;
        if let Some(path) = &ca_bundle {
            aws::check_ca_bundle(path).map_err(|reason| {
                let detail = format!(
                    "The file {} {reason}. Give the path of a PEM file with the certificate authorities to trust.",
                    path.display()
                );
                Diagnostic::error("Unusable CA Bundle", detail).at(Path::attribute("custom_ca_bundle"))
            })?;
        }
        settings.network = Network {
            http_proxy: self.http_proxy.optional("http_proxy")?,
            https_proxy: self.https_proxy.optional("https_proxy")?,
            no_proxy: self.no_proxy.optional("no_proxy")?,
            ca_bundle,
            ..Network::default()
        };
        settings.retry = Retry {
            max_attempts: self.max_retries.optional("max_retries")?.filter(|attempts| *attempts > 0),
            mode: self.retry_mode.optional("retry_mode")?,
        };
        settings.metadata = Metadata {
            endpoint: self.metadata_endpoint.optional("ec2_metadata_service_endpoint")?,
            mode: self.metadata_mode.optional("ec2_metadata_service_endpoint_mode")?,
            skip: self.metadata_skip.optional("skip_metadata_api_check")?.unwrap_or(false),
        };
        settings.use_fips = self.use_fips.optional("use_fips_endpoint")?;
        settings.use_dual_stack = self.use_dual_stack.optional("use_dualstack_endpoint")?;
        Ok(())
    }
}

/// A text in hashicorp/aws too, which tells the default from `false`.
fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("{text:?} is neither \"true\" nor \"false\"")),
    }
}

fn metadata_mode(text: &str) -> Result<MetadataMode, String> {
    match text.to_ascii_lowercase().as_str() {
        "ipv4" => Ok(MetadataMode::IpV4),
        "ipv6" => Ok(MetadataMode::IpV6),
        _ => Err(format!("{text:?} is not a mode of the metadata service: expected \"IPv4\" or \"IPv6\"")),
    }
}
