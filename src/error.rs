//! What a caller may learn ([`BearerError`]) and why a token failed ([`TokenFault`]).
//!
//! The two are kept apart on purpose. A caller learns an error code of RFC 6750 §3.1 and no more;
//! why its token failed goes to the log of the API and to the refused response's extensions.
//! Neither ever holds the token or bytes that the caller sent.

mod bearer;
mod fault;

pub use self::{
    bearer::{BearerError, BearerErrorKind},
    fault::{TokenFault, TokenFaultKind, TokenPart},
};
