//! What a verifier checks of an assertion (RFC 7523 §3) instead of an access token.

use super::Verifier;
use crate::{error::TokenFaultKind, jwt::DecodedToken};

impl Verifier {
    /// Requires assertions instead of access tokens: `typ` is `JWT`, absent or
    /// `client-authentication+jwt`, and every audience is an expected one.
    #[cfg(feature = "issuer")]
    pub(crate) fn of_assertions(mut self) -> Self {
        self.kind.is_assertion = true;
        self
    }

    /// Identifies the issuer by the trust domain of the subject, `spiffe://example.org`, instead of
    /// `iss`, which a JWT-SVID need not have.
    #[cfg(feature = "issuer")]
    pub(crate) fn of_trust_domain(mut self) -> Self {
        self.is_trust_domain = true;
        self
    }

    /// Returns the issuer that a token claims.
    pub(super) fn issuer_of<'t>(&self, token: &'t DecodedToken) -> Result<&'t str, TokenFaultKind> {
        if self.is_trust_domain {
            let domain = token.subject().and_then(trust_domain);
            return domain.ok_or(TokenFaultKind::Missing("sub"));
        }
        token.issuer().ok_or(TokenFaultKind::Missing("iss"))
    }

    /// Checks that an assertion names no audience besides the expected ones: it could use the assertion
    /// as well.
    pub(super) fn check_other_audiences(
        token: &DecodedToken,
        accepts: impl Fn(&str) -> bool,
    ) -> Result<(), TokenFaultKind> {
        let is_alone = token.audience().all(accepts);
        if is_alone { Ok(()) } else { Err(TokenFaultKind::OtherAudience) }
    }
}

/// Returns the trust domain of a SPIFFE ID with a path: `spiffe://example.org` of
/// `spiffe://example.org/gifts`.
pub(crate) fn trust_domain(subject: &str) -> Option<&str> {
    const SCHEME: &str = "spiffe://";
    let (domain, path) = subject.strip_prefix(SCHEME)?.split_once('/')?;
    let is_valid = !domain.is_empty() && !path.is_empty();
    is_valid.then(|| subject.get(..SCHEME.len() + domain.len()))?
}
