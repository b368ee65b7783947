//! Can the image of this reference be pulled?

use super::Question;
use super::place::Place;
use super::problem::{Kind, Problem, Told, one_line};
use super::subject::Subject;
use crate::aws::{Clients, InEcr};
use crate::resolve::ecr::{EcrImage, ImageId, Pulled, Unchecked};
use crate::resolve::image;
use serde::Serialize;
use std::collections::BTreeSet;

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageQuestion {
    /// The image.
    pub image: EcrImage,
    /// Whether to read the platforms of a multi-platform image, which ECR takes for a pull.
    pub platforms: bool,
    /// Where to look. The region is that of the image.
    pub place: Place,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Whether the image exists.
    pub found: bool,
    /// Name of the repository.
    pub repository: Option<String>,
    /// Tag, as the reference has it.
    pub tag: Option<String>,
    /// Digest of the image that is pulled.
    pub digest: Option<String>,
    /// Digest that the tag has now.
    pub tag_digest: Option<String>,
    /// When the image was pushed (RFC 3339).
    pub pushed_at: Option<String>,
    /// Platforms of a multi-platform image, if they were asked for and are stated.
    pub platforms: Option<BTreeSet<String>>,
    /// The region that was asked.
    pub region: String,
}

impl ImageQuestion {
    /// A question about the image of a reference.
    ///
    /// # Errors
    /// [`Problem`]s when ECR cannot be asked about it, or when the place is in another region.
    pub fn of(reference: &image::Image, platforms: bool, place: Place) -> Result<Self, Vec<Problem>> {
        let image = EcrImage::of(reference).map_err(|unchecked| vec![cannot_be_checked(&unchecked)])?;
        if let Some(region) = place.region.as_ref().filter(|region| **region != image.region) {
            let detail = format!(
                "The image is in the region {:?}, but ⟨region⟩ is {region:?}. Remove ⟨region⟩, or correct the image.",
                image.region
            );
            return Err(Subject::default().problem(Kind::Failed, "Region Mismatch", detail).blame("region").into());
        }
        let place = Place { region: Some(image.region.clone()), ..place };
        Ok(Self { image, platforms, place })
    }
}

impl Question for ImageQuestion {
    type Answer = Image;

    fn place(&self) -> &Place {
        &self.place
    }

    /// What is looked up, which is not always all that is written.
    fn about(&self) -> Vec<(&'static str, String)> {
        let reference = &self.image.reference;
        let wanted = match self.image.wanted() {
            ImageId::Tag(tag) => ("Tag", tag.to_owned()),
            ImageId::Digest(digest) => ("Digest", digest.to_owned()),
        };
        let registry = reference.registry.clone().unwrap_or_default();
        vec![("Registry", registry), ("Repository", reference.repository.clone()), wanted]
    }

    async fn read(&self, clients: &Clients) -> Result<Told<Image>, Vec<Problem>> {
        let regional = self.place.regional(clients, &[]).await?;
        let subject = || Subject::new(self.about());
        let image = &self.image;
        let answer = match regional.image(image, self.platforms).await.map_err(|error| subject().failed(&error))? {
            InEcr::Here(pulled) => match pulled.image.blocked() {
                None => Image::of(image, pulled),
                Some(status) => return Err(blocked(subject(), status).into()),
            },
            InEcr::NoRepository | InEcr::NoImage(_) if self.place.allow_missing => {
                Image { platforms: Some(BTreeSet::new()), ..Image::default() }
            }
            InEcr::NoRepository => return Err(no_repository(subject(), image).into()),
            InEcr::NoImage(cause) => return Err(no_image(subject(), image, &cause).into()),
        };
        Ok(Image { region: regional.name.clone(), ..answer }.into())
    }
}

impl Image {
    fn of(image: &EcrImage, pulled: Pulled) -> Self {
        Self {
            found: true,
            repository: Some(image.reference.repository.clone()),
            tag: image.reference.tag.clone(),
            digest: Some(pulled.image.digest),
            tag_digest: pulled.tag_digest,
            pushed_at: pulled.image.pushed_at,
            platforms: pulled.platforms,
            region: String::new(),
        }
    }
}

fn cannot_be_checked(unchecked: &Unchecked) -> Problem {
    let detail = match unchecked {
        Unchecked::OtherRegistry(registry) => format!(
            "The image is in the registry {:?}, and only private Amazon ECR registries can be asked, such as \
             \"123456789012.dkr.ecr.eu-west-1.amazonaws.com\". Nothing is said about the image. Leave images of other \
             registries out, or copy the image to ECR.",
            registry.as_deref().unwrap_or("docker.io")
        ),
        Unchecked::WrongHost { host, expected } => format!(
            "Amazon ECR has no registry {host:?}, so nothing can be pulled from it. For this account and region it is \
             {expected:?}. Correct the image."
        ),
    };
    Subject::default().problem(Kind::Failed, "Image Cannot Be Checked", detail).blame("image")
}

/// What a pull through cache rule would do for a reference whose image was never pulled (aws/containers-roadmap#2837).
fn behind_a_cache(image: &EcrImage) -> &'static str {
    match image.wanted() {
        ImageId::Tag(_) => {
            "A pull through cache rule, if one covers the repository, brings the image with its first pull."
        }
        ImageId::Digest(_) => {
            "A pull through cache rule does not help: by a digest ECR brings nothing that was not pulled by its tag \
             before, so ECS cannot pull it either. Pull it by its tag once, or leave the digest out."
        }
    }
}

fn no_repository(subject: Subject, image: &EcrImage) -> Problem {
    let detail = format!(
        "The registry has no repository of this name, so the image cannot be pulled. Check the account, the region and \
         the repository, or set ⟨allow_missing = true⟩ if ⟨it is created later⟩. {}",
        behind_a_cache(image)
    );
    subject.not_found("ECR Repository Not Found", detail, "image", "ecr:DescribeImages")
}

fn no_image(subject: Subject, image: &EcrImage, cause: &str) -> Problem {
    let what = match image.wanted() {
        ImageId::Tag(_) => "no image in it has the tag",
        ImageId::Digest(_) => "no image in it has the digest, and ECS pulls by digest",
    };
    let detail = format!(
        "The repository is there, but {what}, so nothing can be pulled. Push the image, correct the reference, or set \
         ⟨allow_missing = true⟩ if ⟨your pipeline pushes it later⟩. {}",
        behind_a_cache(image)
    );
    let subject = subject.with("AWS request", "ecr:DescribeImages").with("Cause", one_line(cause));
    subject.problem(Kind::NotFound, "ECR Image Not Found", detail).blame("image")
}

/// The image is there, and ECR does not hand it out: an archived image answers a pull with 404 (Amazon ECR user guide,
/// "Archiving an image").
fn blocked(subject: Subject, status: &str) -> Problem {
    let (summary, detail) = match status {
        "ARCHIVED" => (
            "ECR Image Is Archived",
            "The image is in the repository's archive, from where it cannot be pulled. Restore it, which takes up to 20 \
             minutes, push it again, or name another image. ⟨allow_missing⟩ does not help: it is not missing.",
        ),
        "ACTIVATING" => (
            "ECR Image Is Archived",
            "The image is being restored from the repository's archive and cannot be pulled yet. ⟨Plan again⟩ when it is \
             back, which takes up to 20 minutes.",
        ),
        _ => (
            "ECR Image Cannot Be Pulled",
            "The image is in the repository with a status that this version does not know, so it cannot be said whether \
             it can be pulled. Upgrade ⟨the provider⟩, or name another image.",
        ),
    };
    let subject = subject.with("Status", one_line(status)).with("AWS request", "ecr:DescribeImages");
    subject.problem(Kind::Refused, summary, detail).blame("image")
}
