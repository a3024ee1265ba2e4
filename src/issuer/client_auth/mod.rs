//! Authenticates the client of a token request: by its secret, by an assertion that it signs, or by the
//! token of a trusted issuer.
//!
//! `credentials` reads what the request presents, `authenticate` checks it against the accounts,
//! `assertion` verifies a `private_key_jwt`, `replay` remembers used assertions, `throttle` holds
//! back the answers to wrong credentials, and `decoys` makes an unknown client cost as much as a
//! known one.

pub(super) mod assertion;
mod authenticate;
mod credentials;
mod decoys;
mod replay;
mod throttle;

pub(super) use self::{
    authenticate::ClientAuthenticator,
    credentials::{BodyCredentials, ClientCredentials, refuse_credentials_in_uri},
};
