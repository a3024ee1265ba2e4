//! The issuer's keys: one signs; the one to come and those that have signed are published with it.
//!
//! `ring` decides what becomes of them and knows neither clock nor disk, `key_ring` keeps them for the
//! requests, `format` writes them as text, and `store` keeps that text on the disk.

mod error;
mod format;
mod key_ring;
mod ring;
mod store;

pub(super) use self::key_ring::KeyRing;
pub use self::{
    error::RotationError,
    ring::{PUBLISH_LEAD_TIME, PublishedKey, PublishedKeyState},
    store::KeyStore,
};
