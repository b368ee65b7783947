//! Container image references: `[registry/]repository[:tag][@digest]`.

/// A parsed image reference. Nothing is added: no tag means `None`, never `latest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Host and optional port, when the reference names one.
    pub registry: Option<String>,
    /// The repository path without registry, tag and digest.
    pub repository: String,
    /// The tag, when there is one.
    pub tag: Option<String>,
    /// The digest with its algorithm (`sha256:…`), when there is one.
    pub digest: Option<String>,
}

/// Why a text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an image reference: expected [registry/]repository[:tag][@digest]")]
pub struct NotAnImage(String);

impl Image {
    /// Parses a reference. The first path segment is a registry if it holds a dot or a colon or is `localhost`
    /// (the rule of the distribution reference grammar).
    ///
    /// # Errors
    /// [`NotAnImage`] when a part is empty or holds characters that no image reference has.
    pub fn parse(text: &str) -> Result<Self, NotAnImage> {
        let bad = || NotAnImage(text.chars().take(300).collect());
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), rest),
            _ => (None, name),
        };
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let words = |text: &str| !text.is_empty() && text.chars().all(word);
        let valid = repository.split('/').all(words)
            && tag.is_none_or(words)
            && registry.is_none_or(|host| !host.is_empty() && host.chars().all(|c| word(c) || c == ':'))
            && digest.is_none_or(|d| d.split_once(':').is_some_and(|(algorithm, hex)| words(algorithm) && words(hex)));
        if !valid {
            return Err(bad());
        }
        let owned = |part: Option<&str>| part.map(str::to_owned);
        let repository = repository.to_owned();
        Ok(Self { registry: owned(registry), repository, tag: owned(tag), digest: owned(digest) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, registry: Option<&str>, repository: &str, tag: Option<&str>, digest: Option<&str>) {
        let image = Image::parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (image.registry.as_deref(), image.repository.as_str(), image.tag.as_deref(), image.digest.as_deref()),
            (registry, repository, tag, digest),
            "{text}"
        );
    }

    #[test]
    fn parses_every_form() {
        let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        check("nginx", None, "nginx", None, None);
        check("nginx:1.27", None, "nginx", Some("1.27"), None);
        check("library/nginx", None, "library/nginx", None, None);
        check("localhost:5000/web:v1", Some("localhost:5000"), "web", Some("v1"), None);
        check("registry:5000/team/web", Some("registry:5000"), "team/web", None, None);
        check(&format!("{ecr}/team/web:v1"), Some(ecr), "team/web", Some("v1"), None);
        check(&format!("{ecr}/web@sha256:ab12"), Some(ecr), "web", None, Some("sha256:ab12"));
        check(&format!("{ecr}/web:v1@sha256:ab12"), Some(ecr), "web", Some("v1"), Some("sha256:ab12"));
    }

    #[test]
    fn refuses_what_is_not_a_reference() {
        for text in ["", ":", "web:", "web@", "web@sha256", "a//b", "/web", "we b", "web:a:b", "web@sha256:"] {
            assert!(Image::parse(text).is_err(), "{text:?}");
        }
    }
}
