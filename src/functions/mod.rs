//! The provider-defined functions, one file each: pure, offline, the same answer for the same arguments.

mod container_images;
mod forward_weights;
mod newest_task_definition;
mod parse_image;
mod parse_task_definition_arn;
mod with_images;

use crate::framework::AnyFunction;

/// All functions, in the order of the documentation.
pub fn all() -> Vec<Box<dyn AnyFunction>> {
    vec![
        Box::new(newest_task_definition::NewestTaskDefinition),
        Box::new(forward_weights::ForwardWeights),
        Box::new(container_images::ContainerImages),
        Box::new(with_images::WithImages),
        Box::new(parse_task_definition_arn::ParseTaskDefinitionArn),
        Box::new(parse_image::ParseImage),
    ]
}
