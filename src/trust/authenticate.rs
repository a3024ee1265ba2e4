#[cfg(feature = "issuer")]
use std::future::poll_fn;
use std::{sync::Arc, time::Duration};

use super::{
    b64token::{is_b64token, is_b64token_suffix},
    cache::TokenCache,
    issuers::{IssuerState, without_shared_keys},
    key_search::{KeySearch, PendingToken, Progress},
    pending::{Arrived, Pending},
    refusal_log::{RefusalLog, describe},
    resolver::Resolver,
};
use crate::{
    claims::Issuer,
    denylist::Denylist,
    error::{BearerError, BearerErrorKind, TokenFault, TokenFaultKind},
    jwks::KeyLookup,
    jwt::{TokenLimits, UnverifiedToken},
    metrics::{RequestMetrics, Timer},
    time::{Clock, UnixTime},
    token::{AccessToken, Attachment},
    verify::Check,
};

/// The time until the next attempt if an issuer was evicted while a request waited for its keys.
pub(super) const SOON: Duration = Duration::from_secs(1);

#[cfg(feature = "introspection")]
use super::opaque::OpaqueTokens;
#[cfg(feature = "introspection")]
use crate::introspection::{Lookup, Outcome};

/// Judges credentials: the issuers of one API, their keys, and the tokens verified lately.
#[derive(Debug)]
pub(crate) struct Authenticator {
    pub(crate) issuers: Box<[Arc<IssuerState>]>,
    pub(crate) resolver: Option<Resolver>,
    pub(crate) cache: Option<TokenCache>,
    /// Which tokens are introspected, if any.
    #[cfg(feature = "introspection")]
    pub(crate) opaque: Option<OpaqueTokens>,
    /// `None` if its tokens are not those of an API.
    pub(crate) metrics: Option<RequestMetrics>,
    /// Tokens that are refused although they are valid.
    pub(crate) denylist: Denylist,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: TokenLimits,
    /// The value that each admitted token carries; see [`AccessToken::attachment`].
    pub(crate) attachment: Option<Attachment>,
    /// Refusals of tokens whose issuer no setting names.
    pub(crate) refusals: RefusalLog,
}

/// The outcome for a credential.
pub(crate) enum Authentication {
    Done(Result<AccessToken, BearerError>),
    /// An answer of the issuer decides.
    Pending(Pending),
}

impl Authenticator {
    /// Judges the tokens of these issuers, and keeps none of them.
    #[cfg(feature = "issuer")]
    pub(crate) fn without_cache(issuers: Vec<Arc<IssuerState>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuers: issuers.into(),
            resolver: None,
            cache: None,
            #[cfg(feature = "introspection")]
            opaque: None,
            metrics: None,
            denylist: Denylist::new(clock.clone()),
            clock,
            limits: TokenLimits::default(),
            attachment: None,
            refusals: RefusalLog::default(),
        }
    }

    /// Judges a credential. A token that this thread has met again and again is answered here.
    pub(crate) fn authenticate(&self, credential: &[u8]) -> Authentication {
        let now = self.clock.now();
        let cached = self.cache.as_ref().and_then(|it| it.get(credential, &self.denylist, now));
        match cached {
            Some(token) => Authentication::Done(Ok(token)),
            None => self.authenticate_slowly(credential, now),
        }
    }

    #[cold]
    fn authenticate_slowly(&self, credential: &[u8], now: UnixTime) -> Authentication {
        if let Some(cache) = &self.cache
            && credential.len() <= self.limits.token_bytes
            && let Some(token) = cache.get_shared(credential, &self.denylist, now)
        {
            return Authentication::Done(Ok(token));
        }
        self.judge(credential, now).unwrap_or_else(|error| Authentication::Done(Err(error)))
    }

    fn judge(&self, credential: &[u8], now: UnixTime) -> Result<Authentication, BearerError> {
        #[cfg(feature = "introspection")]
        if let Some(opaque) = self.opaque.as_ref().filter(|opaque| opaque.takes(credential)) {
            let lookup = opaque.look_up(credential, now).inspect_err(|error| {
                self.log(Some(&opaque.issuer), error.fault(), None, now);
            })?;
            return match lookup {
                Lookup::Ready(outcome) => self.admit_opaque(opaque, outcome, now),
                Lookup::Wait(verdict) => Ok(Authentication::Pending(Pending::Verdict(verdict))),
            };
        }
        self.verify(credential, now)
    }

    /// Admits an opaque token by its verdict.
    #[cfg(feature = "introspection")]
    fn admit_opaque(
        &self,
        opaque: &OpaqueTokens,
        outcome: Outcome,
        now: UnixTime,
    ) -> Result<Authentication, BearerError> {
        let admitted = opaque.admit(outcome, now).and_then(|token| {
            self.denylist.check(&token, now)?;
            Ok(Authentication::Done(Ok(token)))
        });
        admitted.inspect_err(|error| self.log(Some(&opaque.issuer), error.fault(), None, now))
    }

    pub(super) fn verify(
        &self,
        credential: &[u8],
        now: UnixTime,
    ) -> Result<Authentication, BearerError> {
        let token = parse(credential, &self.limits)
            .inspect_err(|error| self.log(None, error.fault(), None, now))?;
        self.verify_parsed(token, None, now)
    }

    /// Judges a token of the issuer `name`, that was parsed by the caller, and waits if a fetch decides. It
    /// neither reads nor fills the cache of the calling thread.
    ///
    /// # Cancel safety
    /// Dropping the future cancels nothing but the wait: a fetch goes on.
    #[cfg(feature = "issuer")]
    pub(crate) async fn authenticate_parsed(
        &self,
        token: UnverifiedToken,
        name: Option<&str>,
    ) -> Result<AccessToken, BearerError> {
        let mut authentication = self.verify_parsed(token, name, self.clock.now())?;
        loop {
            let mut pending = match authentication {
                Authentication::Done(result) => return result,
                Authentication::Pending(pending) => pending,
            };
            let arrived = poll_fn(|context| pending.poll(context)).await;
            authentication = self.resume(arrived);
        }
    }

    /// Judges a token of the issuer `name`, or of its `iss`.
    fn verify_parsed(
        &self,
        token: UnverifiedToken,
        name: Option<&str>,
        now: UnixTime,
    ) -> Result<Authentication, BearerError> {
        let issuer = self.issuer_of(&token, name, now).inspect_err(|error| {
            let name = name.or(token.issuer());
            let issuer = name.and_then(|name| self.configured(name));
            self.log(issuer.map(|it| &**it), error.fault(), describe(&token).as_deref(), now);
        })?;
        self.proceed(KeySearch::new(token, issuer), now, |search| search.begin(now))
    }

    /// Goes on with a credential for which the answer came. It may have to wait once more.
    pub(crate) fn resume(&self, arrived: Arrived) -> Authentication {
        let resumed = match arrived {
            Arrived::Keys(pending, keys) => {
                let PendingToken { search, .. } = *pending;
                self.resume_search(search, keys)
            }
            Arrived::Status(pending, answer) => self.resume_status(*pending, answer),
            #[cfg(feature = "introspection")]
            Arrived::Verdict(outcome) => match &self.opaque {
                Some(opaque) => self.admit_opaque(opaque, outcome, self.clock.now()),
                None => Err(BearerErrorKind::InvalidToken.into()),
            },
        };
        resumed.unwrap_or_else(|error| Authentication::Done(Err(error)))
    }

    fn resume_search(
        &self,
        search: KeySearch,
        keys: KeyLookup,
    ) -> Result<Authentication, BearerError> {
        let now = self.clock.now();
        // Its time may have run out meanwhile.
        search.issuer.verifier.check_expiry(&search.token, now)?;
        if !search.issuer.is_retired() {
            return self.proceed(search, now, |search| search.go_on(keys, now));
        }
        // The issuer was evicted or forgotten meanwhile: it is resolved anew, and waited for once.
        let issuer = self.issuer_of(&search.token, None, now)?;
        self.proceed(KeySearch::new(search.token, issuer), now, |search| {
            match search.begin(now)? {
                Progress::Wait(..) => {
                    Err(BearerErrorKind::KeysUnavailable { retry_after: SOON }.into())
                }
                verified => Ok(verified),
            }
        })
    }

    /// Returns the issuer of a token that passes every check that needs no key.
    fn issuer_of(
        &self,
        token: &UnverifiedToken,
        name: Option<&str>,
        now: UnixTime,
    ) -> Result<Arc<IssuerState>, BearerError> {
        let name =
            name.or(token.issuer()).ok_or(TokenFault::from(TokenFaultKind::Missing("iss")))?;
        match (self.configured(name), &self.resolver) {
            (Some(issuer), _) => {
                issuer.verifier.precheck(token, now)?;
                Ok(issuer.clone())
            }
            (None, Some(resolver)) => resolver.issuer_of(token, name, now),
            (None, None) => Err(TokenFault::from(TokenFaultKind::UntrustedIssuer).into()),
        }
    }

    /// Makes the next step of a search, and admits and caches a token that a key verifies.
    fn proceed(
        &self,
        search: KeySearch,
        now: UnixTime,
        step: impl FnOnce(KeySearch) -> Result<Progress, BearerError>,
    ) -> Result<Authentication, BearerError> {
        let (issuer, said) = (search.issuer.clone(), describe(&search.token));
        let timer = Timer::start();
        let progress = step(search).inspect_err(|error| {
            self.log(Some(&issuer), error.fault(), said.as_deref(), now);
        })?;
        let verified = match progress {
            Progress::Verified(verified) => verified,
            Progress::Wait(token) => {
                return Ok(Authentication::Pending(Pending::Keys(Some(token))));
            }
        };
        if let Some(metrics) = &self.metrics {
            metrics.verified(&timer);
        }
        self.check_verified(verified, said.as_deref(), now)
    }

    /// The issuer that a setting names.
    fn configured(&self, name: &str) -> Option<&Arc<IssuerState>> {
        self.issuers.iter().find(|issuer| issuer.verifier.issuer().as_str() == name)
    }

    /// Logs the refusal of a token, and what the API expected.
    pub(super) fn log(
        &self,
        issuer: Option<&IssuerState>,
        fault: Option<&TokenFault>,
        said: Option<&str>,
        now: UnixTime,
    ) {
        let Some(fault) = fault else { return };
        match issuer {
            Some(issuer) => {
                let (name, expected) = (issuer.verifier.issuer(), &issuer.verifier);
                let expected = |check| expected.expected(check);
                issuer.refusals.refused(name.as_str(), fault, said, now, expected);
            }
            None => self.refusals.refused("unknown", fault, said, now, |check| {
                let names = self.issuers.iter().take(4).map(|it| it.verifier.issuer().as_str());
                (check == Check::Issuer).then(|| names.collect::<Vec<_>>().join(" or "))
            }),
        }
    }

    /// The issuers in use: those named by settings in their order, then those that were resolved.
    pub(crate) fn issuers_in_use(&self) -> Vec<Arc<IssuerState>> {
        let resolved = self.resolver.as_ref().map(Resolver::in_use).unwrap_or_default();
        self.issuers.iter().cloned().chain(resolved).collect()
    }

    /// The issuers in use, without those whose keys are fetched with those of one before.
    pub(crate) fn issuers_to_fetch(&self) -> Vec<Arc<IssuerState>> {
        without_shared_keys(self.issuers_in_use())
    }

    /// Refuses a key of an issuer from now on.
    pub(crate) fn revoke_kid(&self, issuer: &Issuer, kid: &str) {
        let states = self.issuers.iter();
        #[cfg(feature = "introspection")]
        let states = states.chain(self.opaque.as_ref().map(|opaque| &opaque.issuer));
        for state in states.filter(|state| state.verifier.issuer() == issuer) {
            state.keys.revoke_kid(kid);
        }
        if let Some(resolver) = &self.resolver {
            resolver.revoke_kid(issuer, kid);
        }
    }

    /// Evicts a resolved issuer.
    pub(crate) fn forget_issuer(&self, issuer: &Issuer) {
        if let Some(resolver) = &self.resolver {
            resolver.forget(issuer);
        }
    }
}

/// Parses a token. What is not even a `b64token` is a malformed request (RFC 6750 §3.1).
fn parse(credential: &[u8], limits: &TokenLimits) -> Result<UnverifiedToken, BearerError> {
    match UnverifiedToken::parse(credential, limits) {
        // The parts that were decoded have no other characters.
        Ok(token) if is_b64token_suffix(token.signature()) => Ok(token),
        // A token that is too long is refused for that, whatever it holds.
        Err(fault) if credential.len() > limits.token_bytes || is_b64token(credential) => {
            Err(fault.into())
        }
        _ => Err(BearerErrorKind::InvalidRequest.into()),
    }
}
