//! The issuer's keys: one signs; the next one and those that have signed are published with it.
//!
//! `ring` decides when a key changes its state and knows neither clock nor disk, `key_ring` holds
//! the keys for the requests, `format` writes them as text, and `store` keeps that text on the disk
//! by `atomic_file` and `file_lock`, if `permissions` finds that nobody else can touch it; the
//! journal of `revocation` uses these three as well.

pub(super) mod atomic_file;
mod error;
pub(super) mod file_lock;
mod format;
mod key_ring;
pub(super) mod permissions;
mod ring;
mod store;
pub(super) mod store_error;

pub(super) use self::key_ring::KeyRing;
pub use self::{
    error::RotationError,
    ring::{PUBLISH_LEAD_TIME, PublishedKey, PublishedKeyState},
    store::KeyStore,
};
