use crate::{
    error::{Problems, TokenFaultKind},
    json::{self, Member},
    jwt::DecodedToken,
};

/// A claim of the payload and the string that it must equal, such as `token_use` = `access`.
///
/// ```
/// use tower_bearer::{Audience, Issuer, verify::{ClaimValue, Verifier}};
///
/// // Keycloak marks its access tokens by `"typ": "Bearer"` in the payload.
/// let verifier = Verifier::new(Issuer::new("https://issuer.example")?, Audience::new("urn:a")?)
///     .access_token_claim(ClaimValue::new("typ", "Bearer"));
/// # let _ = verifier;
/// # Ok::<(), tower_bearer::claims::IdentifierError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimValue {
    claim: Box<str>,
    value: Box<str>,
}

impl ClaimValue {
    /// Requires the claim `claim` to equal the string `value`, byte for byte.
    pub fn new(claim: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        Self { claim: claim.into(), value: value.into() }
    }

    pub(super) fn check_token(&self, token: &DecodedToken) -> Result<(), TokenFaultKind> {
        match json::member(token.payload(), &self.claim) {
            Some(Member::Text(value)) if *value == *self.value => Ok(()),
            _ => Err(TokenFaultKind::WrongClaimValue {
                claim: self.claim.clone(),
                expected: self.value.clone(),
            }),
        }
    }

    pub(super) fn check(&self, setting: &str, problems: &mut Problems) {
        if self.claim.is_empty() || self.value.is_empty() {
            problems.add(setting, "has an empty claim or value; name both");
        }
    }
}
