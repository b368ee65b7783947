//! Images in Amazon ECR.

use crate::aws::{Error, InEcr, Regional};
use crate::guard::facts::{Fact, ImageFacts, Reason};
use crate::resolve::ecr::EcrImage;
use crate::resolve::image::Image;
use std::collections::BTreeSet;

/// An image by its reference.
pub async fn ask(regional: &Regional, reference: &str) -> Result<Fact, Error> {
    let image = match Image::parse(reference).map(|image| EcrImage::of(&image)) {
        Ok(Ok(image)) => image,
        Ok(Err(unchecked)) => {
            return Ok(Fact::CannotTell(Reason::new(format!("{reference} was not looked for: {unchecked}."))));
        }
        Err(_) => return Ok(Fact::CannotTell(Reason::new(format!("{reference} is no reference to an image.")))),
    };
    Ok(match regional.image(&image, true).await? {
        InEcr::Here(pulled) => Fact::Image(ImageFacts {
            reference: reference.to_owned(),
            archived: pulled.image.blocked().is_some(),
            pushed_at: pulled.image.pushed_at.clone(),
            architectures: pulled.platforms.as_ref().map(architectures),
        }),
        InEcr::NoRepository | InEcr::NoImage(_) => Fact::Absent,
    })
}

/// `linux/amd64` is X86_64 for ECS.
fn architectures(platforms: &BTreeSet<String>) -> Vec<String> {
    let name = |platform: &String| match platform.split('/').nth(1).unwrap_or_default() {
        "amd64" => "X86_64".to_owned(),
        "arm64" => "ARM64".to_owned(),
        other => other.to_uppercase(),
    };
    let names: BTreeSet<String> = platforms.iter().map(name).collect();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_have_the_names_of_ecs() {
        let platforms = ["linux/amd64", "linux/arm64/v8", "windows/amd64"].map(str::to_owned).into();
        assert_eq!(architectures(&platforms), ["ARM64", "X86_64"]);
    }
}
