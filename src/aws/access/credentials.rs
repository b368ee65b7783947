//! The first credentials, before any role is assumed: static ones, or the first source that has some.
//!
//! The order is that of hashicorp/aws, which is not that of the SDK: a profile that the provider block names goes
//! before the environment, and a web identity of the environment goes before a profile.

use super::assume_role::Sts;
use super::metadata;
use super::profiles;
use super::profiles::{Base, Login};
use super::sendable::unsendable;
use super::settings::{RoleArn, Session, Settings, Token, WebIdentity};
use crate::aws::cause::Cause;
use crate::aws::error::{Error, ErrorKind, causes, within};
use crate::aws::identity::Identity;
use crate::aws::progress::{Progress, Step};
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a failure to find credentials stands for all reads: long enough for a run, in which waiting for a metadata
/// service that is not there should happen once; short enough for somebody who logs in meanwhile.
const FORGET_AFTER: Duration = Duration::from_secs(30);

/// The sources of the first credentials. Its copies share what is remembered.
#[derive(Clone)]
pub struct FirstCredentials(Arc<Inner>);

struct Inner {
    sources: Vec<Source>,
    metadata: imds::Client,
    failure: Mutex<Option<(Instant, Error)>>,
    identity: Arc<Identity>,
}

/// A place where credentials may be.
struct Source {
    /// What it is called in a message.
    label: &'static str,
    empty: Empty,
    /// True when somebody said that the credentials are here: then no other source is asked.
    is_last: bool,
    /// Who has to log in for it, and how.
    login: Option<(String, Login)>,
    /// What it is called once it has given credentials.
    name: String,
    provider: Option<Box<dyn ProvideCredentials>>,
}

/// What it means that a source has none.
enum Empty {
    /// This, whatever the SDK says.
    Means(String),
    /// What the SDK says; this, if it says nothing.
    Otherwise(String),
}

/// What sources are made with.
pub struct Parts<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// For sources that call AWS.
    pub config: &'a ProviderConfig,
    /// For sources on this machine, which are never behind a proxy.
    pub local: &'a ProviderConfig,
    /// The shared files.
    pub files: &'a EnvConfigFiles,
    /// What is in them.
    pub profiles: &'a ProfileSet,
    /// For roles.
    pub sts: &'a Sts,
    /// What is learned about the credentials.
    pub identity: &'a Arc<Identity>,
}

impl FirstCredentials {
    /// The sources for these settings.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn new(parts: &Parts) -> Result<Self, Error> {
        let metadata = metadata::client(&parts.settings.metadata, parts.local)?;
        let sources = sources(parts, &metadata)?;
        Ok(Self(Arc::new(Inner { sources, metadata, failure: Mutex::default(), identity: Arc::clone(parts.identity) })))
    }

    /// The region of the instance, if the credentials come from one. hashicorp/aws looks there for no other reason.
    pub async fn region(&self) -> Option<String> {
        match self.0.find().await {
            Ok((METADATA, _)) => metadata::region(&self.0.metadata).await,
            _ => None,
        }
    }
}

const METADATA: &str = "Instance metadata";

fn sources(parts: &Parts, metadata: &imds::Client) -> Result<Vec<Source>, Error> {
    let settings = parts.settings;
    let none = || Empty::Otherwise("it has none".to_owned());
    if let Some(keys) = &settings.credentials {
        let keys = Credentials::new(&keys.access_key, &keys.secret_key, keys.token.clone(), None, "provider");
        return Ok(vec![Source::new("Provider block", none(), keys)]);
    }
    if let Some(identity) = &settings.web_identity {
        let role = parts.sts.assume_with_web_identity(identity.clone());
        return Ok(vec![Source::new("Web identity", none(), role)]);
    }
    let means = |text: &str| Empty::Means(text.to_owned());
    let mut sources = Vec::new();
    if settings.profile.is_none() {
        let unset = means("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set");
        sources.push(Source::new("Environment", unset, EnvironmentVariableCredentialsProvider::new()));
        let identity = web_identity(|name| std::env::var(name).ok())?;
        let unset = means("AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are not both set");
        let role = identity.map(|identity| Box::new(parts.sts.assume_with_web_identity(identity)) as _);
        sources.push(Source::maybe("Web identity", unset, role));
    }
    sources.push(profile(parts, metadata));
    let unset = means("neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
    sources.push(Source::new("Container", unset, container(parts)));
    if !settings.metadata.skip {
        sources.push(Source::new(METADATA, none(), instance(parts, metadata)));
    }
    Ok(sources)
}

fn container(parts: &Parts) -> EcsCredentialsProvider {
    EcsCredentialsProvider::builder().configure(parts.local).build()
}

fn instance(parts: &Parts, metadata: &imds::Client) -> ImdsCredentialsProvider {
    ImdsCredentialsProvider::builder().configure(parts.local).imds_client(metadata.clone()).build()
}

/// The selected profile of the shared files.
fn profile(parts: &Parts, metadata: &imds::Client) -> Source {
    let builder = ProfileFileCredentialsProvider::builder()
        .configure(parts.config)
        .profile_files(parts.files.clone())
        .with_custom_provider("EcsContainer", container(parts))
        .with_custom_provider("Ec2InstanceMetadata", instance(parts, metadata));
    let name = parts.profiles.selected_profile();
    let called = format!("profile {name}");
    let Some((base, roles)) = profiles::chain(parts.profiles) else {
        let empty = format!("the profile {name:?} of the shared files has no credentials, or there is none");
        let login = profiles::login(parts.profiles, name).map(|login| (name.to_owned(), login));
        let is_last = profiles::tells_credentials(parts.profiles);
        let source = Source::new("Profile", Empty::Otherwise(empty), builder.profile_name(name).build());
        return Source { is_last, login, name: called, ..source };
    };
    let (source, login, mut credentials) = match base {
        Base::Source(source) => {
            let credentials = match source.as_str() {
                "Environment" => SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
                "EcsContainer" => SharedCredentialsProvider::new(container(parts)),
                "Ec2InstanceMetadata" => SharedCredentialsProvider::new(instance(parts, metadata)),
                _ => SharedCredentialsProvider::new(builder.profile_name(name).build()),
            };
            (format!("credential_source {source}"), None, credentials)
        }
        Base::Profile(source) => {
            let login = profiles::login(parts.profiles, &source).map(|login| (source.clone(), login));
            let credentials = SharedCredentialsProvider::new(builder.profile_name(&source).build());
            (format!("source {source:?}"), login, credentials)
        }
    };
    let empty = format!("the profile {name:?} needs credentials of its {source}, which gives none");
    for role in roles {
        credentials = SharedCredentialsProvider::new(parts.sts.assume(role, credentials));
    }
    let source = Source::new("Profile", Empty::Otherwise(empty), credentials);
    Source { is_last: true, login, name: called, ..source }
}

/// The web identity that EKS, and whoever copies it, puts into the environment.
fn web_identity(env: impl Fn(&str) -> Option<String>) -> Result<Option<WebIdentity>, Error> {
    let set = |name| env(name).filter(|value| !value.is_empty());
    let (Some(file), Some(role)) = (set("AWS_WEB_IDENTITY_TOKEN_FILE"), set("AWS_ROLE_ARN")) else { return Ok(None) };
    let role = RoleArn::parse(&role)
        .map_err(|error| Error::misconfigured(format!("AWS_ROLE_ARN cannot be used: {error}.")))?;
    let session = Session { name: set("AWS_ROLE_SESSION_NAME"), ..Session::new(role) };
    Ok(Some(WebIdentity { session, token: Token::File(file.into()) }))
}

impl Source {
    fn new(label: &'static str, empty: Empty, provider: impl ProvideCredentials + 'static) -> Self {
        Self::maybe(label, empty, Some(Box::new(provider)))
    }

    fn maybe(label: &'static str, empty: Empty, provider: Option<Box<dyn ProvideCredentials>>) -> Self {
        Self { label, empty, is_last: false, login: None, name: label.to_lowercase(), provider }
    }

    /// Credentials; none with a reason; or an error that ends the search.
    async fn ask(&self) -> Result<Result<Credentials, String>, Error> {
        let empty = |said: String| match &self.empty {
            Empty::Otherwise(_) if !said.is_empty() => said,
            Empty::Means(text) | Empty::Otherwise(text) => text.clone(),
        };
        let Some(provider) = &self.provider else { return Ok(Err(empty(String::new()))) };
        let error = match provider.provide_credentials().await {
            Ok(credentials) => return self.sendable(credentials).map(Ok),
            Err(error) => error,
        };
        let is_empty = matches!(error, CredentialsError::CredentialsNotLoaded(_));
        let (reason, behind) = match within(&error) {
            Some(Error { kind: ErrorKind::NoCredentials(tried), message, .. }) if tried.is_empty() => {
                (format!("{}: {message}", empty(String::new())), message.clone())
            }
            Some(ours) => return Err(ours.clone()),
            None => {
                let said = Cause::told(&error).map(|cause| cause.to_string());
                let said = said.unwrap_or_else(|| causes(&error).join(": "));
                (if is_empty { empty(said.clone()) } else { said.clone() }, said)
            }
        };
        match &self.login {
            Some((profile, login)) if !matches!(error, CredentialsError::InvalidConfiguration(_)) => {
                let kind = match login {
                    Login::Sso => ErrorKind::SsoLoginNeeded(profile.clone()),
                    Login::Console => ErrorKind::ConsoleLoginNeeded(profile.clone()),
                };
                Err(Error::new(kind, "credentials", behind))
            }
            _ if is_empty => Ok(Err(reason)),
            _ => {
                let tried = ErrorKind::NoCredentials(vec![(self.label, reason)]);
                Err(Error::new(tried, "credentials", "a source failed"))
            }
        }
    }

    fn sendable(&self, credentials: Credentials) -> Result<Credentials, Error> {
        let Some(what) = unsendable(&credentials) else { return Ok(credentials) };
        let reason = format!("it gave {what} with a line break or another character that cannot be sent");
        Err(Error::new(ErrorKind::NoCredentials(vec![(self.label, reason)]), "credentials", "a source failed"))
    }
}

impl Inner {
    /// The credentials of the first source that has some, with its label.
    async fn find(&self) -> Result<(&'static str, Credentials), Error> {
        let remembered = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, error)) = remembered.filter(|(since, _)| since.elapsed() < FORGET_AFTER) {
            return Err(error);
        }
        let result = self.search().await;
        if let Err(error) = &result {
            let failure = Some((Instant::now(), error.clone()));
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        }
        result
    }

    async fn search(&self) -> Result<(&'static str, Credentials), Error> {
        let mut tried = Vec::new();
        for source in &self.sources {
            let _step = Progress::current().map(|reader| reader.step(Step::Credentials(source.label)));
            match source.ask().await {
                Ok(Ok(credentials)) => {
                    tracing::info!(source = source.name, "found credentials");
                    self.identity.came_from(source.name.clone(), credentials.account_id().map(|id| id.as_str()));
                    return Ok((source.label, credentials));
                }
                Ok(Err(reason)) if source.is_last => {
                    tried.push((source.label, reason));
                    break;
                }
                Ok(Err(reason)) => tried.push((source.label, reason)),
                Err(Error { kind: ErrorKind::NoCredentials(failed), message, .. }) => {
                    tried.extend(failed);
                    return Err(Error::new(ErrorKind::NoCredentials(tried), "credentials", message));
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(ErrorKind::NoCredentials(tried), "credentials", "no source has credentials"))
    }
}

impl fmt::Debug for FirstCredentials {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("FirstCredentials")
    }
}

impl ProvideCredentials for FirstCredentials {
    fn provide_credentials<'a>(&'a self) -> Provided<'a>
    where
        Self: 'a,
    {
        Provided::new(async {
            let found = self.0.find().await.map_err(CredentialsError::provider_error)?;
            Ok(found.1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(env: &[(&str, &str)]) -> Result<Option<WebIdentity>, Error> {
        web_identity(|name| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_web_identity_of_the_environment_needs_a_file_and_a_role() {
        let file = ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
        assert!(matches!(from(&[file]), Ok(None)));
        assert!(matches!(from(&[file, ("AWS_ROLE_ARN", "")]), Ok(None)));
        let identity = from(&[file, ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod")]);
        let Ok(Some(WebIdentity { token: Token::File(path), .. })) = identity else { panic!("no web identity") };
        assert_eq!(path.to_str(), Some("/token"));
        let Err(error) = from(&[file, ("AWS_ROLE_ARN", "pod")]) else { panic!("no error") };
        assert!(error.message.starts_with("AWS_ROLE_ARN cannot be used: \"pod\" is not an ARN"), "{error}");
    }
}
