//! Status lists: access that an issuer takes back before a token expires (Token Status List,
//! [`REVISION`]).
//!
//! A token names a list and an index in it (its claim `status`). The list holds one status of one
//! to eight bits for each token; it is compressed, signed by the issuer and published at an address.
//! So one small document answers for millions of tokens, and the issuer does not learn who uses
//! which.
//!
//! [`StatusCheck`] makes a [`ResourceServer`](crate::ResourceServer) check the statuses of an issuer's
//! tokens. [`StatusList`] holds statuses, and [`StatusListVerifier`] reads what an issuer publishes.
//!
//! ```
//! use tower_bearer::status::{StatusBits, StatusList};
//!
//! // The example of the specification, §4.1: 16 statuses in two bytes.
//! let list = StatusList::decode(StatusBits::One, "eNrbuRgAAhcBXQ", 2)?;
//! let taken_back: Vec<u64> = (0..list.len()).filter(|index| list.get(*index) != Some(0)).collect();
//! assert_eq!(taken_back, [0, 3, 4, 5, 7, 8, 9, 13, 15]);
//! # Ok::<(), tower_bearer::status::StatusListFault>(())
//! ```
//!
//! # Events
//!
//! The crate reports changes of lists as [`tracing`](https://docs.rs/tracing) events of the target
//! `tower_bearer::status::events`, one line for each fetch. Each has `list` (its address), `state`
//! and `generation`.
//!
//! | event | level | fields besides |
//! |---|---|---|
//! | `status list fetched` | info | `reason`, `outcome` (`changed`, `unchanged`), `duration_ms`, `statuses` |
//! | `older status list ignored` | warn | `reason`, `outcome` (`older`), `duration_ms` |
//! | `status list not fetched` | warn | `reason`, `outcome` (`failed`), `duration_ms`, `retry_in_ms`, `error` |
//! | `status list changed state` | info for `stale` and `expired`, else debug | `from` |
//! | `status list reached its exp` | warn | |
//!
//! `reason` is `no_list`, `due`, `stale` or `out_of_range`.

mod compression;
mod document;
mod events;
mod fault;
mod fetch;
#[cfg(test)]
mod laws;
mod list;
mod lists;
mod names;
mod origin;
mod reference;
mod remote;
mod settings;
mod token;

pub use self::{
    fault::StatusListFault,
    list::{StatusBits, StatusList},
    names::{MEDIA_TYPE, REVISION, TOKEN_TYPE},
    reference::{MalformedReference, StatusReference},
    settings::{MAX_LIST_TTL, MIN_LIST_TTL, StatusCheck, StatusOutage},
    token::{MAX_INFLATED_BYTES, MAX_LIST_BYTES, StatusListToken, StatusListVerifier},
};
pub(crate) use self::{
    fetch::{KeysFound, SignerKeys},
    lists::{ListContext, NoList, StatusLists},
    names::{STATUS, VALID},
    remote::{RemoteList, StatusAnswer, StatusFuture, StatusLookup},
};
