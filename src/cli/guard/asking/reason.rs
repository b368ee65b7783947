//! Why AWS did not answer, as a sentence for people.

use crate::aws::{Error, ErrorKind};
use crate::guard::facts::{Answers, Fact, Reason};
use crate::resolve::Refusal;
use crate::resolve::wording::Wording;
use std::collections::BTreeMap;

/// True when no other call would fare better: there is no way to AWS, or nobody to be there.
pub fn is_out_of_reach(error: &Error) -> bool {
    use ErrorKind::{
        AccountNotAllowed, ClockDiffers, ConsoleLoginNeeded, CredentialsRejected, Misconfigured, NoCredentials,
        NoProfile, NoRegion, RoleNotAssumed, SsoLoginNeeded, Unreachable, Untrusted,
    };
    matches!(
        error.kind,
        NoCredentials(_)
            | NoProfile(_)
            | SsoLoginNeeded(_)
            | ConsoleLoginNeeded(_)
            | CredentialsRejected
            | ClockDiffers
            | RoleNotAssumed(_)
            | AccountNotAllowed(_)
            | Misconfigured
            | NoRegion
            | Unreachable
            | Untrusted
    )
}

/// What went wrong and what to do.
pub fn why(error: &Error) -> String {
    let (operation, message) = (asked(error), error.message.trim_end_matches('.'));
    match &error.kind {
        ErrorKind::AccessDenied => Reason::denied(error.operation).text,
        ErrorKind::NoCredentials(_) => {
            "No AWS credentials were found. Set AWS_PROFILE or --profile, give the job a role, or check the plan alone \
             with --offline."
                .to_owned()
        }
        ErrorKind::SsoLoginNeeded(profile) => {
            format!("The profile {profile:?} needs a login: run `aws sso login --profile {profile}`.")
        }
        ErrorKind::ConsoleLoginNeeded(profile) => {
            format!("The profile {profile:?} needs a login: run `aws login --profile {profile}`.")
        }
        ErrorKind::NoProfile(_) => format!("{message}. Correct AWS_PROFILE or --profile."),
        ErrorKind::CredentialsRejected => format!(
            "AWS does not accept the credentials at {operation}: {message}. They may have expired: sign in again."
        ),
        ErrorKind::ClockDiffers => format!(
            "AWS does not accept the time of this machine at {operation}: {message}. Set the clock and run guard again."
        ),
        ErrorKind::RoleNotAssumed(role) => {
            format!("The role {role} could not be assumed: {message}. Check its trust policy.")
        }
        ErrorKind::AccountNotAllowed(account) => format!("The account {account} may not be read: {message}."),
        ErrorKind::Misconfigured => format!("The AWS configuration cannot be used: {message}."),
        ErrorKind::NoRegion => {
            "No AWS region is known: the plan does not say one. Set AWS_REGION or --region.".to_owned()
        }
        ErrorKind::Unreachable => format!(
            "AWS could not be reached at {operation}: {message}. Check the network and the proxy, or check the plan \
             alone with --offline."
        ),
        ErrorKind::Untrusted => {
            format!(
                "The endpoint of {operation} shows a certificate that is not trusted: {message}. Set AWS_CA_BUNDLE."
            )
        }
        ErrorKind::Throttled => {
            format!("AWS asked to slow down at {operation}, after all attempts. Run guard again later.")
        }
        ErrorKind::ServerFault => format!("AWS failed at {operation}: {message}. Run guard again."),
        ErrorKind::BadAnswer => format!(
            "AWS gave an answer at {operation} that cannot be used: {message}. Check the endpoint and the proxy, if one is \
             set."
        ),
        ErrorKind::NotFound | ErrorKind::Rejected(_) => {
            format!("AWS refused {operation}: {message}. Correct what it names and run guard again.")
        }
    }
}

const ID: &str = " (request ID ";

/// The call, with the id that AWS gave it.
fn asked(error: &Error) -> String {
    let id = error.request_id.iter().map(|id| format!("{ID}{id})"));
    format!("{}{}", error.operation, id.collect::<String>())
}

/// The same failure of several calls is one reason, with the id of the first.
pub fn told_once(answers: &mut Answers) {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for fact in answers.values_mut() {
        let Fact::CannotTell(reason) = fact else { continue };
        let Some((before, rest)) = reason.text.split_once(ID) else { continue };
        let Some((_, after)) = rest.split_once(')') else { continue };
        let same = first.entry(format!("{before}{after}")).or_insert_with(|| reason.text.clone());
        reason.text.clone_from(same);
    }
}

/// The reason of a failed call; never absence.
pub fn reason(error: &Error) -> Reason {
    match &error.kind {
        ErrorKind::AccessDenied => Reason::denied(error.operation),
        _ => Reason::new(why(error)),
    }
}

/// The reason of a failed call as an answer.
pub fn cannot_tell(error: &Error) -> Fact {
    Fact::CannotTell(reason(error))
}

/// Why the facts allow no answer.
pub fn refused(refusal: &Refusal) -> Reason {
    let explained = refusal.explain();
    let facts: Vec<String> = explained.facts.iter().map(|(label, value)| format!("{label}: {value}")).collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join("; ")) };
    let text = format!("{}: {}{facts}", explained.summary, explained.detail);
    Reason::new(Wording::CommandLine.write(&text))
}
