//! Images in Amazon ECR: which references can be checked, what to ask for, and what the answer says.

use super::image::Image;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The tag that Docker and the ECS agents pull when a reference has neither tag nor digest.
const PULLED_BY_DEFAULT: &str = "latest";

/// The media types of an image index: a list of one image for each platform. OCI's and Docker's names for the same.
pub const INDEX_MEDIA_TYPES: [&str; 2] =
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// How a registry is spelled between the account and the region; with a hyphen it is dual-stack.
const SERVICES: [&str; 4] = ["dkr.ecr", "dkr.ecr-fips", "dkr-ecr", "dkr-ecr-fips"];

/// How registries end, by the start of the region: over IPv4 alone, and dual-stack where there is such a form.
const DOMAINS: [(&str, &str, Option<&str>); 6] = [
    ("cn-", "amazonaws.com.cn", Some("on.amazonwebservices.com.cn")),
    ("eusc-", "amazonaws.eu", Some("on.amazonwebservices.eu")),
    ("us-iso-", "c2s.ic.gov", None),
    ("us-isob-", "sc2s.sgov.gov", None),
    ("us-isof-", "csp.hci.ic.gov", None),
    ("eu-isoe-", "cloud.adc-e.uk", None),
];

/// A reference to an image in a private Amazon ECR registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcrImage {
    /// The account that the registry belongs to.
    pub account: String,
    /// The region of the registry.
    pub region: String,
    /// The reference, as it was written.
    pub reference: Image,
}

/// Why nobody can be asked about an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unchecked {
    /// It is in another registry: its host, or `None` for the default one, Docker Hub.
    #[error("the image is in another registry: {}", .0.as_deref().unwrap_or("docker.io"))]
    OtherRegistry(Option<String>),
    /// The host starts like one of ECR and ends like none of its region.
    #[error("Amazon ECR has no host {host}: expected {expected}")]
    WrongHost {
        /// The host, as it was written.
        host: String,
        /// What it has to be for this account and region.
        expected: String,
    },
}

/// What DescribeImages is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageId<'a> {
    /// The image that has this tag now.
    Tag(&'a str),
    /// The image with this digest.
    Digest(&'a str),
}

/// An image, as ECR describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImage {
    /// `sha256:…`.
    pub digest: String,
    /// All of its tags.
    pub tags: Vec<String>,
    /// RFC 3339.
    pub pushed_at: Option<String>,
    /// Media type of the manifest.
    pub media_type: Option<String>,
    /// `ACTIVE`, `ARCHIVED` or `ACTIVATING`; emulators and older answers have none.
    pub status: Option<String>,
}

/// The image that is pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The image itself.
    pub image: StoredImage,
    /// The digest that the tag of the reference has now; `None` when the reference has a digest and no tag, and when no
    /// image has the tag any more.
    pub tag_digest: Option<String>,
    /// The platforms, where they were asked for and the image is an index whose images state them.
    pub platforms: Option<BTreeSet<String>>,
}

impl EcrImage {
    /// Takes a reference as one to Amazon ECR: `ACCOUNT.dkr.ecr[-fips].REGION.DOMAIN`, or `dkr-ecr` for dual-stack.
    ///
    /// # Errors
    /// [`Unchecked`] when the registry is none of private ECR.
    pub fn of(reference: &Image) -> Result<Self, Unchecked> {
        let host = reference.registry.as_deref().unwrap_or_default();
        let lower = host.to_ascii_lowercase();
        let Some(parts) = HostParts::of(&lower) else {
            return Err(Unchecked::OtherRegistry(reference.registry.clone()));
        };
        let expected = parts.host();
        if expected != host {
            return Err(Unchecked::WrongHost { host: host.to_owned(), expected });
        }
        let (account, region) = (parts.account.to_owned(), parts.region.to_owned());
        Ok(Self { account, region, reference: reference.clone() })
    }

    /// What is pulled: the digest if the reference has one, whatever its tag points at by now
    /// (aws/amazon-ecs-agent#4256), else the tag, else `latest`.
    pub fn wanted(&self) -> ImageId<'_> {
        match (&self.reference.digest, &self.reference.tag) {
            (Some(digest), _) => ImageId::Digest(digest),
            (None, tag) => ImageId::Tag(tag.as_deref().unwrap_or(PULLED_BY_DEFAULT)),
        }
    }

    /// The tag that stands beside a digest, and that nobody pulls.
    pub fn beside(&self) -> Option<&str> {
        self.reference.tag.as_deref().filter(|_| self.reference.digest.is_some())
    }
}

impl ImageId<'_> {
    /// The image of an answer that this asked for. `None` when the answer lists nothing.
    ///
    /// # Errors
    /// Says that the answer is about something else.
    pub fn choose(&self, listed: Vec<StoredImage>) -> Result<Option<StoredImage>, String> {
        let anything = !listed.is_empty();
        let image = listed.into_iter().find(|image| match self {
            Self::Tag(tag) => image.has_tag(tag),
            Self::Digest(digest) => image.digest == *digest,
        });
        match (image, self) {
            (None, Self::Tag(tag)) if anything => Err(format!("no image in the answer has the tag {tag:?}")),
            (None, Self::Digest(_)) if anything => {
                Err("no image in the answer has the digest that was asked for".to_owned())
            }
            (image, _) => Ok(image),
        }
    }
}

/// `ACCOUNT.dkr.ecr.REGION.DOMAIN`, taken apart.
struct HostParts<'a> {
    account: &'a str,
    service: &'static str,
    region: &'a str,
}

impl<'a> HostParts<'a> {
    /// The parts of a host that starts as those of ECR do, whatever it ends with.
    fn of(host: &'a str) -> Option<Self> {
        let (account, rest) = host.split_once('.')?;
        let behind = |service: &&'static str| Some((*service, rest.strip_prefix(*service)?.strip_prefix('.')?));
        let (service, rest) = SERVICES.iter().find_map(behind)?;
        let (region, _) = rest.split_once('.')?;
        let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        let is_region = region.contains('-')
            && region.split('-').all(|part| !part.is_empty())
            && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        (is_account && is_region).then_some(Self { account, service, region })
    }

    /// The host that the registry really has.
    fn host(&self) -> String {
        let known = DOMAINS.iter().find(|(start, ..)| self.region.starts_with(start));
        let (_, plain, dual_stack) = known.copied().unwrap_or(("", "amazonaws.com", Some("on.aws")));
        let Self { account, service, region } = self;
        match dual_stack.filter(|_| service.starts_with("dkr-")) {
            Some(domain) => format!("{account}.{service}.{region}.{domain}"),
            None => format!("{account}.{}.{region}.{plain}", service.replacen("dkr-", "dkr.", 1)),
        }
    }
}

impl StoredImage {
    /// True when the image has this tag now.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|other| other == tag)
    }

    /// True when the manifest is a list of images, one for each platform.
    pub fn is_index(&self) -> bool {
        self.media_type.as_deref().is_some_and(|media_type| INDEX_MEDIA_TYPES.contains(&media_type))
    }

    /// The status, when it keeps the image from being pulled.
    pub fn blocked(&self) -> Option<&str> {
        self.status.as_deref().filter(|status| *status != "ACTIVE")
    }
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    artifact_type: Option<String>,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

/// The platforms of an image index: `os/architecture[/variant]`. `None` when one of its images states none. What is no
/// image does not count: entries with an artifact type, and attestations, which builders list as `unknown/unknown`.
///
/// # Errors
/// Says why the text is no image index.
pub fn platforms(index: &str) -> Result<Option<BTreeSet<String>>, String> {
    let index: Index = serde_json::from_str(index).map_err(|error| format!("imageManifest: {error}"))?;
    let images = index.manifests.into_iter().filter(|entry| entry.artifact_type.is_none());
    let stated = images.map(|entry| entry.platform).collect::<Option<Vec<_>>>();
    let runs = |platform: &Platform| platform.os != "unknown" || platform.architecture != "unknown";
    Ok(stated.map(|platforms| platforms.into_iter().filter(runs).map(Platform::name).collect()))
}

impl Platform {
    fn name(self) -> String {
        let variant = self.variant.filter(|variant| !variant.is_empty());
        let variant = variant.map(|variant| format!("/{variant}")).unwrap_or_default();
        format!("{}/{}{variant}", self.os, self.architecture)
    }
}

#[cfg(test)]
mod tests;
