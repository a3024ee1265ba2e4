//! Authenticates the client of a token request: by its secret or by an assertion that it signs.

pub(super) mod assertion;
pub(super) mod authenticate;
pub(super) mod credentials;
pub(super) mod decoys;
pub(super) mod replay;
pub(super) mod throttle;
