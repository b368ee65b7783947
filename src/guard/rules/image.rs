//! `image-missing`: an image of a planned task definition cannot be pulled.

use super::scene::{Found, Outcome, Scene, cannot_tell, fine};
use super::{Rule, Verdict};
use crate::guard::facts::{ImageFacts, Question, Reason, Untold};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Change, Definition, Field, Text};
use crate::resolve::ecr::EcrImage;
use crate::resolve::image::Image;

/// The rule.
pub static RULE: Rule = Rule {
    id: "image-missing",
    title: "An image of the planned task definition cannot be pulled",
    severity: Severity::Error,
    why: "An image that is not in its repository, that was archived, or that is built for another CPU makes every new task \
          end with CannotPullContainerError, over and over, until the circuit breaker gives up, if there is one.",
    fix: "Push the image before the apply, for the architecture of the task definition; build the tag from what the pipeline \
          has pushed.",
    needs: &["ecr:DescribeImages", "ecr:BatchGetImage"],
    judge,
};

/// True for a reference into a private registry of Amazon ECR.
pub fn is_ecr(image: &str) -> bool {
    Image::parse(image).is_ok_and(|image| EcrImage::of(&image).is_ok())
}

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    let express = change.kind == "aws_ecs_express_gateway_service" && change.writes("primary_container");
    if !change.action.creates() && !express {
        return fine();
    }
    let Some(after) = change.after() else { return fine() };
    let (images, architecture) = match change.kind.as_str() {
        "aws_ecs_task_definition" => {
            let definition = Definition(after);
            let images = definition.containers().map(|list| {
                list.into_iter().map(|container| (container.name.to_string(), container.image)).collect::<Vec<_>>()
            });
            let fargate = definition.requires(&["FARGATE"]).then(|| "X86_64".to_owned());
            (images, definition.architecture().or(fargate))
        }
        "aws_ecs_express_gateway_service" => {
            let image = match after.block("primary_container") {
                Field::Known(block) => block.get("image").name(),
                _ => Field::Null,
            };
            (image.map(|image| vec![("primary".to_owned(), image)]), Some("X86_64".to_owned()))
        }
        _ => return fine(),
    };
    let images = match images {
        Field::Known(images) => images,
        Field::Null => return fine(),
        Field::Unknown => return cannot_tell("The plan does not know the images: they are known only after apply."),
    };
    scene.facts.ahead(images.iter().filter(|(_, image)| is_ecr(image.judged())).map(|(_, image)| question(image)));
    let mut outcomes = Vec::new();
    for (container, image) in &images {
        if !is_ecr(image.judged()) {
            let what = format!("Whether image {image} of container {container} exists");
            let why = "It is in a registry that guard does not ask: only private Amazon ECR is.".to_owned();
            outcomes.push(Outcome::Skipped { what, why });
            continue;
        }
        match scene.facts.image(question(image)) {
            Ok(facts) => outcomes.extend(wrong(container, image, facts, architecture.as_deref())),
            Err(Untold::Because(reason)) => outcomes.push(Outcome::CannotTell(reason)),
            Err(untold) => return Err(untold),
        }
    }
    Ok(outcomes)
}

fn question(image: &Text) -> Question {
    Question::Image(image.judged().to_owned())
}

fn wrong(container: &str, image: &Text, facts: Option<&ImageFacts>, architecture: Option<&str>) -> Option<Outcome> {
    let found = |message: String| Found::error(message).fact("Image", image).fact("Container", container);
    let Some(facts) = facts else {
        let message = format!("The image of container {container} is not in its ECR repository: no task would start.");
        return Some(Outcome::Finding(found(message).fix("Push the image before the apply, or correct the tag.")));
    };
    if facts.archived {
        let message = format!("The image of container {container} is archived in ECR: it cannot be pulled.");
        let way =
            "Restore it (`aws ecr update-image-storage-class --target-storage-class STANDARD`), or take another image.";
        return Some(Outcome::Finding(found(message).fix(way)));
    }
    let architecture = architecture?;
    match &facts.architectures {
        Some(built) if !built.iter().any(|one| one == architecture) => {
            let message =
                format!("The image of container {container} is not built for {architecture}: its tasks end at once.");
            let found = found(message).fact("Built for", built.join(", ")).fact("Task runs on", architecture);
            Some(Outcome::Finding(
                found.fix("Build it for that architecture, or set runtime_platform.cpu_architecture."),
            ))
        }
        Some(_) => None,
        None => {
            let text = format!("The manifest of the image of container {container} names no architecture.");
            Some(Outcome::CannotTell(Reason::new(text)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_ecr_is_told_from_other_registries() {
        assert!(is_ecr("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"));
        assert!(is_ecr("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/web:2"));
        assert!(!is_ecr("public.ecr.aws/nginx/nginx:1") && !is_ecr("nginx") && !is_ecr("ghcr.io/a/b:1"));
    }
}
