//! The configuration: applications, accounts, rules, quotas and the policy of the token endpoint.
//!
//! [`account::Account`] is an account as it is configured; [`resolve`] checks it against the
//! [`applications`] and makes the [`record::AccountRecord`] that requests use, which the
//! [`registry`] finds by its key. [`rules`] decides which scopes an account gets. Nothing here
//! knows HTTP or reads a clock.

pub(super) mod account;
pub(super) mod application;
pub(super) mod applications;
pub(super) mod grant_policy;
pub(super) mod lifetime;
pub(super) mod profile;
pub(super) mod quota;
pub(super) mod record;
pub(super) mod registry;
pub(super) mod resolve;
pub(super) mod rule;
pub(super) mod rules;
pub(super) mod secret_hash;
pub(super) mod usage;
