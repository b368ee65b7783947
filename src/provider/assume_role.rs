//! `assume_role` and `assume_role_with_web_identity`: roles, and the sessions they are assumed for.

use super::text::{any, optional, path};
use crate::aws::settings::{AssumeRole, PolicyArn, RoleArn, Session, Token, WebIdentity};
use crate::data_sources;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, NestedBlock};
use crate::tf::{Diagnostic, Diagnostics, Path, Type};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

const ASSUME_ROLE: &str = "assume_role";
const WITH_WEB_IDENTITY: &str = "assume_role_with_web_identity";

/// How long AWS lets a session last.
const DURATIONS: std::ops::RangeInclusive<Duration> = Duration::from_secs(15 * 60)..=Duration::from_secs(12 * 60 * 60);

/// What both blocks have.
struct SessionBlock {
    role: Arg<RoleArn>,
    name: Arg<String>,
    duration: Arg<Duration>,
    policy: Arg<String>,
    policy_arns: Arg<Vec<PolicyArn>>,
}

impl SessionBlock {
    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::string("role_arn").optional().describe("ARN of the IAM role."),
            Attribute::string("session_name")
                .optional()
                .describe("Name of the session, as CloudTrail shows it. Defaults to `terraform-provider-ecslive`."),
            Attribute::string("duration")
                .optional()
                .describe("How long the session lasts, from `15m` to `12h`. Defaults to what STS gives, one hour."),
            Attribute::string("policy").optional().describe("IAM policy in JSON that narrows what the session may do."),
            Attribute::set("policy_arns", Type::String)
                .optional()
                .describe("ARNs of IAM policies that narrow what the session may do."),
        ]
    }

    fn config(fields: &mut Fields) -> Self {
        Self {
            role: optional(fields, "role_arn", RoleArn::parse),
            name: optional(fields, "session_name", |text| session_text(text, "a session name", 2..=64, "+=,.@-_")),
            duration: optional(fields, "duration", duration),
            policy: optional(fields, "policy", policy),
            policy_arns: fields.parse_all("policy_arns", PolicyArn::parse),
        }
    }

    /// The session, if there is a role.
    fn settings(self) -> Result<Option<Session>, Diagnostic> {
        let Some(role) = self.role.optional("role_arn")? else { return Ok(None) };
        Ok(Some(Session {
            role,
            name: self.name.optional("session_name")?,
            duration: self.duration.optional("duration")?,
            policy: self.policy.optional("policy")?,
            policy_arns: self.policy_arns.optional("policy_arns")?.unwrap_or_default(),
        }))
    }
}

/// One `assume_role` block.
pub struct RoleBlock {
    session: SessionBlock,
    external_id: Arg<String>,
    source_identity: Arg<String>,
    tags: Arg<BTreeMap<String, String>>,
    transitive_tag_keys: Arg<Vec<String>>,
}

impl RoleBlock {
    /// The block of the schema.
    pub fn block() -> NestedBlock {
        let mut attributes = SessionBlock::attributes();
        attributes.extend([
            Attribute::string("external_id").optional().describe("What the role's trust policy asks for."),
            Attribute::string("source_identity").optional().describe("Who is behind the session."),
            Attribute::map("tags", Type::String).optional().describe("Session tags."),
            Attribute::set("transitive_tag_keys", Type::String)
                .optional()
                .describe("Keys of the session tags that the next roles of a chain inherit."),
        ]);
        NestedBlock::list(ASSUME_ROLE, attributes).describe(
            "A role to assume before anything is read. Several blocks are a chain: each role is assumed with the \
             credentials of the one before. A block whose `role_arn` is null or empty is skipped.",
        )
    }

    /// Takes all blocks out of a configuration.
    pub fn config(fields: &mut Fields) -> Vec<Self> {
        let mut roles = Vec::new();
        for mut block in fields.nested_list(ASSUME_ROLE) {
            roles.push(Self {
                session: SessionBlock::config(&mut block),
                external_id: optional(&mut block, "external_id", |text| {
                    session_text(text, "an external id", 2..=1224, "+=,.@:/-_")
                }),
                source_identity: optional(&mut block, "source_identity", |text| {
                    session_text(text, "a source identity", 2..=64, "+=,.@-_")
                }),
                tags: block.arg("tags"),
                transitive_tag_keys: block.parse_all("transitive_tag_keys", any),
            });
            fields.absorb(block);
        }
        roles
    }

    /// The role, if the block names one.
    ///
    /// # Errors
    /// When a value is unknown.
    pub fn settings(self) -> Result<Option<AssumeRole>, Diagnostic> {
        let Some(session) = self.session.settings()? else { return Ok(None) };
        Ok(Some(AssumeRole {
            session,
            external_id: self.external_id.optional("external_id")?,
            source_identity: self.source_identity.optional("source_identity")?,
            tags: self.tags.optional("tags")?.unwrap_or_default(),
            transitive_tag_keys: self.transitive_tag_keys.optional("transitive_tag_keys")?.unwrap_or_default(),
        }))
    }
}

/// The `assume_role_with_web_identity` block.
pub struct WebIdentityBlock {
    session: SessionBlock,
    token: Arg<String>,
    token_file: Arg<PathBuf>,
}

impl WebIdentityBlock {
    /// The block of the schema.
    pub fn block() -> NestedBlock {
        let mut attributes = SessionBlock::attributes();
        attributes.extend([
            Attribute::string("web_identity_token").optional().sensitive().describe("The token itself."),
            Attribute::string("web_identity_token_file")
                .optional()
                .describe("File with the token. It is read anew whenever credentials are renewed."),
        ]);
        NestedBlock::list(WITH_WEB_IDENTITY, attributes).between(0, 1).describe(
            "A role to assume with a web identity (OIDC) instead of other credentials, and before the roles of \
             `assume_role`. Needs `role_arn`, and either `web_identity_token` or `web_identity_token_file`.",
        )
    }

    /// Takes the block out of a configuration.
    pub fn config(fields: &mut Fields) -> Option<Self> {
        let mut found = None;
        for mut block in fields.nested_list(WITH_WEB_IDENTITY) {
            found = Some(Self {
                session: SessionBlock::config(&mut block),
                token: optional(&mut block, "web_identity_token", |text| {
                    any(text).map_err(|_| "the token must not be blank")
                }),
                token_file: optional(&mut block, "web_identity_token_file", path),
            });
            fields.absorb(block);
        }
        found
    }

    /// What is wrong between the arguments; with `static_keys` there are other credentials.
    pub fn validate(&self, static_keys: bool) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        let mut wrong = |summary: &str, name: &str, detail: &str| {
            diagnostics.push(Diagnostic::error(summary, detail).at(place().nested(name)));
        };
        if self.session.role.is_null() {
            wrong("Missing Argument", "role_arn", "The argument role_arn is required: which role to assume.");
        }
        match (&self.token, &self.token_file) {
            (Arg::Known(_), Arg::Known(_)) => {
                let detail = "web_identity_token and web_identity_token_file are both set. Keep one.";
                wrong("Conflicting Arguments", "web_identity_token", detail);
            }
            (Arg::Null, Arg::Null) => {
                let detail = "Neither web_identity_token nor web_identity_token_file is set. Set one of them.";
                wrong("Missing Argument", "web_identity_token", detail);
            }
            _ => {}
        }
        if static_keys {
            let detail = "access_key and assume_role_with_web_identity both give the first credentials. Keep one.";
            diagnostics.push(Diagnostic::error("Conflicting Credentials", detail).at(Path::attribute("access_key")));
        }
        diagnostics
    }

    /// The role and the token.
    ///
    /// # Errors
    /// When a value is unknown or missing, or the file is not there.
    pub fn settings(self) -> Result<WebIdentity, Diagnostic> {
        let missing = |name: &str| {
            Diagnostic::error("Missing Argument", format!("The argument {name} is required.")).at(place().nested(name))
        };
        let session = self.session.settings()?.ok_or_else(|| missing("role_arn"))?;
        if let Some(token) = self.token.optional("web_identity_token")? {
            return Ok(WebIdentity { session, token: Token::Inline(token) });
        }
        let file = self.token_file.optional("web_identity_token_file")?;
        let file = file.ok_or_else(|| missing("web_identity_token"))?;
        if !file.is_file() {
            let detail = format!("There is no file {}. Correct the path, or create the file first.", file.display());
            return Err(Diagnostic::error("File Not Found", detail).at(place().nested("web_identity_token_file")));
        }
        Ok(WebIdentity { session, token: Token::File(file) })
    }
}

fn place() -> Path {
    Path::attribute(WITH_WEB_IDENTITY).index(0)
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = data_sources::duration(text)?;
    if DURATIONS.contains(&duration) {
        Ok(duration)
    } else {
        Err(format!("{text:?} is not a duration of a session: it lasts from 15m to 12h"))
    }
}

/// A text that STS takes: bounded, of letters, digits and some other characters. What is wrong is said without the
/// value, which may be secret.
fn session_text(
    text: &str,
    what: &str,
    length: std::ops::RangeInclusive<usize>,
    others: &str,
) -> Result<String, String> {
    let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
    if fits && length.contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        let (min, max) = length.into_inner();
        Err(format!("not {what}: expected {min} to {max} letters, digits and {others}"))
    }
}

fn policy(text: &str) -> Result<String, String> {
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(_)) => Ok(text.to_owned()),
        Ok(_) => Err("not an IAM policy: expected a JSON object".to_owned()),
        Err(error) => Err(format!("not an IAM policy in JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_last_from_fifteen_minutes_to_twelve_hours() {
        for (text, seconds) in [("15m", Some(900)), ("12h", Some(43_200)), ("1h30m", Some(5400))] {
            assert_eq!(duration(text).ok().map(|duration| duration.as_secs()), seconds, "{text}");
        }
        for text in ["14m59s", "12h1s", "3600", "one hour", "-1h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn session_names_have_the_characters_and_the_length_that_sts_takes() {
        let name = |text| session_text(text, "a session name", 2..=64, "+=,.@-_").is_ok();
        let (longest, longer) = ("x".repeat(64), "x".repeat(65));
        assert!(["ab", "ci-42@shop.test", &longest].into_iter().all(name));
        assert!(!["a", "a b", "a/b", "ä-ö", &longer].into_iter().any(name));
    }

    #[test]
    fn policies_are_json_objects() {
        assert!(policy("{\"Version\": \"2012-10-17\"}").is_ok());
        assert!(policy("[]").is_err() && policy("{").is_err());
    }
}
