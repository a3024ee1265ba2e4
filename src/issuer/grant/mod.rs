//! Decides what a token request is granted, asks the hooks, and signs the token.

pub(super) mod hooks;
pub(super) mod pipeline;
pub(super) mod request;
pub(super) mod rules;
pub(super) mod targets;
