use std::{path::PathBuf, sync::Arc, time::Duration};

use http::Uri;

use super::{
    fetch::Location,
    key_text,
    retained_keys::{MAX_GRACE, RemovedKeys},
};
use crate::{
    claims::Issuer,
    error::Problems,
    key::{KeyUse, MAX_KEYS},
    metadata::well_known_urls,
    refresh::{DEFAULT_STALE, Lifetimes, Limits, MAX_STALE, MAX_TTL, MIN_TTL, StaleRule},
    transport::{HttpSettings, Transport, UrlRule},
};

/// Longest document that is read, in bytes: real key sets have at most 16,500.
const MAX_DOCUMENT_BYTES: usize = 256 * 1_024;
/// The longest time for which a request waits for keys, by default.
const DEFAULT_WAIT: Duration = Duration::from_secs(2);
/// Longest wait that can be configured: callers have given up by then.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// Time limit of a whole fetch by default, metadata included.
const DEFAULT_FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Shortest and longest time limit of a fetch that can be configured.
const FETCH_TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(60);

/// Keys that an issuer publishes as a JWK Set (RFC 7517 §5) at a URL.
///
/// ```
/// use std::time::Duration;
/// use tower_bearer::{
///     Audience, Issuer, ResourceServer,
///     jwks::{RemoteJwks, RemovedKeys},
/// };
///
/// let keys = RemoteJwks::new("https://issuer.example/keys.json".parse()?)
///     .stale_if_error(Duration::from_secs(2 * 60 * 60)) // an outage of the issuer
///     .removed_keys(RemovedKeys::Grace(Duration::from_secs(60))) // replicas that differ
///     .max_wait(Duration::from_secs(1));
/// let issuer = Issuer::new("https://issuer.example")?;
/// let api = ResourceServer::builder(issuer, Audience::new("urn:display")?, keys);
/// # let _ = api;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RemoteJwks {
    pub(super) location: Location,
    lifetimes: Lifetimes,
    max_wait: Duration,
    pub(super) removed: RemovedKeys,
    pub(super) max_document_bytes: usize,
    pub(super) max_keys: usize,
    pub(super) key_use: KeyUse,
    pub(super) transport: Option<Arc<dyn Transport>>,
    pub(super) http: HttpSettings,
    url_rule: UrlRule,
}

impl RemoteJwks {
    /// Keys at this address.
    pub fn new(jwks_uri: Uri) -> Self {
        Self::at(Location::Fixed(jwks_uri))
    }

    /// Keys at the address that the issuer's metadata names: RFC 8414 first, then OpenID Connect
    /// Discovery, as [`well_known_urls`](crate::metadata::well_known_urls) lists them. An address
    /// whose answer is not metadata of this issuer (a redirect, 4xx, HTML, another issuer's
    /// document) is passed over; 408, 425, 429, 5xx and an answer that does not arrive are
    /// failures. The metadata is read again every hour, and when the address of the keys is gone.
    pub fn discover(issuer: Issuer) -> Self {
        Self::at(Location::Discovered(issuer))
    }

    /// Keys in a file.
    pub(super) fn in_file(path: PathBuf) -> Self {
        Self::at(Location::File(path))
    }

    fn at(location: Location) -> Self {
        Self {
            location,
            lifetimes: Lifetimes {
                min_ttl: MIN_TTL,
                max_ttl: MIN_TTL,
                stale_if_error: DEFAULT_STALE,
                stale_rule: StaleRule::FailedSinceStale,
                fetch_timeout: DEFAULT_FETCH_TIMEOUT,
            },
            max_wait: DEFAULT_WAIT,
            removed: RemovedKeys::default(),
            max_document_bytes: MAX_DOCUMENT_BYTES,
            max_keys: MAX_KEYS,
            key_use: KeyUse::default(),
            transport: None,
            http: HttpSettings::new(),
            url_rule: UrlRule::default(),
        }
    }

    /// Sets the maximum time for which a set is fresh, if the issuer's caching headers allow that
    /// long: 5 minutes by default, 60 at most. A key that the issuer withdraws can stay accepted
    /// for this time.
    pub fn max_ttl(mut self, ttl: Duration) -> Self {
        self.lifetimes.max_ttl = ttl;
        self
    }

    /// Sets how long stale keys are used while the issuer cannot be reached: an hour by default, 24
    /// at most.
    pub fn stale_if_error(mut self, duration: Duration) -> Self {
        self.lifetimes.stale_if_error = duration;
        self
    }

    /// Sets how long a request waits for keys before it is answered 503: 2 seconds by default, 30
    /// at most. Keys that are in use are refreshed in the background, so few requests wait.
    pub fn max_wait(self, wait: Duration) -> Self {
        Self { max_wait: wait, ..self }
    }

    /// Sets the time limit of a whole fetch, including metadata: 5 seconds by default, 1 to 60. For
    /// a key server that is slower, raise [`max_wait`](Self::max_wait) as well.
    pub fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.lifetimes.fetch_timeout = timeout;
        self
    }

    /// Sets how to treat a key that the issuer no longer publishes: by default it is refused as
    /// soon as a refresh no longer finds it.
    pub fn removed_keys(self, removed: RemovedKeys) -> Self {
        Self { removed, ..self }
    }

    /// Sets the maximum number of keys in a set: 100 by default.
    pub fn max_keys(self, keys: usize) -> Self {
        Self { max_keys: keys, ..self }
    }

    /// Sets the maximum size of a document, in bytes: 256 KiB by default.
    pub fn max_document_bytes(self, bytes: usize) -> Self {
        Self { max_document_bytes: bytes, ..self }
    }

    /// Sets the transport that fetches the keys.
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    /// Sets root certificates, a proxy, and headers that are sent to the configured address, which is
    /// the issuer where the keys are discovered.
    pub fn http(self, http: HttpSettings) -> Self {
        Self { http, ..self }
    }

    /// Allows fetching keys and metadata by plain http from this machine's loopback addresses: for
    /// tests and development.
    pub fn allow_loopback_http(self) -> Self {
        Self { url_rule: self.url_rule.allow_loopback(), ..self }
    }

    pub(super) const fn limits(&self) -> Limits {
        Limits { lifetimes: self.lifetimes, wait: self.max_wait }
    }

    /// Uses the keys of a SPIFFE bundle that sign JWT-SVIDs, and no others.
    #[cfg(feature = "issuer")]
    pub(crate) fn of_spiffe_bundle(self) -> Self {
        Self { key_use: KeyUse::JwtSvid, ..self }
    }

    /// Returns true if `other` fetches the same keys in the same way.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let transports = match (&self.transport, &other.transport) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        let settings = |it: &Self| (it.lifetimes, it.max_wait, it.removed);
        let limits = |it: &Self| (it.max_document_bytes, it.max_keys, it.key_use);
        transports
            && self.location == other.location
            && self.http == other.http
            && self.url_rule == other.url_rule
            && settings(self) == settings(other)
            && limits(self) == limits(other)
    }

    /// Returns what these keys or the server allow.
    pub(super) fn url_rule(&self, server: &UrlRule) -> UrlRule {
        self.url_rule.or(server)
    }

    /// Returns the configured address.
    pub(super) fn address(&self) -> Option<Uri> {
        match &self.location {
            Location::Fixed(url) => Some(url.clone()),
            Location::Discovered(issuer) => issuer.as_str().parse().ok(),
            Location::File(_) => None,
        }
    }

    /// Reports each invalid setting and how to fix it.
    pub(super) fn check(&self, rule: &UrlRule, problems: &mut Problems) {
        match &self.location {
            Location::Fixed(url) => {
                if let Err(help) = rule.check(url) {
                    problems.add("jwks_uri", help);
                }
            }
            Location::File(path) => {
                key_text::check(path, self.max_document_bytes, self.max_keys, problems);
            }
            Location::Discovered(issuer) => match well_known_urls(issuer) {
                Err(error) => problems.add("issuer", format!("cannot be discovered: {error}")),
                Ok(urls) => {
                    if let Some(Err(help)) = urls.first().map(|url| rule.check(url)) {
                        problems.add("issuer", help);
                    }
                }
            },
        }
        if !(MIN_TTL..=MAX_TTL).contains(&self.lifetimes.max_ttl) {
            problems.add("max_ttl", "is not between 5 and 60 minutes");
        }
        if self.lifetimes.stale_if_error > MAX_STALE {
            problems.add("stale_if_error", "is more than 24 hours");
        }
        if self.max_wait > MAX_WAIT {
            problems.add("max_wait", "is more than 30 seconds");
        }
        if !FETCH_TIMEOUTS.contains(&self.lifetimes.fetch_timeout) {
            problems.add("fetch_timeout", "is not between 1 and 60 seconds");
        }
        if matches!(self.removed, RemovedKeys::Grace(grace) if grace > MAX_GRACE) {
            problems.add("removed_keys", "gives a grace of more than an hour");
        }
        for (setting, value) in
            [("max_keys", self.max_keys), ("max_document_bytes", self.max_document_bytes)]
        {
            if value == 0 {
                problems.add(setting, "is zero; give at least 1, or leave the setting out");
            }
        }
        let needs_transport = !matches!(self.location, Location::File(_));
        if needs_transport && self.transport.is_none() && cfg!(not(feature = "reqwest")) {
            problems.add("transport", "is missing; set one, or turn on the feature `reqwest`");
        }
    }
}
