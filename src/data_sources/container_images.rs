//! Images by container name: what data sources say of them.

use crate::resolve::image::Image;
use crate::resolve::model::RunningImage;
use crate::tf::schema::Attribute;
use crate::tf::{Type, Value};

/// `images`, `image_tags` and `image_digests`.
pub fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::map("images", Type::String).computed().describe("Image reference by container name."),
        Attribute::map("image_tags", Type::String)
            .computed()
            .describe("Image tag by container name; null where the reference has none. `latest` is never assumed."),
        Attribute::map("image_digests", Type::String)
            .computed()
            .describe("Image digest by container name, as ECS resolved it or as the reference has it; else null."),
    ]
}

/// The values of [`attributes`].
pub fn values(images: &[RunningImage]) -> [(&'static str, Value); 3] {
    let parsed = |image: &RunningImage| image.image.as_deref().and_then(|text| Image::parse(text).ok());
    let digest = |image: &RunningImage| image.digest.clone().or_else(|| parsed(image)?.digest);
    let map = |value: &dyn Fn(&RunningImage) -> Option<String>| {
        Value::map(images.iter().map(|image| (&image.container, value(image))))
    };
    [
        ("images", map(&|image| image.image.clone())),
        ("image_tags", map(&|image| parsed(image)?.tag)),
        ("image_digests", map(&digest)),
    ]
}
