//! Issuers that are known only at run time: tenants, for instance.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;

use super::shared::{Opening, Trusted};
use crate::{
    claims::Issuer,
    error::{BearerError, BearerErrorKind, ConfigError, Problems, TokenFault, TokenFaultKind},
    jwks::Keys,
    time::UnixTime,
    verify::Verifier,
};

/// An issuer that admits nobody for so long gives way to another when there are too many.
const IDLE: Duration = Duration::from_secs(300);

/// An issuer that is trusted, with what is demanded of its tokens and the keys to check them with.
#[derive(Clone, Debug)]
#[must_use]
pub struct TrustedIssuer {
    verifier: Verifier,
    keys: Keys,
}

impl TrustedIssuer {
    /// The tokens of the verifier's issuer are checked by it, with these keys.
    pub fn new(verifier: Verifier, keys: impl Into<Keys>) -> Self {
        Self { verifier, keys: keys.into() }
    }

    pub(super) const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub(super) const fn verifier_mut(&mut self) -> &mut Verifier {
        &mut self.verifier
    }

    pub(super) fn open(self, opening: &Opening, problems: &mut Problems) -> Trusted {
        let Opening { clock, url_rule, refusals } = opening;
        Trusted {
            keys: self.keys.open(self.verifier.issuer(), clock, *url_rule, problems),
            verifier: self.verifier.refusing_by(refusals.clone()),
        }
    }
}

/// Says of an `iss` that no setting names whether it is trusted, and how.
pub(super) type Resolve = Box<dyn Fn(&str) -> Option<TrustedIssuer> + Send + Sync>;

/// Asks for issuers that no setting names, and keeps those that are in use.
pub(super) struct Resolver {
    resolve: Resolve,
    limit: usize,
    opening: Opening,
    /// Read without a lock; replaced whole, while `revoked` is held.
    open: ArcSwap<HashMap<Box<str>, Arc<Resolved>>>,
    /// The key ids revoked so far, which outlive the issuers that are open.
    revoked: Mutex<HashMap<Box<str>, Vec<Box<str>>>>,
}

/// An issuer in use.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) trusted: Trusted,
    /// When it was opened, or admitted a token last, in milliseconds.
    used_at: AtomicU64,
}

impl Resolved {
    /// Notes that a token was admitted. Tokens that were not count for nothing: a flood of junk
    /// keeps no place.
    pub(super) fn admitted(&self, now: UnixTime) {
        let last = self.used_at.load(Ordering::Relaxed);
        // Written once a second at most, so that requests seldom write what other threads read.
        if Duration::from_millis(now.as_millis().abs_diff(last)) > Duration::from_secs(1) {
            self.used_at.store(now.as_millis(), Ordering::Relaxed);
        }
    }

    /// How long it keeps its place if nothing comes.
    fn stays_for(&self, now: UnixTime) -> Duration {
        let since = now.as_millis().abs_diff(self.used_at.load(Ordering::Relaxed));
        IDLE.saturating_sub(Duration::from_millis(since))
    }
}

impl Resolver {
    pub(super) fn new(resolve: Resolve, limit: usize, opening: Opening) -> Self {
        Self { resolve, limit, opening, open: ArcSwap::default(), revoked: Mutex::default() }
    }

    /// The issuer of this name, by exact match; asks for it if it is not in use yet.
    pub(super) fn issuer(&self, name: &str, now: UnixTime) -> Result<Arc<Resolved>, BearerError> {
        if let Some(resolved) = self.in_use_as(name) {
            return Ok(resolved);
        }
        let issuer = (self.resolve)(name)
            .ok_or(BearerError::from(TokenFault::from(TokenFaultKind::UntrustedIssuer)))?;
        let mut problems = Problems::default();
        if issuer.verifier.issuer().as_str() != name {
            problems.add("resolve_issuers", "answered with another issuer than it was asked for");
        }
        issuer.verifier.check(&mut problems);
        let trusted = issuer.open(&self.opening, &mut problems);
        let trusted = problems.or(trusted).map_err(|error| misconfigured(&error))?;
        self.add(name, trusted, now)
    }

    fn add(
        &self,
        name: &str,
        trusted: Trusted,
        now: UnixTime,
    ) -> Result<Arc<Resolved>, BearerError> {
        let revoked = self.lock();
        let open = self.open.load();
        if let Some(resolved) = open.get(name) {
            return Ok(resolved.clone());
        }
        let mut next = HashMap::clone(&open);
        if next.len() >= self.limit {
            let idlest = next.iter().min_by_key(|(_, resolved)| resolved.stays_for(now));
            let (idlest, left) = match idlest {
                Some((name, resolved)) => (name.clone(), resolved.stays_for(now)),
                None => (Box::default(), IDLE),
            };
            if !left.is_zero() {
                return Err(BearerErrorKind::KeysUnavailable { retry_after: left }.into());
            }
            next.remove(&idlest);
        }
        for kid in revoked.get(name).into_iter().flatten() {
            trusted.keys.revoke_kid(kid);
        }
        let resolved = Arc::new(Resolved { trusted, used_at: AtomicU64::new(now.as_millis()) });
        next.insert(name.into(), resolved.clone());
        self.open.store(Arc::new(next));
        Ok(resolved)
    }

    /// The issuer that is in use under this name.
    pub(super) fn in_use_as(&self, name: &str) -> Option<Arc<Resolved>> {
        self.open.load().get(name).cloned()
    }

    /// The issuers in use.
    pub(super) fn in_use(&self) -> Vec<Arc<Resolved>> {
        self.open.load().values().cloned().collect()
    }

    pub(super) fn revoke_kid(&self, issuer: &Issuer, kid: &str) {
        let mut revoked = self.lock();
        revoked.entry(issuer.as_str().into()).or_default().push(kid.into());
        if let Some(resolved) = self.open.load().get(issuer.as_str()) {
            resolved.trusted.keys.revoke_kid(kid);
        }
    }

    /// Asks again for this issuer at its next token.
    pub(super) fn forget(&self, issuer: &Issuer) {
        let _changing = self.lock();
        let mut next = HashMap::clone(&self.open.load());
        next.remove(issuer.as_str());
        self.open.store(Arc::new(next));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Vec<Box<str>>>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn misconfigured(error: &ConfigError) -> BearerError {
    BearerErrorKind::Misconfigured { cure: error.to_string().into() }.into()
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("limit", &self.limit)
            .field("in_use", &self.in_use())
            .finish_non_exhaustive()
    }
}
