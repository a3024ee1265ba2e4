//! What is configured: applications, accounts, rules, quotas and the policy of the token endpoint.

pub(super) mod account;
pub(super) mod application;
pub(super) mod check;
pub(super) mod configuration;
pub(super) mod grant_policy;
pub(super) mod profile;
pub(super) mod quota;
pub(super) mod registry;
pub(super) mod rule;
pub(super) mod secret_hash;
