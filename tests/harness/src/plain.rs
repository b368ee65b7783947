//! Words that nobody knows who does not work on this provider: the insides of libraries.

/// Parts of words, in lower case.
const INSIDES: [&str; 15] = [
    "cargo",
    "crate",
    "feature(s)",
    "feature flag",
    "dispatch failure",
    "dispatchfailure",
    "sdkerror",
    "servererror(",
    "hyper",
    "tokio",
    "rustls",
    "smithy",
    "io error:",
    "client error (",
    "os error",
];

/// The words of a text that belong to the insides of a library, each with what stands around it.
pub fn insides(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lower = text.to_lowercase();
    for words in INSIDES {
        found.extend(lower.match_indices(words).map(|(at, _)| around(&lower, at)));
    }
    found.extend(text.match_indices("Some(").chain(text.match_indices("None)")).map(|(at, _)| around(text, at)));
    // ARNs have two colons too, and so have the names of functions in a configuration.
    let words = text.split_whitespace().filter(|word| !word.contains("arn:") && !word.contains("provider::"));
    let is_path = |word: &&str| {
        word.match_indices("::").any(|(at, _)| {
            let letter = |c: char| c.is_ascii_alphabetic();
            word[..at].ends_with(|c: char| letter(c) || c == '>' || c == '_') && word[at + 2..].starts_with(letter)
        })
    };
    found.extend(words.filter(is_path).map(str::to_owned));
    found
}

fn around(text: &str, at: usize) -> String {
    let start = text[..at].char_indices().rev().nth(30).map_or(0, |(index, _)| index);
    text[start..].chars().take(90).collect::<String>().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insides_are_found_and_plain_words_are_not() {
        for text in [
            "This behavior requires following cargo feature(s) enabled",
            "dispatch failure: io error: client error (Connect)",
            "hyper::Error(IncompleteMessage)",
            "the status is Some(404)",
            "aws_config::profile",
            "Connection refused (os error 111)",
        ] {
            assert!(!insides(text).is_empty(), "{text}");
        }
        for text in [
            "arn:aws:iam::aws:policy/ReadOnlyAccess and arn:aws:iam::123456789012:role/x",
            "provider::ecslive::newest_task_definition(a, b)",
            "the connection was closed before there was an answer",
        ] {
            assert_eq!(insides(text), Vec::<String>::new(), "{text}");
        }
    }
}
