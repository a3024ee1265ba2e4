//! Hashes of secrets, and the minimum strength of a secret.

use std::{collections::HashSet, error::Error, fmt, str::FromStr};

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{Context, Digest, SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::secret::{NoRandomness, Secret, random};

/// The fewest characters of a configured secret: 256 random bits in base64url.
pub const MIN_SECRET_CHARS: usize = 43;
/// The most characters of a configured secret: a header has room for it, form-encoded.
pub const MAX_SECRET_CHARS: usize = 512;

/// The fewest bits by which a configured secret must differ from others, estimated from its length
/// and the number of characters it draws on. 256 random bits in base64url or hexadecimal stay well
/// above it, words and repetitions below.
const MIN_ESTIMATED_BITS: f64 = 180.0;

/// Returns what is wrong with a configured secret. It cannot prove that a secret is random; it
/// rejects those that clearly are not.
pub(in crate::issuer) fn weakness(secret: &Secret) -> Option<&'static str> {
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

/// The first part of a hash's text, which names the scheme of the others.
const SCHEME: &str = "sha256";

/// The hash of a secret, so that a configuration need not hold the secret: SHA-256 over a salt of
/// its own and the secret. No slow hash is needed, because 256 random bits cannot be guessed.
///
/// Its text is `sha256:SALT:DIGEST`, both in base64url; `Debug` shows nothing of it.
///
/// ```
/// use tower_bearer::{issuer::{Account, SecretHash}, secret::Secret};
///
/// let secret = Secret::generate()?; // for the client
/// let kept = SecretHash::from_secret(&secret)?.to_string(); // for the configuration
/// let account = Account::new("outsourcer-a").secret_hash(kept.parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash {
    salt: [u8; 16],
    digest: [u8; 32],
}

impl SecretHash {
    /// Hashes a secret with a new salt. It does **not** check that the secret is strong.
    ///
    /// # Errors
    /// The operating system provides no randomness.
    pub fn from_secret(secret: &Secret) -> Result<Self, NoRandomness> {
        let mut hash = Self { salt: random()?, digest: [0; 32] };
        let digest = hash.digest_of(secret.expose());
        hash.digest.copy_from_slice(digest.as_ref());
        Ok(hash)
    }

    /// Returns the hash of a secret that nobody knows.
    pub(in crate::issuer) fn decoy() -> Result<Self, NoRandomness> {
        Ok(Self { salt: random()?, digest: random()? })
    }

    /// Compares in constant time.
    pub(in crate::issuer) fn matches(&self, presented: &str) -> bool {
        verify_slices_are_equal(self.digest_of(presented).as_ref(), &self.digest).is_ok()
    }

    fn digest_of(&self, secret: &str) -> Digest {
        let mut context = Context::new(&SHA256);
        context.update(&self.salt);
        context.update(secret.as_bytes());
        context.finish()
    }
}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        write!(f, "{SCHEME}:{}:{}", encode(&self.salt), encode(&self.digest))
    }
}

impl FromStr for SecretHash {
    type Err = SecretHashError;

    fn from_str(text: &str) -> Result<Self, SecretHashError> {
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| SecretHashError);
        let mut parts = text.split(':');
        let (Some(SCHEME), Some(salt), Some(digest), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SecretHashError);
        };
        Ok(Self {
            salt: decode(salt)?.try_into().map_err(|_| SecretHashError)?,
            digest: decode(digest)?.try_into().map_err(|_| SecretHashError)?,
        })
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// A text that is not a [`SecretHash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretHashError;

impl fmt::Display for SecretHashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a hash of a secret: give `sha256:SALT:DIGEST`, both in base64url")
    }
}

impl Error for SecretHashError {}
