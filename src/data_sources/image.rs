//! `ecslive_image`: whether the image of a reference can be pulled.

use super::lookup::Lookup;
use super::{answer, timeouts};
use crate::framework::{Attributes, DataSource};
use crate::live::Clients;
use crate::live::Place;
use crate::live::image::ImageQuestion;
use crate::resolve::image::Image;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, Block};
use crate::tf::{Diagnostics, Type};

/// The data source.
pub struct ImageDataSource;

/// The configuration.
pub struct Config {
    image: Arg<Image>,
    include_platforms: Arg<bool>,
    lookup: Lookup,
}

impl DataSource<Clients> for ImageDataSource {
    type Config = Config;

    const NAME: &'static str = "image";

    fn schema() -> Block {
        let mut attributes = vec![
            Attribute::string("image").required().describe(
                "Image reference in a private Amazon ECR registry, as a container definition has it: \
                 `registry/repository[:tag][@digest]`. The account and the region that are asked are those of the \
                 registry's host. Without tag and digest `latest` is looked up, because that is what ECS pulls.",
            ),
            Attribute::bool("include_platforms").optional().describe(
                "Whether to read the platforms of a multi-platform image. It takes one call more, needs \
                 `ecr:BatchGetImage`, and ECR takes it for a pull: it sets the image's last recorded pull time, by \
                 which lifecycle policies may go. Defaults to `false`.",
            ),
        ];
        attributes.extend(Lookup::attributes("the image").into_iter().map(|attribute| {
            match attribute.name {
                "region" => attribute
                    .describe("AWS region to read from: the one that the registry's host names. Any other is refused."),
                _ => attribute,
            }
        }));
        attributes.extend(computed());
        Block::new(attributes)
            .describe(
                "Whether the image of a reference is in Amazon ECR, so that tasks can pull it. References to other \
                 registries are refused: they cannot be checked.",
            )
            .with_block(timeouts::block())
    }

    fn config(fields: &mut Fields) -> Config {
        Config {
            image: fields.parse("image", Image::parse),
            include_platforms: fields.arg("include_platforms"),
            lookup: Lookup::config(fields),
        }
    }

    fn validate(config: &Config) -> Diagnostics {
        let Some(image) = config.image.known() else { return Diagnostics::default() };
        let place = Place { region: config.lookup.region.known().cloned(), ..Place::default() };
        ImageQuestion::of(image, false, place).err().iter().flatten().map(answer::diagnostic).collect()
    }

    async fn read(clients: &Clients, config: Config, schema: &Block) -> Result<Attributes, Diagnostics> {
        let image = config.image.required("image")?;
        let platforms = config.include_platforms.optional("include_platforms")?.unwrap_or(false);
        let question = ImageQuestion::of(&image, platforms, config.lookup.place()?);
        answer::ask(clients, schema, &question.map_err(|problems| answer::diagnostics(&problems))?).await
    }
}

fn computed() -> Vec<Attribute> {
    vec![
        Attribute::string("repository").computed().describe("Name of the repository."),
        Attribute::string("tag")
            .computed()
            .describe("Tag, as the reference has it; null where it has none. `latest` is never filled in."),
        Attribute::string("digest").computed().describe(
            "Digest of the image that is pulled: the one in the reference, else the one that the tag has now.",
        ),
        Attribute::string("tag_digest").computed().describe(
            "Digest that the tag has now. Differs from `digest` when the reference has both and the tag was moved \
             since, which is no error: ECS pulls by digest. Null where the reference has a digest and no tag, or where \
             no image that can be pulled has the tag any more.",
        ),
        Attribute::string("pushed_at").computed().describe("When the image was pushed (RFC 3339)."),
        Attribute::set("platforms", Type::String).computed().describe(
            "Platforms of a multi-platform image, such as `linux/amd64` or `linux/arm64/v8`, if `include_platforms` is \
             `true`. Null otherwise, where an image of the index states none, and for a plain image, whose platform is \
             in a configuration that ECR gives only as a download.",
        ),
    ]
}
