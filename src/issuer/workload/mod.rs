//! Workload identity: other issuers whose tokens are a client's credentials, so that a pod or a job
//! needs no secret of its own.
//!
//! A [`WorkloadIssuer`] is an issuer that is trusted for this, and a [`WorkloadRule`] says which
//! subjects are which account. A token request carries such a token in one of three forms
//! ([`form::AssertionForm`]). [`workloads::Workloads`] verifies it with the same verifier and the same
//! keys as a resource server, and finds the rule; [`acceptance`] makes the checks that an assertion
//! has beyond those of a token; [`subject`] compares subjects.

pub(super) mod acceptance;
pub(super) mod form;
pub(super) mod issuer;
pub(super) mod rule;
mod subject;
pub(super) mod workloads;
