//! `application/x-www-form-urlencoded`, read strictly (RFC 6749 Appendix B).

use std::{borrow::Cow, str};

/// Decodes `+` and `%XX`; `None` when an escape is broken or the result is not UTF-8.
pub(super) fn decode(text: &[u8]) -> Option<Cow<'_, str>> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_first_chunk::<2>()?;
                rest = after;
                hex(digits[0])? << 4 | hex(digits[1])?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

/// A name and its value.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The pairs of a form, decoded; `None` for a pair that cannot be.
pub(super) fn pairs(form: &[u8]) -> impl Iterator<Item = Option<Pair<'_>>> {
    form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(at);
        Some((decode(name)?, decode(value.strip_prefix(b"=").unwrap_or(value))?))
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t7_form_decoding_reverses_form_encoding_and_refuses_broken_escapes() {
        assert_eq!(decode(b"a%3Ab+%25%2B%C3%BC").as_deref(), Some("a:b %+\u{fc}"));
        for broken in [&b"%"[..], b"%2", b"%2g", b"%+1", b"%ff"] {
            assert_eq!(decode(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn t3_a_form_is_its_pairs_in_their_order() {
        fn read(form: &[u8]) -> Option<Vec<Pair<'_>>> {
            pairs(form).collect()
        }
        let pair = |name, value| (Cow::Borrowed(name), Cow::Borrowed(value));
        assert_eq!(
            read(b"a=1&&b=x=y&c"),
            Some(vec![pair("a", "1"), pair("b", "x=y"), pair("c", "")])
        );
        assert_eq!(read(b""), Some(vec![]));
        assert_eq!(read(b"a=%zz"), None);
    }
}
