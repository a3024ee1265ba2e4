//! Types of [`jsonwebtoken`] 11 (feature `jsonwebtoken`), so that handlers written
//! for them stay as they are.
//!
//! The feature does not enable any of jsonwebtoken's crypto backends. Signatures are still checked
//! by this crate alone, and so is everything that jsonwebtoken's `Validation` would leave to its
//! caller.
//!
//! ```
//! use jsonwebtoken::TokenData;
//! use tower_bearer::AccessToken;
//!
//! #[derive(serde::Deserialize)]
//! struct Claims {
//!     sub: String,
//! }
//!
//! fn greet(data: TokenData<Claims>) -> String {
//!     format!("hello, {} ({:?})", data.claims.sub, data.header.alg)
//! }
//!
//! fn handler(token: &AccessToken) -> Option<String> {
//!     token.token_data::<Claims>().ok().map(greet)
//! }
//! ```

use std::{error::Error, fmt};

use jsonwebtoken::{Header, TokenData, jwk::JwkSet};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    algorithm::Algorithm,
    key::{KeySet, KeySetError},
    token::AccessToken,
};

/// Reads the keys of the set. Entries that cannot be used are skipped and listed in
/// [`KeySet::skipped`].
///
/// It does **not** check what `JwkSet` discards: duplicate members, and a private key that the
/// issuer published by mistake. [`KeySet::parse`] of the document itself checks both.
///
/// # Errors
/// The set has more than [`MAX_KEYS`](crate::key::MAX_KEYS) entries.
impl TryFrom<&JwkSet> for KeySet {
    type Error = KeySetError;

    fn try_from(set: &JwkSet) -> Result<Self, KeySetError> {
        Self::parse(&serde_json::to_vec(set).unwrap_or_default())
    }
}

/// # Errors
/// The algorithm is symmetric: this crate has none of them.
impl TryFrom<jsonwebtoken::Algorithm> for Algorithm {
    type Error = UnsupportedAlgorithm;

    fn try_from(algorithm: jsonwebtoken::Algorithm) -> Result<Self, UnsupportedAlgorithm> {
        Self::from_name(&format!("{algorithm:?}")).ok_or(UnsupportedAlgorithm(()))
    }
}

/// # Errors
/// jsonwebtoken does not have the algorithm: ES512.
impl TryFrom<Algorithm> for jsonwebtoken::Algorithm {
    type Error = UnsupportedAlgorithm;

    fn try_from(algorithm: Algorithm) -> Result<Self, UnsupportedAlgorithm> {
        algorithm.name().parse().map_err(|_| UnsupportedAlgorithm(()))
    }
}

impl AccessToken {
    /// The header and the claims as jsonwebtoken's `decode` returns them.
    ///
    /// A header with members that jsonwebtoken cannot represent is reduced to `typ`, `alg` and `kid`.
    /// `alg` `Ed25519` (RFC 9864) becomes `EdDSA`.
    ///
    /// # Errors
    /// When the claims do not have the shape of `T`, or jsonwebtoken does not have the token's
    /// algorithm.
    pub fn token_data<T: DeserializeOwned>(&self) -> Result<TokenData<T>, TokenDataError> {
        let claims = self.claims().map_err(|_| TokenDataError(Kind::Claims))?;
        Ok(TokenData { header: header(self)?, claims })
    }
}

fn header(token: &AccessToken) -> Result<Header, TokenDataError> {
    let mut members: Value = serde_json::from_str(token.header_json()).unwrap_or_default();
    let algorithm = members["alg"].as_str().and_then(Algorithm::from_name);
    let algorithm = algorithm.and_then(|algorithm| algorithm.try_into().ok());
    let algorithm: jsonwebtoken::Algorithm = algorithm.ok_or(TokenDataError(Kind::Algorithm))?;
    members["alg"] = format!("{algorithm:?}").into();
    let (typ, kid) =
        (members["typ"].as_str().map(Into::into), members["kid"].as_str().map(Into::into));
    Ok(serde_json::from_value(members).unwrap_or_else(|_| {
        let mut header = Header::new(algorithm);
        header.typ = typ;
        header.kid = kid;
        header
    }))
}

#[cfg(feature = "issuer")]
impl crate::issuer::TokenBuilder {
    /// Sets the header parameters of a jsonwebtoken header, but for `alg` and `kid`, which follow the
    /// key that signs.
    pub fn jsonwebtoken_header(self, header: &Header) -> Self {
        let Ok(Value::Object(members)) = serde_json::to_value(header) else { return self };
        let others = members.into_iter().filter(|(name, _)| !matches!(&**name, "alg" | "kid"));
        others.fold(self, |token, (name, value)| token.header(&name, value))
    }
}

/// One of the two crates does not have an algorithm of the other.
#[derive(Clone, PartialEq, Eq)]
pub struct UnsupportedAlgorithm(());

/// A token that cannot be converted to jsonwebtoken's `TokenData`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenDataError(Kind);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Claims,
    Algorithm,
}

impl fmt::Display for UnsupportedAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the signature algorithm has no counterpart; choose an asymmetric one other than ES512",
        )
    }
}

impl fmt::Debug for UnsupportedAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for UnsupportedAlgorithm {}

impl fmt::Display for TokenDataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Claims => "the token's claims do not have the shape asked for",
            Kind::Algorithm => "jsonwebtoken does not have the token's signature algorithm",
        })
    }
}

impl fmt::Debug for TokenDataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for TokenDataError {}
