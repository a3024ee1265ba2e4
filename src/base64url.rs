//! Decodes base64url as a token needs it (RFC 7515 §2): no padding, no white space, no character of
//! another alphabet, no stray bits.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What a character that is none of the alphabet stands for: a bit that no value has, wherever it is
/// shifted.
const NONE: u32 = 1 << 31;
/// The value of each character as the first, second, third and last of four: with those at their
/// places in 24 bits, four characters are put together without a shift.
static VALUES: [[u32; 256]; 4] = [values(18), values(12), values(6), values(0)];

/// A text that is not base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotBase64url;

/// Decodes a text behind what `into` holds.
pub(crate) fn decode(text: &[u8], into: &mut Vec<u8>) -> Result<(), NotBase64url> {
    let start = into.len();
    into.resize(start + decoded_len(text), 0);
    decode_slice(text, into.get_mut(start..).unwrap_or_default())?;
    Ok(())
}

/// How many bytes a text of so many characters has.
pub(crate) const fn decoded_len(text: &[u8]) -> usize {
    text.len() / 4 * 3 + text.len() % 4 * 3 / 4
}

/// Decodes a text into a buffer, and tells how many bytes it has; a buffer without room for them is
/// an error, too.
pub(crate) fn decode_slice(text: &[u8], buffer: &mut [u8]) -> Result<usize, NotBase64url> {
    let length = decoded_len(text);
    let buffer = buffer.get_mut(..length).ok_or(NotBase64url)?;
    let (eights, rest) = text.as_chunks();
    let (sixes, last) = buffer.as_chunks_mut();
    let mut seen = 0;
    for (six, eight) in sixes.iter_mut().zip(eights) {
        *six = decode_eight(eight, &mut seen);
    }
    // As if the rest were filled up with zeros: bits that stand where no byte is are stray ones.
    let mut eight = [ALPHABET[0]; 8];
    eight.iter_mut().zip(rest).for_each(|(character, given)| *character = *given);
    let bytes = decode_eight(&eight, &mut seen);
    let (bytes, stray) = bytes.split_at_checked(last.len()).ok_or(NotBase64url)?;
    last.copy_from_slice(bytes);
    let whole = rest.len() % 4 != 1 && stray.iter().all(|bits| *bits == 0);
    if whole && seen & NONE == 0 { Ok(length) } else { Err(NotBase64url) }
}

/// Eight characters are six bytes. What is seen holds the bits of all values.
fn decode_eight([a, b, c, d, e, f, g, h]: &[u8; 8], seen: &mut u32) -> [u8; 6] {
    let [first, second, third, fourth] = &VALUES;
    let at = |values: &[u32; 256], character: &u8| values[usize::from(*character)];
    let high = at(first, a) | at(second, b) | at(third, c) | at(fourth, d);
    let low = at(first, e) | at(second, f) | at(third, g) | at(fourth, h);
    *seen |= high | low;
    let [_, _, bytes @ ..] = (u64::from(high) << 24 | u64::from(low)).to_be_bytes();
    bytes
}

const fn values(shift: u32) -> [u32; 256] {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = (value as u32) << shift;
        value += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &[u8]) -> Result<Vec<u8>, NotBase64url> {
        let mut bytes = b"before".to_vec();
        decode(text, &mut bytes)?;
        Ok(bytes.split_off(6))
    }

    #[test]
    fn r21_padding_other_alphabets_and_stray_bits_are_refused() {
        for text in ["A", "AAAAA", "AA==", "AA=", "AB", "AAB", "A+", "A/", "A A", "AA\n", "A\u{e9}"]
        {
            assert_eq!(decoded(text.as_bytes()), Err(NotBase64url), "{text}");
        }
        assert_eq!(decoded(b"AQ"), Ok(vec![1]));
        assert_eq!(decoded(b""), Ok(vec![]));
    }

    #[test]
    fn a_buffer_without_room_is_an_error() {
        assert_eq!(decode_slice(b"AAAA", &mut [0; 2]), Err(NotBase64url));
        assert_eq!(decode_slice(b"AAA", &mut [0; 1]), Err(NotBase64url));
        assert_eq!(decode_slice(b"AAAA", &mut [0; 3]), Ok(3));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_again(bytes: Vec<u8>) {
            prop_assert_eq!(decoded(URL_SAFE_NO_PAD.encode(&bytes).as_bytes()), Ok(bytes));
        }

        #[test]
        fn r21_another_decoder_judges_alike(text in "[A-Za-z0-9_=+/ \u{e9}-]{0,40}") {
            prop_assert_eq!(decoded(text.as_bytes()).ok(), URL_SAFE_NO_PAD.decode(&text).ok());
        }
    }
}
