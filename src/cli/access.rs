//! How to reach AWS: the options that every subcommand takes. What they leave out comes from the environment.

use crate::aws::Clients;
use crate::aws::settings::{AssumeRole, Endpoints, RoleArn, Session, Settings};
use crate::resolve::arn::NameError;
use clap::Args;
use std::collections::BTreeMap;

/// The options.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "AWS")]
pub struct Access {
    /// AWS region; else AWS_REGION, AWS_DEFAULT_REGION, the profile's
    #[arg(long, global = true, value_name = "REGION", value_parser = region)]
    pub region: Option<String>,
    /// Profile of the shared configuration and credentials files; else AWS_PROFILE
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// URL that replaces all of AWS's own endpoints
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Role to assume; repeat it for a chain, in order
    #[arg(long, global = true, value_name = "ARN", value_parser = role)]
    pub assume_role: Vec<RoleArn>,
}

impl Access {
    /// Clients with these options.
    pub fn clients(&self) -> Clients {
        let url = || self.endpoint_url.clone();
        let role = |role: &RoleArn| AssumeRole {
            session: Session::new(role.clone()),
            external_id: None,
            source_identity: None,
            tags: BTreeMap::new(),
            transitive_tag_keys: Vec::new(),
        };
        Clients::new(Settings {
            region: self.region.clone(),
            profile: self.profile.clone(),
            assume_roles: self.assume_role.iter().map(role).collect(),
            endpoints: Endpoints { ecs: url(), elbv2: url(), codedeploy: url(), ecr: url(), sts: url() },
            ..Settings::default()
        })
    }
}

fn role(text: &str) -> Result<RoleArn, NameError> {
    RoleArn::parse(text)
}

fn region(text: &str) -> Result<String, String> {
    crate::resolve::name::region(text)
}
