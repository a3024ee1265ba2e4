//! Keys: a JWK Set read entry by entry, and the key pairs that sign.
//!
//! A [`KeySet`] holds the keys that an issuer publishes (RFC 7517 §5). Each entry is parsed on its
//! own: an entry that this crate cannot use is skipped with its [`KeyFault`], and the others remain
//! usable. A usable key is parsed once, and verifies only with the algorithms that its own members
//! allow:
//!
//! * `alg` names the one algorithm; without it an RSA key serves RS256 to RS512 and PS256 to PS512,
//!   and any other key the one algorithm of its curve;
//! * `use` other than `sig`, or `key_ops` without `verify`, keeps a key from verifying anything;
//! * symmetric keys, and keys whose private members were published, are never used;
//! * RSA moduli have 2048 to 8192 bits, points lie on their curve.
//!
//! A [`SigningKey`] is a private key with its algorithm and its `kid`; [`public_jwk_set`] renders
//! the public halves of such keys.
//!
//! ```
//! use tower_bearer::{
//!     algorithm::Algorithm,
//!     key::{KeySet, SigningKey, public_jwk_set},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let signer = SigningKey::generate(Algorithm::ES256)?;
//! let signature = signer.sign(b"header.payload")?;
//!
//! let keys = KeySet::parse(public_jwk_set([&signer]).as_bytes())?;
//! let key = keys.candidates(Some(signer.kid()), Algorithm::ES256).next().ok_or("no such key")?;
//! key.verify(Algorithm::ES256, b"header.payload", &signature)?;
//! # Ok(())
//! # }
//! ```
//!
//! It does **not** check certificates (`x5c`, `x5t`), nor the primality or the origin of a modulus.

mod document;
mod edwards;
mod fault;
mod jwk;
mod pair;
mod parameters;
mod pem;
mod pkcs8;
mod public;
mod set;
mod signing;
mod signing_error;
mod spki;

pub(crate) use self::jwk::KeyUse;
pub use self::{
    document::{KeySetError, KeySetErrorKind},
    fault::{KeyFault, SkippedKey},
    jwk::MAX_KID_BYTES,
    pkcs8::Pkcs8Der,
    public::{BadSignature, Key},
    set::{KeySet, MAX_CANDIDATES, MAX_KEYS},
    signing::{SigningKey, public_jwk_set},
    signing_error::{SigningError, SigningErrorKind},
};
