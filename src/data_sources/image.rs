//! `ecslive_image`: whether the image of a reference can be pulled.

use super::explain::{Subject, one_line};
use super::lookup::Lookup;
use super::timeouts;
use crate::aws::{Clients, InEcr};
use crate::framework::{Attributes, DataSource};
use crate::resolve::ecr::{EcrImage, ImageId, Pulled, Unchecked};
use crate::resolve::image::Image;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostic, Diagnostics, Path, Type, Value};

/// The data source.
pub struct ImageDataSource;

/// The configuration.
pub struct Config {
    image: Arg<Image>,
    include_platforms: Arg<bool>,
    lookup: Lookup,
}

impl DataSource<Clients> for ImageDataSource {
    type Config = Config;

    const NAME: &'static str = "image";

    fn schema() -> Block {
        let mut attributes = vec![
            Attribute::string("image").required().describe(
                "Image reference in a private Amazon ECR registry, as a container definition has it: \
                 `registry/repository[:tag][@digest]`. The account and the region that are asked are those of the \
                 registry's host. Without tag and digest `latest` is looked up, because that is what ECS pulls.",
            ),
            Attribute::bool("include_platforms").optional().describe(
                "Whether to read the platforms of a multi-platform image. It takes one call more, needs \
                 `ecr:BatchGetImage`, and ECR takes it for a pull: it sets the image's last recorded pull time, by \
                 which lifecycle policies may go. Defaults to `false`.",
            ),
        ];
        attributes.extend(Lookup::attributes("the image").into_iter().map(|attribute| {
            match attribute.name {
                "region" => attribute
                    .describe("AWS region to read from: the one that the registry's host names. Any other is refused."),
                _ => attribute,
            }
        }));
        attributes.extend(computed());
        Block::new(attributes)
            .describe(
                "Whether the image of a reference is in Amazon ECR, so that tasks can pull it. References to other \
                 registries are refused: they cannot be checked.",
            )
            .with_block(timeouts::block())
    }

    fn config(fields: &mut Fields) -> Config {
        Config {
            image: fields.parse("image", Image::parse),
            include_platforms: fields.arg("include_platforms"),
            lookup: Lookup::config(fields),
        }
    }

    fn validate(config: &Config) -> Diagnostics {
        let Some(image) = config.image.known() else { return Diagnostics::default() };
        let image = match EcrImage::of(image) {
            Ok(image) => image,
            Err(unchecked) => return cannot_be_checked(&unchecked).into(),
        };
        let Some(region) = config.lookup.region.known().filter(|region| **region != image.region) else {
            return Diagnostics::default();
        };
        let detail = format!(
            "The image is in the region {:?}, but region is {region:?}. Remove region, or correct the image.",
            image.region
        );
        Diagnostic::error("Region Mismatch", detail).at(Path::attribute("region")).into()
    }

    async fn read(clients: &Clients, config: Config) -> Result<Attributes, Diagnostics> {
        let image = config.image.required("image")?;
        let image = EcrImage::of(&image).map_err(|unchecked| cannot_be_checked(&unchecked))?;
        let platforms = config.include_platforms.optional("include_platforms")?.unwrap_or(false);
        let mut scope = config.lookup.scope()?;
        scope.region = Some(image.region.clone());
        let read = async {
            let regional = scope.regional(clients).await?;
            let subject = || subject(&image);
            let attributes = match regional.image(&image, platforms).await.map_err(|error| subject().failed(&error))? {
                InEcr::Here(pulled) => match pulled.image.blocked() {
                    None => state(&image, &pulled),
                    Some(status) => return Err(blocked(subject(), status).into()),
                },
                InEcr::NoRepository | InEcr::NoImage(_) if scope.allow_missing => {
                    Attributes::absent(&Self::schema()).with("found", false)
                }
                InEcr::NoRepository => return Err(no_repository(subject(), &image)),
                InEcr::NoImage(cause) => return Err(no_image(subject(), &image, &cause).into()),
            };
            Ok(attributes.with("region", regional.name.as_str()))
        };
        timeouts::within(scope.timeout, read).await
    }
}

fn computed() -> Vec<Attribute> {
    vec![
        Attribute::string("repository").computed().describe("Name of the repository."),
        Attribute::string("tag")
            .computed()
            .describe("Tag, as the reference has it; null where it has none. `latest` is never filled in."),
        Attribute::string("digest").computed().describe(
            "Digest of the image that is pulled: the one in the reference, else the one that the tag has now.",
        ),
        Attribute::string("tag_digest").computed().describe(
            "Digest that the tag has now. Differs from `digest` when the reference has both and the tag was moved \
             since, which is no error: ECS pulls by digest. Null where the reference has a digest and no tag, or where \
             no image that can be pulled has the tag any more.",
        ),
        Attribute::string("pushed_at").computed().describe("When the image was pushed (RFC 3339)."),
        Attribute::set("platforms", Type::String).computed().describe(
            "Platforms of a multi-platform image, such as `linux/amd64` or `linux/arm64/v8`, if `include_platforms` is \
             `true`. Null otherwise, where an image of the index states none, and for a plain image, whose platform is \
             in a configuration that ECR gives only as a download.",
        ),
    ]
}

fn state(image: &EcrImage, pulled: &Pulled) -> Attributes {
    let platforms = pulled.platforms.as_ref().map(|platforms| Value::set(platforms.iter().map(String::as_str)));
    Attributes::new([
        ("found", true.into()),
        ("repository", image.reference.repository.as_str().into()),
        ("tag", image.reference.tag.clone().into()),
        ("digest", pulled.image.digest.as_str().into()),
        ("tag_digest", pulled.tag_digest.clone().into()),
        ("pushed_at", pulled.image.pushed_at.clone().into()),
        ("platforms", platforms.into()),
    ])
}

/// What is looked up, which is not always all that is written.
fn subject(image: &EcrImage) -> Subject {
    let registry = image.reference.registry.as_deref().unwrap_or_default();
    let subject = Subject::new([("Registry", registry), ("Repository", &image.reference.repository)]);
    match image.wanted() {
        ImageId::Tag(tag) => subject.with("Tag", tag),
        ImageId::Digest(digest) => subject.with("Digest", digest),
    }
}

fn cannot_be_checked(unchecked: &Unchecked) -> Diagnostic {
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
    Diagnostic::error("Image Cannot Be Checked", detail).at(Path::attribute("image"))
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

fn no_repository(subject: Subject, image: &EcrImage) -> Diagnostics {
    let detail = format!(
        "The registry has no repository of this name, so the image cannot be pulled. Check the account, the region and \
         the repository, or set allow_missing = true if it is created later. {}",
        behind_a_cache(image)
    );
    subject.not_found("ECR Repository Not Found", &detail, "image", "ecr:DescribeImages")
}

fn no_image(subject: Subject, image: &EcrImage, cause: &str) -> Diagnostic {
    let what = match image.wanted() {
        ImageId::Tag(_) => "no image in it has the tag",
        ImageId::Digest(_) => "no image in it has the digest, and ECS pulls by digest",
    };
    let detail = format!(
        "The repository is there, but {what}, so nothing can be pulled. Push the image, correct the reference, or set \
         allow_missing = true if your pipeline pushes it later. {}",
        behind_a_cache(image)
    );
    let subject = subject.with("AWS request", "ecr:DescribeImages").with("Cause", one_line(cause));
    subject.diagnostic("ECR Image Not Found", &detail).at(Path::attribute("image"))
}

/// The image is there, and ECR does not hand it out: an archived image answers a pull with 404 (Amazon ECR user guide,
/// "Archiving an image").
fn blocked(subject: Subject, status: &str) -> Diagnostic {
    let (summary, detail) = match status {
        "ARCHIVED" => (
            "ECR Image Is Archived",
            "The image is in the repository's archive, from where it cannot be pulled. Restore it, which takes up to 20 \
             minutes, push it again, or name another image. allow_missing does not help: it is not missing.",
        ),
        "ACTIVATING" => (
            "ECR Image Is Archived",
            "The image is being restored from the repository's archive and cannot be pulled yet. Plan again when it is \
             back, which takes up to 20 minutes.",
        ),
        _ => (
            "ECR Image Cannot Be Pulled",
            "The image is in the repository with a status that this version does not know, so it cannot be said whether \
             it can be pulled. Upgrade the provider, or name another image.",
        ),
    };
    let subject = subject.with("Status", one_line(status)).with("AWS request", "ecr:DescribeImages");
    subject.diagnostic(summary, detail).at(Path::attribute("image"))
}
