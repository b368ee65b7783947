//! `ecslive resolve services`.

use super::paint::Paint;
use super::place::{Place, cluster, service as service_name};
use super::screen::Screen;
use super::service::brief;
use crate::live::services::{Services, ServicesQuestion};
use crate::resolve::name::{Cluster, Named, ServiceName};
use clap::Args;
use std::fmt::Write;

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Names or ARNs of services; else all of the cluster that are not being deleted
    #[arg(value_name = "SERVICE", value_parser = service_name)]
    service_names: Vec<ServiceName>,
    /// Name or ARN of the cluster
    #[arg(long, value_name = "CLUSTER", value_parser = cluster)]
    cluster: Cluster,
    /// Tell the images of each service
    #[arg(long)]
    include_images: bool,
    #[command(flatten)]
    place: Place,
}

impl Arguments {
    /// The question.
    pub fn question(&self) -> ServicesQuestion {
        ServicesQuestion {
            cluster: self.cluster.clone(),
            names: (!self.service_names.is_empty()).then(|| self.service_names.clone()),
            images: self.include_images,
            place: self.place.live(),
        }
    }
}

/// The answer for a person.
pub fn screen(question: &ServicesQuestion, answer: &Services) -> String {
    let paint = Paint::stdout();
    let mut text = Screen::titled(question.cluster.name(), &answer.region, paint).finish();
    let width = answer.services.keys().map(String::len).max().unwrap_or_default();
    for (name, service) in &answer.services {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:width$}  {}", brief(service, paint));
    }
    if answer.services.is_empty() {
        text.push_str(if answer.found { "  no services\n" } else { "  no such cluster\n" });
    }
    text
}
