//! Issuers that are known only at run time, such as those of tenants.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;

use super::issuers::{IssuerContext, IssuerState, TrustedIssuer};
use crate::{
    claims::Issuer,
    error::{BearerError, BearerErrorKind, ConfigError, Problems, TokenFault, TokenFaultKind},
    jwt::UnverifiedToken,
    time::UnixTime,
};

/// An issuer that admitted no token for this long gives way to another when there are too many.
const IDLE: Duration = Duration::from_secs(300);

/// Decides whether an `iss` that no setting names is trusted, and how.
pub(crate) type ResolveIssuer = Box<dyn Fn(&str) -> Option<TrustedIssuer> + Send + Sync>;

type InUse = HashMap<Box<str>, Arc<IssuerState>>;

/// Resolves issuers that no setting names, and keeps those in use, at most `limit`.
pub(crate) struct Resolver {
    resolve: ResolveIssuer,
    limit: usize,
    context: IssuerContext,
    /// Read without a lock; replaced whole, while `revoked` is locked.
    in_use: ArcSwap<InUse>,
    /// The key ids revoked so far by issuer. They outlive the issuers in use.
    revoked: Mutex<HashMap<Box<str>, Vec<Box<str>>>>,
}

impl Resolver {
    pub(crate) fn new(resolve: ResolveIssuer, limit: usize, context: IssuerContext) -> Self {
        Self { resolve, limit, context, in_use: ArcSwap::default(), revoked: Mutex::default() }
    }

    /// Returns the issuer of a token that passes every check that needs no key. An issuer that is
    /// not in use yet is resolved; it takes a place only now that a token has passed.
    pub(super) fn issuer_of(
        &self,
        token: &UnverifiedToken,
        name: &str,
        now: UnixTime,
    ) -> Result<Arc<IssuerState>, BearerError> {
        if let Some(issuer) = self.in_use.load().get(name) {
            issuer.verifier.precheck(token, now)?;
            return Ok(issuer.clone());
        }
        let issuer = (self.resolve)(name)
            .ok_or(BearerError::from(TokenFault::from(TokenFaultKind::UntrustedIssuer)))?;
        let mut problems = Problems::default();
        if issuer.verifier().issuer().as_str() != name {
            problems.add("resolve_issuers", "answered with another issuer than it was asked for");
        }
        #[cfg(feature = "introspection")]
        if issuer.introspects().is_some() {
            problems.add("introspection", "cannot be that of a resolved issuer");
        }
        issuer.verifier().check(&mut problems);
        problems.or(()).map_err(|error| misconfigured(&error))?;
        issuer.verifier().precheck(token, now)?;
        let mut problems = Problems::default();
        let issuer = issuer.open(&self.context, &mut problems);
        let issuer = problems.or(issuer).map_err(|error| misconfigured(&error))?;
        self.insert(name, issuer, now)
    }

    fn insert(
        &self,
        name: &str,
        issuer: Arc<IssuerState>,
        now: UnixTime,
    ) -> Result<Arc<IssuerState>, BearerError> {
        let revoked = self.lock();
        let in_use = self.in_use.load();
        if let Some(issuer) = in_use.get(name) {
            return Ok(issuer.clone());
        }
        let mut next = InUse::clone(&in_use);
        if next.len() >= self.limit {
            evict(&mut next, now)?;
        }
        for kid in revoked.get(name).into_iter().flatten() {
            issuer.keys.revoke_kid(kid);
        }
        next.insert(name.into(), issuer.clone());
        self.context.metrics.in_use(next.len());
        self.in_use.store(Arc::new(next));
        Ok(issuer)
    }

    /// The issuers in use.
    pub(super) fn in_use(&self) -> Vec<Arc<IssuerState>> {
        self.in_use.load().values().cloned().collect()
    }

    pub(super) fn revoke_kid(&self, issuer: &Issuer, kid: &str) {
        let mut revoked = self.lock();
        revoked.entry(issuer.as_str().into()).or_default().push(kid.into());
        if let Some(issuer) = self.in_use.load().get(issuer.as_str()) {
            issuer.keys.revoke_kid(kid);
        }
    }

    /// Evicts an issuer: its next token is resolved anew.
    pub(super) fn forget(&self, issuer: &Issuer) {
        let _changing = self.lock();
        let mut next = InUse::clone(&self.in_use.load());
        if let Some(forgotten) = next.remove(issuer.as_str()) {
            forgotten.retire();
        }
        self.context.metrics.in_use(next.len());
        self.in_use.store(Arc::new(next));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Vec<Box<str>>>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Evicts the issuer that was idle longest, if it was idle long enough. One that has admitted no
/// token yet gives way at once, so that tokens which nobody signed keep no place.
fn evict(in_use: &mut InUse, now: UnixTime) -> Result<(), BearerError> {
    let stays_for = |issuer: &IssuerState| {
        issuer.idle_for(now).map_or(Duration::ZERO, |idle| IDLE.saturating_sub(idle))
    };
    let idlest = in_use.iter().map(|(name, issuer)| (stays_for(issuer), name)).min();
    match idlest.map(|(stays_for, name)| (stays_for, name.clone())) {
        Some((Duration::ZERO, name)) => {
            if let Some(evicted) = in_use.remove(&name) {
                evicted.retire();
            }
            Ok(())
        }
        Some((retry_after, _)) => Err(BearerErrorKind::KeysUnavailable { retry_after }.into()),
        None => Err(BearerErrorKind::KeysUnavailable { retry_after: IDLE }.into()),
    }
}

fn misconfigured(error: &ConfigError) -> BearerError {
    BearerErrorKind::Misconfigured { help: error.to_string().into() }.into()
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("limit", &self.limit)
            .field("in_use", &self.in_use())
            .finish_non_exhaustive()
    }
}
