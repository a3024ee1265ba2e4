use std::time::Duration;

use super::verifier::Verifier;
use crate::{
    algorithm::Algorithm,
    error::{TokenFault, TokenFaultKind},
    jwt::DecodedToken,
    time::UnixTime,
    token::AccessToken,
};

/// The checks of what an issuer says about an opaque token.
impl Verifier {
    /// Checks the claims of an opaque token: those of a JWT, in the same order. An absent `aud` is a
    /// fault unless `admits_absent_audience`.
    ///
    /// # Errors
    /// The first check that the token fails.
    pub(crate) fn check_introspected(
        &self,
        token: DecodedToken,
        admits_absent_audience: bool,
        now: UnixTime,
    ) -> Result<AccessToken, TokenFault> {
        if token.issuer() != Some(self.issuer().as_str()) {
            return Err(TokenFaultKind::UntrustedIssuer.into());
        }
        if !admits_absent_audience || token.has_audience() || self.audience_claim.is_some() {
            self.check_audience(&token)?;
        }
        self.check_early_claims(&token, now)?;
        self.check_late_claims(&token, now)?;
        self.admit(token)
    }

    /// Returns true if an answer may be signed with this algorithm.
    pub(crate) fn allows(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(algorithm)
    }

    pub(crate) const fn clock_leeway(&self) -> Duration {
        self.leeway
    }
}
