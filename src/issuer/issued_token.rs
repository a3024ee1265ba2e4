//! A token that this issuer has issued, as its client or an API presents it to the issuer.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    configuration::Configuration,
    model::profile::Profile,
    revocation::{RevocationError, StatusPlace},
    shared::Shared,
};
use crate::{
    jwt::{
        TokenLimits, TokenType, UnverifiedToken, check_expiry, check_not_before, check_signature,
    },
    status::StatusReference,
};

/// A token of this issuer that has not expired. It may have been taken back.
#[derive(Debug)]
pub(super) struct IssuedToken {
    token: UnverifiedToken,
    profile: Profile,
    status: Option<StatusReference>,
}

impl IssuedToken {
    /// Verifies a token: the issuer's own signature, `iss`, `typ`, `exp` and `nbf`, without leeway.
    ///
    /// It does **not** check whether the token was taken back.
    pub(super) fn verify(shared: &Shared, config: &Configuration, token: &str) -> Option<Self> {
        let token = UnverifiedToken::parse(token.as_bytes(), &TokenLimits::default()).ok()?;
        let is_own = token.issuer() == Some(shared.identity.issuer.as_str())
            && matches!(token.token_type(), TokenType::AccessToken | TokenType::Jwt);
        let now = shared.now();
        let is_valid = is_own
            && check_expiry(token.expires_at(), now, Duration::ZERO).is_ok()
            && check_not_before(token.not_before(), now, Duration::ZERO).is_ok();
        let keys = is_valid.then(|| shared.keys.public_keys(now))?;
        check_signature(&token, token.algorithm().ok()?, token.key_id(), &keys).ok()?;
        let status = StatusReference::read(token.payload()).ok()?;
        Some(Self { token, profile: config.settings.profile, status })
    }

    /// Returns the key of the account that the token was issued to.
    pub(super) fn account(&self) -> Option<&str> {
        self.profile.account_of(&self.token)
    }

    /// Iterates over the indices of the applications that the token is for.
    pub(super) fn applications<'a>(
        &'a self,
        config: &'a Configuration,
    ) -> impl Iterator<Item = usize> + 'a {
        let known = &config.registry.applications;
        let authing = self.token.caller().filter(|_| self.profile == Profile::Authing);
        let audiences = self.token.audience().filter(move |_| authing.is_none());
        let by_audience = audiences.filter_map(|audience| known.by_audience(audience));
        authing.and_then(|id| known.by_name(id)).into_iter().chain(by_audience)
    }

    /// Returns true unless the token was taken back, or its account does not exist any more.
    pub(super) fn is_active(&self, shared: &Shared, config: &Configuration) -> bool {
        let has_account =
            self.account().is_some_and(|account| config.registry.account(account).is_some());
        has_account
            && match (&self.status, self.place(shared)) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(_), Some(place)) => !shared.revocations.is_revoked(place, shared.now()),
            }
    }

    /// Returns what introspection says about the token (RFC 7662 §2.2): its claims but for the
    /// status, and its client.
    pub(super) fn members(&self) -> Map<String, Value> {
        let claims = serde_json::from_str::<Map<String, Value>>(self.token.payload());
        let mut members = claims.unwrap_or_default();
        members.remove("status");
        members.insert("active".to_owned(), true.into());
        members.insert("token_type".to_owned(), "Bearer".into());
        members.insert("client_id".to_owned(), self.account().unwrap_or_default().into());
        members
    }

    fn place<'a>(&'a self, shared: &Shared) -> Option<StatusPlace<'a>> {
        let status = self.status.as_ref()?;
        let list = shared.identity.status_list_id(&status.uri)?;
        Some(StatusPlace { list, index: status.index })
    }

    /// Takes the token back. Returns false if it was taken back before.
    pub(super) fn revoke(&self, shared: &Shared) -> Result<bool, RevocationError> {
        let place = self.place(shared).ok_or_else(RevocationError::no_status)?;
        shared.revocations.revoke_token(place, shared.now())
    }
}
