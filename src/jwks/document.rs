//! The state of an issuer's keys, in addition to the snapshot that requests read.

#[cfg(feature = "status-list")]
use std::sync::Arc;
use std::{collections::HashMap, time::Duration};

use http::Uri;

use super::{
    discovery::Discovered,
    events,
    fetch::{FetchedKeys, KeysFetch, Location},
    missing_kids::MissingKids,
    retained_keys::{RemovedKeys, RetainedKeys},
    sharer::Sharer,
    snapshot::{IssuerIndex, KnownKeys, View},
};
#[cfg(feature = "status-list")]
use crate::transport::{Transport, UrlRule};
use crate::{
    key::{KeySet, KeyUse},
    metadata::WideScope,
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

/// A JWK Set, perhaps of several issuers.
#[derive(Debug)]
pub(crate) struct JwksDocument {
    fetcher: Fetcher,
    location: Location,
    max_keys: usize,
    key_use: KeyUse,
    /// Scopes are compared as patterns, so that one that covers another is reported.
    uses_patterns: bool,
    reported: Option<WideScope>,
    /// The addresses from the metadata, and when it was read.
    discovered: Option<(Discovered, UnixTime)>,
    /// The address that served the metadata.
    metadata_url: Option<Uri>,
    validators: Option<(Uri, Validators)>,
    /// The keys that are published.
    published: KeySet,
    retained: RetainedKeys,
    /// What is counted and remembered for each issuer that shares the set; a place that no issuer
    /// has is free for the next.
    sharers: Vec<Option<Sharer>>,
    /// The time at which each key id was last in a good set.
    seen: HashMap<Box<str>, UnixTime>,
}

/// The result of a successful fetch, for its event.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(super) keys: usize,
    pub(super) skipped: usize,
    /// Entries that show a private or a symmetric key.
    pub(super) exposed: usize,
    /// A scope of the metadata that covers another one, if it was not reported before.
    pub(super) wide_scope: Option<WideScope>,
}

/// Changes of the keys other than by a fetch.
#[derive(Debug)]
pub(crate) enum Change {
    Revoked { issuer: Box<str>, kid: Box<str> },
    RetentionEnded,
}

impl JwksDocument {
    /// The rule for addresses and the transport by which the keys are fetched.
    #[cfg(feature = "status-list")]
    pub(super) fn fetching(&self) -> (UrlRule, Arc<dyn Transport>) {
        (self.fetcher.url_rule.clone(), self.fetcher.transport.clone())
    }

    pub(super) fn new(
        fetcher: Fetcher,
        location: Location,
        max_keys: usize,
        key_use: KeyUse,
        removed: RemovedKeys,
        uses_patterns: bool,
    ) -> Self {
        Self {
            fetcher,
            location,
            max_keys,
            key_use,
            uses_patterns,
            reported: None,
            discovered: None,
            metadata_url: None,
            validators: None,
            published: KeySet::default(),
            retained: RetainedKeys::new(removed),
            sharers: Vec::new(),
            seen: HashMap::new(),
        }
    }

    /// Adds an issuer that shares the set. Returns its place, and the keys with one for it.
    pub(super) fn add_issuer(&mut self, current: &KnownKeys) -> (IssuerIndex, KnownKeys) {
        let free = self.sharers.iter().position(Option::is_none);
        let place = free.unwrap_or(self.sharers.len());
        match self.sharers.get_mut(place) {
            Some(sharer) => *sharer = Some(Sharer::new()),
            None => self.sharers.push(Some(Sharer::new())),
        }
        let known = self.known(current.keys.clone(), |index| {
            let view = current.views.get(index).filter(|_| index != place);
            view.map(|view| view.missing.clone()).unwrap_or_default()
        });
        (IssuerIndex(place), known)
    }

    /// Forgets an issuer.
    pub(super) fn remove_issuer(&mut self, issuer: IssuerIndex) {
        if let Some(sharer) = self.sharers.get_mut(issuer.0) {
            *sharer = None;
        }
    }

    fn sharer(&self, issuer: IssuerIndex) -> Option<&Sharer> {
        self.sharers.get(issuer.0)?.as_ref()
    }

    pub(super) fn is_revoked(&self, issuer: IssuerIndex, kid: &str) -> bool {
        self.sharer(issuer).is_some_and(|sharer| sharer.revoked.contains(kid))
    }

    /// Revokes a key for one issuer: it is refused from now on.
    pub(super) fn revoke(
        &mut self,
        issuer: IssuerIndex,
        kid: &str,
        current: &KnownKeys,
    ) -> KnownKeys {
        if let Some(Some(sharer)) = self.sharers.get_mut(issuer.0) {
            sharer.revoked.insert(kid.into());
        }
        self.known(current.keys.clone(), |index| current.missing_at(index))
    }

    /// Returns true if an issuer has other keys now. A key that was revoked for all makes no
    /// difference.
    fn differs(&self, keys: &KeySet, current: &KnownKeys) -> bool {
        let is_same = keys.same_keys_as(&current.keys);
        let mut sharers = self.sharers.iter().enumerate();
        sharers.any(|(index, sharer)| match sharer.as_ref().map(|it| it.without_revoked(keys)) {
            None => false,
            Some(own) => {
                let last = current.keys_of(IssuerIndex(index));
                let is_whole = own.is_none() && last.len() == current.keys.len();
                !(is_whole && is_same || own.as_ref().unwrap_or(keys).same_keys_as(last))
            }
        })
    }

    /// Returns the keys with what each issuer has of them.
    fn known(&self, keys: KeySet, missing: impl Fn(usize) -> MissingKids) -> KnownKeys {
        let view = |(index, sharer): (usize, &Option<Sharer>)| View {
            keys: sharer.as_ref().and_then(|sharer| sharer.without_revoked(&keys)),
            missing: missing(index),
        };
        let views = self.sharers.iter().enumerate().map(view).collect();
        KnownKeys { keys, views }
    }

    /// Returns true if a good set listed this key id within a day.
    pub(super) fn was_published(&self, kid: &str, now: UnixTime) -> bool {
        self.seen.get(kid).is_some_and(|last| now < *last + SEEN_FOR)
    }

    pub(super) fn budget_for(
        &mut self,
        issuer: IssuerIndex,
        kid: &str,
        now: UnixTime,
    ) -> &mut Budget {
        let was_published = self.was_published(kid, now);
        if self.sharers.len() <= issuer.0 {
            self.sharers.resize_with(issuer.0 + 1, || None);
        }
        self.sharers[issuer.0].get_or_insert_with(Sharer::new).budget(was_published)
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
        let mut wide_scope = None;
        if let Some(found) = discovered {
            let wide = found.wide_scope.clone().filter(|_| self.uses_patterns);
            if wide.is_some() && wide != self.reported {
                self.reported.clone_from(&wide);
                wide_scope = wide;
            }
            self.metadata_url = Some(found.metadata_url.clone());
            self.discovered = Some((found, now));
        }
        self.validators = Some((jwks_uri, validators));
        self.retained.expire(now);
        let skipped = keys.as_ref().map_or(&[][..], |keys| keys.skipped());
        let exposed = skipped.iter().filter(|key| key.fault().is_exposed_secret()).count();
        let skipped = skipped.len();
        if let Some(keys) = keys {
            self.retained.observe(&self.published, &keys, self.max_keys, now);
            self.published = keys;
        }
        self.note_published(now);
        let keys = self.retained.join(&self.published);
        let changed = bump || self.differs(&keys, current);
        let summary = Summary { keys: keys.len(), skipped, exposed, wide_scope };
        let value = self.known(keys, |index| {
            if changed {
                MissingKids::default()
            } else {
                current.missing_at(index).without_expired(now)
            }
        });
        Update { value, changed, summary }
    }

    fn on_failure(&mut self, error: &FetchError) {
        if error.is_gone() {
            self.discovered = None;
        }
    }

    fn expire(&mut self, current: &KnownKeys, now: UnixTime) -> Option<(KnownKeys, Change)> {
        self.retained.expire(now).then(|| {
            let keys = self.retained.join(&self.published);
            (self.known(keys, |index| current.missing_at(index)), Change::RetentionEnded)
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
