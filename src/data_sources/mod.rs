//! The data sources, one file each.

mod answer;
mod container_images;
mod deployment;
mod image;
mod lookup;
mod names;
mod running_service;
mod service;
mod services;
mod target_group;
mod task_definition;
mod timeouts;

use crate::live::Clients;
pub use crate::resolve::duration::parse as duration;
pub use crate::resolve::name::region;

use crate::framework::AnyDataSource;

/// All data sources, in the order of the documentation.
pub fn all() -> Vec<Box<dyn AnyDataSource<Clients>>> {
    vec![
        Box::new(task_definition::TaskDefinitionDataSource),
        Box::new(service::ServiceDataSource),
        Box::new(target_group::TargetGroupDataSource),
        Box::new(deployment::DeploymentDataSource),
        Box::new(services::ServicesDataSource),
        Box::new(image::ImageDataSource),
    ]
}

#[cfg(test)]
mod tests;
