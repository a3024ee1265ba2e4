//! Status lists: access that an issuer takes back before a token expires (Token Status List,
//! [`REVISION`]).
//!
//! A token names a list and an index in it (its claim `status`). The list holds one status of one
//! to eight bits for each token; it is compressed, signed by the issuer and published at an address.
//! So one small document answers for millions of tokens, and the issuer does not learn who uses
//! which.
//!
//! [`StatusList`] holds statuses, and [`StatusListVerifier`] reads what an issuer publishes.
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

mod compression;
mod fault;
#[cfg(test)]
mod laws;
mod list;
mod names;
mod reference;
mod token;

pub use self::{
    fault::StatusListFault,
    list::{StatusBits, StatusList},
    names::{MEDIA_TYPE, REVISION, TOKEN_TYPE},
    reference::{MalformedReference, StatusReference},
    token::{MAX_INFLATED_BYTES, MAX_LIST_BYTES, StatusListToken, StatusListVerifier},
};
