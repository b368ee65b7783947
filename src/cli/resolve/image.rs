//! `ecslive resolve image`.

use super::paint::Paint;
use super::place::Place;
use super::screen::{Screen, since};
use crate::live::Problem;
use crate::live::image::{Image, ImageQuestion};
use crate::resolve::image;
use clap::Args;

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Image reference in a private Amazon ECR registry, as a container definition has it
    #[arg(value_name = "IMAGE", value_parser = reference)]
    image: image::Image,
    /// Read the platforms of a multi-platform image, which needs ecr:BatchGetImage and counts as a pull
    #[arg(long)]
    include_platforms: bool,
    #[command(flatten)]
    place: Place,
}

impl Arguments {
    /// The question.
    pub fn question(&self, region: Option<&String>) -> Result<ImageQuestion, Vec<Problem>> {
        let place = crate::live::Place { region: region.cloned(), ..self.place.live() };
        ImageQuestion::of(&self.image, self.include_platforms, place)
    }
}

fn reference(text: &str) -> Result<image::Image, String> {
    image::Image::parse(text).map_err(|error| error.to_string())
}

/// The answer for a person.
pub fn screen(question: &ImageQuestion, answer: &Image) -> String {
    let paint = Paint::stdout();
    let mut screen = Screen::titled(&question.image.reference.repository, &answer.region, paint);
    let Some(digest) = answer.digest.as_deref() else {
        screen.line("image", &paint.yellow("not found"));
        return screen.finish();
    };
    screen.line("image", &paint.green("can be pulled"));
    screen.line("digest", digest);
    if let Some(tag) = answer.tag.as_deref() {
        let moved = answer.tag_digest.as_deref() != Some(digest);
        let moved = if moved { paint.yellow(", and has been moved since: ECS pulls by digest") } else { String::new() };
        screen.line("tag", &format!("{tag}{moved}"));
    }
    if let Some(at) = &answer.pushed_at {
        screen.line("pushed", &format!("{at}{}", since(at)));
    }
    for (index, platform) in answer.platforms.iter().flatten().enumerate() {
        screen.line(if index == 0 { "platforms" } else { "" }, platform);
    }
    screen.finish()
}
