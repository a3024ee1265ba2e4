use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

#[cfg(feature = "status-list")]
use super::status::{ListContext, StatusCheck, list_verifier};
use super::{refusal_log::RefusalLog, status::IssuerStatus};
#[cfg(feature = "introspection")]
use crate::introspection::Introspection;
use crate::{
    error::Problems,
    jwks::{KeySource, Keys, KeysContext, SharedKeySets},
    jwt::TokenLimits,
    metrics::IssuersMetrics,
    time::{Clock, UnixTime},
    transport::{Transport, UrlRule},
    verify::Verifier,
};

/// The last use of an issuer is noted at most this often, so that requests seldom write memory
/// that other threads read.
const USE_RESOLUTION: Duration = Duration::from_secs(1);

/// An issuer that is trusted, with the verifier of its tokens and the keys to check them with.
#[derive(Clone, Debug)]
#[must_use]
pub struct TrustedIssuer {
    verifier: Verifier,
    keys: Keys,
    #[cfg(feature = "introspection")]
    introspection: Option<Introspection>,
    #[cfg(feature = "status-list")]
    status: Option<StatusCheck>,
}

impl TrustedIssuer {
    /// Trusts the issuer of `verifier`, which checks its tokens with `keys`.
    pub fn new(verifier: Verifier, keys: impl Into<Keys>) -> Self {
        Self {
            verifier,
            keys: keys.into(),
            #[cfg(feature = "introspection")]
            introspection: None,
            #[cfg(feature = "status-list")]
            status: None,
        }
    }

    /// Introspects opaque tokens, which are then those of this issuer; see
    /// [`introspection`](crate::introspection). One issuer of an API can have this, and none of
    /// those that are resolved.
    #[cfg(feature = "introspection")]
    pub fn introspection(self, introspection: Introspection) -> Self {
        Self { introspection: Some(introspection), ..self }
    }

    #[cfg(feature = "introspection")]
    pub(crate) fn into_introspection(self) -> Option<Introspection> {
        self.introspection
    }

    #[cfg(feature = "introspection")]
    pub(crate) const fn introspects(&self) -> Option<&Introspection> {
        self.introspection.as_ref()
    }

    /// Checks whether the issuer has taken a token back; off unless this is called. See
    /// [`StatusCheck`].
    #[cfg(feature = "status-list")]
    pub fn check_status(self, check: StatusCheck) -> Self {
        Self { status: Some(check), ..self }
    }

    pub(crate) const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub(crate) const fn verifier_mut(&mut self) -> &mut Verifier {
        &mut self.verifier
    }

    /// Returns true if both fetch the keys of one issuer in the same way.
    #[cfg(feature = "issuer")]
    pub(crate) fn has_keys_of(&self, other: &Self) -> bool {
        self.verifier.issuer() == other.verifier.issuer() && self.keys.is_same_remote(&other.keys)
    }

    pub(crate) const fn keys_mut(&mut self) -> &mut Keys {
        &mut self.keys
    }

    /// Makes the issuer ready for use. Nothing is fetched yet.
    pub(crate) fn open(self, context: &IssuerContext, problems: &mut Problems) -> Arc<IssuerState> {
        self.open_after(None, context, problems)
    }

    /// Makes the issuer ready for use with the keys that `last` has fetched, if they are remote.
    pub(crate) fn open_after(
        self,
        last: Option<&IssuerState>,
        context: &IssuerContext,
        problems: &mut Problems,
    ) -> Arc<IssuerState> {
        let IssuerContext { clock, url_rule, transport, limits, metrics, shared } = context;
        let issuer = self.verifier.issuer();
        let uses_patterns = self.verifier.uses_patterns();
        let keys = KeysContext { clock, url_rule, transport, metrics, shared, uses_patterns };
        let new = self.keys.open(issuer, &keys, problems);
        let keys =
            Arc::new(last.and_then(|last| last.keys.share()).inspect(record_state).unwrap_or(new));
        #[cfg(feature = "status-list")]
        let fetching = keys.fetching();
        #[cfg(feature = "status-list")]
        let status = IssuerStatus::open(
            self.status,
            ListContext {
                issuer: issuer.clone(),
                verifier: list_verifier(&self.verifier),
                keys: keys.clone(),
                clock: clock.clone(),
                has_transport: fetching.is_some(),
                fetching: fetching.unwrap_or_else(|| (url_rule.clone(), transport.clone())),
            },
            problems,
        );
        #[cfg(not(feature = "status-list"))]
        let status = IssuerStatus;
        Arc::new(IssuerState {
            keys,
            status,
            verifier: self.verifier.limits(*limits),
            refusals: RefusalLog::default(),
            retired: AtomicBool::new(false),
            last_admitted: AtomicU64::new(NEVER),
        })
    }
}

/// Records the state of keys that are in use already: their metrics were registered anew.
fn record_state(keys: &KeySource) {
    keys.readiness();
}

/// Settings shared by all issuers of a resource server.
#[derive(Clone, Debug)]
pub(crate) struct IssuerContext {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) url_rule: UrlRule,
    /// The transport of issuers without one of their own: one HTTP client for all tenants.
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) limits: TokenLimits,
    pub(crate) metrics: IssuersMetrics,
    /// The key sets that several issuers may share.
    pub(crate) shared: Arc<SharedKeySets>,
}

/// An issuer in use.
#[derive(Debug)]
pub(crate) struct IssuerState {
    pub(crate) verifier: Verifier,
    pub(crate) keys: Arc<KeySource>,
    pub(super) status: IssuerStatus,
    pub(super) refusals: RefusalLog,
    /// Set once, when the resolver has evicted or forgotten the issuer.
    retired: AtomicBool,
    /// The time at which a token was admitted last, in milliseconds since the epoch.
    last_admitted: AtomicU64,
}

const NEVER: u64 = 0;

impl IssuerState {
    /// Ends the use of this state: nothing that was verified with it is admitted from the cache.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Notes that a token was admitted.
    pub(super) fn note_admission(&self, now: UnixTime) {
        let last = self.last_admitted.load(Ordering::Relaxed);
        let since = Duration::from_millis(now.as_millis().abs_diff(last));
        if last == NEVER || since > USE_RESOLUTION {
            self.last_admitted.store(now.as_millis().max(NEVER + 1), Ordering::Relaxed);
        }
    }

    /// Returns the time since a token was admitted last; `None` if none was.
    pub(super) fn idle_for(&self, now: UnixTime) -> Option<Duration> {
        let last = self.last_admitted.load(Ordering::Relaxed);
        (last != NEVER).then(|| Duration::from_millis(now.as_millis().abs_diff(last)))
    }
}

/// Leaves out the issuers whose keys are fetched with those of one before.
pub(super) fn without_shared_keys(all: Vec<Arc<IssuerState>>) -> Vec<Arc<IssuerState>> {
    let mut issuers: Vec<Arc<IssuerState>> = Vec::new();
    for issuer in all {
        if !issuers.iter().any(|earlier| earlier.keys.shares_with(&issuer.keys)) {
            issuers.push(issuer);
        }
    }
    issuers
}
