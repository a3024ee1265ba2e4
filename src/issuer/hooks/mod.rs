//! Hooks that can deny or modify a token: Auth0's actions, in Rust.
//!
//! A [`CredentialsExchange`] is what a hook sees, [`TokenModifications`] or [`AccessDenied`] what it
//! answers; `chain` asks the hooks in turn.

mod chain;
mod denied;
mod exchange;
mod modifications;

pub(super) use self::chain::Hooks;
pub use self::{
    denied::{AccessDenied, AccessDeniedCode},
    exchange::CredentialsExchange,
    modifications::TokenModifications,
};
