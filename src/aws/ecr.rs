//! Images, as Amazon ECR describes them.

use super::ErrorKind;
use super::Regional;
use super::error::Error;
use super::field::rfc3339;
use crate::resolve::ecr::{self, EcrImage, INDEX_MEDIA_TYPES, ImageId, Pulled, StoredImage};
use aws_sdk_ecr::types::{self, DescribeImagesFilter, ImageFailureCode, ImageIdentifier, ImageStatusFilter};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

const DESCRIBE: &str = "ecr:DescribeImages";
const GET: &str = "ecr:BatchGetImage";

/// What there is under a reference, or what is missing.
#[derive(Debug)]
pub enum InEcr {
    /// The image.
    Here(Pulled),
    /// The registry has no such repository.
    NoRepository,
    /// The repository lacks the image: in ECR's words.
    NoImage(String),
}

/// What DescribeImages says of one id.
enum Described {
    Here(StoredImage),
    NoRepository,
    NoImage(String),
}

impl Regional {
    /// What a reference stands for. `ecr:DescribeImages` once; a second time when nothing is found, since an archived
    /// image is only listed to who asks for it; and for the tag beside a digest where the image does not have it.
    /// `ecr:BatchGetImage` only for an index, and only where platforms are asked for: ECR takes it for a pull.
    ///
    /// # Errors
    /// [`Error`] when ECR does not answer, refuses, or answers what cannot be read. Absence is no error.
    pub async fn image(&self, image: &EcrImage, platforms: bool) -> Result<InEcr, Error> {
        let _single = self.calls.single(DESCRIBE).await;
        let mut described = self.describe(image, image.wanted(), false).await?;
        if let Described::NoImage(_) = &described {
            match self.describe(image, image.wanted(), true).await {
                Ok(any) => described = any,
                // An endpoint that knows no such filter has no archive either.
                Err(error) if matches!(&error.kind, ErrorKind::Rejected(code) if code == "InvalidParameterException") =>
                    {}
                Err(error) => return Err(error),
            }
        }
        let stored = match described {
            Described::Here(stored) => stored,
            Described::NoRepository => return Ok(InEcr::NoRepository),
            Described::NoImage(cause) => return Ok(InEcr::NoImage(cause)),
        };
        if stored.blocked().is_some() {
            return Ok(InEcr::Here(Pulled { image: stored, tag_digest: None, platforms: None }));
        }
        let tag_digest = match (image.wanted(), image.beside()) {
            (ImageId::Tag(_), _) => Some(stored.digest.clone()),
            (_, Some(tag)) if stored.has_tag(tag) => Some(stored.digest.clone()),
            (_, Some(tag)) => match self.describe(image, ImageId::Tag(tag), false).await? {
                Described::Here(tagged) => Some(tagged.digest),
                Described::NoImage(_) | Described::NoRepository => None,
            },
            (_, None) => None,
        };
        let pulled = Pulled { image: stored, tag_digest, platforms: None };
        if platforms && pulled.image.is_index() { self.index(image, pulled).await } else { Ok(InEcr::Here(pulled)) }
    }

    /// `ecr:DescribeImages` for one id: for images that can be pulled, or for those in the archive too. The API
    /// reference of DescribeImagesFilter: "If not specified, only images with ACTIVE status are returned".
    async fn describe(&self, image: &EcrImage, id: ImageId<'_>, archived_too: bool) -> Result<Described, Error> {
        let request = self.ecr.describe_images().registry_id(&image.account);
        let request = request.repository_name(&image.reference.repository).image_ids(identifier(id));
        let any = DescribeImagesFilter::builder().image_status(ImageStatusFilter::Any).build();
        let answer = match request.set_filter(archived_too.then_some(any)).send().await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.code() {
                    Some("RepositoryNotFoundException") => Ok(Described::NoRepository),
                    Some("ImageNotFoundException") => {
                        Ok(Described::NoImage(error.message().unwrap_or("(no message)").to_owned()))
                    }
                    _ => Err(Error::from_sdk(DESCRIBE, &error)),
                };
            }
        };
        let bad = |message: String| Error::bad_answer(DESCRIBE, answer.request_id(), message);
        let listed = answer.image_details().iter().map(convert).collect::<Result<Vec<_>, _>>().map_err(bad)?;
        let image = id.choose(listed).map_err(bad)?;
        Ok(image.map_or_else(|| Described::NoImage("The answer lists no image".to_owned()), Described::Here))
    }

    async fn index(&self, image: &EcrImage, pulled: Pulled) -> Result<InEcr, Error> {
        let request = self.ecr.batch_get_image().registry_id(&image.account);
        let request = request.repository_name(&image.reference.repository);
        let request = request.image_ids(identifier(ImageId::Digest(&pulled.image.digest)));
        let request = INDEX_MEDIA_TYPES.into_iter().fold(request, |request, kind| request.accepted_media_types(kind));
        let answer = request.send().await.map_err(|error| Error::from_sdk(GET, &error))?;
        let bad = |message: String| Error::bad_answer(GET, answer.request_id(), message);
        match (answer.images(), answer.failures()) {
            ([found], []) => {
                let index = found.image_manifest().ok_or_else(|| bad("imageManifest is missing".to_owned()))?;
                let platforms = ecr::platforms(index).map_err(bad)?;
                Ok(InEcr::Here(Pulled { platforms, ..pulled }))
            }
            // It was deleted between the two calls.
            ([], [failure]) if failure.failure_code() == Some(&ImageFailureCode::ImageNotFound) => {
                Ok(InEcr::NoImage(failure.failure_reason().unwrap_or("ImageNotFound").to_owned()))
            }
            ([], [failure]) => {
                let code = failure.failure_code().map_or("(no code)", ImageFailureCode::as_str).to_owned();
                let message = format!("{code}: {}", failure.failure_reason().unwrap_or("(no reason)"));
                let request_id = answer.request_id().map(str::to_owned);
                Err(Error { request_id, ..Error::new(ErrorKind::Rejected(code), GET, message) })
            }
            (images, failures) => Err(bad(format!(
                "one image was asked for, the answer has {} images and {} failures",
                images.len(),
                failures.len()
            ))),
        }
    }
}

fn identifier(id: ImageId) -> ImageIdentifier {
    match id {
        ImageId::Tag(tag) => ImageIdentifier::builder().image_tag(tag).build(),
        ImageId::Digest(digest) => ImageIdentifier::builder().image_digest(digest).build(),
    }
}

fn convert(detail: &types::ImageDetail) -> Result<StoredImage, String> {
    Ok(StoredImage {
        digest: detail.image_digest().ok_or("imageDetails[].imageDigest is missing")?.to_owned(),
        tags: detail.image_tags().to_vec(),
        pushed_at: rfc3339("imageDetails[].imagePushedAt", &[detail.image_pushed_at()])?,
        media_type: detail.image_manifest_media_type().map(str::to_owned),
        status: detail.image_status().map(|status| status.as_str().to_owned()),
    })
}
