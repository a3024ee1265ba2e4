use std::{ops::Range, sync::Arc, time::Duration};

use crate::{
    denylist::{CheckedGeneration, Denylist},
    time::UnixTime,
    token::AccessToken,
    trust::{issuers::IssuerState, status::TokenStatus},
};

/// The longest time for which an entry is valid, however long its token and its keys are.
const MAX_ENTRY_AGE: Duration = Duration::from_secs(300);

/// A token that was admitted, and what its admission depended on.
#[derive(Clone, Debug)]
pub(in crate::trust) struct CacheEntry {
    token: AccessToken,
    issuer: Arc<IssuerState>,
    /// The generation of the keys that verified the token.
    generation: u64,
    /// The generation of the denylist in which the token was not found.
    not_denied: CheckedGeneration,
    status: TokenStatus,
    valid_during: Range<UnixTime>,
}

impl CacheEntry {
    /// Makes the entry of a token that was verified at `now`.
    pub(in crate::trust) fn new(
        token: AccessToken,
        issuer: Arc<IssuerState>,
        generation: u64,
        not_denied: CheckedGeneration,
        status: TokenStatus,
        now: UnixTime,
    ) -> Self {
        let end = issuer.verifier.ends_at(&token).min(now + MAX_ENTRY_AGE);
        Self { token, issuer, generation, not_denied, status, valid_during: now..end }
    }

    /// Returns the token, and notes that its issuer admitted one; `None` if the entry is not valid.
    ///
    /// It is valid if verifying the token again would admit it, as far as that is known without
    /// asking the issuer: it is in time, its issuer is in use with the same keys, none of them is due
    /// for a refresh, the token is not denied, and its status is zero in a list that is not due.
    /// Only a function can change its mind about an audience, and is asked again. Scopes are not
    /// checked.
    pub(super) fn admit(&self, denylist: &Denylist, now: UnixTime) -> Option<AccessToken> {
        let IssuerState { verifier, keys, .. } = &*self.issuer;
        let is_valid = self.valid_during.contains(&now)
            && !self.issuer.is_retired()
            && keys.is_current(self.generation, now)
            && denylist.still_admits(&self.token, &self.not_denied, now)
            && self.status.is_valid(now)
            && (!verifier.audience().may_change() || verifier.accepts_audience_of(&self.token));
        is_valid.then(|| {
            self.issuer.note_admission(now);
            self.token.clone()
        })
    }

    /// Clones the token's data, so that this thread has its own reference count.
    pub(super) fn deep_clone(&self) -> Self {
        Self { token: self.token.deep_clone(), ..self.clone() }
    }

    /// About how much memory the entry uses, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.token.bytes()
    }
}
