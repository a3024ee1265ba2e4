//! Finds the bearer credential of a request (RFC 6750 §2.1).

use http::{HeaderMap, header::AUTHORIZATION};

/// The credential is malformed, or there are two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MalformedCredential;

/// The scheme's name, in small letters: it is compared without case (RFC 9110 §11.1).
const SCHEME: [u8; 6] = *b"bearer";

/// The bearer credential of a request; `None` when it has no credential of this scheme. Tokens in the
/// query or the body are not looked for (RFC 9700 §4.3.2). Whether it is a token at all is not
/// checked: [`is_b64token`] does.
pub(super) fn credential(headers: &HeaderMap) -> Result<Option<&[u8]>, MalformedCredential> {
    // Of the few fields that a request has each is looked at, which is quicker than to hash the name.
    let mut fields = headers.iter().filter(|(name, _)| *name == AUTHORIZATION);
    let Some((_, field)) = fields.next() else { return Ok(None) };
    if fields.next().is_some() {
        return Err(MalformedCredential);
    }
    let field = field.as_bytes();
    let is_scheme_character = |byte: Option<&u8>| byte.is_some_and(|b| is_token_character(*b));
    let credential = match field.split_first_chunk() {
        // Nothing but a letter becomes a small letter by this bit.
        Some((scheme, rest)) if scheme.map(|byte| byte | 0x20) == SCHEME => rest,
        _ if is_scheme_character(field.first()) => return Ok(None),
        _ => return Err(MalformedCredential),
    };
    // Spaces only: a tab separates nothing (RFC 9110 §11.4).
    match credential.iter().position(|byte| *byte != b' ') {
        Some(0) if is_scheme_character(credential.first()) => Ok(None),
        None | Some(0) => Err(MalformedCredential),
        Some(start) => Ok(credential.get(start..)),
    }
}

/// Whether a credential is a `b64token` (RFC 6750 §2.1).
pub(super) fn is_b64token(credential: &[u8]) -> bool {
    !matches!(credential, [] | [b'=', ..]) && may_end_b64token(credential)
}

/// Whether what was a `b64token` so far still is one with this at its end.
pub(super) fn may_end_b64token(end: &[u8]) -> bool {
    let length = end.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let characters = end.get(..length).unwrap_or_default();
    // Without an early end, so that many bytes are looked at together.
    characters.iter().fold(true, |sound, byte| sound & is_b64token_character(*byte))
}

/// A character of a scheme's name (RFC 9110 §5.6.2).
const fn is_token_character(byte: u8) -> bool {
    matches!(byte,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*'
        | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

/// A character of a `b64token` before its `=`: a letter, `-`, `.`, `/`, a digit, `_`, `~` or `+`.
const fn is_b64token_character(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let from_minus_to_9 = byte.wrapping_sub(b'-') < 13;
    letter | from_minus_to_9 | (byte == b'_') | (byte == b'~') | (byte == b'+')
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
        let Some(found) = credential(&headers)? else { return Ok(None) };
        let text = String::from_utf8(found.to_vec()).ok().filter(|_| is_b64token(found));
        text.map(Some).ok_or(MalformedCredential)
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
        for (place, byte) in (0..6).flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte))) {
            let mut field = *b"Bearer a";
            let same = field[place].eq_ignore_ascii_case(&byte);
            field[place] = byte;
            if HeaderValue::from_bytes(&field).is_ok() {
                assert_eq!(with(&[&field]) == found("a"), same, "{field:?}");
            }
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
    fn r03_a_b64token_has_the_characters_of_rfc_6750() {
        for byte in 0..=u8::MAX {
            let listed = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            assert_eq!(is_b64token_character(byte), listed, "{byte}");
        }
    }

    #[test]
    fn r04_two_credentials_are_malformed() {
        assert_eq!(with(&[b"Bearer a", b"Bearer a"]), Err(MalformedCredential));
        assert_eq!(with(&[b"Bearer a", b"Basic YTpi"]), Err(MalformedCredential));
        assert_eq!(with(&[b"Bearer a"]), found("a"));
    }
}
