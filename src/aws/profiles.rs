//! The shared configuration and credentials files.

use super::error::{Error, causes};
use super::session::misconfigured;
use super::settings::{AssumeRole, RoleArn, Session, Settings};
use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use std::collections::BTreeMap;
use std::path::PathBuf;
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
        misconfigured(format!("The shared configuration and credentials files cannot be used: {reasons}."))
    })?;
    let asked = settings.profile.is_some() || (settings.credentials.is_none() && in_environment());
    let name = profiles.selected_profile();
    if asked && name != "default" && profiles.get_profile(name).is_none() {
        let source = if settings.profile.is_some() { "profile of the provider block" } else { "AWS_PROFILE" };
        return Err(misconfigured(format!("{source} is {name:?}, and no file has this profile{}.", missing(settings))));
    }
    Ok(profiles)
}

/// True when the selected profile says where its credentials come from, rightly or not. One with nothing but a region
/// leaves that to the container or the instance.
pub fn tells_credentials(profiles: &ProfileSet) -> bool {
    const KEYS: [&str; 10] = [
        "aws_access_key_id",
        "aws_secret_access_key",
        "credential_process",
        "credential_source",
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

/// The roles that the selected profile assumes with the credentials of another one, in order, and the name of that one.
///
/// None when it has no such role, or when something is wrong with the profiles, which the SDK then says. The SDK would
/// assume these roles too, but neither at the endpoint of the provider block nor for the duration of the profile.
pub fn chain(profiles: &ProfileSet) -> Option<(String, Vec<AssumeRole>)> {
    let mut roles = Vec::new();
    let mut seen = vec![profiles.selected_profile()];
    loop {
        let name = *seen.last()?;
        let profile = profiles.get_profile(name)?;
        let source = profile.get("source_profile").filter(|source| *source != name);
        let other = profile.get("credential_source").or_else(|| profile.get("web_identity_token_file"));
        let (Some(role), Some(source), None) = (profile.get("role_arn"), source, other) else { break };
        if seen.contains(&source) {
            return None;
        }
        let text = |key| profile.get(key).filter(|value| !value.is_empty()).map(str::to_owned);
        let duration = match profile.get("duration_seconds") {
            Some(seconds) => Some(Duration::from_secs(seconds.parse().ok()?)),
            None => None,
        };
        roles.push(AssumeRole {
            session: Session { name: text("role_session_name"), duration, ..Session::new(RoleArn::parse(role).ok()?) },
            external_id: text("external_id"),
            source_identity: None,
            tags: BTreeMap::new(),
            transitive_tag_keys: Vec::new(),
        });
        seen.push(source);
    }
    roles.reverse();
    (!roles.is_empty()).then_some(((*seen.last()?).to_owned(), roles))
}

fn in_environment() -> bool {
    std::env::var("AWS_PROFILE").is_ok_and(|name| !name.is_empty())
}

/// Which of the files that the provider block names are not there.
fn missing(settings: &Settings) -> String {
    let named = [&settings.shared_config_files, &settings.shared_credentials_files];
    let missing = named.into_iter().flatten().flatten().filter(|path| !path.is_file());
    let missing: Vec<String> = missing.map(|path: &PathBuf| path.display().to_string()).collect();
    if missing.is_empty() { String::new() } else { format!("; {} does not exist", missing.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source and the roles of the profile `x` in a configuration file.
    async fn chain_of_x(config: &str) -> Option<(String, Vec<String>)> {
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
        let profiles = aws_config::profile::load(&Fs::real(), &Env::from_slice(&[]), &files, Some("x".into())).await;
        let (source, roles) = chain(&profiles.expect("profiles"))?;
        Some((source, roles.into_iter().map(|role| role.session.role.as_str().to_owned()).collect()))
    }

    const A: &str = "arn:aws:iam::123456789012:role/a";
    const B: &str = "arn:aws:iam::123456789012:role/b";

    #[tokio::test]
    async fn roles_of_profiles_are_assumed_from_the_source_on() {
        let base = "[profile base]\naws_access_key_id = A\n";
        let one = format!("{base}[profile x]\nrole_arn = {A}\nsource_profile = base\n");
        assert_eq!(chain_of_x(&one).await, Some(("base".to_owned(), vec![A.to_owned()])));
        let y = format!("[profile y]\nrole_arn = {B}\nsource_profile = base\n");
        let two = format!("{base}{y}[profile x]\nrole_arn = {A}\nsource_profile = y\n");
        assert_eq!(chain_of_x(&two).await, Some(("base".to_owned(), vec![B.to_owned(), A.to_owned()])));
    }

    #[tokio::test]
    async fn other_profiles_are_left_to_the_sdk() {
        for config in [
            String::new(),
            "[profile x]\naws_access_key_id = A\n".to_owned(),
            format!("[profile x]\nrole_arn = {A}\nsource_profile = x\n"),
            format!("[profile x]\nrole_arn = {A}\ncredential_source = Environment\n"),
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
