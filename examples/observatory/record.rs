//! What an observer sees: each answer of the API, and the events of the crate.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use serde::Serialize;
use tower_bearer::{
    ResourceServer,
    error::{BearerError, BearerErrorKind},
};
use tracing::field::{Field, Visit};
use tracing_subscriber::{
    Registry,
    layer::{Context, Layer, SubscriberExt},
};

use crate::{StoryClock, stage::Outcome};

/// The outcome of a request that reached its handler.
pub(crate) const ADMITTED: &str = "admitted";

/// Everything that was seen, by the minute.
pub(crate) struct Record {
    clock: StoryClock,
    seen: Mutex<Seen>,
}

#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Number of requests by minute and outcome.
    pub(crate) requests: BTreeMap<u64, BTreeMap<&'static str, u64>>,
    /// Each published key in the order of its publication, with its state in each minute.
    pub(crate) keys: Vec<(String, BTreeMap<u64, &'static str>)>,
    pub(crate) withdrawn: Vec<(u64, String)>,
    /// The state of the keys that the API has, in each minute.
    pub(crate) states: BTreeMap<u64, String>,
    /// Fetches of keys: minute, reason, and how they ended.
    pub(crate) fetches: Vec<(u64, String, String)>,
    pub(crate) rotations: Vec<Rotation>,
    /// Token requests of the services: minute, client, and whether a token was granted.
    pub(crate) tokens: Vec<(u64, String, bool)>,
}

/// Another key signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Rotation {
    pub(crate) minute: u64,
    pub(crate) kid: String,
}

impl Record {
    pub(crate) fn new(clock: StoryClock) -> Self {
        Self { clock, seen: Mutex::default() }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    pub(crate) fn rotations(&self) -> Vec<Rotation> {
        self.lock().rotations.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, outcome: &'static str) {
        let minute = self.clock.minute();
        *self.lock().requests.entry(minute).or_default().entry(outcome).or_default() += 1;
    }

    /// Notes that a key is published in this state.
    pub(crate) fn key(&self, kid: &str, state: &'static str) {
        let (minute, mut seen) = (self.clock.minute(), self.lock());
        if !seen.keys.iter().any(|(known, _)| known == kid) {
            seen.keys.push((kid.to_owned(), BTreeMap::new()));
        }
        for (_, states) in seen.keys.iter_mut().filter(|(known, _)| known == kid) {
            states.insert(minute, state);
        }
    }

    pub(crate) fn withdrawn(&self, kid: &str) {
        let minute = self.clock.minute();
        self.lock().withdrawn.push((minute, kid.to_owned()));
    }

    /// The key that signed before `kid` did.
    pub(crate) fn key_that_signed_before(&self, kid: &str) -> Option<String> {
        let seen = self.lock();
        let signed = |states: &BTreeMap<u64, &str>| states.values().any(|state| *state == "signs");
        let mut earlier = seen.keys.iter().filter(|(it, states)| it != kid && signed(states));
        earlier.next_back().map(|(kid, _)| kid.clone())
    }

    /// Notes the state of the API's keys.
    pub(crate) fn note_readiness(&self, api: &ResourceServer) {
        for readiness in api.readiness() {
            let state = format!("{:?}", readiness.state).to_lowercase();
            self.lock().states.insert(self.clock.minute(), state);
        }
    }

    fn event(&self, event: &Fields) {
        let (minute, mut seen) = (self.clock.minute(), self.lock());
        let field = |name: &str| event.0.get(name).cloned().unwrap_or_default();
        match &*field("message") {
            "keys fetched" | "keys not fetched" => {
                seen.fetches.push((minute, field("reason"), field("outcome")));
            }
            "signing key rotated" => seen.rotations.push(Rotation { minute, kid: field("kid") }),
            "token granted" => seen.tokens.push((minute, field("client_id"), true)),
            "token request failed" => seen.tokens.push((minute, field("client_id"), false)),
            _ => {}
        }
    }
}

/// Notes how the API answers a request.
pub(crate) async fn observe(
    State(record): State<Arc<Record>>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    record.request(match response.extensions().get::<BearerError>() {
        None => ADMITTED,
        Some(error) => reason(error),
    });
    response
}

/// The reason of a refusal, by the name that it has in logs and metrics.
fn reason(error: &BearerError) -> &'static str {
    match (error.fault(), error.kind()) {
        (Some(fault), _) => fault.kind().check().name(),
        (None, BearerErrorKind::MissingToken) => "missing_token",
        (None, BearerErrorKind::InvalidRequest) => "invalid_request",
        (None, BearerErrorKind::InsufficientScope { .. }) => "insufficient_scope",
        (None, BearerErrorKind::KeysUnavailable { .. }) => "keys_unavailable",
        (None, _) => "other",
    }
}

/// Listens to the events of the crate from now on.
pub(crate) fn listen(record: &Arc<Record>) -> Outcome {
    let subscriber = Registry::default().with(Listener(Arc::clone(record)));
    Ok(tracing::subscriber::set_global_default(subscriber)?)
}

struct Listener(Arc<Record>);

impl<S: tracing::Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("tower_bearer") {
            let mut fields = Fields::default();
            event.record(&mut fields);
            self.0.event(&fields);
        }
    }
}

/// The fields of an event as text.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
