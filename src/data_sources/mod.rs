//! The data sources, one file each.

mod container_images;
mod deployment;
mod explain;
mod failure;
mod image;
mod lookup;
mod running_service;
mod service;
mod services;
mod target_group;
mod task_definition;
mod timeouts;

use crate::aws::Clients;
pub use lookup::region;
pub use timeouts::duration;

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
