//! Images by container name: what data sources say of them.

use crate::tf::Type;
use crate::tf::schema::Attribute;

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
