/// Returns true if a credential is a `b64token` (RFC 6750 §2.1).
pub(super) fn is_b64token(credential: &[u8]) -> bool {
    !matches!(credential, [] | [b'=', ..]) && is_b64token_suffix(credential)
}

/// Returns true if `end` is a valid suffix of a `b64token`.
pub(super) fn is_b64token_suffix(end: &[u8]) -> bool {
    let length = end.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let characters = end.get(..length).unwrap_or_default();
    // No early return, so that the loop is vectorized.
    characters.iter().fold(true, |valid, byte| valid & is_b64token_character(*byte))
}

/// A character of a `b64token` before its `=`: a letter, `-`, `.`, `/`, a digit, `_`, `~` or `+`.
const fn is_b64token_character(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let from_minus_to_9 = byte.wrapping_sub(b'-') < 13;
    letter | from_minus_to_9 | (byte == b'_') | (byte == b'~') | (byte == b'+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r03_a_b64token_has_the_characters_of_rfc_6750() {
        for byte in 0..=u8::MAX {
            let listed = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            assert_eq!(is_b64token_character(byte), listed, "{byte}");
        }
    }

    #[test]
    fn r03_equals_signs_come_last_and_never_alone() {
        for valid in [&b"a"[..], b"-._~+/09azAZ==", b"a.b.c", b"a="] {
            assert!(is_b64token(valid), "{valid:?}");
        }
        for malformed in [&b""[..], b"=", b"a=b", b"a b", b"a,b", b"\"a\"", b"a\xe4"] {
            assert!(!is_b64token(malformed), "{malformed:?}");
        }
    }
}
