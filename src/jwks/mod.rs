//! An issuer's keys, fetched and kept fresh.
//!
//! Readers never lock. While keys are in use, a token with a known key never waits for the network:
//! keys are refreshed in the background, and survive an outage of the issuer for an hour. A flood
//! of unknown key ids costs the issuer a few fetches a minute.
//!
//! ```
//! use std::time::Duration;
//! use tower_bearer::jwks::RemoteJwks;
//!
//! let keys = RemoteJwks::new("https://issuer.example/.well-known/jwks.json".parse()?)
//!     .max_ttl(Duration::from_secs(600))
//!     .stale_if_error(Duration::from_secs(4 * 3_600));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Fetching needs a tokio runtime with time and I/O enabled.
//!
//! # Events
//!
//! The crate reports changes of keys as [`tracing`](https://docs.rs/tracing) events of the target
//! `tower_bearer::jwks::events`, one line for each fetch and none for a request that needs none:
//! "why 503 at 14:02?" is answered by the last `keys not fetched` before it. Names and fields are
//! stable. Each has `issuer`, `state` (as [`KeysState`] serializes) and `generation`; none holds a
//! token.
//!
//! | event | level | fields besides |
//! |---|---|---|
//! | `keys fetched` | info | `reason`, `outcome` (`changed`, `unchanged`), `duration_ms`, `keys`, `skipped` |
//! | `keys not fetched` | warn | `reason`, `outcome` (`failed`), `duration_ms`, `retry_in_ms`, `error` |
//! | `keys changed state` | info for `stale` and `expired`, else debug | `from` |
//! | `key revoked` | warn | `kid` |
//! | `grace of removed keys ended` | info | |
//! | `secret keys are published` | warn | `keys` |
//! | `a scope covers another` | warn | `scope`, `covered`, `setting` |
//!
//! `a scope covers another` is reported once, where scopes are compared as patterns and the issuer's
//! metadata lists a scope that covers another one, such as `read` and `read:appointments`. If the two
//! are different things to the issuer, set [`Matching::Exact`](crate::scope::Matching).
//!
//! `reason` is `no_keys`, `due`, `stale`, `unknown_kid` or `refresh_now`.

mod context;
mod discovery;
mod document;
mod events;
mod fetch;
mod key_file;
mod key_text;
mod keys;
mod lookup;
mod missing_kids;
mod readiness;
mod remote;
mod retained_keys;
mod settings;
mod shared_sets;
mod sharer;
mod snapshot;

pub(crate) use self::{
    context::KeysContext,
    key_text::keys_of_text,
    keys::KeySource,
    lookup::{KeyLookup, KeysFuture, Lookup},
    shared_sets::SharedKeySets,
    snapshot::IssuerKeys,
};
pub use self::{
    key_file::KeyFile,
    keys::Keys,
    readiness::{KeysState, Readiness},
    remote::KeysError,
    retained_keys::RemovedKeys,
    settings::RemoteJwks,
};
