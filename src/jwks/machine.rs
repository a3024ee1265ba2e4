//! What is remembered of an issuer's keys beside the snapshot that requests read. It stands behind
//! a lock that is taken only when something is due, and never held across an await.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use http::Uri;
use tokio::task::AbortHandle;

use super::{
    fetch::{FetchError, Fetched, Validators},
    freshness::{Freshness, Kid, Lifetimes, State},
    snapshot::Snapshot,
};
use crate::{key::KeySet, time::UnixTime};

/// For how long it is remembered that a good set published a key id.
const PUBLISHED_FOR: Duration = Duration::from_secs(24 * 3_600);
/// The most key ids of which that is remembered: a set has at most 100, and a day few rotations.
const MAX_PUBLISHED: usize = 1_024;
/// How often the metadata is read again.
const METADATA_TTL: Duration = Duration::from_secs(3_600);

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) freshness: Freshness,
    pub(super) validators: Validators,
    pub(super) last_error: Option<String>,
    pub(super) task: Option<AbortHandle>,
    /// The next good set counts as changed, whatever it holds.
    pub(super) bump: bool,
    pub(super) revoked: HashSet<Box<str>>,
    jwks_uri: Option<(Uri, UnixTime)>,
    published: HashMap<Box<str>, UnixTime>,
}

impl Machine {
    pub(super) fn new(lifetimes: Lifetimes) -> Self {
        Self {
            freshness: Freshness::new(lifetimes),
            validators: Validators::default(),
            last_error: None,
            task: None,
            bump: false,
            revoked: HashSet::new(),
            jwks_uri: None,
            published: HashMap::new(),
        }
    }

    /// Where the keys were found, while the metadata that said so may be relied on.
    pub(super) fn jwks_uri(&self, now: UnixTime) -> Option<Uri> {
        let (url, read_at) = self.jwks_uri.as_ref()?;
        (*read_at <= now && now < *read_at + METADATA_TTL).then(|| url.clone())
    }

    /// Whether a kid that is not in the set was in one lately.
    pub(super) fn memory_of(&self, kid: &str, now: UnixTime) -> Kid {
        match self.published.get(kid) {
            Some(last) if now < *last + PUBLISHED_FOR => Kid::PublishedLately,
            _ => Kid::NeverSeen,
        }
    }

    /// Takes a good answer in, and makes the next snapshot of it.
    pub(super) fn succeed(
        &mut self,
        fetched: Fetched,
        current: &Snapshot,
        now: UnixTime,
        jitter: f64,
    ) -> Snapshot {
        let Fetched { keys, max_age, validators, jwks_uri, discovered } = fetched;
        self.freshness.on_success(now, max_age, jitter);
        self.validators = validators;
        self.last_error = None;
        if discovered || self.jwks_uri.is_none() {
            self.jwks_uri = Some((jwks_uri, now));
        }
        let keys = keys.map(|keys| self.without_revoked(keys));
        let changed = keys.as_ref().is_some_and(|keys| !keys.same_keys_as(&current.keys));
        let changed = changed || std::mem::take(&mut self.bump);
        let next = Snapshot {
            keys: keys.unwrap_or_else(|| current.keys.clone()),
            generation: current.generation + u64::from(changed),
            fetched_at: now,
        };
        self.remember(&next.keys, now);
        next
    }

    pub(super) fn fail(&mut self, error: FetchError, now: UnixTime, jitter: f64) {
        self.freshness.on_failure(now, error.retry_after, jitter);
        if error.gone {
            self.jwks_uri = None;
        }
        self.last_error = Some(error.message);
    }

    pub(super) fn state(&self, now: UnixTime) -> State {
        self.freshness.state(now)
    }

    fn without_revoked(&self, keys: KeySet) -> KeySet {
        self.revoked.iter().fold(keys, |keys, kid| {
            if keys.contains_kid(kid) { keys.without_kid(kid) } else { keys }
        })
    }

    fn remember(&mut self, keys: &KeySet, now: UnixTime) {
        self.published.retain(|_, last| now < *last + PUBLISHED_FOR);
        for kid in keys.kids() {
            if self.published.len() < MAX_PUBLISHED || self.published.contains_key(kid) {
                self.published.insert(kid.into(), now);
            }
        }
    }
}
