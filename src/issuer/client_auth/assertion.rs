//! Client assertions: `private_key_jwt` (RFC 7523 §2.2 and §3). Pure.

use std::time::Duration;

use crate::{
    jwt::{
        TokenType, UnverifiedToken, check_expiry, check_issued_at, check_not_before,
        check_signature,
    },
    key::KeySet,
    time::UnixTime,
};

/// The longest remaining lifetime of a client assertion, 1 hour: its `jti` is remembered until
/// then.
pub const MAX_ASSERTION_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The allowed difference between a client's clock and the issuer's.
const LEEWAY: Duration = Duration::from_secs(30);

/// A verified assertion. It may have been used before.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::issuer) struct Assertion {
    pub(in crate::issuer) token_id: String,
    /// From this time on it is expired, leeway included.
    pub(in crate::issuer) ends_at: UnixTime,
}

/// Verifies an assertion of `client_id` with the client's keys. Each of its audiences must be one
/// of
/// `audiences`: an assertion that also names another server could be used there.
///
/// If the client is unknown or has no key for the assertion, a signature is checked with a decoy,
/// so that the response time does not reveal it. The error is the reason for the log. It does
/// **not** check whether the assertion was used before.
pub(in crate::issuer) fn verify(
    token: &UnverifiedToken,
    client_id: &str,
    keys: &KeySet,
    decoys: &KeySet,
    audiences: &[&str],
    now: UnixTime,
) -> Result<Assertion, &'static str> {
    let algorithm = token.algorithm().map_err(|_| "alg is not supported")?;
    let types = [TokenType::Absent, TokenType::Jwt, TokenType::ClientAssertion];
    if !types.contains(&token.token_type()) {
        return Err("typ is not that of a client assertion");
    }
    if token.subject() != Some(client_id) || token.issuer() != Some(client_id) {
        return Err("iss and sub are not both the client");
    }
    if token.audience().next().is_none() {
        return Err("aud is missing");
    }
    if !token.audience().all(|audience| audiences.contains(&audience)) {
        return Err("aud is not this issuer alone");
    }
    let expires_at = token.expires_at().ok_or("exp is missing")?;
    check_expiry(Some(expires_at), now, LEEWAY).map_err(|_| "it has expired")?;
    if expires_at > now + MAX_ASSERTION_LIFETIME + LEEWAY {
        return Err("exp is more than an hour away");
    }
    check_not_before(token.not_before(), now, LEEWAY).map_err(|_| "nbf is in the future")?;
    check_issued_at(token.issued_at(), now, LEEWAY).map_err(|_| "iat is in the future")?;
    let token_id = token.token_id().filter(|id| !id.is_empty()).ok_or("jti is missing")?;
    let kid = token.key_id();
    if keys.candidates(kid, algorithm).next().is_none() {
        let _ = check_signature(token, algorithm, None, decoys);
        return Err("the client has no such key");
    }
    check_signature(token, algorithm, kid, keys)
        .map_err(|_| "no key of the client has signed it")?;
    Ok(Assertion { token_id: token_id.to_owned(), ends_at: expires_at + LEEWAY })
}
