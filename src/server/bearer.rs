//! Finds the bearer credential of a request (RFC 6750 §2.1).

use http::{HeaderMap, header::AUTHORIZATION};

/// The credential is malformed, or there are two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MalformedCredential;

/// The bearer token of a request; `None` when it has no credential of this scheme. Tokens in the
/// query or the body are not looked for (RFC 9700 §4.3.2).
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, MalformedCredential> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let Some(field) = fields.next() else { return Ok(None) };
    if fields.next().is_some() {
        return Err(MalformedCredential);
    }
    let field = field.as_bytes();
    let (scheme, credential) = match field.iter().position(|byte| !is_token_character(*byte)) {
        Some(end) => field.split_at(end),
        None => (field, &[][..]),
    };
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return if scheme.is_empty() { Err(MalformedCredential) } else { Ok(None) };
    }
    // Spaces only: a tab separates nothing (RFC 9110 §11.4).
    let start = credential.iter().position(|byte| *byte != b' ').ok_or(MalformedCredential)?;
    let token = credential.get(start..).unwrap_or_default();
    if start == 0 || !is_b64token(token) {
        return Err(MalformedCredential);
    }
    std::str::from_utf8(token).map(Some).map_err(|_| MalformedCredential)
}

/// A character of a scheme's name (RFC 9110 §5.6.2).
const fn is_token_character(byte: u8) -> bool {
    matches!(byte,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*'
        | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

/// `b64token` of RFC 6750 §2.1.
fn is_b64token(token: &[u8]) -> bool {
    let length = token.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    length > 0
        && token.iter().take(length).all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
        })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn with(fields: &[&[u8]]) -> Result<Option<String>, MalformedCredential> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(field).unwrap());
        }
        bearer(&headers).map(|token| token.map(str::to_owned))
    }

    fn found(token: &str) -> Result<Option<String>, MalformedCredential> {
        Ok(Some(token.to_owned()))
    }

    #[test]
    fn r01_a_bearer_credential_is_found() {
        assert_eq!(with(&[b"Bearer a.b.c"]), found("a.b.c"));
        assert_eq!(with(&[b"Bearer -._~+/09azAZ=="]), found("-._~+/09azAZ=="));
        assert_eq!(with(&[]), Ok(None));
    }

    #[test]
    fn r02_the_scheme_has_no_case_and_one_or_more_spaces_follow() {
        for field in ["bearer a", "BEARER a", "bEaReR   a"] {
            assert_eq!(with(&[field.as_bytes()]), found("a"), "{field}");
        }
        for other in ["Basic dXNlcjpwYXNz", "Bearers a", "DPoP a", "bear a"] {
            assert_eq!(with(&[other.as_bytes()]), Ok(None), "{other}");
        }
    }

    #[test]
    fn r03_what_is_no_b64token_is_malformed() {
        for field in [
            &b"Bearer"[..],
            b"Bearer ",
            b"Bearer\ta",
            b"Bearer \ta",
            b"Bearer a b",
            b"Bearer a,b",
            b"Bearer \"a\"",
            b"Bearer =",
            b"Bearer a=b",
            b"Bearer a\xe4",
            b"Bearer,a",
            b"Bearer=a",
            b" Bearer a",
            b"",
            b"Bearer a, Bearer b",
        ] {
            assert_eq!(with(&[field]), Err(MalformedCredential), "{field:?}");
        }
        assert_eq!(with(&[b"Bearer a="]), found("a="));
    }

    #[test]
    fn r04_two_credentials_are_malformed() {
        assert_eq!(with(&[b"Bearer a", b"Bearer a"]), Err(MalformedCredential));
        assert_eq!(with(&[b"Bearer a", b"Basic YTpi"]), Err(MalformedCredential));
        assert_eq!(with(&[b"Bearer a"]), found("a"));
    }
}
