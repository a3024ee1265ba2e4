use std::{sync::Arc, time::Duration};

use http::Uri;

use super::{
    origin::Origin,
    token::{MAX_INFLATED_BYTES, MAX_LIST_BYTES},
};
use crate::{
    claims::Issuer,
    error::Problems,
    refresh::{Lifetimes, Limits, MAX_STALE, MAX_TTL, StaleRule},
    transport::{Transport, UrlRule},
};

/// Shortest time for which a list is fresh, whatever its `ttl`: each API asks the issuer at most
/// four times a minute for a list.
pub const MIN_LIST_TTL: Duration = Duration::from_secs(15);
/// Longest time for which a list is fresh, whatever its `ttl`.
pub const MAX_LIST_TTL: Duration = MAX_TTL;

/// The most lists of one issuer that are held at a time, by default. An issuer has a few: one for
/// each period in which tokens end.
const MAX_LISTS: usize = 64;
/// The longest wait of a request for a list by default.
const DEFAULT_WAIT: Duration = Duration::from_secs(2);
/// Longest wait that can be configured: callers have given up by then.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// Time limit of a fetch by default.
const DEFAULT_FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Shortest and longest time limit of a fetch that can be configured.
const FETCH_TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(60);
/// Most lists, and longest documents in bytes, that can be configured.
const MOST_LISTS: usize = 1_024;
const MOST_BYTES: usize = 1 << 30;

/// The treatment of tokens whose status list is past its lifetime and cannot be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusOutage {
    /// Go by the list that is held, for at most this time after its lifetime and never past its
    /// `exp`: a token that was taken back meanwhile is admitted as long. At most 24 hours.
    AdmitFor(Duration),
    /// Answer 503 as soon as the list's lifetime has ended.
    Refuse,
}

/// Checks whether the issuer has taken a token back, by its status lists.
///
/// The check comes last: a token that fails any other check is refused without it, and causes no
/// fetch. Lists are fetched when a token first names them and refreshed in the background, so that
/// requests do not wait; a list lives as long as its `ttl` says, 15 seconds to an hour. A token
/// whose status is not zero, or whose index its list does not have, is answered 401. Without a list
/// that may be used the answer is 503: also with [`AdmitFor`](StatusOutage::AdmitFor), if none has
/// been fetched yet.
///
/// It does **not** check tokens that name no list, unless [`require`](Self::require) refuses them.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use tower_bearer::{ResourceServer, status::{StatusCheck, StatusOutage}};
///
/// let api = ResourceServer::discover("https://issuer.example", "urn:worldmappers")
///     .check_status(StatusCheck::require(StatusOutage::AdmitFor(Duration::from_secs(900))))
///     .build()?;
/// # Ok::<(), tower_bearer::error::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct StatusCheck {
    pub(super) is_required: bool,
    outage: StatusOutage,
    pub(super) origins: Vec<Uri>,
    pub(super) max_lists: usize,
    pub(super) max_list_bytes: usize,
    pub(super) max_inflated_bytes: usize,
    max_wait: Duration,
    fetch_timeout: Duration,
    transport: Option<Arc<dyn Transport>>,
}

impl StatusCheck {
    /// Checks the tokens that name a list. A token without the claim `status` passes.
    pub const fn if_present(outage: StatusOutage) -> Self {
        Self::new(false, outage)
    }

    /// Checks every token: one without the claim `status` is refused.
    pub const fn require(outage: StatusOutage) -> Self {
        Self::new(true, outage)
    }

    const fn new(is_required: bool, outage: StatusOutage) -> Self {
        Self {
            is_required,
            outage,
            origins: Vec::new(),
            max_lists: MAX_LISTS,
            max_list_bytes: MAX_LIST_BYTES,
            max_inflated_bytes: MAX_INFLATED_BYTES,
            max_wait: DEFAULT_WAIT,
            fetch_timeout: DEFAULT_FETCH_TIMEOUT,
            transport: None,
        }
    }

    /// Allows lists at these origins, such as `https://lists.example`, as well as at the issuer's
    /// own. A token that names a list elsewhere is refused, and nothing is fetched.
    pub fn origins(self, origins: impl IntoIterator<Item = Uri>) -> Self {
        Self { origins: origins.into_iter().collect(), ..self }
    }

    /// Sets the most lists that are held at a time: 64 by default, at most 1,024. A list that has
    /// not been used for 5 minutes is evicted first; without one the answer for further lists is
    /// 503.
    pub const fn max_lists(mut self, lists: usize) -> Self {
        self.max_lists = lists;
        self
    }

    /// Sets the longest list as it is sent, in bytes: [`MAX_LIST_BYTES`] by default.
    pub const fn max_list_bytes(mut self, bytes: usize) -> Self {
        self.max_list_bytes = bytes;
        self
    }

    /// Sets the longest inflated list, in bytes: [`MAX_INFLATED_BYTES`] by default. It is held in
    /// memory.
    pub const fn max_inflated_bytes(mut self, bytes: usize) -> Self {
        self.max_inflated_bytes = bytes;
        self
    }

    /// Sets how long a request waits for a list that nobody holds yet before it is answered 503: 2
    /// seconds by default, 30 at most.
    pub const fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Sets the time limit of a fetch: 5 seconds by default, 1 to 60.
    pub const fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.fetch_timeout = timeout;
        self
    }

    /// Sets the transport that fetches the lists; that of the issuer's keys by default.
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    pub(super) fn own_transport(&self) -> Option<Arc<dyn Transport>> {
        self.transport.clone()
    }

    /// Returns true if a token without a status is refused.
    pub(crate) const fn is_required(&self) -> bool {
        self.is_required
    }

    pub(super) const fn limits(&self) -> Limits {
        let stale_if_error = match self.outage {
            StatusOutage::AdmitFor(duration) => duration,
            StatusOutage::Refuse => Duration::ZERO,
        };
        let lifetimes = Lifetimes {
            min_ttl: MIN_LIST_TTL,
            max_ttl: MAX_LIST_TTL,
            stale_if_error,
            stale_rule: StaleRule::AskedSinceDue,
            fetch_timeout: self.fetch_timeout,
        };
        Limits { lifetimes, wait: self.max_wait }
    }

    /// Reports each invalid setting and how to fix it. `has_transport`: the keys are
    /// fetched by a transport that a setting names.
    pub(crate) fn check(
        &self,
        issuer: &Issuer,
        rule: &UrlRule,
        has_transport: bool,
        problems: &mut Problems,
    ) {
        if matches!(self.outage, StatusOutage::AdmitFor(duration) if duration > MAX_STALE) {
            problems.add("status.admit_for", "is more than 24 hours");
        }
        let own = issuer.as_str().parse().ok();
        if self.origins.is_empty() && own.and_then(|url| Origin::of(&url)).is_none() {
            let help = "are missing: the issuer is not a URL, so name where its lists are";
            problems.add("status.origins", help);
        }
        for origin in &self.origins {
            if !Origin::is_whole(origin) {
                let help = format!("have {origin}, which is not an origin: give scheme and host");
                problems.add("status.origins", help);
            } else if let Err(help) = rule.check(origin) {
                problems.add("status.origins", help);
            }
        }
        if self.max_wait > MAX_WAIT {
            problems.add("status.max_wait", "is more than 30 seconds");
        }
        if !FETCH_TIMEOUTS.contains(&self.fetch_timeout) {
            problems.add("status.fetch_timeout", "is not between 1 and 60 seconds");
        }
        for (setting, value, most) in [
            ("status.max_lists", self.max_lists, MOST_LISTS),
            ("status.max_list_bytes", self.max_list_bytes, MOST_BYTES),
            ("status.max_inflated_bytes", self.max_inflated_bytes, MOST_BYTES),
        ] {
            if !(1..=most).contains(&value) {
                problems.add(setting, format!("cannot be {value}: give 1 to {most}"));
            }
        }
        if !has_transport && self.transport.is_none() && cfg!(not(feature = "reqwest")) {
            let help = "is missing; set one, or turn on the feature `reqwest`";
            problems.add("status.transport", help);
        }
    }
}
