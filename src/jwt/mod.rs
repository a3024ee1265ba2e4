//! JSON Web Tokens (RFC 7519) in JWS compact serialization (RFC 7515 §7.1), from any issuer or client.
//!
//! [`UnverifiedToken::parse`] checks the form of a token and reads its header and claims once;
//! [`check_signature`] and the checks in `times` are shared by all verifiers; `sign` makes tokens.
//! Each verifier checks the claims of its own kind of token.

mod claims;
mod compact;
mod decoded;
mod header;
mod limits;
#[cfg(any(feature = "client", feature = "introspection", feature = "issuer"))]
mod sign;
mod signature;
mod text;
mod times;

pub use self::limits::{MAX_HEADER_BYTES, MAX_TOKEN_BYTES, TokenLimits};
#[cfg(feature = "issuer")]
pub(crate) use self::sign::sign;
#[cfg(any(feature = "client", feature = "introspection", feature = "issuer"))]
pub(crate) use self::sign::{Header, unsigned};
pub(crate) use self::{
    compact::UnverifiedToken,
    decoded::DecodedToken,
    header::{TokenType, media_type},
    signature::check_signature,
    times::{check_expiry, check_issued_at, check_not_before},
};
