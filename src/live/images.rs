//! Images by container name.

use crate::resolve::image::Image;
use crate::resolve::model::RunningImage;
use std::collections::BTreeMap;

/// Three views on the images of a service or a task definition, by container name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Images {
    /// References.
    pub images: BTreeMap<String, Option<String>>,
    /// Tags; null where the reference has none.
    pub tags: BTreeMap<String, Option<String>>,
    /// Digests, as ECS resolved them or as the references have them.
    pub digests: BTreeMap<String, Option<String>>,
}

impl Images {
    /// What is known of these.
    pub(super) fn of(images: &[RunningImage]) -> Self {
        let parsed = |image: &RunningImage| image.image.as_deref().and_then(|text| Image::parse(text).ok());
        let by_container = |value: &dyn Fn(&RunningImage) -> Option<String>| {
            images.iter().map(|image| (image.container.clone(), value(image))).collect()
        };
        Self {
            images: by_container(&|image| image.image.clone()),
            tags: by_container(&|image| parsed(image)?.tag),
            digests: by_container(&|image| image.digest.clone().or_else(|| parsed(image)?.digest)),
        }
    }
}
