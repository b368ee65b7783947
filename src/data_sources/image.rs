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
use std::collections::BTreeSet;

/// The data source.
pub struct ImageDataSource;

/// The configuration.
pub struct Config {
    image: Arg<Image>,
    lookup: Lookup,
}

impl DataSource<Clients> for ImageDataSource {
    type Config = Config;

    const NAME: &'static str = "image";

    fn schema() -> Block {
        let mut attributes = vec![Attribute::string("image").required().describe(
            "Image reference in a private Amazon ECR registry, as a container definition has it: \
             `registry/repository[:tag][@digest]`. The account and the region that are asked are those of the \
             registry's host. Without tag and digest `latest` is looked up, because that is what ECS pulls.",
        )];
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
        Config { image: fields.parse("image", Image::parse), lookup: Lookup::config(fields) }
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
        let mut scope = config.lookup.scope()?;
        scope.region = Some(image.region.clone());
        scope.subject = subject(&image);
        let read = async {
            let regional = scope.regional(clients).await?;
            let subject = || subject(&image);
            let attributes = match regional.image(&image).await.map_err(|error| subject().failed(&error))? {
                InEcr::Here(pulled, platforms) => match pulled.image.blocked() {
                    None => state(&image, &pulled, platforms.as_ref()),
                    Some(status) => return Err(blocked(subject(), status).into()),
                },
                InEcr::NoRepository | InEcr::NoImage(_) if scope.allow_missing => {
                    Attributes::absent(&Self::schema()).with("found", false)
                }
                InEcr::NoRepository => return Err(no_repository(subject())),
                InEcr::NoImage(cause) => return Err(no_image(subject(), &cause).into()),
            };
            Ok(attributes.with("region", regional.name.as_str()))
        };
        timeouts::within(&scope, read).await
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
             since, which is no error: ECS pulls by digest. Null where the reference has a digest and no tag.",
        ),
        Attribute::string("pushed_at").computed().describe("When the image was pushed (RFC 3339)."),
        Attribute::set("platforms", Type::String).computed().describe(
            "Platforms of an image index, such as `linux/amd64` or `linux/arm64/v8`. Null for a plain image, whose \
             platform is in a configuration that ECR gives only as a download, and where an image of the index \
             states none.",
        ),
    ]
}

fn state(image: &EcrImage, pulled: &Pulled, platforms: Option<&BTreeSet<String>>) -> Attributes {
    let platforms = platforms.map(|platforms| Value::set(platforms.iter().map(String::as_str)));
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
    image.ids().into_iter().fold(subject, |subject, id| match id {
        ImageId::Tag(tag) => subject.with("Tag", tag),
        ImageId::Digest(digest) => subject.with("Digest", digest),
    })
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

fn no_repository(subject: Subject) -> Diagnostics {
    subject.not_found(
        "ECR Repository Not Found",
        "The registry has no repository of this name, so the image cannot be pulled. Check the account, the region \
         and the repository, or set allow_missing = true if it is created later.",
        "image",
        "ecr:DescribeImages",
    )
}

fn no_image(subject: Subject, cause: &str) -> Diagnostic {
    let detail = "The repository is there, and what the reference names is not in it, so it cannot be pulled. Push the \
                  image, correct its tag or digest, or set allow_missing = true if your pipeline pushes it later.";
    let subject = subject.with("AWS request", "ecr:DescribeImages").with("Cause", one_line(cause));
    subject.diagnostic("ECR Image Not Found", detail).at(Path::attribute("image"))
}

fn blocked(subject: Subject, status: &str) -> Diagnostic {
    let detail = "The image is in the repository and cannot be pulled in its present status: archived images have to \
                  be restored first. Restore it, push it again, or name another image.";
    let subject = subject.with("Status", one_line(status)).with("AWS request", "ecr:DescribeImages");
    subject.diagnostic("Image Cannot Be Pulled", detail).at(Path::attribute("image"))
}
