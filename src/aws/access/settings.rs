//! How to reach AWS, as the provider configuration says it. Everything it leaves out comes from the environment, the
//! shared files and the instance or container.
//!
//! Nothing here has a `Debug`: most of it is secret, or may hold something that is.

use crate::resolve::arn::{Arn, NameError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// All of it.
#[derive(Clone, Default)]
pub struct Settings {
    /// Region for reads that name none.
    pub region: Option<String>,
    /// Region in which STS is called, if not that one.
    pub sts_region: Option<String>,
    /// Profile of the shared files. It goes before credentials in the environment.
    pub profile: Option<String>,
    /// Shared configuration files instead of `~/.aws/config`. Those that do not exist count as empty.
    pub shared_config_files: Option<Vec<PathBuf>>,
    /// Shared credentials files instead of `~/.aws/credentials`. Those that do not exist count as empty.
    pub shared_credentials_files: Option<Vec<PathBuf>>,
    /// Static credentials.
    pub credentials: Option<StaticCredentials>,
    /// A role to assume with a web identity in place of other credentials.
    pub web_identity: Option<WebIdentity>,
    /// Roles to assume, each with the credentials of the one before.
    pub assume_roles: Vec<AssumeRole>,
    /// Which accounts may be read.
    pub accounts: Accounts,
    /// Endpoint URLs that replace AWS's own.
    pub endpoints: Endpoints,
    /// FIPS endpoints, where no URL is given.
    pub use_fips: Option<bool>,
    /// Dual-stack endpoints, where no URL is given.
    pub use_dual_stack: Option<bool>,
    /// The instance metadata service.
    pub metadata: Metadata,
    /// How often to try.
    pub retry: Retry,
    /// Proxies and certificates.
    pub network: Network,
}

/// Static credentials.
#[derive(Clone)]
pub struct StaticCredentials {
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: String,
    /// Session token, for temporary credentials.
    pub token: Option<String>,
}

/// What sessions of both kinds of roles have.
#[derive(Clone)]
pub struct Session {
    /// The role.
    pub role: RoleArn,
    /// Name of the session, as CloudTrail shows it.
    pub name: Option<String>,
    /// How long the credentials last; AWS says one hour unless told otherwise.
    pub duration: Option<Duration>,
    /// An IAM policy in JSON that narrows what the session may do.
    pub policy: Option<String>,
    /// IAM policies that narrow what the session may do.
    pub policy_arns: Vec<PolicyArn>,
}

impl Session {
    /// A session for a role, with nothing else said.
    pub fn new(role: RoleArn) -> Self {
        Self { role, name: None, duration: None, policy: None, policy_arns: Vec::new() }
    }
}

/// ARN of an IAM role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleArn(Arn);

/// ARN of an IAM policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyArn(Arn);

impl RoleArn {
    /// Parses the ARN.
    ///
    /// # Errors
    /// [`NameError`] when the text is no ARN or the ARN of something else.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        iam(text, "role/", "an IAM role").map(Self)
    }

    /// The ARN as it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PolicyArn {
    /// Parses the ARN.
    ///
    /// # Errors
    /// [`NameError`] when the text is no ARN or the ARN of something else.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        iam(text, "policy/", "an IAM policy").map(Self)
    }

    /// The ARN as it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

fn iam(text: &str, prefix: &str, expected: &'static str) -> Result<Arn, NameError> {
    let arn = Arn::parse(text)?;
    let name = arn.resource().strip_prefix(prefix).unwrap_or_default();
    if arn.service() == "iam" && !name.is_empty() {
        Ok(arn)
    } else {
        Err(NameError::WrongKind { text: text.to_owned(), expected })
    }
}

/// A role to assume.
#[derive(Clone)]
pub struct AssumeRole {
    /// Role and session.
    pub session: Session,
    /// What the trust policy of the role may ask for.
    pub external_id: Option<String>,
    /// Who is behind the session.
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that further sessions of the chain inherit.
    pub transitive_tag_keys: Vec<String>,
}

/// A role to assume with a web identity.
#[derive(Clone)]
pub struct WebIdentity {
    /// Role and session.
    pub session: Session,
    /// The token.
    pub token: Token,
}

/// Where a web identity token is.
#[derive(Clone)]
pub enum Token {
    /// Here.
    Inline(String),
    /// In a file, which is read anew each time because tokens are renewed there.
    File(PathBuf),
}

/// Which accounts may be read. Without any account, all.
#[derive(Clone, Default)]
pub struct Accounts {
    /// Only these.
    pub allowed: Vec<String>,
    /// All but these.
    pub forbidden: Vec<String>,
}

/// Endpoint URLs by service.
#[derive(Clone, Default)]
pub struct Endpoints {
    /// Amazon ECS.
    pub ecs: Option<String>,
    /// Elastic Load Balancing, version 2.
    pub elbv2: Option<String>,
    /// AWS CodeDeploy.
    pub codedeploy: Option<String>,
    /// Amazon ECR.
    pub ecr: Option<String>,
    /// AWS STS.
    pub sts: Option<String>,
}

/// The instance metadata service.
#[derive(Clone, Default)]
pub struct Metadata {
    /// URL instead of the well-known address.
    pub endpoint: Option<String>,
    /// Which of the two well-known addresses.
    pub mode: Option<MetadataMode>,
    /// True when nobody there is asked for credentials.
    pub skip: bool,
}

/// Which address of the instance metadata service.
#[derive(Clone, Copy)]
pub enum MetadataMode {
    /// `169.254.169.254`.
    IpV4,
    /// `fd00:ec2::254`.
    IpV6,
}

/// How often to try.
#[derive(Clone, Copy, Default)]
pub struct Retry {
    /// Attempts for a call, the first included; 1 or more.
    pub max_attempts: Option<u32>,
    /// How to slow down.
    pub mode: Option<RetryMode>,
}

/// How to slow down between attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    /// Waits longer from attempt to attempt.
    Standard,
    /// Also keeps all calls below a rate that follows the throttling of AWS.
    Adaptive,
}

/// Proxies and certificates. An empty URL means no proxy, whatever the environment says.
#[derive(Clone, Default)]
pub struct Network {
    /// Proxy for `http://` endpoints, and for `https://` when nothing else names one.
    pub http_proxy: Option<String>,
    /// Proxy for `https://` endpoints.
    pub https_proxy: Option<String>,
    /// Hosts, domains and networks that are reached without a proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// PEM file of the certificate authorities to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// How long one attempt waits.
    pub patience: Patience,
}

/// How long one attempt of a call may take before it counts as failed and the next one is made.
///
/// Nobody can set it from outside: `max_retries` and `timeouts` say how much patience there is in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until there is a connection, TLS and proxy included.
    pub connect: Duration,
    /// From the request to the first byte of the answer.
    pub read: Duration,
    /// For all of it, the body included.
    pub attempt: Duration,
}

/// The connection: 3.1 s as in AWS's SDK for Rust (aws-smithy-runtime, `DEFAULT_CONNECT_TIMEOUT`), which leaves time for
/// a lost packet to be sent twice more. The first byte: 30 s as in the SDK for Java 2.x (`SdkHttpConfigurationOption`);
/// 60 s as in botocore would lose a plan a minute to one lost packet, while the calls made here take AWS less than a
/// second. The whole attempt: twice that, which is botocore's `read_timeout`; the SDK for Rust has no limit by itself.
impl Default for Patience {
    fn default() -> Self {
        let [connect, read, attempt] = [3_100, 30_000, 60_000].map(Duration::from_millis);
        Self { connect, read, attempt }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_policies_of_every_partition_are_known_by_their_arns() {
        for text in ["arn:aws:iam::123456789012:role/deploy", "arn:aws-cn:iam::123456789012:role/team/deploy"] {
            assert_eq!(RoleArn::parse(text).map(|arn| arn.as_str() == text), Ok(true));
        }
        assert!(PolicyArn::parse("arn:aws:iam::aws:policy/ReadOnlyAccess").is_ok());
    }

    #[test]
    fn an_arn_of_something_else_is_no_role() {
        for text in [
            "deploy",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:user/deploy",
            "arn:aws:sts::123456789012:assumed-role/deploy/session",
            "arn:aws:ecs:eu-west-1:123456789012:role/deploy",
        ] {
            assert!(RoleArn::parse(text).is_err(), "{text}");
        }
    }
}
