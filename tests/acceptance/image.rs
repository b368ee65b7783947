//! `ecslive_image`.

use crate::stage::{Stage, provider_block};
use fake_aws::{Fault, REGION};
use serde_json::{Value, json};

const SOURCE: &str = "ecslive_image";
const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/// `image = "…/web:v1"` and the like.
fn image(rest: &str) -> String {
    format!("image = \"{HOST}/{rest}\"\n")
}

/// Asserts some attributes of an answer.
#[track_caller]
fn check(found: &Value, expected: &Value) {
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&found[name], value, "{name}");
    }
}

#[test]
fn a_plain_image_takes_one_call() {
    let (stage, digest) = Stage::with(|region| region.push("team/web", "v1", &[]));
    let found = stage.read(SOURCE, &image("team/web:v1"));
    assert_eq!(stage.fake.tally(), ["ecr:DescribeImages 1"]);
    check(
        &found,
        &json!({
            "found": true,
            "image": format!("{HOST}/team/web:v1"),
            "repository": "team/web",
            "tag": "v1",
            "digest": digest,
            "tag_digest": digest,
            "pushed_at": "2026-09-21T14:13:22Z",
            "platforms": null,
            "region": REGION,
            "allow_missing": null,
            "timeouts": null,
        }),
    );
}

#[test]
fn platforms_are_read_where_they_are_asked_for() {
    let (stage, _) = Stage::with(|region| {
        region.push("api", "v1", &[]);
        region.push("web", "v1", &["linux/amd64", "linux/arm64/v8"])
    });
    // BatchGetImage counts as a pull: it is not made for everybody.
    assert_eq!(stage.read(SOURCE, &image("web:v1"))["platforms"], Value::Null);
    assert_eq!(stage.fake.tally(), ["ecr:DescribeImages 1"]);
    let found = stage.read(SOURCE, &format!("{}include_platforms = true\n", image("web:v1")));
    assert_eq!(found["platforms"], json!(["linux/amd64", "linux/arm64/v8"]));
    assert_eq!(stage.fake.tally(), ["ecr:BatchGetImage 1", "ecr:DescribeImages 2"]);
    let plain = stage.read(SOURCE, &format!("{}include_platforms = true\n", image("api:v1")));
    assert_eq!(plain["platforms"], Value::Null);
    assert_eq!(stage.fake.tally(), ["ecr:BatchGetImage 1", "ecr:DescribeImages 3"]);
}

#[test]
fn the_digest_decides_what_is_checked() {
    let (stage, (old, new)) = Stage::with(|region| (region.push("web", "v1", &[]), region.push("web", "v2", &[])));
    let found = stage.read(SOURCE, &image(&format!("web@{old}")));
    check(&found, &json!({"tag": null, "digest": old, "tag_digest": null}));
    let found = stage.read(SOURCE, &image(&format!("web:v1@{old}")));
    check(&found, &json!({"tag": "v1", "digest": old, "tag_digest": old}));
    // The tag is at another image by now: that is said, and it is no error, since ECS pulls by digest.
    let found = stage.read(SOURCE, &image(&format!("web:v2@{old}")));
    check(&found, &json!({"found": true, "tag": "v2", "digest": old, "tag_digest": new}));
    assert_eq!(stage.fake.tally(), ["ecr:DescribeImages 4"]);
}

#[test]
fn a_tag_that_is_gone_beside_a_digest_is_no_absence() {
    let (stage, digest) = Stage::with(|region| {
        let digest = region.push("web", "v1", &[]);
        region.untag("web", "v1");
        digest
    });
    let found = stage.read(SOURCE, &image(&format!("web:v1@{digest}")));
    check(&found, &json!({"found": true, "tag": "v1", "digest": digest, "tag_digest": null}));
    // The tag alone is what would be pulled, and it is not there.
    assert!(stage.fails(SOURCE, &image("web:v1")).contains("ECR Image Not Found"));
}

#[test]
fn without_tag_and_digest_latest_is_looked_up_and_not_filled_in() {
    let (stage, digest) = Stage::with(|region| region.push("web", "latest", &[]));
    check(&stage.read(SOURCE, &image("web")), &json!({"found": true, "tag": null, "digest": digest}));
    stage.fake.region(REGION, |region| region.push("api", "v1", &[]));
    let text = stage.fails(SOURCE, &image("api"));
    assert!(text.contains("ECR Image Not Found") && text.contains("Repository: api Tag: latest AWS request"), "{text}");
}

#[test]
fn what_is_not_there_is_named() {
    let (stage, _) = Stage::with(|region| region.push("web", "v1", &[]));
    let text = stage.fails(SOURCE, &image("web:v2"));
    let expected = format!(
        "Error: ECR Image Not Found with data.ecslive_image.it, on main.tf line 20, in data \"ecslive_image\" \"it\": \
         20: image = \"{HOST}/web:v2\" The repository is there, but no image in it has the tag, so nothing can be pulled. \
         Push the image, correct the reference, or set allow_missing = true if your pipeline pushes it later. A pull \
         through cache rule, if one covers the repository, brings the image with its first pull. Registry: {HOST} \
         Repository: web Tag: v2 AWS request: ecr:DescribeImages Cause: The image with imageId {{imageDigest:'null', \
         imageTag:'v2'}} does not exist"
    );
    assert!(text.contains(&expected), "{text}\n\nexpected\n{expected}");
    let text = stage.fails(SOURCE, &image("api:v1"));
    let expected = "Error: ECR Repository Not Found with data.ecslive_image.it, on main.tf line 20";
    assert!(text.contains(expected) && text.contains("Repository: api Tag: v1"), "{text}");
    // By a digest a pull through cache brings nothing, and ECS pulls by digest.
    for rest in ["web:v1@sha256:ab12", "web@sha256:ab12", "never/pulled:v1@sha256:ab12"] {
        let text = stage.fails(SOURCE, &image(rest));
        assert!(text.contains("Not Found") && text.contains("Digest: sha256:ab12"), "{text}");
        let expected = "A pull through cache rule does not help: by a digest ECR brings nothing that was not pulled by \
                        its tag before, so ECS cannot pull it either.";
        assert!(text.contains(expected), "{text}");
    }
    let elsewhere = "image = \"210987654321.dkr.ecr.eu-west-1.amazonaws.com/web:v1\"";
    assert!(stage.fails(SOURCE, elsewhere).contains("ECR Repository Not Found"));
}

#[test]
fn absence_is_an_answer_where_it_is_allowed() {
    let (stage, _) = Stage::with(|region| region.push("web", "v1", &[]));
    for rest in ["web:v2", "api:v1"] {
        let found = stage.read(SOURCE, &format!("{}allow_missing = true\n", image(rest)));
        check(
            &found,
            &json!({"found": false, "repository": null, "tag": null, "digest": null, "pushed_at": null,
                    "platforms": [], "region": REGION}),
        );
    }
    assert_eq!(stage.read(SOURCE, &format!("{}allow_missing = true\n", image("web:v1")))["found"], true);
}

#[test]
fn an_archived_image_is_neither_found_nor_absent() {
    for (status, advice) in [
        ("ARCHIVED", "Restore it, which takes up to 20 minutes, push it again"),
        ("ACTIVATING", "The image is being restored from the repository's archive and cannot be pulled yet."),
    ] {
        let (stage, digest) = Stage::with(|region| {
            let digest = region.push("web", "v1", &["linux/amd64"]);
            region.archive("web", status);
            digest
        });
        for rest in ["web:v1".to_owned(), format!("web@{digest}"), format!("web:v1@{digest}")] {
            let asked = "allow_missing = true\ninclude_platforms = true\n";
            let text = stage.fails(SOURCE, &format!("{}{asked}", image(&rest)));
            assert!(text.contains("ECR Image Is Archived") && text.contains(advice), "{text}");
            assert!(text.contains(&format!("Status: {status}")), "{text}");
        }
        assert_eq!(stage.fake.tally(), ["ecr:DescribeImages 6"]);
    }
}

#[test]
fn a_tag_that_moved_to_the_archive_is_nobodys() {
    let (stage, digest) = Stage::with(|region| {
        region.push("web", "v2", &[]);
        region.archive("web", "ARCHIVED");
        region.push("web", "v1", &[])
    });
    let found = stage.read(SOURCE, &image(&format!("web:v2@{digest}")));
    check(&found, &json!({"found": true, "digest": digest, "tag_digest": null}));
}

#[test]
fn where_nothing_can_be_archived_absence_is_plain() {
    let (stage, ()) = Stage::with(|region| {
        region.push("web", "v1", &[]);
        region.repositories.get_mut("web").expect("web").rejects_filter = true;
    });
    assert_eq!(stage.read(SOURCE, &format!("{}allow_missing = true\n", image("web:v2")))["found"], false);
}

#[test]
fn an_access_error_is_never_absence() {
    for (operation, calls) in [("ecr:DescribeImages", 1), ("ecr:BatchGetImage", 2)] {
        let (stage, _) = Stage::with(|region| region.push("web", "v1", &["linux/amd64"]));
        stage.fake.fail_always(operation, Fault::AccessDenied);
        let asked = "allow_missing = true\ninclude_platforms = true\n";
        let text = stage.fails(SOURCE, &format!("{}{asked}", image("web:v1")));
        let expected = format!("AWS does not let these credentials call {operation}, so nothing is known");
        assert!(text.contains("AWS Access Denied") && text.contains(&expected), "{text}");
        assert!(text.contains(&format!("AWS request: {operation} (request ID 0000")), "{text}");
        assert_eq!(stage.fake.calls().len(), calls);
    }
}

#[test]
fn other_registries_are_refused_without_a_call() {
    let stage = Stage::new();
    for (reference, expected) in [
        (
            "nginx:1.27",
            "The image is in the registry \"docker.io\", and only private Amazon ECR registries can be asked",
        ),
        ("public.ecr.aws/nginx/nginx:1.27", "The image is in the registry \"public.ecr.aws\""),
        ("ghcr.io/team/web@sha256:ab12", "The image is in the registry \"ghcr.io\""),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com/web",
            "For this account and region it is \"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn\".",
        ),
        (
            "123456789012.dkr.ecr.EU-West-1.amazonaws.com/web",
            "For this account and region it is \"123456789012.dkr.ecr.eu-west-1.amazonaws.com\".",
        ),
    ] {
        stage.write(&format!("data \"{SOURCE}\" \"it\" {{\n  image = {reference:?}\n}}\n"));
        let output = stage.workspace.run(&["validate"]);
        let text = output.text();
        assert_eq!(output.code, Some(1), "{text}");
        assert!(text.contains("Image Cannot Be Checked with data.ecslive_image.it"), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    for (reference, expected) in [
        ("we b", "\"we b\" is not an image reference: it holds white space."),
        ("Web:v1", "\"Web:v1\" is not an image reference: the repository \"Web\" has upper-case letters"),
    ] {
        stage.write(&format!("data \"{SOURCE}\" \"it\" {{\n  image = {reference:?}\n}}\n"));
        let text = stage.workspace.run(&["validate"]).text();
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

#[test]
fn the_host_of_the_registry_decides_where_to_ask() {
    let stage = Stage::new();
    for (region, host) in [
        ("us-east-1", "123456789012.dkr-ecr-fips.us-east-1.on.aws"),
        ("cn-north-1", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"),
    ] {
        stage.fake.reset();
        let digest = stage.fake.region(region, |region| region.push("web", "v1", &[]));
        // The provider itself is in eu-west-1.
        let found = stage.read(SOURCE, &format!("image = \"{host}/web:v1\"\n"));
        check(&found, &json!({"digest": digest, "region": region}));
        assert_eq!(stage.fake.calls()[0].region, region);
        let found = stage.read(SOURCE, &format!("image = \"{host}/web:v1\"\nregion = {region:?}\n"));
        check(&found, &json!({"digest": digest, "region": region}));
    }
}

#[test]
fn a_region_other_than_that_of_the_host_is_refused_without_a_call() {
    let stage = Stage::new();
    let text = stage.fails(SOURCE, &format!("{}region = \"us-east-1\"\n", image("web:v1")));
    let expected = "The image is in the region \"eu-west-1\", but region is \"us-east-1\". Remove region, or correct";
    assert!(text.contains("Region Mismatch") && text.contains(expected), "{text}");
    assert!(text.contains("21: region = \"us-east-1\""), "{text}");
    assert_eq!(stage.fake.tally(), Vec::<String>::new());
}

#[test]
fn a_plan_checks_the_image_that_it_is_about_to_roll_out() {
    let (stage, digest) = Stage::with(|region| region.push("web", "v1", &["linux/arm64"]));
    let config = |platform: &str| {
        format!(
            "{}data \"{SOURCE}\" \"web\" {{\n  image = \"{HOST}/web:v1\"\n  include_platforms = true\n}}\nresource \"terraform_data\" \"web\" {{\n  \
             input = data.{SOURCE}.web.digest\n  lifecycle {{\n    precondition {{\n      condition     = \
             contains(data.{SOURCE}.web.platforms, {platform:?})\n      error_message = \"not built for \
             {platform}\"\n    }}\n  }}\n}}\n",
            provider_block(REGION)
        )
    };
    stage.workspace.write("main.tf", &config("linux/arm64"));
    assert!(stage.workspace.run(&["plan"]).success().stdout.contains(&digest));
    stage.workspace.write("main.tf", &config("linux/amd64"));
    let output = stage.workspace.run(&["plan"]);
    assert!(output.code == Some(1) && output.text().contains("not built for linux/amd64"), "{}", output.text());
}
