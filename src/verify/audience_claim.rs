use super::claim_value::ClaimValue;
use crate::{
    error::Problems,
    json::{self, Member},
    jwt::DecodedToken,
};

/// The claim that holds the audience, for an issuer whose access tokens have no `aud`: `client_id` of
/// Amazon Cognito, `azp` of Keycloak, `cid` of Okta.
///
/// The claim must be present, and the [`AudienceRule`](super::AudienceRule) must accept its value. If
/// the token has an `aud` as well, the rule must accept one of its values, too.
///
/// **These claims name the caller, not the API**: any API that receives a token of this client can
/// use it here. Prefer an issuer setting that writes `aud`.
///
/// Without `aud`, an ID token looks like an access token. So [`new`](Self::new) requires a claim
/// that distinguishes them, and only [`without_claim_value`](Self::without_claim_value) waives it.
///
/// ```
/// use tower_bearer::verify::{AudienceClaim, ClaimValue};
///
/// let cognito = AudienceClaim::new("client_id", ClaimValue::new("token_use", "access"));
/// # let _ = cognito;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceClaim {
    claim: Box<str>,
    pub(super) demanded: Option<ClaimValue>,
}

impl AudienceClaim {
    /// Reads the audience from `claim`; every token must also have the claim value `demanded`.
    pub fn new(claim: impl Into<Box<str>>, demanded: ClaimValue) -> Self {
        Self { claim: claim.into(), demanded: Some(demanded) }
    }

    /// Reads the audience from `claim`. Nothing distinguishes this issuer's access tokens from its
    /// ID tokens.
    pub fn without_claim_value(claim: impl Into<Box<str>>) -> Self {
        Self { claim: claim.into(), demanded: None }
    }

    /// Returns true if the token has the claim, and `accepts` returns true for its value.
    pub(super) fn is_accepted(
        &self,
        token: &DecodedToken,
        accepts: impl FnOnce(&str) -> bool,
    ) -> bool {
        match json::member(token.payload(), &self.claim) {
            Some(Member::Text(audience)) => accepts(&audience),
            _ => false,
        }
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        if self.claim.is_empty() {
            problems.add("audience_claim", "is empty; name the claim that holds the audience");
        }
        if let Some(demanded) = &self.demanded {
            demanded.check("audience_claim", problems);
        }
    }
}
