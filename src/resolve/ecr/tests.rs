//! Which references are checked, what is asked, and what is read out of the answers.

use super::*;

fn reference(text: &str) -> Image {
    Image::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn in_ecr(rest: &str) -> EcrImage {
    let text = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web{rest}");
    EcrImage::of(&reference(&text)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_host_says_the_account_and_the_region() {
    for (host, region) in [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "eu-west-1"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws", "eu-west-1"),
        ("123456789012.dkr-ecr-fips.us-east-1.on.aws", "us-east-1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"),
        ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("123456789012.dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu", "eusc-de-east-1"),
        ("123456789012.dkr-ecr-fips.us-gov-east-1.on.aws", "us-gov-east-1"),
        ("123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ("123456789012.dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
        ("123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
    ] {
        let image = EcrImage::of(&reference(&format!("{host}/web:v1"))).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((image.account.as_str(), image.region.as_str()), ("123456789012", region), "{host}");
    }
}

#[test]
fn other_registries_are_not_checked() {
    for (text, registry) in [
        ("nginx:1.27", None),
        ("library/nginx", None),
        ("public.ecr.aws/docker/library/nginx:1.27", Some("public.ecr.aws")),
        ("ghcr.io/team/web:v1", Some("ghcr.io")),
        ("localhost:5000/web", Some("localhost:5000")),
        ("12345.dkr.ecr.eu-west-1.amazonaws.com/web", Some("12345.dkr.ecr.eu-west-1.amazonaws.com")),
        ("123456789012.dkr.ecr.amazonaws.com/web", Some("123456789012.dkr.ecr.amazonaws.com")),
        ("123456789012.dkr.ecr-x.eu-west-1.amazonaws.com/web", Some("123456789012.dkr.ecr-x.eu-west-1.amazonaws.com")),
        ("evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/web", Some("evil.example")),
    ] {
        let expected = Err(Unchecked::OtherRegistry(registry.map(str::to_owned)));
        assert_eq!(EcrImage::of(&reference(text)), expected, "{text}");
    }
}

#[test]
fn a_host_of_ecr_has_to_end_as_its_region_does() {
    for (host, expected) in [
        ("dkr.ecr.cn-north-1.amazonaws.com", "dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("dkr.ecr.eu-west-1.amazonaws.com.cn", "dkr.ecr.eu-west-1.amazonaws.com"),
        ("dkr.ecr.eu-west-1.amazonaws.com.evil.example", "dkr.ecr.eu-west-1.amazonaws.com"),
        ("dkr.ecr.eu-west-1.amazonaws.com:443", "dkr.ecr.eu-west-1.amazonaws.com"),
        ("dkr.ecr-fips.us-east-1.on.aws", "dkr.ecr-fips.us-east-1.amazonaws.com"),
        ("dkr-ecr.eu-west-1.amazonaws.com", "dkr-ecr.eu-west-1.on.aws"),
        ("DKR.ecr.EU-West-1.amazonaws.com", "dkr.ecr.eu-west-1.amazonaws.com"),
        ("dkr-ecr.us-iso-east-1.on.aws", "dkr.ecr.us-iso-east-1.c2s.ic.gov"),
    ] {
        let [host, expected] = [host, expected].map(|rest| format!("123456789012.{rest}"));
        let image = reference(&format!("{host}/web"));
        assert_eq!(EcrImage::of(&image), Err(Unchecked::WrongHost { host, expected }));
    }
}

fn stored(digest: &str, tags: &[&str]) -> StoredImage {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    StoredImage { digest: digest.to_owned(), tags, pushed_at: None, media_type: None, status: None }
}

#[test]
fn what_is_pulled_is_what_is_asked_for() {
    use ImageId::{Digest, Tag};
    for (rest, wanted, beside) in [
        (":v1", Tag("v1"), None),
        ("", Tag("latest"), None),
        ("@sha256:bb", Digest("sha256:bb"), None),
        // The tag may have moved on or be gone: the digest is what is pulled.
        (":v1@sha256:bb", Digest("sha256:bb"), Some("v1")),
    ] {
        let image = in_ecr(rest);
        assert_eq!((image.wanted(), image.beside()), (wanted, beside), "{rest}");
    }
}

#[test]
fn an_answer_is_about_what_was_asked() {
    use ImageId::{Digest, Tag};
    let listed = || vec![stored("sha256:aa", &["v1", "latest"]), stored("sha256:bb", &["v2"])];
    let digest = |id: ImageId, listed| id.choose(listed).map(|image| image.map(|image| image.digest));
    let found = |digest: &str| Ok(Some(digest.to_owned()));
    assert_eq!(digest(Tag("latest"), listed()), found("sha256:aa"));
    assert_eq!(digest(Digest("sha256:bb"), listed()), found("sha256:bb"));
    assert_eq!(digest(Tag("v3"), listed()), Err("no image in the answer has the tag \"v3\"".to_owned()));
    let other = "no image in the answer has the digest that was asked for";
    assert_eq!(digest(Digest("sha256:cc"), listed()), Err(other.to_owned()));
    for id in [Tag("v1"), Digest("sha256:aa")] {
        assert_eq!(digest(id, Vec::new()), Ok(None));
    }
}

#[test]
fn archived_images_are_blocked() {
    for (status, blocked) in [
        (None, None),
        (Some("ACTIVE"), None),
        (Some("ARCHIVED"), Some("ARCHIVED")),
        (Some("ACTIVATING"), Some("ACTIVATING")),
        (Some("SOMETHING_NEW"), Some("SOMETHING_NEW")),
    ] {
        let image = StoredImage { status: status.map(str::to_owned), ..stored("sha256:aa", &[]) };
        assert_eq!(image.blocked(), blocked);
    }
}

#[test]
fn the_platforms_of_an_index_are_those_of_its_images() {
    let check = |manifests: &str, expected: Option<&[&str]>| {
        let found = platforms(&format!("{{\"schemaVersion\": 2, \"manifests\": [{manifests}]}}"));
        let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
        assert_eq!(found, Ok(expected), "{manifests}");
    };
    let amd = r#"{"platform": {"os": "linux", "architecture": "amd64"}}"#;
    let arm = r#"{"platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}"#;
    let windows = r#"{"platform": {"os": "windows", "architecture": "amd64", "os.version": "10.0.20348.1"}}"#;
    let attestation = r#"{"platform": {"os": "unknown", "architecture": "unknown"}}"#;
    let artifact = r#"{"artifactType": "application/vnd.example.index", "digest": "sha256:cc"}"#;
    check(&format!("{amd}, {arm}"), Some(&["linux/amd64", "linux/arm64/v8"]));
    check(&format!("{amd}, {attestation}, {artifact}"), Some(&["linux/amd64"]));
    check(windows, Some(&["windows/amd64"]));
    check("", Some(&[]));
    // An image that states no platform may be of any.
    check(&format!("{amd}, {{\"digest\": \"sha256:dd\"}}"), None);
    for text in ["", "{}", "{\"manifests\": 1}"] {
        assert!(platforms(text).is_err(), "{text}");
    }
}
