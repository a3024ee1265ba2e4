//! Finds the bearer credential of a request (RFC 6750 §2.1).

use http::{HeaderMap, header::AUTHORIZATION};

use crate::error::BearerErrorKind;

const SCHEME: &[u8] = b"bearer";

/// Returns the bearer credential of a request. Tokens in the query or the body are ignored
/// (RFC 9700 §4.3.2). It does not check whether the credential is a token.
///
/// # Errors
/// `MissingToken` when the request has no credential of this scheme; `InvalidRequest` when it is
/// malformed or there are two.
pub(super) fn bearer_credential(headers: &HeaderMap) -> Result<&[u8], BearerErrorKind> {
    // Scan the headers linearly: with few headers this is faster than hashing the name.
    let mut values = headers.iter().filter(|(name, _)| *name == AUTHORIZATION);
    let Some((_, value)) = values.next() else { return Err(BearerErrorKind::MissingToken) };
    if values.next().is_some() {
        return Err(BearerErrorKind::InvalidRequest);
    }
    credential_of(SCHEME, value.as_bytes())
}

/// Returns what follows the scheme and spaces. The scheme is compared without case
/// (RFC 9110 §11.1).
///
/// # Errors
/// `MissingToken` if the value has another scheme; `InvalidRequest` if it is malformed.
#[inline]
pub(super) fn credential_of<'v>(
    scheme: &[u8],
    value: &'v [u8],
) -> Result<&'v [u8], BearerErrorKind> {
    let is_scheme_character = |byte: Option<&u8>| byte.is_some_and(|b| is_token_character(*b));
    let credential = match value.split_at_checked(scheme.len()) {
        Some((found, rest)) if found.eq_ignore_ascii_case(scheme) => rest,
        _ if is_scheme_character(value.first()) => return Err(BearerErrorKind::MissingToken),
        _ => return Err(BearerErrorKind::InvalidRequest),
    };
    // Spaces only: a tab does not separate (RFC 9110 §11.4).
    match credential.iter().position(|byte| *byte != b' ') {
        Some(0) if is_scheme_character(credential.first()) => Err(BearerErrorKind::MissingToken),
        None | Some(0) => Err(BearerErrorKind::InvalidRequest),
        Some(start) => Ok(credential.get(start..).unwrap_or_default()),
    }
}

/// Returns true for a token of HTTP (RFC 9110 §5.6.2), such as the name of a scheme or a cookie.
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_token_character(*byte))
}

/// A character of a scheme's name (RFC 9110 §5.6.2).
const fn is_token_character(byte: u8) -> bool {
    matches!(byte,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*'
        | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn credential(values: &[&[u8]]) -> Result<String, BearerErrorKind> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        bearer_credential(&headers).map(|found| String::from_utf8_lossy(found).into_owned())
    }

    fn found(token: &str) -> Result<String, BearerErrorKind> {
        Ok(token.to_owned())
    }

    #[test]
    fn r01_a_bearer_credential_is_found() {
        assert_eq!(credential(&[b"Bearer a.b.c"]), found("a.b.c"));
        assert_eq!(credential(&[b"Bearer -._~+/09azAZ=="]), found("-._~+/09azAZ=="));
        assert_eq!(credential(&[]), Err(BearerErrorKind::MissingToken));
    }

    #[test]
    fn r02_the_scheme_is_compared_without_case_and_spaces_follow_it() {
        for value in ["bearer a", "BEARER a", "bEaReR   a"] {
            assert_eq!(credential(&[value.as_bytes()]), found("a"), "{value}");
        }
        for other in ["Basic dXNlcjpwYXNz", "Bearers a", "DPoP a", "bear a"] {
            assert_eq!(credential(&[other.as_bytes()]), Err(BearerErrorKind::MissingToken));
        }
        for (place, byte) in (0..6).flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte))) {
            let mut value = *b"Bearer a";
            let same = value[place].eq_ignore_ascii_case(&byte);
            value[place] = byte;
            if HeaderValue::from_bytes(&value).is_ok() {
                assert_eq!(credential(&[&value]) == found("a"), same, "{value:?}");
            }
        }
    }

    #[test]
    fn r03_a_header_without_scheme_and_credential_is_malformed() {
        for value in [
            &b"Bearer"[..],
            b"Bearer ",
            b"Bearer\ta",
            b"Bearer \ta",
            b"Bearer,a",
            b"Bearer=a",
            b" Bearer a",
            b"",
        ] {
            let malformed = credential(&[value]).map(|credential| credential.contains('\t'));
            assert!(matches!(malformed, Err(BearerErrorKind::InvalidRequest) | Ok(true)));
        }
        assert_eq!(credential(&[b"Bearer a="]), found("a="));
    }

    #[test]
    fn r04_two_credentials_are_malformed() {
        let malformed = Err(BearerErrorKind::InvalidRequest);
        assert_eq!(credential(&[b"Bearer a", b"Bearer a"]), malformed);
        assert_eq!(credential(&[b"Bearer a", b"Basic YTpi"]), malformed);
        assert_eq!(credential(&[b"Bearer a"]), found("a"));
    }
}
