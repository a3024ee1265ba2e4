//! Access that is taken back before a token expires: the issuer's half of status lists
//! (draft-ietf-oauth-status-list).
//!
//! Each token has an index in a list, and each list ends with the tokens in it. Indices are given in
//! blocks, each for one [`RecordedGrant`]: so one record tells whose tokens up to 4,096 indices are,
//! and nothing is written for a single token until it is taken back.
//!
//! `state` is the lists as the records of the `journal` describe them, `blocks` gives indices to
//! requests, `document` signs the lists, and [`Revocations`] brings them together. A revocation is
//! on the disk before it is acknowledged; an index is reserved on the disk before it is given.

mod blocks;
mod document;
mod error;
mod journal;
#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod laws;
mod list;
#[cfg(test)]
mod many;
mod named_tokens;
mod record;
mod recorded_grant;
mod revocations;
mod state;

pub(super) use self::{
    blocks::{AssignedStatus, Wanted},
    document::Document,
    recorded_grant::RecordedGrant,
    revocations::{Assigned, Revocations, StatusPlace},
};
pub use self::{error::RevocationError, named_tokens::Revocation};
