//! The provider block: how to reach AWS. Nothing else.

use crate::aws::{Clients, Endpoints, Settings, StaticCredentials};
use crate::data_sources;
use crate::framework::{AnyDataSource, AnyFunction, Provider};
use crate::functions;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block, NestedBlock};
use crate::tf::{Diagnostic, Diagnostics, Path};

/// The provider.
pub struct Ecslive;

/// The configuration.
pub struct Config {
    region: Arg<String>,
    profile: Arg<String>,
    access_key: Arg<String>,
    secret_key: Arg<String>,
    token: Arg<String>,
    endpoints: Vec<EndpointsBlock>,
}

/// One `endpoints` block: URLs in the order of [`ENDPOINTS`].
type EndpointsBlock = Vec<(&'static str, Arg<String>)>;

/// Endpoint arguments with the service that each is for: hashicorp/aws has several names for ELBv2.
const ENDPOINTS: [(&str, &str); 7] = [
    ("ecs", "ecs"),
    ("elbv2", "elbv2"),
    ("elb", "elbv2"),
    ("elasticloadbalancing", "elbv2"),
    ("elasticloadbalancingv2", "elbv2"),
    ("codedeploy", "codedeploy"),
    ("ecr", "ecr"),
];

impl Provider for Ecslive {
    type Clients = Clients;
    type Config = Config;

    const NAME: &'static str = "ecslive";

    fn schema() -> Block {
        let endpoint = |(name, service): (&'static str, &'static str)| {
            let text = match (name, service) {
                ("ecs", _) => "URL to use instead of the Amazon ECS endpoint.".to_owned(),
                ("codedeploy", _) => "URL to use instead of the AWS CodeDeploy endpoint.".to_owned(),
                ("ecr", _) => "URL to use instead of the Amazon ECR endpoint.".to_owned(),
                ("elbv2", _) => "URL to use instead of the Elastic Load Balancing (v2) endpoint.".to_owned(),
                (_, service) => format!("Another name for `{service}`."),
            };
            Attribute::string(name).optional().describe(text)
        };
        Block::new(vec![
            Attribute::string("region")
                .optional()
                .describe("AWS region. Defaults to `AWS_REGION`, then to the profile's, then to the instance's."),
            Attribute::string("profile")
                .optional()
                .describe("Profile of the shared configuration and credentials files."),
            Attribute::string("access_key").optional().describe("Access key id. Needs `secret_key`."),
            Attribute::string("secret_key").optional().sensitive().describe("Secret access key. Needs `access_key`."),
            Attribute::string("token").optional().sensitive().describe("Session token of temporary credentials."),
        ])
        .describe(
            "Tells Terraform what is live in Amazon ECS. The arguments are those of hashicorp/aws, with the same \
             meaning; what is left out comes from the environment, as it does there.",
        )
        .with_block(
            NestedBlock::list("endpoints", ENDPOINTS.into_iter().map(endpoint).collect())
                .describe("Endpoints to use instead of AWS's own."),
        )
    }

    fn config(fields: &mut Fields) -> Config {
        let region = fields.parse("region", data_sources::region);
        let mut endpoints = Vec::new();
        for mut block in fields.nested_list("endpoints") {
            endpoints.push(ENDPOINTS.iter().map(|(name, _)| (*name, block.parse(name, url))).collect());
            fields.absorb(block);
        }
        let mut text = |name| fields.parse(name, not_empty);
        Config {
            region,
            profile: text("profile"),
            access_key: text("access_key"),
            secret_key: text("secret_key"),
            token: text("token"),
            endpoints,
        }
    }

    fn validate(config: &Config) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        let mut needs = |given: &'static str, missing: &'static str| {
            let detail = format!(
                "{given} is set and {missing} is not. Static credentials need both; remove {given} to \
                                  use the environment or a profile."
            );
            diagnostics.extend([Diagnostic::error("Incomplete Credentials", detail).at(Path::attribute(given))]);
        };
        match (config.access_key.is_null(), config.secret_key.is_null(), config.token.is_null()) {
            (false, true, _) => needs("access_key", "secret_key"),
            (true, false, _) => needs("secret_key", "access_key"),
            (true, true, false) => needs("token", "access_key"),
            _ => {}
        }
        diagnostics.extend(twice(config));
        diagnostics
    }

    fn configure(config: Config) -> Result<Clients, Diagnostics> {
        let access_key = config.access_key.optional("access_key")?;
        let secret_key = config.secret_key.optional("secret_key")?;
        let token = config.token.optional("token")?;
        let credentials = access_key.zip(secret_key);
        let mut endpoints = Endpoints::default();
        for (name, url) in config.endpoints.into_iter().flatten() {
            let slot = match service_of(name) {
                "ecs" => &mut endpoints.ecs,
                "elbv2" => &mut endpoints.elbv2,
                "ecr" => &mut endpoints.ecr,
                _ => &mut endpoints.codedeploy,
            };
            if let Some(url) = url.optional("endpoints")? {
                *slot = Some(url);
            }
        }
        Ok(Clients::new(Settings {
            region: config.region.optional("region")?,
            profile: config.profile.optional("profile")?,
            credentials: credentials.map(|(access_key, secret_key)| StaticCredentials {
                access_key,
                secret_key,
                token,
            }),
            endpoints,
        }))
    }

    fn data_sources() -> Vec<Box<dyn AnyDataSource<Clients>>> {
        data_sources::all()
    }

    fn functions() -> Vec<Box<dyn AnyFunction>> {
        functions::all()
    }
}

fn service_of(endpoint: &str) -> &'static str {
    ENDPOINTS.iter().find(|(name, _)| *name == endpoint).map_or("", |(_, service)| service)
}

/// Endpoint arguments that give one service two URLs.
fn twice(config: &Config) -> Diagnostics {
    let mut seen: Vec<(&str, &str, usize)> = Vec::new();
    let mut diagnostics = Diagnostics::default();
    for (index, block) in config.endpoints.iter().enumerate() {
        for (name, _) in block.iter().filter(|(_, url)| !url.is_null()) {
            let service = service_of(name);
            match seen.iter().find(|(_, other, _)| *other == service) {
                None => seen.push((name, service, index)),
                Some((first, ..)) => {
                    let detail = format!("{first} and {name} both give the endpoint of {service}. Keep one.");
                    let path = Path::attribute("endpoints").index(index).nested(*name);
                    diagnostics.extend([Diagnostic::error("Conflicting Endpoints", detail).at(path)]);
                }
            }
        }
    }
    diagnostics
}

fn not_empty(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("the value must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// An endpoint: `http://` or `https://`, a host, maybe a port and a path; no credentials, query or fragment.
fn url(text: &str) -> Result<String, String> {
    let bad = || format!("{text:?} is not an endpoint URL: expected something like \"https://ecs.example.com:8443\"");
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(bad)?;
    let authority = rest.split('/').next().unwrap_or_default();
    let plain = rest.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>' | '\\'));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if plain && !host.is_empty() && !authority.contains('@') && port_fits { Ok(text.to_owned()) } else { Err(bad()) }
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
            "",
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
}
