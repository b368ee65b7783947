//! Container image references: `[registry/]repository[:tag][@digest]`.

/// A parsed image reference. Nothing is added: no tag means `None`, never `latest`, and no registry means `None`, never
/// `docker.io`.
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
#[error("{text:?} is not an image reference: {problem}")]
pub struct NotAnImage {
    text: String,
    problem: String,
}

impl Image {
    /// Parses a reference. The first path segment is a registry if it holds a dot or a colon or is `localhost`
    /// (the rule of the distribution reference grammar).
    ///
    /// # Errors
    /// [`NotAnImage`] when a part is empty or holds characters that no image reference has.
    pub fn parse(text: &str) -> Result<Self, NotAnImage> {
        Self::parts(text).map_err(|problem| NotAnImage { text: text.chars().take(300).collect(), problem })
    }

    /// The reference without tag and digest.
    pub fn name(&self) -> String {
        match &self.registry {
            Some(registry) => format!("{registry}/{}", self.repository),
            None => self.repository.clone(),
        }
    }

    fn parts(text: &str) -> Result<Self, String> {
        let form = || "expected [registry/]repository[:tag][@digest]".to_owned();
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(format!("leave {scheme}:// out"));
        }
        if text.contains(char::is_whitespace) {
            return Err("it holds white space".to_owned());
        }
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
        if repository.contains(|c: char| c.is_ascii_uppercase()) && repository.split('/').all(is_word) {
            return Err(format!(
                "the repository {repository:?} has upper-case letters, and every registry refuses them: write {:?}",
                repository.to_ascii_lowercase()
            ));
        }
        if !repository.split('/').all(is_segment) || registry.is_some_and(|host| !is_host(host)) {
            return Err(form());
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(
                "a tag has 1 to 128 letters, digits, underscores, dots and hyphens, and starts with none of the \
                        last two"
                    .to_owned(),
            );
        }
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err("after @ comes a digest such as sha256:0123456789abcdef…".to_owned());
        }
        let owned = |part: Option<&str>| part.map(str::to_owned);
        let repository = repository.to_owned();
        Ok(Self { registry: owned(registry), repository, tag: owned(tag), digest: owned(digest) })
    }
}

fn is_word(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !text.is_empty() && text.chars().all(word)
}

/// A segment of a repository's path: lower case, with separators inside only.
fn is_segment(text: &str) -> bool {
    let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    is_word(text) && !text.contains(|c: char| c.is_ascii_uppercase()) && text.starts_with(end) && text.ends_with(end)
}

fn is_tag(text: &str) -> bool {
    is_word(text) && text.len() <= 128 && !text.starts_with(['.', '-'])
}

/// `algorithm:hex`.
fn is_digest(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(algorithm, hex)| {
        is_word(algorithm) && !hex.is_empty() && hex.chars().all(|c| c.is_ascii_hexdigit())
    })
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let v6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host = v6.map_or_else(|| is_word(host), |v6| v6.chars().all(|c| c.is_ascii_hexdigit() || c == ':'));
    host && port.is_none_or(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()))
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
        check("docker.io/library/nginx", Some("docker.io"), "library/nginx", None, None);
        check("localhost/web:v1", Some("localhost"), "web", Some("v1"), None);
        check("localhost:5000/web:v1", Some("localhost:5000"), "web", Some("v1"), None);
        check("registry:5000/team/web", Some("registry:5000"), "team/web", None, None);
        check("[::1]:5000/web", Some("[::1]:5000"), "web", None, None);
        check("public.ecr.aws/nginx/nginx:1.27", Some("public.ecr.aws"), "nginx/nginx", Some("1.27"), None);
        check("web:V1_RC-2", None, "web", Some("V1_RC-2"), None);
        check("my__team/a.b-c--d", None, "my__team/a.b-c--d", None, None);
        check(&format!("{ecr}/team/web:v1"), Some(ecr), "team/web", Some("v1"), None);
        check(&format!("{ecr}/web@sha256:ab12"), Some(ecr), "web", None, Some("sha256:ab12"));
        check(&format!("{ecr}/web:v1@sha256:ab12"), Some(ecr), "web", Some("v1"), Some("sha256:ab12"));
    }

    #[test]
    fn what_is_wrong_with_a_reference_is_said() {
        let form = "expected [registry/]repository[:tag][@digest]";
        let tag = "a tag has 1 to 128 letters";
        let digest = "after @ comes a digest such as sha256:";
        let long = format!("web:{}", "x".repeat(129));
        for (text, problem) in [
            ("", form),
            (":", form),
            ("a//b", form),
            ("/web", form),
            ("web/", form),
            ("web:a:b", form),
            ("-web", form),
            ("host:port/web", form),
            ("registry.example/", form),
            ("web:", tag),
            ("web:-v1", tag),
            (&long, tag),
            ("web@", digest),
            ("web@sha256", digest),
            ("web@sha256:", digest),
            ("web@sha256:xyz", digest),
            ("web@sha256:ab@sha256:cd", digest),
            ("we b", "it holds white space"),
            ("web:v1\n", "it holds white space"),
            ("https://registry.example/web", "leave https:// out"),
            (
                "Team/Web:v1",
                "the repository \"Team/Web\" has upper-case letters, and every registry refuses them: write \"team/web\"",
            ),
            ("ghcr.io/Team/web", "the repository \"Team/web\" has upper-case letters"),
        ] {
            let error = Image::parse(text).expect_err(text).to_string();
            let expected = format!("{text:?} is not an image reference: {problem}");
            assert!(error.starts_with(&expected), "{error}\n{expected}");
        }
    }
}
