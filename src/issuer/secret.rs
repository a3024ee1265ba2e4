//! What the issuer keeps of a secret, and how strong one has to be.

use std::{collections::HashSet, fmt};

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{Context, Digest, SHA256},
};

use crate::secret::{NoRandomness, Secret, random};

/// The fewest characters of a configured secret: 256 random bits in base64url.
pub const MIN_SECRET_CHARS: usize = 43;
/// The most characters of a configured secret: a header has room for it, form-encoded.
pub const MAX_SECRET_CHARS: usize = 512;

/// The fewest bits by which a configured secret must differ from others, estimated from its length
/// and the number of characters it draws on. 256 random bits in base64url or hexadecimal stay well
/// above it, words and repetitions below.
const MIN_ESTIMATED_BITS: f64 = 180.0;

/// What is wrong with a configured secret. That it was drawn at random cannot be checked, only that
/// it plainly was not.
pub(super) fn weakness(secret: &Secret) -> Option<&'static str> {
    let text = secret.expose();
    let url_safe = |c: u8| c.is_ascii_alphanumeric() || b"-._~".contains(&c);
    if !text.bytes().all(url_safe) {
        Some("has characters other than letters, digits, `-`, `.`, `_` and `~`")
    } else if text.len() < MIN_SECRET_CHARS {
        Some("has fewer than 43 characters")
    } else if text.len() > MAX_SECRET_CHARS {
        Some("has more than 512 characters")
    } else if estimated_bits(text) < MIN_ESTIMATED_BITS {
        Some("was not drawn at random")
    } else {
        None
    }
}

#[expect(clippy::cast_precision_loss, reason = "both numbers are below 600")]
fn estimated_bits(text: &str) -> f64 {
    let drawn_from = text.bytes().collect::<HashSet<u8>>().len();
    text.len() as f64 * (drawn_from as f64).log2()
}

/// SHA-256 over a salt of its own and the secret. No slow hash is needed, for what has 256 random
/// bits cannot be guessed.
#[derive(Clone)]
pub(super) struct SecretHash {
    salt: [u8; 16],
    digest: [u8; 32],
}

impl SecretHash {
    pub(super) fn of(secret: &Secret) -> Result<Self, NoRandomness> {
        let mut hash = Self { salt: random()?, digest: [0; 32] };
        let digest = hash.digest_of(secret.expose());
        hash.digest.copy_from_slice(digest.as_ref());
        Ok(hash)
    }

    /// The hash of a secret that nobody knows.
    pub(super) fn decoy() -> Result<Self, NoRandomness> {
        Ok(Self { salt: random()?, digest: random()? })
    }

    /// Compares in constant time.
    pub(super) fn matches(&self, presented: &str) -> bool {
        verify_slices_are_equal(self.digest_of(presented).as_ref(), &self.digest).is_ok()
    }

    fn digest_of(&self, secret: &str) -> Digest {
        let mut context = Context::new(&SHA256);
        context.update(&self.salt);
        context.update(secret.as_bytes());
        context.finish()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}
