//! The issuer, asked as a client asks it: T1-T24 and T28-T30 of the checklist.

mod attacks;
mod authentication;
mod client;
mod hooks;
mod key_store;
mod keys;
mod model;
mod reconfiguration;
mod request;
mod scopes;
mod serve;
mod tokens;
