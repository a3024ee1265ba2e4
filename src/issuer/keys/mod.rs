//! The issuer's keys: one signs; the one to come and those that have signed are published with it.
//!
//! `ring` decides what becomes of them and knows neither clock nor disk, `held` keeps them for the
//! requests, `file` writes them as text, and `store` keeps that text on the disk.

mod fault;
mod file;
mod held;
mod ring;
mod store;

pub(super) use self::held::KeyRing;
pub use self::{
    fault::RotationError,
    ring::{ANNOUNCED_AHEAD, PublishedKey, PublishedKeyState},
    store::KeyStore,
};
