//! Why AWS did not answer, in the words of every other command, as one paragraph.

use super::time::Unanswered;
use crate::aws::ErrorKind;
use crate::guard::facts::{Answers, Fact, Reason};
use crate::live;
use crate::resolve::Refusal;
use crate::resolve::wording::Wording;
use std::collections::BTreeMap;

/// True when no other call would fare better: there is no way to AWS, or nobody to be there.
pub fn is_out_of_reach(unanswered: &Unanswered) -> bool {
    use ErrorKind::{
        AccountNotAllowed, ClockDiffers, ConsoleLoginNeeded, CredentialsRejected, Misconfigured, NoCredentials,
        NoProfile, NoRegion, RoleNotAssumed, SsoLoginNeeded, Unreachable, Untrusted,
    };
    let Unanswered::Failed(error) = unanswered else { return true };
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

/// What went wrong, what to do, and what is known of it.
pub fn why(unanswered: &Unanswered) -> String {
    let text = match unanswered {
        Unanswered::Failed(error) => {
            let problem = live::failed(error);
            paragraph(&problem.summary, &problem.detail, &problem.facts)
        }
        Unanswered::Late { limit, waiting } => {
            let (summary, detail) = live::timed_out(*limit);
            paragraph(summary, &detail, waiting)
        }
    };
    let alone = " To check the plan without AWS, use --offline.";
    format!("{text}{}", if is_out_of_reach(unanswered) { alone } else { "" })
}

fn paragraph(summary: &str, detail: &str, facts: &[(&'static str, String)]) -> String {
    let facts: Vec<String> = facts.iter().map(|(label, value)| format!("{label}: {value}")).collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join("; ")) };
    let text = Wording::Guard.write(&format!("{summary}: {detail}{facts}"));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const ID: &str = " (request ID ";

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

/// The reason of a missing answer; never absence.
pub fn reason(unanswered: &Unanswered) -> Reason {
    match unanswered {
        Unanswered::Failed(error) if error.kind == ErrorKind::AccessDenied => {
            Reason::denied(live::missing_permission(error))
        }
        _ => Reason::new(why(unanswered)),
    }
}

/// The reason of a missing answer as an answer.
pub fn cannot_tell(unanswered: &Unanswered) -> Fact {
    Fact::CannotTell(reason(unanswered))
}

/// Why the facts allow no answer.
pub fn refused(refusal: &Refusal) -> Reason {
    let explained = refusal.explain();
    Reason::new(paragraph(explained.summary, &explained.detail, &explained.facts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Error;
    use std::time::Duration;

    fn failed(kind: ErrorKind, message: &str) -> Unanswered {
        Unanswered::Failed(Error::new(kind, "ecs:DescribeTaskDefinition", message))
    }

    #[test]
    fn the_missing_permission_is_the_one_that_aws_names() {
        let message = "AccessDeniedException: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: \
                       ecs:ListTagsForResource on resource: web:7";
        let reason = reason(&failed(ErrorKind::AccessDenied, message));
        assert_eq!(reason.iam_action.as_deref(), Some("ecs:ListTagsForResource"));
        assert!(reason.text.contains("ecs:ListTagsForResource"), "{}", reason.text);
        let silent = super::reason(&failed(ErrorKind::AccessDenied, "AccessDeniedException"));
        assert_eq!(silent.iam_action.as_deref(), Some("ecs:DescribeTaskDefinition"));
    }

    #[test]
    fn a_reason_says_what_happened_and_what_to_do_in_one_paragraph() {
        insta::assert_snapshot!(why(&failed(ErrorKind::Throttled, "HTTP 429")), @"AWS Throttled the Requests: AWS kept refusing ecs:DescribeTaskDefinition because too many requests arrived for the account and region. Run guard again later. (AWS request: ecs:DescribeTaskDefinition; Cause: HTTP 429)");
        insta::assert_snapshot!(why(&failed(ErrorKind::SsoLoginNeeded("shop".to_owned()), "none")), @r#"AWS Login Needed: The profile "shop" takes its credentials from a login session, and the session gives none: most often it was never opened, or it is over. Log in and run guard again: aws sso login --profile shop (Cause: none) To check the plan without AWS, use --offline."#);
        let waiting = vec![("Waiting for", "ecs:DescribeServices".to_owned()), ("Attempt", "3 of 25".to_owned())];
        insta::assert_snapshot!(why(&Unanswered::Late { limit: Duration::from_secs(300), waiting }), @"Read Timed Out: The answer was not there within 300s. If the last cause says what is wrong, correct that; otherwise run guard again, or allow more time with --timeout 30m. (Waiting for: ecs:DescribeServices; Attempt: 3 of 25) To check the plan without AWS, use --offline.");
    }
}
