//! Errors: [`BearerError`] holds what a caller may learn, [`TokenFault`] why a token failed, and
//! [`ConfigError`] the problems of a configuration.
//!
//! The first two are kept apart on purpose. A caller learns an error code of RFC 6750 §3.1 and no more;
//! why its token failed goes to the log of the API and to the refused response's extensions.
//! Neither ever holds the token or bytes that the caller sent.

mod bearer;
mod config;
mod setting;
mod token;

pub(crate) use self::config::Problems;
pub use self::{
    bearer::{BearerError, BearerErrorKind},
    config::{ConfigError, Problem},
    setting::Setting,
    token::{TokenFault, TokenFaultKind, TokenPart},
};
