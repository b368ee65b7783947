//! Amazon ECR, as far as it is used here.

use crate::state::{ACCOUNT_ID, Image, Region, Repository};
use crate::wire::{AwsError, Call};
use serde_json::{Value, json};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Answers one call.
pub fn answer(region: &Region, call: &Call) -> Result<Value, AwsError> {
    match call.operation.as_str() {
        "DescribeImages" => describe_images(region, call),
        "BatchGetImage" => batch_get_image(region, call),
        _ => Err(AwsError::new("UnknownOperationException", "")),
    }
}

fn repository<'a>(region: &'a Region, call: &'a Call) -> Result<(&'a str, &'a Repository), AwsError> {
    let (name, registry) = (call.required("repositoryName")?, call.text("registryId").unwrap_or(ACCOUNT_ID));
    let found = region.repositories.get(name).filter(|_| registry == ACCOUNT_ID);
    // A repository of a pull-through cache is there once something was pulled: before that it is not found either.
    let cached = region.pull_through.iter().any(|prefix| name.starts_with(&format!("{prefix}/")));
    let found = found.filter(|found| !cached || !found.images.is_empty());
    found.map(|found| (name, found)).ok_or_else(|| {
        let text = format!("The repository with name '{name}' does not exist in the registry with id '{registry}'");
        AwsError::new("RepositoryNotFoundException", text)
    })
}

fn describe_images(region: &Region, call: &Call) -> Result<Value, AwsError> {
    let (name, repository) = repository(region, call)?;
    if repository.rejects_filter && call.input["filter"]["imageStatus"].is_string() {
        return Err(AwsError::new(
            "InvalidParameterException",
            "Invalid parameter at 'filter' failed to satisfy constraint",
        ));
    }
    let details = |images: &[&Image]| images.iter().map(|image| detail(name, image)).collect::<Vec<_>>();
    if let Some(ids) = call.input["imageIds"].as_array() {
        if ids.is_empty() || ids.len() > 100 {
            return Err(AwsError::new("InvalidParameterException", "imageIds has to have 1 to 100 elements."));
        }
        let found = ids.iter().map(|id| match find(repository, id) {
            Some(image) if listed(image, call) => Ok(Some(image)),
            // Nobody says in public what an id without a filter gets. So either is done: one status is not found, the
            // other is left out.
            Some(image) if image.status != "ARCHIVED" => Ok(None),
            _ => Err(no_image(name, id)),
        });
        let mut found: Vec<&Image> = found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        found.dedup_by_key(|image| &image.digest);
        return Ok(json!({"imageDetails": details(&found)}));
    }
    let size = call.input["maxResults"].as_u64().unwrap_or(100).clamp(1, 1000) as usize;
    let start: usize = call.text("nextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let all: Vec<&Image> = repository.images.iter().filter(|image| listed(image, call)).collect();
    let page: Vec<&Image> = all.iter().copied().skip(start).take(size).collect();
    let mut answer = json!({"imageDetails": details(&page)});
    if start + size < all.len() {
        answer["nextToken"] = json!((start + size).to_string());
    }
    Ok(answer)
}

fn batch_get_image(region: &Region, call: &Call) -> Result<Value, AwsError> {
    let (name, repository) = repository(region, call)?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for id in call.input["imageIds"].as_array().into_iter().flatten() {
        let found = find(repository, id).filter(|image| status(image) == "ACTIVE");
        match found {
            Some(image) => images.push(json!({
                "registryId": ACCOUNT_ID,
                "repositoryName": name,
                "imageId": {"imageDigest": image.digest},
                "imageManifest": manifest(image).to_string(),
                "imageManifestMediaType": media_type(image),
            })),
            None => failures.push(json!({
                "imageId": id,
                "failureCode": "ImageNotFound",
                "failureReason": "Requested image not found",
            })),
        }
    }
    Ok(json!({"images": images, "failures": failures}))
}

/// Whether the filter lets an image through. API reference of DescribeImagesFilter: "If not specified, only images with
/// ACTIVE status are returned".
fn listed(image: &Image, call: &Call) -> bool {
    match call.input["filter"]["imageStatus"].as_str().unwrap_or("ACTIVE") {
        "ANY" => true,
        wanted => status(image) == wanted,
    }
}

fn status(image: &Image) -> &str {
    if image.status.is_empty() { "ACTIVE" } else { &image.status }
}

/// The image with this digest and this tag, of which one may be left out.
fn find<'a>(repository: &'a Repository, id: &Value) -> Option<&'a Image> {
    let (tag, digest) = (id["imageTag"].as_str(), id["imageDigest"].as_str());
    let mut images = repository.images.iter().filter(|_| tag.is_some() || digest.is_some());
    images.find(|image| {
        tag.is_none_or(|tag| image.tags.iter().any(|other| other == tag))
            && digest.is_none_or(|digest| image.digest == digest)
    })
}

fn no_image(name: &str, id: &Value) -> AwsError {
    let part = |part: &str| id[part].as_str().unwrap_or("null").to_owned();
    let text = format!(
        "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository with name \
         '{name}' in the registry with id '{ACCOUNT_ID}'",
        part("imageDigest"),
        part("imageTag"),
    );
    AwsError::new("ImageNotFoundException", text)
}

fn media_type(image: &Image) -> &'static str {
    if image.platforms.is_empty() { MANIFEST } else { INDEX }
}

fn detail(repository: &str, image: &Image) -> Value {
    json!({
        "registryId": ACCOUNT_ID,
        "repositoryName": repository,
        "imageDigest": image.digest,
        "imageTags": image.tags,
        "imageSizeInBytes": 12_345_678,
        "imagePushedAt": image.pushed,
        "imageManifestMediaType": media_type(image),
        "imageStatus": status(image),
    })
}

/// A manifest as builders push it: an index has an attestation beside its images.
fn manifest(image: &Image) -> Value {
    if image.platforms.is_empty() {
        return json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": image.digest}, "layers": []});
    }
    let entry = |name: &str| {
        let mut parts = name.splitn(3, '/');
        let mut platform = json!({"os": parts.next(), "architecture": parts.next()});
        if let Some(variant) = parts.next() {
            platform["variant"] = json!(variant);
        }
        json!({"mediaType": MANIFEST, "digest": image.digest, "size": 1234, "platform": platform})
    };
    let names = image.platforms.iter().map(String::as_str).chain(["unknown/unknown"]);
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": names.map(entry).collect::<Vec<_>>()})
}

impl Region {
    /// Takes a tag away, as a lifecycle policy or `batch-delete-image` by tag does; the image stays.
    pub fn untag(&mut self, repository: &str, tag: &str) {
        for image in self.repositories.get_mut(repository).into_iter().flat_map(|found| &mut found.images) {
            image.tags.retain(|other| other != tag);
        }
    }

    /// Gives the images of a repository a status: ARCHIVED, or ACTIVATING while they are restored.
    pub fn archive(&mut self, repository: &str, status: &str) {
        for image in self.repositories.get_mut(repository).into_iter().flat_map(|found| &mut found.images) {
            status.clone_into(&mut image.status);
        }
    }

    /// Pushes an image: an index of these platforms, or a plain image if there are none. The tag is taken from the
    /// image that had it. Gives the digest.
    pub fn push(&mut self, repository: &str, tag: &str, platforms: &[&str]) -> String {
        let digest = format!("sha256:{:0>64}", self.next_id());
        let pushed = self.now();
        let images = &mut self.repositories.entry(repository.to_owned()).or_default().images;
        for image in images.iter_mut() {
            image.tags.retain(|other| other != tag);
        }
        images.push(Image {
            digest: digest.clone(),
            tags: vec![tag.to_owned()],
            pushed,
            platforms: platforms.iter().map(|name| (*name).to_owned()).collect(),
            status: String::new(),
        });
        digest
    }
}
