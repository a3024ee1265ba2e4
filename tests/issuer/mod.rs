//! The issuer, asked as a client asks it: T1-T25, T28-T31 and T34 of the checklist.

pub(crate) mod assertions;
mod attacks;
mod authentication;
pub(crate) mod client;
mod connections;
mod hooks;
mod introspection;
mod key_store;
mod keys;
mod limits;
mod model;
mod origins;
mod quotas;
mod reconfiguration;
mod request;
mod revocation;
mod scopes;
mod serve;
mod statuses;
mod taken_back;
mod tokens;
