//! Finds the key that verifies a token.
//!
//! A token whose `kid` is published is verified by the keys of that `kid`. For an issuer that
//! publishes keys without `kid`:
//!
//! - a token with a `kid` that no key has is tried with the keys without `kid` first. If none
//!   verifies it, the rule for unknown `kid`s decides, and what a fetch brought is tried once more;
//! - a token without `kid` that none of them verifies counts as a token with a never-seen `kid`,
//!   the same for all such tokens.
//!
//! Each set is tried once, with at most
//! [`MAX_CANDIDATES`](crate::key::MAX_CANDIDATES) of its keys.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::issuers::IssuerState;
use crate::{
    error::{BearerError, BearerErrorKind, TokenFault, TokenFaultKind},
    jwks::{IssuerKeys, KeyLookup, KeysFuture, Lookup},
    jwt::UnverifiedToken,
    time::UnixTime,
    token::AccessToken,
};

/// The `kid` that stands for all tokens without one in the rule for unknown `kid`s.
const NO_KID: &str = "";

/// A token that passed every check that needs no key of its issuer.
pub(super) struct KeySearch {
    pub(super) token: UnverifiedToken,
    pub(super) issuer: Arc<IssuerState>,
    /// The generation of the last set whose keys without `kid` did not verify the token.
    tried: Option<u64>,
}

/// The progress of a search.
pub(super) enum Progress {
    Verified(Verified),
    /// A fetch decides; hand what it brings to [`KeySearch::go_on`].
    Wait(Box<PendingToken>),
}

/// A search that waits for a fetch of the issuer's keys.
pub(crate) struct PendingToken {
    pub(super) search: KeySearch,
    keys: KeysFuture,
}

impl PendingToken {
    /// Polls the fetch.
    pub(super) fn poll_keys(&mut self, cx: &mut Context<'_>) -> Poll<KeyLookup> {
        Future::poll(Pin::new(&mut self.keys), cx)
    }
}

impl fmt::Debug for PendingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingToken").finish_non_exhaustive()
    }
}

/// A token that a key verified.
pub(super) struct Verified {
    pub(super) token: AccessToken,
    pub(super) issuer: Arc<IssuerState>,
    /// The text of the token.
    pub(super) compact: Box<[u8]>,
    /// The generation of the keys.
    pub(super) generation: u64,
}

impl KeySearch {
    pub(super) fn new(token: UnverifiedToken, issuer: Arc<IssuerState>) -> Self {
        Self { token, issuer, tried: None }
    }

    /// Begins the search.
    ///
    /// # Errors
    /// The first check that the token fails, or the keys are not available.
    pub(super) fn begin(mut self, now: UnixTime) -> Result<Progress, BearerError> {
        let has_kid = self.token.key_id().is_some();
        let current = self.issuer.keys.snapshot();
        if has_kid
            && current.is_quiet(now)
            && let Some(verified) = self.try_without_kid(&current, now)?
        {
            return Ok(Progress::Verified(verified));
        }
        match self.issuer.keys.lookup(self.token.key_id(), now) {
            Lookup::Found(found) => self.go_on(found, now),
            Lookup::Wait(keys) => {
                let verified = if has_kid { self.try_usable(now)? } else { None };
                Ok(match verified {
                    Some(verified) => Progress::Verified(verified),
                    None => self.wait(keys),
                })
            }
        }
    }

    /// Goes on with the result of a lookup.
    ///
    /// # Errors
    /// The first check that the token fails, or the keys are not available.
    pub(super) fn go_on(
        mut self,
        found: KeyLookup,
        now: UnixTime,
    ) -> Result<Progress, BearerError> {
        let algorithm = self.token.algorithm().map_err(TokenFault::from)?;
        let unknown = || TokenFault::from(TokenFaultKind::UnknownKey(algorithm)).into();
        let (verified, error) = match found {
            KeyLookup::Keys(keys)
                if !keys.keys().tries_without_kid(self.token.key_id(), algorithm) =>
            {
                let Self { token, issuer, .. } = self;
                return Ok(Progress::Verified(verify(token, issuer, &keys, now)?));
            }
            KeyLookup::Keys(keys) => {
                let is_first = self.tried.is_none();
                let verified = self.try_without_kid(&keys, now)?;
                if verified.is_none() && is_first && self.token.key_id().is_none() {
                    return match self.issuer.keys.lookup(Some(NO_KID), now) {
                        Lookup::Found(found) => self.go_on(found, now),
                        Lookup::Wait(keys) => Ok(self.wait(keys)),
                    };
                }
                (verified, unknown())
            }
            KeyLookup::Unknown => (self.try_usable(now)?, unknown()),
            KeyLookup::Unavailable { retry_after } => {
                (self.try_usable(now)?, BearerErrorKind::KeysUnavailable { retry_after }.into())
            }
        };
        verified.map(Progress::Verified).ok_or(error)
    }

    fn wait(self, keys: KeysFuture) -> Progress {
        Progress::Wait(Box::new(PendingToken { search: self, keys }))
    }

    /// Tries the keys without `kid` of the current set, if a request may use it without waiting.
    fn try_usable(&mut self, now: UnixTime) -> Result<Option<Verified>, TokenFault> {
        let (kid, algorithm) = (self.token.key_id(), self.token.algorithm()?);
        // An issuer without such keys is not asked: a lookup may begin a fetch.
        if !self.issuer.keys.snapshot().keys().tries_without_kid(kid, algorithm) {
            return Ok(None);
        }
        match self.issuer.keys.lookup(None, now) {
            Lookup::Found(KeyLookup::Keys(keys)) => self.try_without_kid(&keys, now),
            _ => Ok(None),
        }
    }

    /// Tries the keys without `kid` of a set, unless the token has its own there or the set was
    /// tried before. Returns `None` if none of them verifies the token.
    fn try_without_kid(
        &mut self,
        keys: &IssuerKeys,
        now: UnixTime,
    ) -> Result<Option<Verified>, TokenFault> {
        let (kid, algorithm) = (self.token.key_id(), self.token.algorithm()?);
        if self.tried == Some(keys.generation()) || !keys.keys().tries_without_kid(kid, algorithm) {
            return Ok(None);
        }
        self.tried = Some(keys.generation());
        match verify(self.token.clone(), self.issuer.clone(), keys, now) {
            Ok(verified) => Ok(Some(verified)),
            Err(fault) if matches!(fault.kind(), TokenFaultKind::UnknownKey(_)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

fn verify(
    token: UnverifiedToken,
    issuer: Arc<IssuerState>,
    keys: &IssuerKeys,
    now: UnixTime,
) -> Result<Verified, TokenFault> {
    let (token, compact) = issuer.verifier.finish(token, keys.keys(), now)?;
    Ok(Verified { token, issuer, compact, generation: keys.generation() })
}
