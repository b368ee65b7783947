//! The provider block: how to reach AWS. Nothing else.

mod assume_role;
mod endpoints;
mod foreign;
mod network;
mod text;

use crate::aws::Clients;
use crate::aws::settings::{Accounts, Settings, StaticCredentials};
use crate::data_sources;
use crate::framework::{AnyDataSource, AnyFunction, Provider};
use crate::functions;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostic, Diagnostics, Path, Type};
use assume_role::{RoleBlock, WebIdentityBlock};
use endpoints::EndpointsBlock;
use foreign::Foreign;
use network::NetworkArguments;
use std::path::PathBuf;
use text::{account, any, optional, path};

/// The provider.
pub struct Ecslive;

/// The configuration.
pub struct Config {
    region: Arg<String>,
    sts_region: Arg<String>,
    profile: Arg<String>,
    shared_config_files: Arg<Vec<PathBuf>>,
    shared_credentials_files: Arg<Vec<PathBuf>>,
    access_key: Arg<String>,
    secret_key: Arg<String>,
    token: Arg<String>,
    allowed_account_ids: Arg<Vec<String>>,
    forbidden_account_ids: Arg<Vec<String>>,
    assume_roles: Vec<RoleBlock>,
    web_identity: Option<WebIdentityBlock>,
    endpoints: Vec<EndpointsBlock>,
    network: NetworkArguments,
    foreign: Foreign,
}

impl Provider for Ecslive {
    type Clients = Clients;
    type Config = Config;

    const NAME: &'static str = "ecslive";

    fn schema() -> Block {
        let mut attributes = vec![
            Attribute::string("region").optional().describe(
                "AWS region. Defaults to `AWS_REGION`, then to `AWS_DEFAULT_REGION`, then to the profile's, then to the \
                 instance's if the credentials are the instance's.",
            ),
            Attribute::string("sts_region").optional().describe(
                "AWS region in which roles are assumed and the account is asked for. Defaults to the provider's region.",
            ),
            Attribute::string("profile").optional().describe(
                "Profile of the shared configuration and credentials files. It goes before credentials in the \
                 environment. Defaults to `AWS_PROFILE`, which does not.",
            ),
            Attribute::list("shared_config_files", Type::String).optional().describe(
                "Shared configuration files. Defaults to `AWS_CONFIG_FILE`, then to `~/.aws/config`. Files that do not \
                 exist count as empty.",
            ),
            Attribute::list("shared_credentials_files", Type::String).optional().describe(
                "Shared credentials files. Defaults to `AWS_SHARED_CREDENTIALS_FILE`, then to `~/.aws/credentials`. \
                 Files that do not exist count as empty.",
            ),
            Attribute::string("access_key").optional().describe("Access key id. Needs `secret_key`."),
            Attribute::string("secret_key").optional().sensitive().describe("Secret access key. Needs `access_key`."),
            Attribute::string("token").optional().sensitive().describe("Session token of temporary credentials."),
            Attribute::set("allowed_account_ids", Type::String).optional().describe(
                "Accounts that may be read; all others are an error. Conflicts with `forbidden_account_ids`.",
            ),
            Attribute::set("forbidden_account_ids", Type::String)
                .optional()
                .describe("Accounts that must not be read. Conflicts with `allowed_account_ids`."),
        ];
        attributes.extend(NetworkArguments::attributes());
        attributes.extend(Foreign::attributes());
        let block = Block::new(attributes)
            .describe(
                "Tells Terraform what is live in Amazon ECS. The arguments are those of hashicorp/aws, with the same \
                 meaning; what is left out comes from the environment, as it does there.",
            )
            .with_block(RoleBlock::block())
            .with_block(WebIdentityBlock::block())
            .with_block(EndpointsBlock::block());
        Foreign::blocks().into_iter().fold(block, Block::with_block)
    }

    fn config(fields: &mut Fields) -> Config {
        Config {
            region: optional(fields, "region", data_sources::region),
            sts_region: optional(fields, "sts_region", data_sources::region),
            profile: optional(fields, "profile", any),
            shared_config_files: fields.parse_all("shared_config_files", path),
            shared_credentials_files: fields.parse_all("shared_credentials_files", path),
            access_key: optional(fields, "access_key", any),
            secret_key: optional(fields, "secret_key", any),
            token: optional(fields, "token", any),
            allowed_account_ids: fields.parse_all("allowed_account_ids", account),
            forbidden_account_ids: fields.parse_all("forbidden_account_ids", account),
            assume_roles: RoleBlock::config(fields),
            web_identity: WebIdentityBlock::config(fields),
            endpoints: EndpointsBlock::config(fields),
            network: NetworkArguments::config(fields),
            foreign: Foreign::config(fields),
        }
    }

    fn validate(config: &Config) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        let mut needs = |given: &'static str, missing: &'static str| {
            let detail = format!(
                "{given} is set and {missing} is not. Static credentials need both; remove {given} to use the \
                 environment or a profile."
            );
            diagnostics.push(Diagnostic::error("Incomplete Credentials", detail).at(Path::attribute(given)));
        };
        // What is not known yet may turn out to be null.
        let (access_key, secret_key) = (&config.access_key, &config.secret_key);
        if access_key.known().is_some() && secret_key.is_null() {
            needs("access_key", "secret_key");
        } else if secret_key.known().is_some() && access_key.is_null() {
            needs("secret_key", "access_key");
        } else if config.token.known().is_some() && access_key.is_null() && secret_key.is_null() {
            needs("token", "access_key");
        }
        let lists = [&config.allowed_account_ids, &config.forbidden_account_ids];
        if lists.iter().all(|list| list.known().is_some_and(|accounts| !accounts.is_empty())) {
            let detail = "allowed_account_ids and forbidden_account_ids are both set. Keep one.";
            let diagnostic = Diagnostic::error("Conflicting Arguments", detail);
            diagnostics.push(diagnostic.at(Path::attribute("forbidden_account_ids")));
        }
        if let Some(identity) = &config.web_identity {
            diagnostics.extend(identity.validate(config.access_key.known().is_some()));
        }
        diagnostics.extend(EndpointsBlock::validate(&config.endpoints));
        diagnostics.extend(config.foreign.validate());
        diagnostics
    }

    fn without_effect() -> &'static [&'static str] {
        &foreign::WITHOUT_EFFECT
    }

    fn configure(config: Config) -> Result<Clients, Diagnostics> {
        let access_key = config.access_key.optional("access_key")?;
        let secret_key = config.secret_key.optional("secret_key")?;
        let token = config.token.optional("token")?;
        let credentials = access_key.zip(secret_key);
        let roles = config.assume_roles.into_iter().filter_map(|role| role.settings().transpose());
        let mut settings = Settings {
            region: config.region.optional("region")?,
            profile: config.profile.optional("profile")?,
            shared_config_files: some(config.shared_config_files.optional("shared_config_files")?),
            shared_credentials_files: some(config.shared_credentials_files.optional("shared_credentials_files")?),
            credentials: credentials.map(|(access_key, secret_key)| StaticCredentials {
                access_key,
                secret_key,
                token,
            }),
            web_identity: config.web_identity.map(WebIdentityBlock::settings).transpose()?,
            assume_roles: roles.collect::<Result<_, _>>()?,
            accounts: Accounts {
                allowed: config.allowed_account_ids.optional("allowed_account_ids")?.unwrap_or_default(),
                forbidden: config.forbidden_account_ids.optional("forbidden_account_ids")?.unwrap_or_default(),
            },
            endpoints: EndpointsBlock::settings(config.endpoints)?,
            sts_region: config.sts_region.optional("sts_region")?,
            ..Settings::default()
        };
        config.network.settings(&mut settings)?;
        Ok(Clients::new(settings))
    }

    fn data_sources() -> Vec<Box<dyn AnyDataSource<Clients>>> {
        data_sources::all()
    }

    fn functions() -> Vec<Box<dyn AnyFunction>> {
        functions::all()
    }
}

/// An empty list of files is as good as none.
fn some(files: Option<Vec<PathBuf>>) -> Option<Vec<PathBuf>> {
    files.filter(|files| !files.is_empty())
}
