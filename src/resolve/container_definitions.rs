//! Container definitions as JSON: which images are in them, and the same text with others.
//!
//! Only the images are rewritten. Every other character stays, so order, spacing, numbers and whatever ECS adds to the
//! format later stay too.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

/// Why a text cannot be used. Never quotes it: environment values are in clear in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotContainerDefinitions {
    /// The text is not JSON.
    #[error("not JSON: there is a mistake in line {line}, column {column}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The text is JSON of something else.
    #[error(
        "not container definitions: expected a JSON list of objects, as jsonencode makes it of a list of containers"
    )]
    NotAList,
    /// A container has no name, or one that is no text.
    #[error("container {0} of the list has no name")]
    NoName(usize),
    /// Two containers have the same name.
    #[error("two containers are named {0:?}")]
    TwoNamed(String),
    /// A container has its name or its image more than once, and which one counts depends on who reads it.
    #[error("container {0} of the list has {1:?} twice; in upper or in lower case, it is the same key")]
    Twice(usize, &'static str),
    /// The image of a container is no text.
    #[error("the image of container {0:?} is not a text")]
    BadImage(String),
}

/// Why images cannot be put into container definitions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReplaced {
    /// The text cannot be used.
    #[error("{0}")]
    Text(#[from] NotContainerDefinitions),
    /// There is no container of this name.
    #[error("there is no container {name:?}: the container definitions have {}", listed(.names))]
    NoContainer {
        /// The name in the map of images.
        name: String,
        /// The containers that there are.
        names: Vec<String>,
    },
}

/// The containers of a text, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerDefinitions<'a> {
    text: &'a str,
    containers: Vec<Container>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Container {
    name: String,
    image: Option<String>,
    /// Where the image stands in the text, or where it would.
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// From here to there, quotes included.
    Here(usize, usize),
    /// Before the brace that closes the container.
    Before(usize),
}

impl<'a> ContainerDefinitions<'a> {
    /// Reads the JSON text of container definitions.
    ///
    /// # Errors
    /// [`NotContainerDefinitions`].
    pub fn parse(text: &'a str) -> Result<Self, NotContainerDefinitions> {
        let whole: &RawValue = serde_json::from_str(text)
            .map_err(|error| NotContainerDefinitions::NotJson { line: error.line(), column: error.column() })?;
        let objects: Vec<&RawValue> =
            serde_json::from_str(whole.get()).map_err(|_| NotContainerDefinitions::NotAList)?;
        let mut containers: Vec<Container> = Vec::with_capacity(objects.len());
        for (index, object) in objects.into_iter().enumerate() {
            let container = Container::parse(text, object, index)?;
            if containers.iter().any(|other| other.name == container.name) {
                return Err(NotContainerDefinitions::TwoNamed(container.name));
            }
            containers.push(container);
        }
        Ok(Self { text, containers })
    }

    /// The image of each container; `None` where it has none.
    pub fn images(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.containers.iter().map(|container| (container.name.as_str(), container.image.as_deref()))
    }

    /// The same text with other images.
    ///
    /// # Errors
    /// [`NotReplaced::NoContainer`] for a name that no container has.
    pub fn with_images(&self, images: &BTreeMap<String, String>) -> Result<String, NotReplaced> {
        let missing = images.keys().find(|name| self.containers.iter().all(|container| container.name != **name));
        if let Some(name) = missing {
            let names = self.containers.iter().map(|container| container.name.clone()).collect();
            return Err(NotReplaced::NoContainer { name: name.clone(), names });
        }
        let mut replaced = String::with_capacity(self.text.len());
        let mut copied = 0;
        for container in &self.containers {
            let Some(image) = images.get(&container.name) else { continue };
            if container.image.as_ref() == Some(image) {
                continue;
            }
            let json = serde_json::Value::from(image.as_str());
            let (start, end, json) = match container.place {
                Place::Here(start, end) => (start, end, json.to_string()),
                Place::Before(brace) => (brace, brace, format!(",\"image\":{json}")),
            };
            replaced.push_str(&self.text[copied..start]);
            replaced.push_str(&json);
            copied = end;
        }
        replaced.push_str(&self.text[copied..]);
        Ok(replaced)
    }
}

impl Container {
    fn parse(text: &str, object: &RawValue, index: usize) -> Result<Self, NotContainerDefinitions> {
        let object = object.get();
        let Fields(fields) = serde_json::from_str(object).map_err(|_| NotContainerDefinitions::NotAList)?;
        // hashicorp/aws reads the keys in any case.
        let field = |wanted: &'static str| {
            let mut found = fields.iter().filter(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value);
            let first = found.next();
            if found.next().is_some() { Err(NotContainerDefinitions::Twice(index + 1, wanted)) } else { Ok(first) }
        };
        let name = field("name")?.and_then(string).filter(|name| !name.is_empty());
        let name = name.ok_or(NotContainerDefinitions::NoName(index + 1))?;
        let value = match field("image")? {
            Some(value) if value.get() != "null" => value,
            null => {
                let before = || Place::Before(start(text, object) + object.len() - 1);
                return Ok(Self { name, image: None, place: null.map_or_else(before, |null| here(text, null.get())) });
            }
        };
        let image = string(value).ok_or_else(|| NotContainerDefinitions::BadImage(name.clone()))?;
        Ok(Self { name, image: Some(image), place: here(text, value.get()) })
    }
}

/// The fields of an object in their order, each as often as it is there.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Fields<'de> {
    type Value = Self;

    fn expecting(&self, formatter: &mut Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Self, A::Error> {
        while let Some(field) = fields.next_entry()? {
            self.0.push(field);
        }
        Ok(self)
    }
}

fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// Where a part of a text stands in it, in bytes. Both are slices of one allocation.
fn start(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

fn here(text: &str, part: &str) -> Place {
    let start = start(text, part);
    Place::Here(start, start + part.len())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[ {\"name\": \"web\", \"cpu\": 1.50, \"image\": \"nginx:1\\u002e26\",\n  \"zeta\": {\"image\": \"x\"}, \
                        \"environment\": [{\"name\": \"ä\", \"value\": \"<&>\"}]},\n  {\"image\":\"envoy\" ,\"name\":\"proxy\"} ]\n";

    fn with(text: &str, images: &[(&str, &str)]) -> Result<String, String> {
        let images = images.iter().map(|(name, image)| ((*name).to_owned(), (*image).to_owned())).collect();
        let definitions = ContainerDefinitions::parse(text).map_err(|error| error.to_string())?;
        definitions.with_images(&images).map_err(|error| error.to_string())
    }

    #[test]
    fn images_are_read_by_container() {
        let definitions = ContainerDefinitions::parse(TEXT).expect("container definitions");
        let images: Vec<_> = definitions.images().collect();
        assert_eq!(images, [("web", Some("nginx:1.26")), ("proxy", Some("envoy"))]);
        assert_eq!(ContainerDefinitions::parse("[]").map(|none| none.images().count()), Ok(0));
    }

    #[test]
    fn only_the_images_change() {
        let expected = TEXT.replace("\"nginx:1\\u002e26\"", "\"nginx:1.27\"").replace("\"envoy\"", "\"envoy:v2\"");
        assert_eq!(with(TEXT, &[("web", "nginx:1.27"), ("proxy", "envoy:v2")]), Ok(expected));
        assert_eq!(with(TEXT, &[]), Ok(TEXT.to_owned()));
        // Equal images leave the text as it is written.
        assert_eq!(with(TEXT, &[("web", "nginx:1.26"), ("proxy", "envoy")]), Ok(TEXT.to_owned()));
        assert_eq!(
            with(r#"[{"Name":"web","Image":"a"}]"#, &[("web", "b")]),
            Ok(r#"[{"Name":"web","Image":"b"}]"#.to_owned())
        );
    }

    #[test]
    fn a_container_without_an_image_gets_one() {
        assert_eq!(
            with(r#"[{"name":"web","cpu":1 }]"#, &[("web", "nginx")]),
            Ok(r#"[{"name":"web","cpu":1 ,"image":"nginx"}]"#.to_owned())
        );
        assert_eq!(
            with(r#"[{"image":null,"name":"web"}]"#, &[("web", "nginx")]),
            Ok(r#"[{"image":"nginx","name":"web"}]"#.to_owned())
        );
    }

    #[test]
    fn what_cannot_be_used_is_said_without_quoting_it() {
        let list = "not container definitions: expected a JSON list of objects";
        for (text, expected) in [
            ("", "not JSON: there is a mistake in line 1, column 0"),
            ("[{\"name\": \"web\",\n \"secret\"}]", "not JSON: there is a mistake in line 2, column 10"),
            ("[] trailing", "not JSON: there is a mistake in line 1, column 4"),
            ("{\"name\": \"secret\"}", list),
            ("\"secret\"", list),
            ("[\"secret\"]", list),
            ("[{\"image\": \"secret\"}]", "container 1 of the list has no name"),
            ("[{\"name\": \"\"}]", "container 1 of the list has no name"),
            ("[{\"name\": \"web\"}, {\"name\": \"web\"}]", "two containers are named \"web\""),
            (
                "[{\"name\": \"web\"}, {\"image\": \"secret\", \"Image\": null, \"name\": \"log\"}]",
                "container 2 of the list has \"image\" twice; in upper or in lower case, it is the same key",
            ),
            ("[{\"name\": \"secret\", \"name\": \"web\"}]", "container 1 of the list has \"name\" twice"),
            ("[{\"name\": \"web\", \"image\": [\"secret\"]}]", "the image of container \"web\" is not a text"),
        ] {
            let error = with(text, &[]).expect_err(text);
            assert!(error.starts_with(expected), "{error}\nexpected {expected}");
            assert!(!error.contains("secret"), "{error}");
        }
        assert_eq!(
            with(TEXT, &[("worker", "nginx")]),
            Err("there is no container \"worker\": the container definitions have web, proxy".to_owned())
        );
    }
}
