use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::{runtime::Handle, sync::Semaphore, task::JoinSet, time::timeout};
use zeroize::Zeroizing;

use super::{
    answer::Unusable,
    asker::Asker,
    flight::{Flight, VerdictFuture},
    settings::Introspection,
    state::{Failure, Lane, State, Step},
    store::TokenDigest,
    verdict::{Judge, Outcome, Verdict},
};
use crate::{
    claims::Issuer,
    error::Problems,
    refresh::jitter,
    time::{Clock, UnixTime},
    transport::{Transport, UrlRule},
};

/// Knows which opaque tokens are active, and asks about the others. A clone is another handle.
#[derive(Clone)]
pub(crate) struct Introspector(Arc<Inner>);

/// The outcome for a token, or that a question decides.
pub(crate) enum Lookup {
    Ready(Outcome),
    Wait(VerdictFuture),
}

struct Inner {
    asker: Arc<Asker>,
    judge: Arc<dyn Judge>,
    known: Arc<Semaphore>,
    unseen: Arc<Semaphore>,
    shared: Mutex<Shared>,
    /// The questions in flight; dropping them ends them. Never locked while `shared` is: a task that
    /// cannot be spawned ends its question at once.
    tasks: Mutex<JoinSet<()>>,
}

struct Shared {
    state: State,
    flights: HashMap<TokenDigest, Flight>,
}

impl Introspector {
    /// Makes settings ready for use; nothing is fetched yet.
    pub(crate) fn new(
        settings: Introspection,
        issuer: &Issuer,
        judge: Arc<dyn Judge>,
        clock: &Arc<dyn Clock>,
        url_rule: UrlRule,
        transport: &Arc<dyn Transport>,
        problems: &mut Problems,
    ) -> Self {
        let (asker, limits) = settings.open(issuer, clock, url_rule, transport, problems);
        let for_unseen = limits.in_flight / 2;
        Self(Arc::new(Inner {
            asker: Arc::new(asker),
            judge,
            known: Arc::new(Semaphore::new(limits.in_flight - for_unseen)),
            unseen: Arc::new(Semaphore::new(for_unseen)),
            shared: Mutex::new(Shared { state: State::new(limits), flights: HashMap::new() }),
            tasks: Mutex::default(),
        }))
    }

    /// Looks a token up, and asks about one of which nothing is known.
    pub(crate) fn look_up(&self, token: &str, now: UnixTime) -> Lookup {
        let digest = TokenDigest::of(token.as_bytes());
        let mut shared = self.0.lock();
        let lane = match shared.state.look_up(&digest, now) {
            Step::Verdict(verdict) => return Lookup::Ready(Outcome::Verdict(verdict)),
            Step::Ask(lane) => lane,
        };
        if let Some(flight) = shared.flights.get(&digest) {
            return Lookup::Wait(flight.join());
        }
        if let Err(outcome) = shared.state.begin(&digest, lane, now) {
            return Lookup::Ready(outcome);
        }
        let Ok(runtime) = Handle::try_current() else {
            let ended = Err(Failure::NOT_ASKED);
            let outcome = shared.state.end(&digest, lane, now, ended, now, jitter());
            drop(shared);
            tracing::error!("introspection needs a tokio runtime");
            return Lookup::Ready(outcome);
        };
        let flight = Flight::new();
        let verdict = flight.join();
        shared.flights.insert(digest, flight);
        drop(shared);
        let guard = FlightGuard { inner: Arc::downgrade(&self.0), digest, lane, asked_at: now };
        let question = self.0.question(Zeroizing::new(token.to_owned()), lane, guard);
        let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // Tasks that have ended are forgotten.
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(question, &runtime);
        Lookup::Wait(verdict)
    }
}

impl Inner {
    /// The question about one token, as a task of its own that no request can cancel.
    fn question(
        &self,
        token: Zeroizing<String>,
        lane: Lane,
        guard: FlightGuard,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (asker, judge) = (self.asker.clone(), self.judge.clone());
        let permits = match lane {
            Lane::Known => self.known.clone(),
            Lane::Unseen => self.unseen.clone(),
        };
        async move {
            let limit = asker.timeout;
            let mut is_asked = false;
            let ended = timeout(limit, async {
                // Never closed.
                let _permit = permits.acquire().await;
                is_asked = true;
                judge.judge(asker.ask(&token).await?).await
            });
            let ended = ended.await.unwrap_or_else(|_| {
                let seconds = limit.as_secs_f64();
                Err(Unusable::new(format!("gives no complete answer within {seconds} seconds")))
            });
            if is_asked {
                guard.end(ended);
            } else {
                guard.give_way();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a question when it is dropped: one that is cut short has failed.
struct FlightGuard {
    inner: Weak<Inner>,
    digest: TokenDigest,
    lane: Lane,
    asked_at: UnixTime,
}

impl FlightGuard {
    fn end(mut self, ended: Result<Verdict, Unusable>) {
        self.land(ended.map_err(|unusable| {
            report(&unusable);
            Failure::from(unusable)
        }));
    }

    /// The question was not asked: too many others were before it.
    fn give_way(mut self) {
        self.land(Err(Failure::NOT_ASKED));
    }

    /// Records how the question ended, once.
    fn land(&mut self, ended: Result<Verdict, Failure>) {
        let Some(inner) = std::mem::take(&mut self.inner).upgrade() else { return };
        let now = inner.asker.now();
        let mut shared = inner.lock();
        let outcome =
            shared.state.end(&self.digest, self.lane, self.asked_at, ended, now, jitter());
        let flight = shared.flights.remove(&self.digest);
        drop(shared);
        if let Some(flight) = flight {
            flight.land(outcome);
        }
    }
}

impl Drop for FlightGuard {
    fn drop(&mut self) {
        self.land(Err(Failure::NOT_ASKED));
    }
}

/// Logs a failure. There is at most one for each request in flight and backoff.
fn report(unusable: &Unusable) {
    let why = &unusable.why;
    if unusable.are_credentials_refused {
        tracing::error!("introspection failed: the endpoint {why}; check the API's credentials");
    } else {
        tracing::warn!("introspection failed: the endpoint {why}");
    }
}

impl fmt::Debug for Introspector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspector").field("asker", &self.0.asker).finish_non_exhaustive()
    }
}
