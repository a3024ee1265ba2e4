//! What is remembered of an issuer's keys beside the snapshot that requests read. It stands behind
//! a lock that is taken only when something is due, and never held across an await.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use http::Uri;
use tokio::task::AbortHandle;

use super::{
    discovery::{FetchError, Fetched, Validators},
    events::{Event, EventKind},
    missing_kids::Missing,
    readiness::KeysState,
    retained_keys::Leaving,
    settings::RemoteJwks,
    snapshot::Snapshot,
    standing::Quiet,
};
use crate::{
    key::KeySet,
    refresh::{Freshness, Kid, State},
    time::UnixTime,
};

/// For how long it is remembered that a good set published a key id.
const SEEN_FOR: Duration = Duration::from_secs(24 * 3_600);
/// The most key ids of which that is remembered: a set has at most 100, and a day few rotations.
const MAX_SEEN: usize = 1_024;
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
    /// What happened since the lock was taken.
    pub(super) events: Vec<Event>,
    /// What the issuer publishes, but for revoked keys.
    published: KeySet,
    leaving: Leaving,
    max_keys: usize,
    jwks_uri: Option<(Uri, UnixTime)>,
    /// When each key id was last in a good set.
    seen: HashMap<Box<str>, UnixTime>,
    /// The state that was told last.
    told: State,
}

impl Machine {
    pub(super) fn new(settings: &RemoteJwks) -> Self {
        Self {
            freshness: Freshness::new(settings.lifetimes),
            validators: Validators::default(),
            last_error: None,
            task: None,
            bump: false,
            revoked: HashSet::new(),
            events: Vec::new(),
            published: KeySet::default(),
            leaving: Leaving::new(settings.removed),
            max_keys: settings.max_keys,
            jwks_uri: None,
            seen: HashMap::new(),
            told: State::Empty,
        }
    }

    /// Where the keys were found, while the metadata that said so may be relied on.
    pub(super) fn jwks_uri(&self, now: UnixTime) -> Option<Uri> {
        let (url, read_at) = self.jwks_uri.as_ref()?;
        (*read_at <= now && now < *read_at + METADATA_TTL).then(|| url.clone())
    }

    /// What is remembered of a kid that is not in this set.
    pub(super) fn memory_of(&self, kid: &str, current: &Snapshot, now: UnixTime) -> Kid {
        if current.missing.contains(kid, now) {
            return Kid::KnownMissing;
        }
        match self.seen.get(kid) {
            Some(last) if now < *last + SEEN_FOR => Kid::PublishedLately,
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
        self.leaving.expire(now);
        if let Some(keys) = keys {
            let published = self.revoked.iter().fold(keys, |keys, kid| {
                if keys.contains_kid(kid) { keys.without_kid(kid) } else { keys }
            });
            self.leaving.observe(&self.published, &published, self.max_keys, now);
            self.published = published;
        }
        self.remember(now);
        let keys = self.leaving.join(&self.published);
        let changed = std::mem::take(&mut self.bump) || !keys.same_keys_as(&current.keys);
        let generation = current.generation + u64::from(changed);
        let missing = if changed { Missing::default() } else { current.missing.lasting(now) };
        let usable_until = self.usable_until();
        Snapshot { keys, generation, fetched_at: now, usable_until, missing }
    }

    pub(super) fn fail(&mut self, error: FetchError, now: UnixTime, jitter: f64) {
        self.freshness.on_failure(now, error.retry_after, jitter);
        if error.gone {
            self.jwks_uri = None;
        }
        self.last_error = Some(error.message);
    }

    /// Refuses a key from now on, and makes the snapshot without it.
    pub(super) fn revoke(&mut self, kid: &str, current: &Snapshot) -> Snapshot {
        self.revoked.insert(kid.into());
        self.published = self.published.without_kid(kid);
        self.leaving.revoke(kid);
        self.next(current)
    }

    /// The snapshot without the removed keys whose grace is over, if there are any.
    pub(super) fn expire(&mut self, current: &Snapshot, now: UnixTime) -> Option<Snapshot> {
        self.leaving.expire(now).then(|| self.next(current))
    }

    /// Until when requests need not ask again.
    pub(super) fn quiet(&self, now: UnixTime) -> Quiet {
        let ends_at = self.leaving.ends_at();
        Quiet {
            known: self.freshness.attention_at(now).min(ends_at),
            missing: self.freshness.certain_until(now).min(ends_at),
        }
    }

    pub(super) fn state(&self, now: UnixTime) -> State {
        self.freshness.state(now)
    }

    pub(super) fn note(&mut self, kind: EventKind, generation: u64, now: UnixTime) {
        let state = KeysState::from(self.state(now));
        self.events.push(Event { state, generation, kind });
    }

    /// Notes the state if it is another than the one that was told last.
    pub(super) fn note_state(&mut self, generation: u64, now: UnixTime) {
        let state = self.state(now);
        let from = std::mem::replace(&mut self.told, state);
        if from != state {
            self.note(EventKind::StateChanged { from: from.into() }, generation, now);
        }
    }

    fn usable_until(&self) -> UnixTime {
        let hard_until = self.freshness.times().map_or(UnixTime::EPOCH, |set| set.hard_until);
        hard_until.min(self.leaving.ends_at())
    }

    fn next(&self, current: &Snapshot) -> Snapshot {
        Snapshot {
            keys: self.leaving.join(&self.published),
            generation: current.generation + 1,
            fetched_at: current.fetched_at,
            usable_until: self.usable_until(),
            missing: current.missing.clone(),
        }
    }

    fn remember(&mut self, now: UnixTime) {
        self.seen.retain(|_, last| now < *last + SEEN_FOR);
        for kid in self.published.kids() {
            if self.seen.len() < MAX_SEEN || self.seen.contains_key(kid) {
                self.seen.insert(kid.into(), now);
            }
        }
    }
}
