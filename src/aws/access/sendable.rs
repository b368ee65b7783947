//! Credentials travel in headers, which hold no line break: the SDK ends in a panic where one is in them.

use aws_credential_types::Credentials;

/// What of the credentials no header can hold, such as a token with the line break at the end of the file it was read from.
pub fn unsendable(credentials: &Credentials) -> Option<&'static str> {
    let fits = |text: &str| text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    if !fits(credentials.access_key_id()) {
        Some("an access key ID")
    } else if credentials.session_token().is_some_and(|token| !fits(token)) {
        Some("a session token")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_is_seen_before_it_is_sent() {
        let of = |key: &str, token: Option<&str>| {
            unsendable(&Credentials::new(key, "secret\n", token.map(str::to_owned), None, "test"))
        };
        assert_eq!(of("AKIDEXAMPLE", None), None);
        assert_eq!(of("AKIDEXAMPLE", Some("IQoJb3JpZ2luX2VjE//==")), None);
        assert_eq!(of("AKIDEXAMPLE\n", None), Some("an access key ID"));
        assert_eq!(of("AKIDEXAMPLE", Some("IQoJ\r\n")), Some("a session token"));
        assert_eq!(of("AKIDEXAMPLE", Some("IQoJé")), Some("a session token"));
    }
}
