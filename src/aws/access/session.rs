//! From settings to SDK clients: what all clients of all regions have in common.

use super::account::AccountCheck;
use super::assume_role::Sts;
use super::ca;
use super::client::sdk_client;
use super::credentials::{FirstCredentials, Parts};
use super::http::{Agent, LazyHttp};
use super::profiles;
use super::proxy::Proxies;
use super::settings::{Network, Patience, Retry, RetryMode, Settings};
use crate::aws::error::Error;
use crate::aws::identity::Identity;
use aws_config::identity::IdentityCache;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Attempts for a call when nobody says otherwise, as in hashicorp/aws.
const MAX_ATTEMPTS: u32 = 25;

/// How long finding credentials may take, a chain of roles and a slow `credential_process` included.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(120);

/// What all clients have in common.
pub struct Session {
    /// The configuration of the SDK, with credentials; without a region where none is configured.
    pub sdk: SdkConfig,
    /// Whether the account may be read.
    pub account: AccountCheck,
    /// Whose credentials they are.
    pub identity: Arc<Identity>,
    region: Option<String>,
    first: FirstCredentials,
}

impl Session {
    /// Reads the environment and the shared files. No network: credentials wait for the first call.
    ///
    /// `region` is that of the first read; STS is called there when no region is configured.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when something there cannot be used.
    pub async fn load(settings: &Settings, region: Option<&str>) -> Result<Self, Error> {
        let files = profiles::files(settings);
        let profiles = profiles::load(settings, &files).await?;
        let profile = |key: &str| profiles.get(key).map(str::to_owned).filter(|value| !value.is_empty());
        let configured = settings.region.clone().or_else(|| env("AWS_REGION")).or_else(|| env("AWS_DEFAULT_REGION"));
        let configured = configured.or_else(|| profile("region"));
        let region = configured.clone().or_else(|| region.map(str::to_owned)).map(Region::new);
        let agent = Agent::new(env("TF_APPEND_USER_AGENT").as_deref());
        let http = LazyHttp::new(Proxies::new(&settings.network, env), certificates(&settings.network)?, agent.clone());

        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
            .no_credentials()
            .profile_files(files.clone())
            .region(region.clone())
            .retry_config(retry(settings.retry, env, profile)?)
            .timeout_config(settings.network.patience.config());
        if let Some(name) = &settings.profile {
            loader = loader.profile_name(name);
        }
        if let Some(fips) = settings.use_fips {
            loader = loader.use_fips(fips);
        }
        if let Some(dual_stack) = settings.use_dual_stack {
            loader = loader.use_dual_stack(dual_stack);
        }
        let sdk = loader.load().await;

        let config = ProviderConfig::without_region()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_region(region)
            .with_use_fips(sdk.use_fips())
            .with_use_dual_stack(sdk.use_dual_stack());
        let identity = Arc::<Identity>::default();
        let sts_region = settings.sts_region.clone().map(Region::new).or_else(|| sdk.region().cloned());
        let sts = sdk.to_builder().region(sts_region.clone()).build();
        let sts = Sts::new(&sts, settings.endpoints.sts.clone(), &identity);
        let first = FirstCredentials::new(&Parts {
            settings,
            config: &config.clone().with_http_client(http),
            local: &config.with_http_client(LazyHttp::new(Proxies::default(), None, agent)),
            files: &files,
            profiles: &profiles,
            sts: &sts,
            identity: &identity,
        })?;
        let mut credentials = SharedCredentialsProvider::new(first.clone());
        for role in &settings.assume_roles {
            credentials = SharedCredentialsProvider::new(sts.assume(role.clone(), credentials));
        }
        let sdk = sdk.to_builder().credentials_provider(credentials).build();
        let client = sdk.to_builder().region(sts_region).build();
        let client = sdk_client!(aws_sdk_sts, &client, settings.endpoints.sts.as_ref());
        let account = AccountCheck::new(settings.accounts.clone(), client);
        Ok(Self { sdk, account, identity, region: configured, first })
    }

    /// The configured region, or that of the instance.
    pub async fn region(&self) -> Option<String> {
        match &self.region {
            Some(region) => Some(region.clone()),
            None => self.first.region().await,
        }
    }
}

/// A variable of the environment; an empty one counts as unset.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Patience {
    fn config(self) -> TimeoutConfig {
        let config = TimeoutConfig::builder().connect_timeout(self.connect).read_timeout(self.read);
        config.operation_attempt_timeout(self.attempt).build()
    }
}

fn certificates(network: &Network) -> Result<Option<Vec<u8>>, Error> {
    let (source, path) = match (&network.ca_bundle, env("AWS_CA_BUNDLE")) {
        (Some(path), _) => ("custom_ca_bundle of the provider block", path.clone()),
        (None, Some(path)) => ("AWS_CA_BUNDLE", PathBuf::from(path)),
        (None, None) => return Ok(None),
    };
    let pem = ca::bundle(&path);
    let pem =
        pem.map_err(|reason| Error::misconfigured(format!("{source} names {}, which {reason}.", path.display())))?;
    Ok(Some(pem))
}

fn retry(
    settings: Retry,
    env: impl Fn(&str) -> Option<String>,
    profile: impl Fn(&str) -> Option<String>,
) -> Result<RetryConfig, Error> {
    let outside = |variable: &'static str, key: &'static str| {
        let from_profile = || profile(key).map(|value| (key, value));
        env(variable).map(|value| (variable, value)).or_else(from_profile)
    };
    let attempts = match (settings.max_attempts, outside("AWS_MAX_ATTEMPTS", "max_attempts")) {
        (Some(attempts), _) => attempts,
        (None, Some((source, value))) => {
            let attempts = value.parse().ok().filter(|attempts| *attempts > 0);
            attempts
                .ok_or_else(|| Error::misconfigured(format!("{source} is {value:?}, which is no number above 0.")))?
        }
        (None, None) => MAX_ATTEMPTS,
    };
    let mode = match (settings.mode, outside("AWS_RETRY_MODE", "retry_mode")) {
        (Some(mode), _) => mode,
        (None, Some((source, value))) => RetryMode::from_str(&value).map_err(|()| {
            Error::misconfigured(format!("{source} is {value:?}, which is neither standard nor adaptive."))
        })?,
        (None, None) => RetryMode::Standard,
    };
    let config = match mode {
        RetryMode::Standard => RetryConfig::standard(),
        RetryMode::Adaptive => RetryConfig::adaptive(),
    };
    Ok(config.with_max_attempts(attempts))
}

impl FromStr for RetryMode {
    type Err = ();

    /// In any case. `legacy` is what other SDKs had before `standard`.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.to_ascii_lowercase().as_str() {
            "standard" | "legacy" => Ok(Self::Standard),
            "adaptive" => Ok(Self::Adaptive),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(argument: Option<u32>, env: Option<&str>, profile: Option<&str>) -> Result<u32, String> {
        let only = |value: Option<&str>, wanted: &'static str| {
            let value = value.map(str::to_owned);
            move |name: &str| value.clone().filter(|_| name == wanted)
        };
        let settings = Retry { max_attempts: argument, mode: None };
        let config = retry(settings, only(env, "AWS_MAX_ATTEMPTS"), only(profile, "max_attempts"));
        config.map(|config| config.max_attempts()).map_err(|error| error.message)
    }

    #[test]
    fn calls_are_tried_twenty_five_times_unless_somebody_says_otherwise() {
        assert_eq!(attempts(None, None, None), Ok(25));
        assert_eq!(attempts(None, None, Some("4")), Ok(4));
        assert_eq!(attempts(None, Some("3"), Some("4")), Ok(3));
        assert_eq!(attempts(Some(2), Some("3"), Some("4")), Ok(2));
        assert_eq!(
            attempts(None, Some("0"), None),
            Err("AWS_MAX_ATTEMPTS is \"0\", which is no number above 0.".to_owned())
        );
    }

    #[test]
    fn the_retry_mode_may_come_from_the_profile() {
        let profile = |name: &str| (name == "retry_mode").then(|| "Adaptive".to_owned());
        let mode = |settings| retry(settings, |_| None, profile).map(|config| config.mode());
        assert!(matches!(mode(Retry::default()), Ok(aws_config::retry::RetryMode::Adaptive)));
        let standard = Retry { mode: Some(RetryMode::Standard), ..Retry::default() };
        assert!(matches!(mode(standard), Ok(aws_config::retry::RetryMode::Standard)));
    }
}
