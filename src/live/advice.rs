//! What to tell about a call of AWS that failed, or could not be made: what happened, what to do, and the facts.

use super::problem::one_line;
use crate::aws::{Call, Error, ErrorKind};
use crate::resolve::Refusal;
use crate::resolve::refusal::Explanation;

/// Labels and values.
type Facts = Vec<(&'static str, String)>;

/// Summary and detail.
pub(super) fn advice(error: &Error) -> (&'static str, String) {
    let operation = error.operation;
    let action = missing_permission(error);
    match &error.kind {
        ErrorKind::AccessDenied => (
            "AWS Access Denied",
            format!(
                "AWS does not let these credentials call {action}, so nothing is known: neither that the resource \
                 exists nor that it does not. Allow the action for the role or user that they belong to; \
                 ecslive iam-policy prints the whole policy."
            ),
        ),
        ErrorKind::CredentialsRejected => (
            "AWS Credentials Rejected",
            "AWS did not accept the credentials: they are expired, wrong or incomplete. Renew them and ⟨plan again⟩."
                .to_owned(),
        ),
        ErrorKind::ClockDiffers => (
            "Clock Differs From AWS",
            "AWS did not accept the request because its time is too far from AWS's own. Set the clock of this machine, \
             which NTP does by itself, and ⟨plan again⟩."
                .to_owned(),
        ),
        ErrorKind::NoCredentials(_) => (
            "No AWS Credentials",
            "No AWS credentials could be found. Set them in the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY), ⟨credentials⟩, or run where a \
             container or instance role provides them. Below is each source that was tried, with why it has none."
                .to_owned(),
        ),
        ErrorKind::SsoLoginNeeded(profile) => ("AWS Login Needed", login("aws sso login", profile)),
        ErrorKind::ConsoleLoginNeeded(profile) => ("AWS Login Needed", login("aws login", profile)),
        ErrorKind::NoProfile(_) => (
            "AWS Profile Not Found",
            format!(
                "{}, and none of the files has a profile of this name. Correct the name, or name the file that has it \
                 in ⟨files⟩.",
                error.message
            ),
        ),
        ErrorKind::RoleNotAssumed(_) => (
            "AWS Role Not Assumed",
            format!(
                "AWS did not let these credentials assume the role, so nothing is known. Check that they may call \
                 {operation} for it, and that its trust policy lets them: the principal, the external id, the source \
                 identity and the tags it asks for."
            ),
        ),
        ErrorKind::AccountNotAllowed(_) => (
            "AWS Account Not Allowed",
            format!(
                "The credentials are for an account that may not be read: {}. Use credentials of another account, or \
                 change the list.",
                error.message
            ),
        ),
        ErrorKind::Misconfigured => {
            ("Unusable AWS Configuration", format!("{} Correct it and ⟨plan again⟩.", error.message))
        }
        ErrorKind::NoRegion => (
            "No AWS Region",
            "No AWS region is configured. Set ⟨a region⟩, or AWS_REGION in \
             the environment."
                .to_owned(),
        ),
        ErrorKind::Throttled => (
            "AWS Throttled the Requests",
            format!(
                "AWS kept refusing {operation} because too many requests arrived for the account and region. ⟨plan slower⟩"
            ),
        ),
        ErrorKind::Unreachable => (
            "AWS Not Reachable",
            "The endpoint gave no answer. Check the network, the proxy, the region and the ⟨endpoints⟩; \
             if the endpoint is right and the network is well, ⟨plan again⟩."
                .to_owned(),
        ),
        ErrorKind::Untrusted if !error.message.contains("authority") => (
            "AWS Certificate Not Trusted",
            "The AWS endpoint, or a proxy in between, shows a certificate that cannot be accepted; the cause below says \
             why. Check the ⟨endpoints⟩, the proxy, and the clock of this machine."
                .to_owned(),
        ),
        ErrorKind::Untrusted => (
            "AWS Certificate Not Trusted",
            "The AWS endpoint, or a proxy in between, shows a certificate that is not trusted. If the network \
             inspects TLS, set ⟨a bundle⟩ to a PEM \
             file with its certificate authority."
                .to_owned(),
        ),
        ErrorKind::BadAnswer => (
            "Unreadable AWS Answer",
            format!(
                "The answer to {operation} cannot be used, and nothing is assumed in its place. If an endpoint or a \
                 proxy is configured, check that it is the right one; otherwise please report this."
            ),
        ),
        ErrorKind::ServerFault => (
            "AWS Server Error",
            format!(
                "AWS, or something in front of it, failed to answer {operation}, as often as it was tried. ⟨Plan again⟩ later."
            ),
        ),
        ErrorKind::NotFound | ErrorKind::Rejected(_) => {
            (
                "AWS Refused the Request",
                format!(
                    "AWS refused {operation}, and the cause below is in the words of AWS. Correct what it names and \
                     ⟨plan again⟩."
                ),
            )
        }
    }
}

/// What is known of the failure: labels and values. `answered_by` tells whose credentials were used.
pub(super) fn facts(error: &Error, answered_by: Facts) -> Facts {
    match &error.kind {
        ErrorKind::NoRegion | ErrorKind::Misconfigured => return Facts::new(),
        ErrorKind::NoCredentials(tried) if !tried.is_empty() => {
            return tried.iter().map(|(source, reason)| (*source, one_line(reason))).collect();
        }
        ErrorKind::NoProfile(files) => return files.iter().map(|file| ("Looked at", one_line(file))).collect(),
        ErrorKind::SsoLoginNeeded(_) | ErrorKind::ConsoleLoginNeeded(_) => {
            return vec![("Cause", one_line(&error.message))];
        }
        ErrorKind::AccountNotAllowed(account) => return vec![("Account", account.clone())],
        _ => {}
    }
    let mut facts = match &error.kind {
        ErrorKind::RoleNotAssumed(role) => vec![("Role", role.clone())],
        ErrorKind::AccessDenied | ErrorKind::CredentialsRejected => answered_by,
        _ => Facts::new(),
    };
    let id = error.request_id.iter().map(|id| format!(" (request ID {id})"));
    facts.push(("AWS request", format!("{}{}", error.operation, id.collect::<String>())));
    let about_the_way = matches!(
        error.kind,
        ErrorKind::Unreachable
            | ErrorKind::Untrusted
            | ErrorKind::ServerFault
            | ErrorKind::Throttled
            | ErrorKind::BadAnswer
    );
    if let Some(call) = error.call.as_deref().filter(|_| about_the_way) {
        facts.extend(call.endpoint.iter().map(|endpoint| ("Endpoint", endpoint.clone())));
        facts.push(("Attempt", attempt(error, call)));
        let status = call.status.filter(|_| !error.message.starts_with("HTTP "));
        facts.extend(status.map(|status| ("HTTP status", status.to_string())));
    }
    facts.push(("Cause", one_line(&error.message)));
    facts
}

/// Which attempt was the last, and why if there could have been more.
fn attempt(error: &Error, call: &Call) -> String {
    let why = match error.kind {
        _ if call.attempt >= call.attempts => "",
        ErrorKind::Unreachable => ", given up because several in a row found nobody",
        ErrorKind::Untrusted => ", given up because the others would end the same way",
        _ => "",
    };
    format!("{}{why}", call.attempt())
}

/// Why the domain gives no answer. What an argument names and is not there, the summary names by its kind.
pub(super) fn explain(refusal: &Refusal) -> Explanation {
    let explanation = refusal.explain();
    match refusal {
        Refusal::Gone { arn, named_by: "the arguments" } => Explanation { summary: not_found(arn), ..explanation },
        _ => explanation,
    }
}

fn not_found(arn: &str) -> &'static str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    match resource.split('/').next() {
        Some("listener-rule") => "Listener Rule Not Found",
        Some("listener") => "Listener Not Found",
        Some("loadbalancer") => "Load Balancer Not Found",
        Some("targetgroup") => "Target Group Not Found",
        _ => "Load Balancer Resource Not Found",
    }
}

/// By what other reads are known to have the same failure: those that one mistake in the provider block causes.
pub(super) fn common(error: &Error) -> Option<String> {
    match &error.kind {
        ErrorKind::NoRegion
        | ErrorKind::Misconfigured
        | ErrorKind::NoProfile(_)
        | ErrorKind::NoCredentials(_)
        | ErrorKind::SsoLoginNeeded(_)
        | ErrorKind::ConsoleLoginNeeded(_)
        | ErrorKind::AccountNotAllowed(_)
        | ErrorKind::CredentialsRejected => Some(error.message.clone()),
        ErrorKind::ClockDiffers => Some("the clock".to_owned()),
        ErrorKind::RoleNotAssumed(role) => Some(role.clone()),
        ErrorKind::Unreachable | ErrorKind::Untrusted => {
            let endpoint = error.call.as_deref().and_then(|call| call.endpoint.as_deref());
            Some(format!("{} {}", endpoint?, error.message))
        }
        _ => None,
    }
}

/// The permission that is missing, as AWS names it; else that of the call. A call may take more than the one of its name: tags
/// are an action of their own.
pub fn missing_permission(error: &Error) -> &str {
    denied(&error.message).unwrap_or(error.operation)
}

fn denied(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("is not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?;
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-');
    (action.contains(':') && action.chars().all(valid)).then_some(action)
}

fn login(command: &str, profile: &str) -> String {
    format!(
        "The profile {profile:?} takes its credentials from a login session, and the session gives none: most often it \
         was never opened, or it is over. Log in and ⟨plan again⟩:\n\n  {command} --profile {}",
        shell_word(profile)
    )
}

/// A word as a shell takes it.
fn shell_word(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/' | '+'));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::subject::Subject;
    use crate::resolve::wording::Wording;

    fn shown(error: &Error) -> String {
        let subject = Subject::new(
            [("Cluster", "shop"), ("Service", "web"), ("Region", "eu-west-1")]
                .map(|(label, value)| (label, value.to_owned()))
                .to_vec(),
        );
        let problem = subject.failed(error);
        let facts: Vec<String> = problem.facts.iter().map(|(label, value)| format!("{label}: {value}")).collect();
        let detail = Wording::Terraform.write(&problem.detail);
        format!("Error: {}\n\n{detail}\n\n{}\n", problem.summary, facts.join("\n"))
    }

    fn error(kind: ErrorKind, message: &str) -> Error {
        Error::new(kind, "ecs:DescribeServices", message)
    }

    #[test]
    fn an_endpoint_that_gives_no_answer_is_named_with_the_attempt() {
        let call = Call {
            operation: "ecs:DescribeServices".to_owned(),
            endpoint: Some("https://ecs.eu-west-1.amazonaws.com".to_owned()),
            attempt: 25,
            attempts: 25,
            status: Some(502),
            cause: None,
        };
        let failed = Error { call: Some(Box::new(call)), ..error(ErrorKind::ServerFault, "HTTP 502") };
        insta::assert_snapshot!(shown(&failed), @r"
        Error: AWS Server Error

        AWS, or something in front of it, failed to answer ecs:DescribeServices, as often as it was tried. Plan again later.

        Cluster: shop
        Service: web
        Region: eu-west-1
        AWS request: ecs:DescribeServices
        Endpoint: https://ecs.eu-west-1.amazonaws.com
        Attempt: 25 of 25
        Cause: HTTP 502
        ");
        let failed = Error { kind: ErrorKind::Unreachable, message: "no answer within 30s".to_owned(), ..failed };
        insta::assert_snapshot!(shown(&failed), @r"
        Error: AWS Not Reachable

        The endpoint gave no answer. Check the network, the proxy, the region and the endpoints of the provider configuration; if the endpoint is right and the network is well, plan again.

        Cluster: shop
        Service: web
        Region: eu-west-1
        AWS request: ecs:DescribeServices
        Endpoint: https://ecs.eu-west-1.amazonaws.com
        Attempt: 25 of 25
        HTTP status: 502
        Cause: no answer within 30s
        ");
    }

    #[test]
    fn a_certificate_that_has_expired_is_no_question_of_authorities() {
        let text = shown(&error(ErrorKind::Untrusted, "the certificate has expired"));
        assert!(text.contains("the clock of this machine") && !text.contains("custom_ca_bundle"), "{text}");
    }

    #[test]
    fn a_login_that_is_needed_is_a_command_to_copy() {
        let kind = |profile: &str| ErrorKind::SsoLoginNeeded(profile.to_owned());
        insta::assert_snapshot!(shown(&error(kind("shop"), "the session token is missing")), @r#"
        Error: AWS Login Needed

        The profile "shop" takes its credentials from a login session, and the session gives none: most often it was never opened, or it is over. Log in and plan again:

          aws sso login --profile shop

        Cluster: shop
        Service: web
        Region: eu-west-1
        Cause: the session token is missing
        "#);
        let odd = shown(&error(kind("my shop's"), ""));
        assert!(odd.contains("aws sso login --profile 'my shop'\\''s'"), "{odd}");
    }

    #[test]
    fn a_profile_that_is_nowhere_is_looked_for_in_named_files() {
        let files = ["/home/ann/.aws/config (profiles default, shop)", "/home/ann/.aws/credentials (does not exist)"];
        let kind = ErrorKind::NoProfile(files.map(str::to_owned).to_vec());
        insta::assert_snapshot!(shown(&error(kind, "The profile of the provider block is \"shpo\"")), @r#"
        Error: AWS Profile Not Found

        The profile of the provider block is "shpo", and none of the files has a profile of this name. Correct the name, or name the file that has it in shared_config_files or shared_credentials_files.

        Cluster: shop
        Service: web
        Region: eu-west-1
        Looked at: /home/ann/.aws/config (profiles default, shop)
        Looked at: /home/ann/.aws/credentials (does not exist)
        "#);
    }

    #[test]
    fn what_an_argument_names_and_is_not_there_is_named_by_its_kind() {
        for (resource, summary) in [
            ("listener-rule/app/shop/1/2/3", "Listener Rule Not Found"),
            ("listener/app/shop/1/2", "Listener Not Found"),
            ("loadbalancer/app/shop/1", "Load Balancer Not Found"),
            ("targetgroup/shop/1", "Target Group Not Found"),
        ] {
            let arn = format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:{resource}");
            let refusal = |named_by| explain(&Refusal::Gone { arn: arn.clone(), named_by });
            assert_eq!(refusal("the arguments").summary, summary);
            assert_eq!(refusal("the service").summary, "Load Balancer Resource Not Found");
        }
    }

    #[test]
    fn what_one_mistake_causes_is_common_to_all_reads() {
        let common = |error: &Error| Subject::default().failed(error).common.into_iter().collect::<Vec<_>>();
        assert_eq!(common(&error(ErrorKind::NoRegion, "none")), ["No AWS Region: none"]);
        assert!(common(&error(ErrorKind::AccessDenied, "of this service")).is_empty());
    }
}
