//! The shared configuration and credentials files.

use super::error::{Error, causes};
use super::session::misconfigured;
use super::settings::Settings;
use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use std::path::PathBuf;

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
