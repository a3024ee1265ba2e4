//! Hooks that can deny or modify a token: Auth0's actions, in Rust.
//!
//! A hook takes a [`CredentialsExchange`] and returns [`TokenModifications`] or [`AccessDenied`];
//! `chain` runs the hooks in turn.

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
