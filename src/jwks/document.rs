//! The state of an issuer's keys, in addition to the snapshot that requests read.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use http::Uri;

use super::{
    discovery::Discovered,
    events,
    fetch::{FetchedKeys, KeysFetch, Location},
    missing_kids::MissingKids,
    retained_keys::{RemovedKeys, RetainedKeys},
    snapshot::KnownKeys,
};
use crate::{
    key::{KeySet, KeyUse},
    refresh::{Budget, Document, Event, FetchError, FetchFuture, Fetcher, Update, Validators},
    time::UnixTime,
};

/// The time for which the id of a published key is remembered.
const SEEN_FOR: Duration = Duration::from_secs(24 * 3_600);
/// The maximum number of remembered key ids: a set has at most 100 keys, and a day has few
/// rotations.
const MAX_SEEN: usize = 1_024;
/// The time after which the metadata is read again.
const METADATA_TTL: Duration = Duration::from_secs(3_600);
/// Fetches for key ids that were never seen: 2 at once, then 5 a minute.
const UNSEEN: Budget = Budget::new(2, Duration::from_secs(12));
/// Fetches for key ids that were published within a day: a flood of junk must not starve a
/// rotation.
const PUBLISHED: Budget = Budget::new(2, Duration::from_secs(10));

/// A JWK Set.
#[derive(Debug)]
pub(crate) struct JwksDocument {
    fetcher: Fetcher,
    location: Location,
    max_keys: usize,
    key_use: KeyUse,
    /// The addresses from the metadata, and when it was read.
    discovered: Option<(Discovered, UnixTime)>,
    /// The address that served the metadata.
    metadata_url: Option<Uri>,
    validators: Option<(Uri, Validators)>,
    /// The keys that the issuer publishes, without revoked ones.
    published: KeySet,
    retained: RetainedKeys,
    revoked: HashSet<Box<str>>,
    /// The time at which each key id was last in a good set.
    seen: HashMap<Box<str>, UnixTime>,
    unseen_budget: Budget,
    published_budget: Budget,
}

/// The result of a successful fetch, for its event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(super) keys: usize,
    pub(super) skipped: usize,
    /// Entries that show a private or a symmetric key.
    pub(super) exposed: usize,
}

/// Changes of the keys other than by a fetch.
#[derive(Debug)]
pub(crate) enum Change {
    Revoked { kid: Box<str> },
    RetentionEnded,
}

impl JwksDocument {
    pub(super) fn new(
        fetcher: Fetcher,
        location: Location,
        max_keys: usize,
        key_use: KeyUse,
        removed: RemovedKeys,
    ) -> Self {
        Self {
            fetcher,
            location,
            max_keys,
            key_use,
            discovered: None,
            metadata_url: None,
            validators: None,
            published: KeySet::default(),
            retained: RetainedKeys::new(removed),
            revoked: HashSet::new(),
            seen: HashMap::new(),
            unseen_budget: UNSEEN,
            published_budget: PUBLISHED,
        }
    }

    pub(super) fn is_revoked(&self, kid: &str) -> bool {
        self.revoked.contains(kid)
    }

    /// Revokes a key: it is refused from now on.
    pub(super) fn revoke(&mut self, kid: &str, current: &KnownKeys) -> KnownKeys {
        self.revoked.insert(kid.into());
        self.published = self.published.without_kid(kid);
        self.retained.revoke(kid);
        KnownKeys { keys: self.retained.join(&self.published), missing: current.missing.clone() }
    }

    /// Returns true if a good set listed this key id within a day.
    pub(super) fn was_published(&self, kid: &str, now: UnixTime) -> bool {
        self.seen.get(kid).is_some_and(|last| now < *last + SEEN_FOR)
    }

    pub(super) fn budget_for(&mut self, kid: &str, now: UnixTime) -> &mut Budget {
        let published = self.was_published(kid, now);
        if published { &mut self.published_budget } else { &mut self.unseen_budget }
    }

    fn note_published(&mut self, now: UnixTime) {
        // A time in the future, from a clock that was ahead, counts from now on.
        self.seen.values_mut().for_each(|last| *last = (*last).min(now));
        self.seen.retain(|_, last| now < *last + SEEN_FOR);
        for kid in self.published.kids() {
            if self.seen.len() < MAX_SEEN || self.seen.contains_key(kid) {
                self.seen.insert(kid.into(), now);
            }
        }
    }
}

impl Document for JwksDocument {
    type Value = KnownKeys;
    type Answer = FetchedKeys;
    type Summary = Summary;
    type Change = Change;

    fn fetch(&self, now: UnixTime) -> FetchFuture<FetchedKeys> {
        let young = |read_at: UnixTime| read_at <= now && now < read_at + METADATA_TTL;
        let discovered = self.discovered.as_ref().filter(|(_, read_at)| young(*read_at));
        let fetch = KeysFetch {
            fetcher: self.fetcher.clone(),
            location: self.location.clone(),
            max_keys: self.max_keys,
            key_use: self.key_use,
            jwks_uri: discovered.map(|(found, _)| found.jwks_uri.clone()),
            metadata_url: self.metadata_url.clone(),
            validators: self.validators.clone(),
        };
        Box::pin(fetch.run(now))
    }

    fn apply(
        &mut self,
        answer: FetchedKeys,
        current: &KnownKeys,
        bump: bool,
        now: UnixTime,
    ) -> Update<Self> {
        let FetchedKeys { keys, validators, jwks_uri, discovered } = answer;
        if let Some(found) = discovered {
            self.metadata_url = Some(found.metadata_url.clone());
            self.discovered = Some((found, now));
        }
        self.validators = Some((jwks_uri, validators));
        self.retained.expire(now);
        let skipped = keys.as_ref().map_or(&[][..], |keys| keys.skipped());
        let exposed = skipped.iter().filter(|key| key.fault().is_exposed_secret()).count();
        let skipped = skipped.len();
        if let Some(keys) = keys {
            let published = self.revoked.iter().fold(keys, |keys, kid| {
                if keys.contains_kid(kid) { keys.without_kid(kid) } else { keys }
            });
            self.retained.observe(&self.published, &published, self.max_keys, now);
            self.published = published;
        }
        self.note_published(now);
        let keys = self.retained.join(&self.published);
        let changed = bump || !keys.same_keys_as(&current.keys);
        let summary = Summary { keys: keys.len(), skipped, exposed };
        let missing =
            if changed { MissingKids::default() } else { current.missing.without_expired(now) };
        Update { value: KnownKeys { keys, missing }, changed, summary }
    }

    fn on_failure(&mut self, error: &FetchError) {
        if error.is_gone() {
            self.discovered = None;
        }
    }

    fn expire(&mut self, current: &KnownKeys, now: UnixTime) -> Option<(KnownKeys, Change)> {
        self.retained.expire(now).then(|| {
            let keys = self.retained.join(&self.published);
            (KnownKeys { keys, missing: current.missing.clone() }, Change::RetentionEnded)
        })
    }

    fn ends_at(&self) -> UnixTime {
        self.retained.ends_at()
    }

    fn size(value: &KnownKeys) -> usize {
        value.keys.len()
    }

    fn emit(event: Event<Self>, subject: &str) {
        events::emit(event, subject);
    }
}
