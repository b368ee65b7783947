//! Images, as Amazon ECR describes them.

use super::error::Error;
use super::time::rfc3339;
use super::{ErrorKind, Regional};
use crate::resolve::ecr::{self, EcrImage, INDEX_MEDIA_TYPES, ImageId, Pulled, StoredImage};
use aws_sdk_ecr::types::{self, ImageFailureCode, ImageIdentifier};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::collections::BTreeSet;

const DESCRIBE: &str = "ecr:DescribeImages";
const GET: &str = "ecr:BatchGetImage";

/// What there is under a reference, or what is missing.
#[derive(Debug)]
pub enum InEcr {
    /// The image, and its platforms if it is an index whose images state them.
    Here(Pulled, Option<BTreeSet<String>>),
    /// The registry has no such repository.
    NoRepository,
    /// The repository lacks the image, or one of several that were asked for: in ECR's words.
    NoImage(String),
}

impl Regional {
    /// `ecr:DescribeImages`, and for an image index `ecr:BatchGetImage`: what a reference stands for.
    ///
    /// # Errors
    /// [`Error`] when ECR does not answer, refuses, or answers what cannot be read. Absence is no error.
    pub async fn image(&self, image: &EcrImage) -> Result<InEcr, Error> {
        let _single = self.calls.single(DESCRIBE).await;
        let ids = image.ids().into_iter().map(identifier).collect();
        let request = self.ecr.describe_images().registry_id(&image.account);
        let request = request.repository_name(&image.reference.repository).set_image_ids(Some(ids));
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.code() {
                    Some("RepositoryNotFoundException") => Ok(InEcr::NoRepository),
                    Some("ImageNotFoundException") => {
                        Ok(InEcr::NoImage(error.message().unwrap_or("(no message)").to_owned()))
                    }
                    _ => Err(Error::from_sdk(DESCRIBE, &error)),
                };
            }
        };
        let bad = |message: String| Error::bad_answer(DESCRIBE, answer.request_id(), message);
        let found = answer.image_details().iter().map(convert).collect::<Result<Vec<_>, _>>().map_err(bad)?;
        let pulled = image.choose(&found).map_err(bad)?;
        if pulled.image.is_index() && pulled.image.blocked().is_none() {
            self.index(image, pulled).await
        } else {
            Ok(InEcr::Here(pulled, None))
        }
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
                Ok(InEcr::Here(pulled, ecr::platforms(index).map_err(bad)?))
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
