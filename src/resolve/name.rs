//! Clusters, services and families: plain names, or the ARNs that may stand in for them.

use super::arn::{Arn, NameError};

/// A cluster, by name or ARN (`…:cluster/NAME`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cluster {
    name: String,
    arn: Option<Arn>,
}

/// A service, by name or ARN (`…:service/CLUSTER/NAME`, or the older `…:service/NAME`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName {
    name: String,
    cluster: Option<String>,
    arn: Option<Arn>,
}

/// A task definition family, by name or by an ARN without a revision (`…:task-definition/FAMILY`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family {
    name: String,
    arn: Option<Arn>,
}

/// What a plain name or an ARN was turned into: the name and, when there was one, the ARN.
pub trait Named {
    /// The plain name.
    fn name(&self) -> &str;
    /// The ARN, when one was given.
    fn arn(&self) -> Option<&Arn>;
}

macro_rules! named {
    ($($name:ident),*) => {$(
        impl Named for $name {
            fn name(&self) -> &str {
                &self.name
            }
            fn arn(&self) -> Option<&Arn> {
                self.arn.as_ref()
            }
        }
    )*};
}
named!(Cluster, ServiceName, Family);

impl Cluster {
    /// Parses a cluster name or ARN.
    ///
    /// # Errors
    /// [`NameError`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if !text.starts_with("arn:") {
            return Ok(Self { name: plain_name(text, "cluster")?, arn: None });
        }
        let arn = Arn::parse(text)?;
        match arn.segments("ecs", "cluster", "an ECS cluster")?.as_slice() {
            [name] => Ok(Self { name: (*name).to_owned(), arn: Some(arn) }),
            _ => Err(NameError::WrongKind { text: text.to_owned(), expected: "an ECS cluster" }),
        }
    }

    /// What to send to AWS: the ARN if one was given, else the name.
    pub fn identifier(&self) -> &str {
        self.arn.as_ref().map_or(&self.name, Arn::as_str)
    }
}

impl ServiceName {
    /// Parses a service name or ARN.
    ///
    /// # Errors
    /// [`NameError`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if !text.starts_with("arn:") {
            return Ok(Self { name: plain_name(text, "service")?, cluster: None, arn: None });
        }
        let arn = Arn::parse(text)?;
        let (cluster, name) = match arn.segments("ecs", "service", "an ECS service")?.as_slice() {
            [name] => (None, (*name).to_owned()),
            [cluster, name] => (Some((*cluster).to_owned()), (*name).to_owned()),
            _ => return Err(NameError::WrongKind { text: text.to_owned(), expected: "an ECS service" }),
        };
        Ok(Self { name, cluster, arn: Some(arn) })
    }

    /// The cluster that the ARN names, when it names one.
    pub fn cluster(&self) -> Option<&str> {
        self.cluster.as_deref()
    }
}

impl Family {
    /// Parses a family name or the ARN of a task definition without its revision.
    ///
    /// # Errors
    /// [`NameError`]; [`NameError::RevisionGiven`] when a revision follows the family.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (family, arn) = if text.starts_with("arn:") {
            let arn = Arn::parse(text)?;
            match arn.segments("ecs", "task-definition", "an ECS task definition")?.as_slice() {
                [family] => ((*family).to_owned(), Some(arn)),
                _ => {
                    let expected = "an ECS task definition";
                    return Err(NameError::WrongKind { text: text.to_owned(), expected });
                }
            }
        } else {
            (text.to_owned(), None)
        };
        if let Some((name, revision)) = family.split_once(':')
            && !name.is_empty()
            && revision.parse::<u64>().is_ok()
        {
            return Err(NameError::RevisionGiven(text.to_owned()));
        }
        Ok(Self { name: plain_name(&family, "task definition family")?, arn })
    }
}

/// ECS names: 1 to 255 letters, digits, hyphens and underscores (API reference of CreateCluster, CreateService and
/// RegisterTaskDefinition).
fn plain_name(text: &str, kind: &'static str) -> Result<String, NameError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > 255 || !text.chars().all(allowed) {
        return Err(NameError::BadName { text: text.chars().take(300).collect(), kind });
    }
    Ok(text.to_owned())
}

/// A region name: letters, digits and hyphens, as it becomes part of a host name.
///
/// # Errors
/// What is wrong with it, for a message about an argument.
pub fn region(text: &str) -> Result<String, String> {
    let valid = text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if valid {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not an AWS region: expected a name like \"eu-west-1\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_names_in_every_partition() {
        for partition in ["aws", "aws-cn", "aws-us-gov", "aws-eusc"] {
            let text = format!("arn:{partition}:ecs:r:123456789012:service/prod/web");
            let service = ServiceName::parse(&text).expect("a service");
            assert_eq!((service.name(), service.cluster()), ("web", Some("prod")));
            assert_eq!(service.arn().map(Arn::partition), Some(partition));
        }
    }

    #[test]
    fn refuses_a_family_with_a_revision() {
        for text in ["web:7", "arn:aws:ecs:eu-west-1:1:task-definition/web:7"] {
            assert_eq!(Family::parse(text), Err(NameError::RevisionGiven(text.to_owned())));
        }
        assert!(matches!(Family::parse("we b"), Err(NameError::BadName { .. })));
        assert!(matches!(Family::parse(""), Err(NameError::BadName { .. })));
        assert_eq!(
            Family::parse("arn:aws:ecs:eu-west-1:1:task-definition/web").map(|f| f.name().to_owned()),
            Ok("web".to_owned())
        );
    }
}
