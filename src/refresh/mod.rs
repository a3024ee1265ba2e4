//! Keeps a remote document fresh, whatever it holds.

mod backoff;
mod budget;
mod freshness;

pub(crate) use self::{
    backoff::{Backoff, jitter},
    freshness::{
        CERTAIN, DEFAULT_STALE, Decision, Freshness, Kid, Lifetimes, MAX_STALE, MAX_TTL, MIN_TTL,
        State,
    },
};
