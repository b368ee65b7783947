//! Task definition revisions: how they are named and which of two is newer.

use super::arn::{Arn, NameError};
use std::fmt;

/// The ARN of one revision: `arn:partition:ecs:region:account:task-definition/FAMILY:REVISION`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskDefinitionArn {
    arn: Arn,
    family: String,
    revision: u64,
}

impl TaskDefinitionArn {
    /// Parses the ARN of a revision.
    ///
    /// # Errors
    /// [`NameError`] when the text is no ARN, the ARN of something else, or has no revision.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let arn = Arn::parse(text)?;
        let wrong = || NameError::WrongKind { text: text.to_owned(), expected: "a task definition revision" };
        let name =
            arn.resource().strip_prefix("task-definition/").filter(|_| arn.service() == "ecs").ok_or_else(wrong)?;
        let (family, digits) = name.rsplit_once(':').ok_or_else(wrong)?;
        let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        let revision = digits.parse().ok().filter(|_| canonical).ok_or_else(wrong)?;
        if family.is_empty() || family.contains(['/', ':']) {
            return Err(wrong());
        }
        let family = family.to_owned();
        Ok(Self { arn, family, revision })
    }

    /// The ARN as it was given.
    pub fn as_str(&self) -> &str {
        self.arn.as_str()
    }

    /// The parts of the ARN.
    pub fn arn(&self) -> &Arn {
        &self.arn
    }

    /// The ARN without `:REVISION`.
    pub fn without_revision(&self) -> &str {
        self.as_str().rsplit_once(':').map_or(self.as_str(), |(head, _)| head)
    }

    /// `FAMILY`.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The revision number, from 1 up; it never goes back within a family.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// `FAMILY:REVISION`.
    pub fn family_revision(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }
}

impl fmt::Display for TaskDefinitionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arn.fmt(f)
    }
}

/// Why two revisions cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} and {1} are not revisions of one family in one account and region, so their numbers cannot be compared")]
pub struct DifferentFamilies(String, String);

/// The newer of two revisions of one family; a missing one loses against the other.
///
/// # Errors
/// [`DifferentFamilies`] when family, account, region or partition differ.
pub fn newest(
    a: Option<TaskDefinitionArn>,
    b: Option<TaskDefinitionArn>,
) -> Result<Option<TaskDefinitionArn>, DifferentFamilies> {
    match (a, b) {
        (Some(a), Some(b)) if a.without_revision() != b.without_revision() => {
            Err(DifferentFamilies(a.to_string(), b.to_string()))
        }
        (Some(a), Some(b)) => Ok(Some(if b.revision > a.revision { b } else { a })),
        (a, b) => Ok(a.or(b)),
    }
}

/// What to know about a revision that a service runs and that is not ACTIVE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired {
    /// Title.
    pub summary: &'static str,
    /// What it means and what to do.
    pub detail: String,
}

/// Whether the revision that a service runs was deregistered behind it, which Terraform does with the revision that it
/// replaces unless `skip_destroy` is set. Tasks go on and the service keeps scaling, but no service can be created with
/// it or updated to it (API reference of DeregisterTaskDefinition and DeleteTaskDefinitions). `None` for `ACTIVE`, and
/// for a status that nobody knows: it says nothing about what may be deployed.
pub fn retired(arn: &TaskDefinitionArn, status: &str) -> Option<Retired> {
    let what = match status {
        "INACTIVE" => "was deregistered",
        "DELETE_IN_PROGRESS" => "was deregistered and is being deleted",
        _ => return None,
    };
    let detail = format!(
        "{} {what}. The service goes on running and scaling with it, but ECS refuses to deploy it again: a change that \
         sets it anew fails, and so does a rollback to it. Register the same containers as a new revision and deploy \
         that. If Terraform deregistered it, set skip_destroy = true on its aws_ecs_task_definition.",
        arn.family_revision()
    );
    Some(Retired { summary: "Running Task Definition Is Deregistered", detail })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(family: &str, revision: u64) -> TaskDefinitionArn {
        TaskDefinitionArn::parse(&format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{family}:{revision}"))
            .expect("a revision")
    }

    #[test]
    fn compares_revisions_as_numbers() {
        let newer = newest(Some(revision("web", 10)), Some(revision("web", 9))).expect("one family");
        assert_eq!(newer.map(|arn| arn.revision()), Some(10));
    }

    #[test]
    fn a_missing_revision_loses() {
        assert_eq!(newest(None, Some(revision("web", 1))), Ok(Some(revision("web", 1))));
        assert_eq!(newest(Some(revision("web", 1)), None), Ok(Some(revision("web", 1))));
        assert_eq!(newest(None, None), Ok(None));
    }

    #[test]
    fn errors_when_families_differ() {
        assert!(newest(Some(revision("web", 1)), Some(revision("api", 2))).is_err());
    }

    #[test]
    fn refuses_what_is_not_a_revision() {
        for name in ["web", "web:", "web:x", "web:-1", "web:+1", "web:01", ":1", "a/b:1", "web:99999999999999999999"] {
            let text = format!("arn:aws:ecs:eu-west-1:1:task-definition/{name}");
            assert!(TaskDefinitionArn::parse(&text).is_err(), "{name}");
        }
    }

    #[test]
    fn gives_the_parts_of_a_revision() {
        let arn = revision("web", 12);
        assert_eq!(arn.family_revision(), "web:12");
        assert_eq!(arn.without_revision(), "arn:aws:ecs:eu-west-1:123456789012:task-definition/web");
    }

    #[test]
    fn a_deregistered_revision_runs_and_cannot_be_deployed_again() {
        let about = |status: &str| retired(&revision("web", 7), status).map(|retired| retired.detail);
        let inactive = about("INACTIVE").expect("it is retired");
        assert!(inactive.starts_with("web:7 was deregistered. The service goes on running"), "{inactive}");
        assert!(about("DELETE_IN_PROGRESS").is_some_and(|text| text.contains("is being deleted")));
        for status in ["ACTIVE", "SOMETHING_NEW"] {
            assert_eq!(about(status), None, "{status}");
        }
    }
}
