//! JSON Web Tokens, whoever made them: parsed, signed and checked, in JWS compact serialization
//! (RFC 7519, RFC 7515 §7.1).

mod claims;
mod compact;
mod header;
#[cfg(feature = "issuer")]
mod sign;
mod signature;

pub use self::compact::{MAX_HEADER_BYTES, MAX_TOKEN_BYTES};
#[cfg(feature = "issuer")]
pub(crate) use self::sign::{Header, sign, unsigned};
pub(crate) use self::{
    claims::RegisteredClaims, compact::Presented, header::TokenType, signature::check_signature,
};
