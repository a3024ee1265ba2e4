//! Keeps a remote document fresh, whatever it holds: a key set, or a status list.
//!
//! - [`Document`] is a kind of document: how it is fetched, and how an answer becomes the value
//!   that readers see. [`Query`] is a question to it.
//! - [`Refresher`] owns one document: a [`Snapshot`] that readers load without a lock, and behind a
//!   lock the pure machine `Freshness` that decides when to fetch.
//! - One fetch is in flight at a time. It outlives the request that began it, and is aborted when
//!   the last handle is dropped. Requests wait for it within a limit of time and of number.
//! - [`Budget`] limits the fetches that strangers can cause, and `Backoff` the fetches after
//!   failures.

mod answer;
mod backoff;
mod budget;
mod document;
mod events;
mod fetch;
mod freshness;
mod http_cache;
mod refresher;
mod snapshot;
mod state;
mod subject;
mod task;
mod times;
mod waiters;
mod waiting;

#[cfg(any(feature = "client", feature = "introspection"))]
pub(crate) use self::backoff::{Backoff, jitter};
pub(crate) use self::{
    answer::{Access, Answer, Limits},
    budget::Budget,
    document::{Document, Query, Update},
    events::{Event, EventKind, Reason},
    fetch::{FetchError, FetchFuture, Fetched, Fetcher},
    freshness::{CERTAIN, State},
    http_cache::{Validators, max_age},
    refresher::Refresher,
    snapshot::Snapshot,
    times::{DEFAULT_STALE, Lifetimes, MAX_STALE, MAX_TTL, MIN_TTL, StaleRule},
};
