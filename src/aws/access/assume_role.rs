//! Temporary credentials from AWS STS: roles assumed with other credentials or with a web identity.
//!
//! Asked of STS directly, because the SDK's own providers know neither source identities nor inherited tags nor tokens
//! that are not in a file. Who uses them caches them: the SDK's identity cache, until shortly before they expire.

use super::client::sdk_client;
use super::sendable::unsendable;
use super::settings::{AssumeRole, Session, Token, WebIdentity};
use crate::aws::cause::unreadable;
use crate::aws::error::{Error, ErrorKind};
use crate::aws::identity::Identity;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::types::{self, PolicyDescriptorType, Tag};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Name of a session for which nobody gave one, as CloudTrail shows it.
const SESSION_NAME: &str = "terraform-provider-ecslive";

/// Attempts for a call to STS: whoever waits for credentials has not even started.
const ATTEMPTS: u32 = 3;

/// Makes clients for STS.
#[derive(Clone)]
pub struct Sts {
    sdk: SdkConfig,
    endpoint: Option<String>,
    identity: Arc<Identity>,
}

impl Sts {
    /// Clients like others of `sdk`, for the endpoint if there is one. `sdk` has no credentials.
    pub fn new(sdk: &SdkConfig, endpoint: Option<String>, identity: &Arc<Identity>) -> Self {
        let mode = sdk.retry_config().map_or_else(RetryConfig::standard, Clone::clone);
        let retry = mode.clone().with_max_attempts(mode.max_attempts().min(ATTEMPTS));
        Self { sdk: sdk.to_builder().retry_config(retry).build(), endpoint, identity: Arc::clone(identity) }
    }

    fn client(&self, credentials: Option<SharedCredentialsProvider>) -> aws_sdk_sts::Client {
        let mut sdk = self.sdk.to_builder();
        sdk.set_credentials_provider(credentials);
        sdk_client!(aws_sdk_sts, &sdk.build(), self.endpoint.as_ref())
    }

    /// Credentials of a role, assumed with other credentials.
    pub fn assume(&self, role: AssumeRole, with: SharedCredentialsProvider) -> AssumedRole {
        AssumedRole { role, client: self.client(Some(with)), identity: Arc::clone(&self.identity) }
    }

    /// Credentials of a role, assumed with a web identity.
    pub fn assume_with_web_identity(&self, identity: WebIdentity) -> IdentifiedRole {
        IdentifiedRole { web: identity, client: self.client(None), identity: Arc::clone(&self.identity) }
    }
}

/// Credentials of a role, assumed with other credentials.
pub struct AssumedRole {
    role: AssumeRole,
    client: aws_sdk_sts::Client,
    identity: Arc<Identity>,
}

/// Credentials of a role, assumed with a web identity.
pub struct IdentifiedRole {
    web: WebIdentity,
    client: aws_sdk_sts::Client,
    identity: Arc<Identity>,
}

impl AssumedRole {
    async fn credentials(&self) -> Result<Credentials, Error> {
        let AssumeRole { session, external_id, source_identity, tags, transitive_tag_keys } = &self.role;
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let tags = tags.collect::<Result<Vec<_>, _>>().map_err(|error| {
            Error::new(ErrorKind::Misconfigured, ASSUME_ROLE, format!("A session tag cannot be sent: {error}."))
        })?;
        tracing::info!(role = session.role.as_str(), "assuming a role");
        let request = self
            .client
            .assume_role()
            .role_arn(session.role.as_str())
            .role_session_name(session.name.as_deref().unwrap_or(SESSION_NAME))
            .set_duration_seconds(seconds(session.duration))
            .set_policy(session.policy.clone())
            .set_policy_arns(policies(session))
            .set_external_id(external_id.clone())
            .set_source_identity(source_identity.clone())
            .set_tags(some(tags))
            .set_transitive_tag_keys(some(transitive_tag_keys.clone()));
        let answer = request.send().await.map_err(|error| refused(session, Error::from_sdk(ASSUME_ROLE, &error)))?;
        self.identity.assumed(session.role.as_str());
        temporary(ASSUME_ROLE, answer.credentials)
    }
}

impl IdentifiedRole {
    async fn credentials(&self) -> Result<Credentials, Error> {
        let WebIdentity { session, token } = &self.web;
        let token = match token {
            Token::Inline(token) => token.clone(),
            Token::File(path) => std::fs::read_to_string(path).map_err(|error| {
                let why = unreadable(&error);
                let message = format!("The web identity token file {} cannot be read: {why}.", path.display());
                Error::new(ErrorKind::Misconfigured, ASSUME_ROLE_WITH_WEB_IDENTITY, message)
            })?,
        };
        tracing::info!(role = session.role.as_str(), "assuming a role with a web identity");
        let request = self
            .client
            .assume_role_with_web_identity()
            .role_arn(session.role.as_str())
            .role_session_name(session.name.as_deref().unwrap_or(SESSION_NAME))
            .web_identity_token(token.trim())
            .set_duration_seconds(seconds(session.duration))
            .set_policy(session.policy.clone())
            .set_policy_arns(policies(session));
        let answer = request.send().await;
        let answer =
            answer.map_err(|error| refused(session, Error::from_sdk(ASSUME_ROLE_WITH_WEB_IDENTITY, &error)))?;
        self.identity.assumed(session.role.as_str());
        temporary(ASSUME_ROLE_WITH_WEB_IDENTITY, answer.credentials)
    }
}

const ASSUME_ROLE: &str = "sts:AssumeRole";
const ASSUME_ROLE_WITH_WEB_IDENTITY: &str = "sts:AssumeRoleWithWebIdentity";

fn seconds(duration: Option<Duration>) -> Option<i32> {
    duration.and_then(|duration| duration.as_secs().try_into().ok())
}

fn policies(session: &Session) -> Option<Vec<PolicyDescriptorType>> {
    some(session.policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn.as_str()).build()).collect())
}

/// An empty list is not sent at all.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// An error of STS as one about a role. One that lies further back in the chain stays as it is.
fn refused(session: &Session, error: Error) -> Error {
    match error.kind {
        ErrorKind::AccessDenied | ErrorKind::Rejected(_) if error.operation.starts_with("sts:AssumeRole") => {
            Error { kind: ErrorKind::RoleNotAssumed(session.role.as_str().to_owned()), ..error }
        }
        _ => error,
    }
}

fn temporary(operation: &'static str, answer: Option<types::Credentials>) -> Result<Credentials, Error> {
    let unusable = |what: &str| Error::bad_answer(operation, None, format!("STS gave {what}"));
    let answer = answer.ok_or_else(|| unusable("no credentials"))?;
    let expiry = SystemTime::try_from(answer.expiration).map_err(|_| unusable("an expiration that is no time"))?;
    let (key, secret, token) = (answer.access_key_id, answer.secret_access_key, answer.session_token);
    let credentials = Credentials::new(key, secret, Some(token), Some(expiry), "sts");
    match unsendable(&credentials) {
        Some(what) => Err(unusable(&format!("{what} that cannot be sent"))),
        None => Ok(credentials),
    }
}

/// Neither role nor client may be printed: they hold tokens and external ids.
macro_rules! provider {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl ProvideCredentials for $name {
            fn provide_credentials<'a>(&'a self) -> Provided<'a>
            where
                Self: 'a,
            {
                Provided::new(async { self.credentials().await.map_err(CredentialsError::provider_error) })
            }
        }
    };
}

provider!(AssumedRole);
provider!(IdentifiedRole);
