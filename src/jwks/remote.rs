use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicUsize},
    time::Duration,
};

use arc_swap::{ArcSwap, Guard};
use tokio::{sync::watch, task::AbortHandle};

use super::{
    discovery::Fetch,
    events::{EventKind, Held, Reason},
    flight::{Seat, launch},
    keys::{Found, KeysFuture, Lookup},
    machine::Machine,
    missing_kids::Missing,
    settings::RemoteJwks,
    snapshot::Snapshot,
    standing::Standing,
};
use crate::{
    claims::Issuer,
    key::KeySet,
    refresh::{Decision, State},
    time::{Clock, UnixTime},
    transport::{Transport, UrlRule, default_transport},
};

/// How many requests wait for an unknown key while there is a set: the rest is answered at once.
const MAX_WAITING_FOR_KEY: usize = 64;
/// How many requests wait for the first set.
const MAX_WAITING_FOR_SET: usize = 10_000;
/// When to ask again if a fetch is still in flight.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// The keys of one issuer, kept fresh.
pub(crate) struct Remote {
    pub(super) issuer: Issuer,
    pub(super) settings: RemoteJwks,
    pub(super) url_rule: UrlRule,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) snapshot: ArcSwap<Snapshot>,
    /// Until when requests are answered from the snapshot alone.
    standing: Standing,
    machine: Mutex<Machine>,
    /// Counts the fetches that have landed, and tells those who wait.
    pub(super) landed: watch::Sender<u64>,
    waiting: Arc<AtomicUsize>,
}

impl Remote {
    pub(super) fn new(
        settings: RemoteJwks,
        issuer: Issuer,
        clock: Arc<dyn Clock>,
        url_rule: UrlRule,
    ) -> Arc<Self> {
        let transport = settings.transport.clone().unwrap_or_else(default_transport);
        let machine = Machine::new(&settings);
        let nothing = Snapshot {
            keys: KeySet::default(),
            generation: 0,
            fetched_at: UnixTime::MAX,
            usable_until: UnixTime::EPOCH,
            missing: Missing::default(),
        };
        Arc::new(Self {
            issuer,
            settings,
            url_rule,
            transport,
            clock,
            snapshot: ArcSwap::from_pointee(nothing),
            standing: Standing::default(),
            machine: Mutex::new(machine),
            landed: watch::Sender::new(0),
            waiting: Arc::default(),
        })
    }

    /// The warm path: no lock and no allocation while nothing is due.
    pub(super) fn lookup(self: &Arc<Self>, kid: Option<&str>, now: UnixTime) -> Lookup {
        let snapshot = self.snapshot.load();
        match kid.filter(|kid| !snapshot.keys.contains_kid(kid)) {
            None if self.standing.holds(snapshot.generation, now) => {
                return Lookup::Found(Found::Keys(snapshot));
            }
            Some(kid)
                if self.standing.is_certain(snapshot.generation, now)
                    && snapshot.missing.contains(kid, now) =>
            {
                return Lookup::Found(Found::Unknown);
            }
            _ => {}
        }
        drop(snapshot);
        self.consult(kid)
    }

    /// Whether the keys are still those of this generation, and nothing is due.
    pub(super) fn stand(&self, generation: u64, now: UnixTime) -> bool {
        self.standing.holds(generation, now)
    }

    /// Asks the machine what to do. The time is read anew behind the lock: to a request that began
    /// before a fetch landed, the clock would seem to be set back.
    fn consult(self: &Arc<Self>, kid: Option<&str>) -> Lookup {
        let mut machine = self.machine();
        let now = self.clock.now();
        let snapshot = self.current(&mut machine, now);
        let missing = kid.filter(|kid| !snapshot.keys.contains_kid(kid));
        let reason = match machine.state(now) {
            State::Empty | State::Expired => Reason::NoKeys,
            _ if missing.is_some() => Reason::UnknownKid,
            State::Stale => Reason::Stale,
            State::Fresh | State::Due => Reason::Due,
        };
        let decision = match missing {
            None => machine.freshness.on_known(now),
            Some(kid) if machine.revoked.contains(kid) => Decision::Unknown,
            Some(kid) => {
                let memory = machine.memory_of(kid, &snapshot, now);
                machine.freshness.on_unknown(now, memory)
            }
        };
        let empty = matches!(machine.state(now), State::Empty | State::Expired);
        let fetch = matches!(decision, Decision::ServeAndFetch | Decision::FetchAndWait)
            .then(|| self.fetch(&machine, now));
        machine.note_state(snapshot.generation, now);
        self.settle(&machine, &snapshot, now);
        // Whoever waits listens before the lock is free, and so before the fetch can land.
        let lookup = match decision {
            Decision::Serve | Decision::ServeAndFetch => Lookup::Found(Found::Keys(snapshot)),
            Decision::Unknown => Lookup::Found(Found::Unknown),
            Decision::Unavailable { retry_after } => {
                Lookup::Found(Found::Unavailable { retry_after })
            }
            Decision::Wait | Decision::FetchAndWait => {
                let limit = if missing.is_some() && !empty {
                    MAX_WAITING_FOR_KEY
                } else {
                    MAX_WAITING_FOR_SET
                };
                match Seat::take(&self.waiting, limit) {
                    Some(seat) => Lookup::Wait(KeysFuture::new(self.clone().wait(
                        kid.map(Into::into),
                        self.landed.subscribe(),
                        seat,
                    ))),
                    None if missing.is_none() && !empty => Lookup::Found(Found::Keys(snapshot)),
                    None => Lookup::Found(Found::Unavailable { retry_after: SOON }),
                }
            }
        };
        drop(machine);
        if let Some(fetch) = fetch {
            launch(self, fetch, reason, now);
        }
        lookup
    }

    /// The snapshot, without the removed keys whose grace is over.
    pub(super) fn current(&self, machine: &mut Machine, now: UnixTime) -> Guard<Arc<Snapshot>> {
        let snapshot = self.snapshot.load();
        let Some(next) = machine.expire(&snapshot, now) else { return snapshot };
        machine.note(EventKind::GraceOver, next.generation, now);
        self.snapshot.store(Arc::new(next));
        let snapshot = self.snapshot.load();
        self.settle(machine, &snapshot, now);
        snapshot
    }

    pub(super) fn fetch(&self, machine: &Machine, now: UnixTime) -> Fetch {
        Fetch {
            transport: self.transport.clone(),
            place: self.settings.place.clone(),
            url_rule: self.url_rule,
            max_bytes: self.settings.max_document_bytes,
            max_keys: self.settings.max_keys,
            jwks_uri: machine.jwks_uri(now),
            validators: machine.validators.clone(),
        }
    }

    pub(super) fn flies(&self, task: AbortHandle) {
        self.machine().task = Some(task);
    }

    /// Tells the requests when to ask again; to be called after each change.
    pub(super) fn settle(&self, machine: &Machine, current: &Snapshot, now: UnixTime) {
        self.standing.set(current, machine.quiet(now));
    }

    pub(super) fn machine(&self) -> Held<'_> {
        let machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        Held::new(machine, &self.issuer)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some(task) = self.machine().task.take() {
            task.abort();
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("readiness", &self.readiness()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
