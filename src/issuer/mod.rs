//! A token issuer: client credentials in, signed access tokens out (RFC 6749 §4.4).

pub mod grant;
