//! What the measurements have in common: a guarded service in this process, whose key server and
//! clock are theirs to command; tokens; an allocator that counts; batches that alternate; and the
//! page that they write.

mod allocations;
mod api;
mod clock;
mod draft;
pub mod hostile;
mod key_server;
mod memory;
pub mod plot;
pub mod race;
mod raw;
pub mod report;
pub mod stacks;

pub use self::{
    allocations::{Counting, allocations, bytes_in_use},
    api::{Api, CACHE_BYTES, cached, remote, server},
    clock::{ManualClock, NOW},
    draft::{Draft, USUAL_BYTES},
    key_server::KeyServer,
    memory::resident_bytes,
    raw::RawVerification,
};

/// Whom the measured services trust.
pub const ISSUER: &str = "https://issuer.example/m2m";
/// What their tokens are meant for.
pub const AUDIENCE: &str = "urn:api:announcements";
