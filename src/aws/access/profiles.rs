//! The shared configuration and credentials files.

use super::settings::{AssumeRole, RoleArn, Session, Settings};
use crate::aws::error::{Error, ErrorKind, causes};
use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The files: those of the settings, else those of the environment, else the usual ones.
///
/// A file that does not exist counts as empty, as in hashicorp/aws: a provider block is shared by machines that have
/// different files, or only an environment.
pub fn files(settings: &Settings) -> EnvConfigFiles {
    let mut files = EnvConfigFiles::builder();
    let kinds = [
        (EnvConfigFileKind::Config, &settings.shared_config_files),
        (EnvConfigFileKind::Credentials, &settings.shared_credentials_files),
    ];
    for (kind, paths) in kinds {
        let Some(paths) = paths else {
            files = match kind {
                EnvConfigFileKind::Config => files.include_default_config_file(true),
                EnvConfigFileKind::Credentials => files.include_default_credentials_file(true),
            };
            continue;
        };
        // So that there is one at all, which the SDK insists on.
        files = files.with_contents(kind, "");
        for path in paths.iter().filter(|path| path.is_file()) {
            files = files.with_file(kind, path);
        }
    }
    files.build()
}

/// Reads the files.
///
/// # Errors
/// When one cannot be read or parsed, or none has the profile that somebody asked for.
pub async fn load(settings: &Settings, files: &EnvConfigFiles) -> Result<ProfileSet, Error> {
    let name = settings.profile.clone().map(Into::into);
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), files, name).await;
    let profiles = profiles.map_err(|error| {
        let reasons = std::iter::once(error.to_string()).chain(causes(&error)).collect::<Vec<_>>().join(": ");
        Error::misconfigured(format!("The shared configuration and credentials files cannot be used: {reasons}."))
    })?;
    let asked = settings.profile.is_some() || (settings.credentials.is_none() && in_environment());
    let name = profiles.selected_profile();
    if asked && name != "default" && profiles.get_profile(name).is_none() {
        let source = if settings.profile.is_some() { "⟨The profile⟩" } else { "AWS_PROFILE" };
        let kind = ErrorKind::NoProfile(looked_at(settings).await);
        return Err(Error::new(kind, "configuration", format!("{source} is {name:?}")));
    }
    Ok(profiles)
}

/// The files, each with the profiles in it.
async fn looked_at(settings: &Settings) -> Vec<String> {
    let kinds = [
        (EnvConfigFileKind::Config, &settings.shared_config_files, "AWS_CONFIG_FILE", "config"),
        (
            EnvConfigFileKind::Credentials,
            &settings.shared_credentials_files,
            "AWS_SHARED_CREDENTIALS_FILE",
            "credentials",
        ),
    ];
    let mut looked_at = Vec::new();
    for (kind, paths, variable, name) in kinds {
        let usual = || std::env::home_dir().map(|home| home.join(".aws").join(name));
        let of_variable = || std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
        let paths = paths.clone().unwrap_or_else(|| of_variable().or_else(usual).into_iter().collect());
        for path in paths {
            let found = if path.is_file() { names(kind, &path).await } else { "does not exist".to_owned() };
            looked_at.push(format!("{} ({found})", path.display()));
        }
    }
    looked_at
}

/// The profiles in one file.
async fn names(kind: EnvConfigFileKind, path: &Path) -> String {
    let file = EnvConfigFiles::builder().with_file(kind, path).build();
    let Ok(profiles) = aws_config::profile::load(&Fs::real(), &Env::real(), &file, None).await else {
        return "cannot be read".to_owned();
    };
    let mut names: Vec<&str> = profiles.profiles().collect();
    names.sort_unstable();
    match names.as_slice() {
        [] => "no profiles".to_owned(),
        [name] => format!("profile {name}"),
        names => format!("profiles {}", names.join(", ")),
    }
}

/// How somebody logs in who uses a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// `aws sso login`.
    Sso,
    /// `aws login`.
    Console,
}

/// How somebody logs in for the credentials of this very profile, if it needs that.
pub fn login(profiles: &ProfileSet, name: &str) -> Option<Login> {
    let profile = profiles.get_profile(name)?;
    let has = |keys: &[&str]| keys.iter().any(|key| profile.get(key).is_some());
    match () {
        () if has(&["sso_session", "sso_start_url"]) => Some(Login::Sso),
        () if has(&["login_session"]) => Some(Login::Console),
        () => None,
    }
}

/// True when the selected profile says where its credentials come from, rightly or not. One with nothing but a region
/// leaves that to the container or the instance.
pub fn tells_credentials(profiles: &ProfileSet) -> bool {
    const KEYS: [&str; 11] = [
        "aws_access_key_id",
        "aws_secret_access_key",
        "credential_process",
        "credential_source",
        "login_session",
        "role_arn",
        "source_profile",
        "sso_account_id",
        "sso_session",
        "sso_start_url",
        "web_identity_token_file",
    ];
    let profile = profiles.get_profile(profiles.selected_profile());
    profile.is_some_and(|profile| KEYS.iter().any(|key| profile.get(key).is_some()))
}

/// Where the credentials come from with which the roles of a profile are assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// From this profile.
    Profile(String),
    /// From this `credential_source`.
    Source(String),
}

/// The roles that the selected profile assumes with the credentials of another one or of a `credential_source`, in order,
/// and where these come from.
///
/// None when it has no such role, or when something is wrong with the profiles, which the SDK then says. The SDK would
/// assume these roles too, but neither at the endpoint of the provider block nor for the duration of the profile.
pub fn chain(profiles: &ProfileSet) -> Option<(Base, Vec<AssumeRole>)> {
    let mut roles = Vec::new();
    let mut seen = vec![profiles.selected_profile()];
    let base = loop {
        let name = *seen.last()?;
        let profile = profiles.get_profile(name)?;
        let text = |key| profile.get(key).filter(|value| !value.is_empty());
        let Some(role) = text("role_arn").filter(|_| text("web_identity_token_file").is_none()) else {
            break Base::Profile(name.to_owned());
        };
        let (source, other) = (profile.get("source_profile"), text("credential_source"));
        if source == Some(name) && other.is_none() {
            break Base::Profile(name.to_owned());
        }
        let duration = match text("duration_seconds") {
            Some(seconds) => Some(Duration::from_secs(seconds.parse().ok()?)),
            None => None,
        };
        let session_name = text("role_session_name").map(str::to_owned);
        roles.push(AssumeRole {
            session: Session { name: session_name, duration, ..Session::new(RoleArn::parse(role).ok()?) },
            external_id: text("external_id").map(str::to_owned),
            source_identity: None,
            tags: BTreeMap::new(),
            transitive_tag_keys: Vec::new(),
        });
        match (source, other) {
            (None, Some(other)) => break Base::Source(other.to_owned()),
            (Some(source), None) if !seen.contains(&source) => seen.push(source),
            _ => return None,
        }
    };
    roles.reverse();
    (!roles.is_empty()).then_some((base, roles))
}

fn in_environment() -> bool {
    std::env::var("AWS_PROFILE").is_ok_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source and the roles of the profile `x` in a configuration file.
    async fn chain_of_x(config: &str) -> Option<(Base, Vec<String>)> {
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
        let profiles = aws_config::profile::load(&Fs::real(), &Env::from_slice(&[]), &files, Some("x".into())).await;
        let (source, roles) = chain(&profiles.expect("profiles"))?;
        Some((source, roles.into_iter().map(|role| role.session.role.as_str().to_owned()).collect()))
    }

    const A: &str = "arn:aws:iam::123456789012:role/a";
    const B: &str = "arn:aws:iam::123456789012:role/b";

    fn profile(name: &str) -> Base {
        Base::Profile(name.to_owned())
    }

    #[tokio::test]
    async fn roles_of_profiles_are_assumed_from_the_source_on() {
        let base = "[profile base]\naws_access_key_id = A\n";
        let one = format!("{base}[profile x]\nrole_arn = {A}\nsource_profile = base\n");
        assert_eq!(chain_of_x(&one).await, Some((profile("base"), vec![A.to_owned()])));
        let y = format!("[profile y]\nrole_arn = {B}\nsource_profile = base\n");
        let two = format!("{base}{y}[profile x]\nrole_arn = {A}\nsource_profile = y\n");
        assert_eq!(chain_of_x(&two).await, Some((profile("base"), vec![B.to_owned(), A.to_owned()])));
    }

    #[tokio::test]
    async fn a_credential_source_may_be_where_the_roles_begin() {
        let one = format!("[profile x]\nrole_arn = {A}\ncredential_source = Environment\n");
        let source = Base::Source("Environment".to_owned());
        assert_eq!(chain_of_x(&one).await, Some((source.clone(), vec![A.to_owned()])));
        let two = format!(
            "[profile x]\nrole_arn = {A}\nsource_profile = y\n[profile y]\nrole_arn = {B}\ncredential_source = \
             Environment\n"
        );
        assert_eq!(chain_of_x(&two).await, Some((source, vec![B.to_owned(), A.to_owned()])));
    }

    #[tokio::test]
    async fn other_profiles_are_left_to_the_sdk() {
        for config in [
            String::new(),
            "[profile x]\naws_access_key_id = A\n".to_owned(),
            format!("[profile x]\nrole_arn = {A}\nsource_profile = x\n"),
            format!("[profile x]\nrole_arn = {A}\ncredential_source = Environment\nsource_profile = y\n[profile y]\n"),
            format!("[profile x]\nrole_arn = {A}\nweb_identity_token_file = /token\n"),
            format!("[profile x]\nrole_arn = {A}\nsource_profile = missing\n"),
            "[profile x]\nrole_arn = a\nsource_profile = y\n[profile y]\n".to_owned(),
            format!(
                "[profile x]\nrole_arn = {A}\nsource_profile = y\n[profile y]\nrole_arn = {B}\nsource_profile = x\n"
            ),
        ] {
            assert_eq!(chain_of_x(&config).await, None, "{config}");
        }
    }
}
