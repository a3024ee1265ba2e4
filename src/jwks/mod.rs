//! An issuer's keys, fetched and kept fresh.
//!
//! Readers never lock, and in use a token with a known key never waits for the network: keys are
//! refreshed beside the requests, and survive an outage of the issuer for an hour. A flood of
//! unknown key ids costs the issuer a few fetches a minute.
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

mod budget;
mod fetch;
mod flight;
mod freshness;
mod land;
mod machine;
mod operate;
mod readiness;
mod remote;
mod settings;
mod snapshot;
mod source;

pub(crate) use self::source::{Found, KeySource, KeysFuture, Lookup};
pub use self::{
    operate::KeysError,
    readiness::{KeysState, Readiness},
    settings::RemoteJwks,
    source::Keys,
};
