//! `endpoints`: URLs to use instead of AWS's own.

use super::foreign::Foreign;
use super::text::{optional, url};
use crate::aws::settings::Endpoints;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, NestedBlock};
use crate::tf::{Diagnostic, Diagnostics, Path};

/// One block: URLs in the order of [`ARGUMENTS`].
pub struct EndpointsBlock(Vec<(&'static str, Arg<String>)>);

/// Arguments with the service that each is for: hashicorp/aws has several names for ELBv2.
const ARGUMENTS: [(&str, &str); 9] = [
    ("ecs", "ecs"),
    ("elbv2", "elbv2"),
    ("elb", "elbv2"),
    ("elasticloadbalancing", "elbv2"),
    ("elasticloadbalancingv2", "elbv2"),
    ("codedeploy", "codedeploy"),
    ("deploy", "codedeploy"),
    ("ecr", "ecr"),
    ("sts", "sts"),
];

impl EndpointsBlock {
    /// The block of the schema.
    pub fn block() -> NestedBlock {
        let argument = |(name, service): (&'static str, &'static str)| {
            let text = match name {
                "ecs" => "URL to use instead of the Amazon ECS endpoint.".to_owned(),
                "elbv2" => "URL to use instead of the Elastic Load Balancing (v2) endpoint.".to_owned(),
                "codedeploy" => "URL to use instead of the AWS CodeDeploy endpoint.".to_owned(),
                "ecr" => "URL to use instead of the Amazon ECR endpoint.".to_owned(),
                "sts" => "URL to use instead of the AWS STS endpoint.".to_owned(),
                _ => format!("Another name for `{service}`."),
            };
            Attribute::string(name).optional().describe(text)
        };
        NestedBlock::list("endpoints", ARGUMENTS.into_iter().map(argument).chain(Foreign::endpoints()).collect()).describe(
            "Endpoints to use instead of AWS's own. They go before `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_ECS` and the \
             like, and before those of the profile.",
        )
    }

    /// Takes all blocks out of a configuration.
    pub fn config(fields: &mut Fields) -> Vec<Self> {
        let mut blocks = Vec::new();
        for mut block in fields.nested_list("endpoints") {
            let urls = ARGUMENTS.iter().map(|(name, _)| (*name, optional(&mut block, name, url))).collect();
            blocks.push(Self(urls));
            fields.absorb(block);
        }
        blocks
    }

    /// Arguments that give one service two URLs.
    pub fn validate(blocks: &[Self]) -> Diagnostics {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        let mut diagnostics = Diagnostics::default();
        for (index, block) in blocks.iter().enumerate() {
            for (name, _) in block.0.iter().filter(|(_, url)| url.known().is_some()) {
                let service = service_of(name);
                match seen.iter().find(|(_, other)| *other == service) {
                    None => seen.push((name, service)),
                    Some((first, _)) => {
                        let detail = format!("{first} and {name} both give the endpoint of {service}. Keep one.");
                        let path = Path::attribute("endpoints").index(index).nested(*name);
                        diagnostics.push(Diagnostic::error("Conflicting Endpoints", detail).at(path));
                    }
                }
            }
        }
        diagnostics
    }

    /// The URLs of all blocks.
    ///
    /// # Errors
    /// When one is unknown.
    pub fn settings(blocks: Vec<Self>) -> Result<Endpoints, Diagnostic> {
        let mut endpoints = Endpoints::default();
        for (name, url) in blocks.into_iter().flat_map(|block| block.0) {
            let slot = match service_of(name) {
                "ecs" => &mut endpoints.ecs,
                "elbv2" => &mut endpoints.elbv2,
                "ecr" => &mut endpoints.ecr,
                "sts" => &mut endpoints.sts,
                _ => &mut endpoints.codedeploy,
            };
            if let Some(url) = url.optional("endpoints")? {
                *slot = Some(url);
            }
        }
        Ok(endpoints)
    }
}

fn service_of(argument: &str) -> &'static str {
    ARGUMENTS.iter().find(|(name, _)| *name == argument).map_or("", |(_, service)| service)
}
