use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use http::Uri;

use super::asker::{Asker, INTROSPECTION_ENDPOINT};
use crate::{
    claims::Issuer,
    credentials::{ClientAuthentication, ClientCredentials, Location},
    error::Problems,
    time::Clock,
    transport::{Transport, UrlRule},
};

const DEFAULT_CACHE: Duration = Duration::from_secs(30);
const DEFAULT_REFUSAL_CACHE: Duration = Duration::from_secs(10);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
const DEFAULT_IN_FLIGHT: usize = 64;
/// The longest time for which an active token is cached: a revocation has no effect meanwhile.
const MAX_CACHE: Duration = Duration::from_secs(300);
/// The longest time for which a refusal is cached.
const MAX_REFUSAL_CACHE: Duration = Duration::from_secs(60);
/// The longest time for which an active token is admitted in an outage.
const MAX_STALE: Duration = Duration::from_secs(3_600);
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(60);
/// Known tokens and others get half each.
const IN_FLIGHT: RangeInclusive<usize> = 2..=1_024;

/// How opaque tokens are introspected; see the [module](crate::introspection) for what the settings mean together.
///
/// ```
/// use std::time::Duration;
///
/// use tower_bearer::introspection::{ClientCredentials, Introspection, SecretSource};
///
/// let credentials = ClientCredentials::new("api", SecretSource::file("/run/secrets/api"));
/// let introspection = Introspection::new("https://issuer.example/introspect".parse()?, credentials)
///     .cache_for(Duration::from_secs(10))
///     .stale_if_error(Duration::from_secs(300));
/// # let _ = introspection;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Introspection {
    endpoint: Option<Uri>,
    credentials: ClientCredentials,
    authentication: ClientAuthentication,
    assertion_audience: Option<Box<str>>,
    transport: Option<Arc<dyn Transport>>,
    timeout: Duration,
    limits: Limits,
    pub(crate) policy: Policy,
}

/// What decides about a token, apart from its claims.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Policy {
    /// Every token is introspected, JWTs as well.
    pub(crate) every_token: bool,
    /// A token whose answer has no `aud` is not refused for it.
    pub(crate) admits_absent_audience: bool,
    /// An answer that is not signed is unusable.
    pub(crate) requires_signature: bool,
}

/// For how long verdicts are kept, and how many requests are in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) active_for: Duration,
    pub(super) refused_for: Duration,
    pub(super) stale_for: Duration,
    pub(super) in_flight: usize,
}

impl Introspection {
    /// Asks the endpoint at this address.
    pub fn new(endpoint: Uri, credentials: ClientCredentials) -> Self {
        Self::at(Some(endpoint), credentials)
    }

    /// Asks the endpoint that the metadata of the issuer names as `introspection_endpoint` (RFC
    /// 8414). They are fetched before the first question, and again when the endpoint answers 404
    /// or 410.
    pub fn discover(credentials: ClientCredentials) -> Self {
        Self::at(None, credentials)
    }

    fn at(endpoint: Option<Uri>, credentials: ClientCredentials) -> Self {
        Self {
            endpoint,
            credentials,
            authentication: ClientAuthentication::default(),
            assertion_audience: None,
            transport: None,
            timeout: DEFAULT_TIMEOUT,
            limits: Limits {
                active_for: DEFAULT_CACHE,
                refused_for: DEFAULT_REFUSAL_CACHE,
                stale_for: Duration::ZERO,
                in_flight: DEFAULT_IN_FLIGHT,
            },
            policy: Policy::default(),
        }
    }

    /// Sets how the API sends its client secret: `client_secret_basic` by default.
    pub fn authentication(self, authentication: ClientAuthentication) -> Self {
        Self { authentication, ..self }
    }

    /// Sets the audience of the API's assertions; the issuer's identifier by default.
    pub fn assertion_audience(self, audience: impl Into<Box<str>>) -> Self {
        Self { assertion_audience: Some(audience.into()), ..self }
    }

    /// Sets for how long an active token is admitted without asking again: 30 seconds by default, 5
    /// minutes at most, never beyond `exp`. **A revocation at the issuer has no effect meanwhile.**
    pub fn cache_for(mut self, time: Duration) -> Self {
        self.limits.active_for = time;
        self
    }

    /// Sets for how long a refused token is refused without asking again: 10 seconds by default, a
    /// minute at most.
    pub fn cache_refusals_for(mut self, time: Duration) -> Self {
        self.limits.refused_for = time;
        self
    }

    /// Sets for how long an active token is admitted beyond [`cache_for`](Self::cache_for) while
    /// the endpoint fails, never beyond `exp`: not at all by default, an hour at most. **Tokens
    /// that are revoked in an outage are admitted for this long.** Tokens that were not active
    /// lately are answered 503 in any case.
    pub fn stale_if_error(mut self, time: Duration) -> Self {
        self.limits.stale_for = time;
        self
    }

    /// Sets the time limit of a question, discovery and the wait in line included: 5 seconds by
    /// default, from 100 milliseconds to a minute.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets how many requests to the endpoint are in flight at most: 64 by default, 2 to 1,024. Half
    /// of them are for tokens that were active lately, the other half for all others.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.limits.in_flight = requests;
        self
    }

    /// Admits a token whose answer has no `aud`. **A token that was issued for another API of the
    /// same issuer is then admitted here**, unless the issuer answers `"active": false` to an API
    /// that a token is not for (RFC 7662 §2.2 allows, but does not require it).
    pub fn allow_missing_audience(mut self) -> Self {
        self.policy.admits_absent_audience = true;
        self
    }

    /// Demands signed answers (RFC 9701). Without it an answer may be signed: then its signature,
    /// its `iss` and its `aud`, which is the API's client id, are checked in any case.
    pub fn require_signed_answers(mut self) -> Self {
        self.policy.requires_signature = true;
        self
    }

    /// Introspects every token, JWTs as well, so that a revocation has an effect within
    /// [`cache_for`](Self::cache_for). The keys of the issuer are used for signed answers only.
    pub fn every_token(mut self) -> Self {
        self.policy.every_token = true;
        self
    }

    /// Sets the transport that asks the endpoint.
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    /// The id by which the issuer knows the API, which signed answers name; empty if there is none.
    pub(crate) fn client_id(&self) -> &str {
        self.credentials.id()
    }

    /// Reports each invalid setting and how to fix it.
    pub(crate) fn check(&self, problems: &mut Problems) {
        self.credentials.check(problems);
        if self.credentials.is_none() {
            problems.add("introspection", "has no credentials; give those of the API as a client");
        }
        if self.policy.requires_signature && self.credentials.has_no_id() {
            let help = "needs a client id, which the `aud` of signed answers names";
            problems.add("require_signed_answers", help);
        }
        let Limits { active_for, refused_for, stale_for, in_flight } = self.limits;
        for (setting, time, most, help) in [
            ("cache_for", active_for, MAX_CACHE, "is more than 5 minutes"),
            ("cache_refusals_for", refused_for, MAX_REFUSAL_CACHE, "is more than a minute"),
            ("introspection stale_if_error", stale_for, MAX_STALE, "is more than an hour"),
        ] {
            if time > most {
                problems.add(setting, help);
            }
        }
        if !TIMEOUTS.contains(&self.timeout) {
            problems.add("timeout", "is not between 100 milliseconds and 60 seconds");
        }
        if !IN_FLIGHT.contains(&in_flight) {
            problems.add("max_in_flight", "is not between 2 and 1,024");
        }
        if self.transport.is_none() && cfg!(not(feature = "reqwest")) {
            let help = "needs a transport; set one, or turn on the feature `reqwest`";
            problems.add("introspection", help);
        }
    }

    /// Makes the settings ready for use. Nothing is fetched yet.
    pub(super) fn open(
        self,
        issuer: &Issuer,
        clock: &Arc<dyn Clock>,
        url_rule: UrlRule,
        transport: &Arc<dyn Transport>,
        problems: &mut Problems,
    ) -> (Asker, Limits) {
        let audience = self.assertion_audience.unwrap_or_else(|| issuer.as_str().into());
        let location = match self.endpoint {
            Some(url) => Location::Endpoint(url),
            None => Location::Issuer { issuer: issuer.clone(), found: ArcSwapOption::empty() },
        };
        if let Err((setting, help)) = location.check(INTROSPECTION_ENDPOINT, &url_rule) {
            problems.add(setting, help);
        }
        let asker = Asker {
            location,
            url_rule,
            credentials: self.credentials,
            authentication: self.authentication,
            assertion_audience: audience,
            transport: self.transport.unwrap_or_else(|| transport.clone()),
            clock: clock.clone(),
            timeout: self.timeout,
            wants_signature: self.policy.requires_signature,
        };
        (asker, self.limits)
    }
}
