//! Client secrets: made here, shown once, kept as salted hashes.

use std::{collections::HashSet, fmt};

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{Context, SHA256},
    rand,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// The fewest characters of a configured secret: 256 random bits in base64url.
pub const MIN_SECRET_CHARS: usize = 43;
/// The most characters of a configured secret: a header has room for it, form-encoded.
pub const MAX_SECRET_CHARS: usize = 512;

/// The fewest bits by which a configured secret must be told from others, estimated from its
/// length and the number of characters it draws on. 256 random bits in base64url or hexadecimal
/// stay well above it, words and repetitions stay below it.
const MIN_ESTIMATED_BITS: f64 = 180.0;

const SALT_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;

/// An account's secret: wiped from memory when it is dropped, never shown by `Debug`.
///
/// ```
/// use tower_bearer::issuer::Secret;
///
/// let secret = Secret::generate()?;
/// assert_eq!(secret.expose().len(), 43);
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert!(Secret::new("password").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new secret of 256 random bits, in base64url.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, NoRandomness> {
        let bytes = Zeroizing::new(random::<SECRET_BYTES>()?);
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))))
    }

    /// A secret that was made elsewhere, by [`Secret::generate`] or by `openssl rand -hex 32`.
    ///
    /// # Errors
    /// When it is shorter than [`MIN_SECRET_CHARS`] or longer than [`MAX_SECRET_CHARS`], has
    /// characters other than letters, digits, `-`, `.`, `_` and `~`, or plainly was not drawn at
    /// random. That it *was* cannot be checked.
    pub fn new(text: impl Into<String>) -> Result<Self, WeakSecret> {
        let text = Zeroizing::new(text.into());
        let url_safe = |c: u8| c.is_ascii_alphanumeric() || b"-._~".contains(&c);
        if !text.bytes().all(url_safe) {
            Err(WeakSecret("has characters other than letters, digits, `-`, `.`, `_` and `~`"))
        } else if text.len() < MIN_SECRET_CHARS {
            Err(WeakSecret("has fewer than 43 characters"))
        } else if text.len() > MAX_SECRET_CHARS {
            Err(WeakSecret("has more than 512 characters"))
        } else if estimated_bits(&text) < MIN_ESTIMATED_BITS {
            Err(WeakSecret("was not drawn at random"))
        } else {
            Ok(Self(text))
        }
    }

    /// The secret itself, to hand it to the one who will use it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[expect(clippy::cast_precision_loss, reason = "both numbers are below 600")]
fn estimated_bits(text: &str) -> f64 {
    let drawn_from = text.bytes().collect::<HashSet<u8>>().len();
    text.len() as f64 * (drawn_from as f64).log2()
}

/// Why a configured secret is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakSecret(&'static str);

impl fmt::Display for WeakSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret {}; make one with `Secret::generate()`", self.0)
    }
}

impl std::error::Error for WeakSecret {}

/// The operating system gave no randomness, so no secret, key or token can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandomness;

impl fmt::Display for NoRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operating system gave no randomness")
    }
}

impl std::error::Error for NoRandomness {}

pub(super) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// What is kept of a secret: SHA-256 over a salt of its own and the secret. No slow hash is
/// needed, for what has 256 random bits cannot be guessed.
#[derive(Clone)]
pub(super) struct SecretHash {
    salt: [u8; SALT_BYTES],
    digest: [u8; SECRET_BYTES],
}

impl SecretHash {
    pub(super) fn of(secret: &Secret) -> Result<Self, NoRandomness> {
        let salt = random()?;
        let mut hash = Self { salt, digest: [0; SECRET_BYTES] };
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

    fn digest_of(&self, secret: &str) -> aws_lc_rs::digest::Digest {
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
