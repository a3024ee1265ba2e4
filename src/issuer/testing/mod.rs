//! Faults on demand, for those who test what stands before an issuer: an API or a client.
//!
//! [`start_testing`](super::TokenIssuerBuilder::start_testing) runs an issuer that does what the
//! test says: it rotates and withdraws keys, breaks down, hangs, answers 429, lets its clock go
//! wrong, and makes tokens with any header and any claims. The same is had over HTTP below
//! `/testing/`, for test suites in other languages.
//!
//! ```
//! use tower_bearer::{
//!     algorithm::Algorithm,
//!     issuer::{
//!         Application, TokenIssuer,
//!         testing::{Endpoint, Faults, Outage, TokenChanges},
//!     },
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = TokenIssuer::on_loopback()
//!     .algorithm(Algorithm::ES256)
//!     .application(Application::new("display").audience("urn:display"))
//!     .start_testing()
//!     .await?;
//! // .. the API under test trusts `issuer.url()`
//!
//! issuer.set_faults(Faults::none().outage(Outage::Close).at([Endpoint::Jwks]));
//! // .. it answers 503 while it has no keys
//!
//! issuer.set_faults(Faults::none().token(TokenChanges::none().claim("aud", "urn:other")));
//! // .. it refuses what the token endpoint issues now
//!
//! let expired = issuer.mint(&TokenChanges::none().expires_in(-60))?;
//! // .. and this
//! # assert_eq!(expired.split('.').count(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! | over HTTP | what it does |
//! |---|---|
//! | `GET /testing/faults` | the faults as they are, a JSON object as [`Faults`] describes it |
//! | `PUT /testing/faults` | sets all of them; what is left out is no fault |
//! | `DELETE /testing/faults` | everything is well again |
//! | `POST /testing/mint` | `{"access_token": ".."}`: a token with the [`TokenChanges`] of the body |
//! | `POST /testing/rotate` | another key signs; `{"kid": ".."}` names it |
//! | `POST /testing/withdraw` | stops publishing the key of `{"kid": ".."}`, or the one that signs; the answer names the one that signs now |
//!
//! An empty body is an empty object. The faults never concern these paths.
//!
//! Whoever reaches such an issuer has any token of it. It listens on loopback, and nothing but
//! tests should trust it; the installed program has none of this.

mod fault_control;
mod faults;
mod http;
mod service;
mod test_issuer;
mod token_changes;

pub use self::{
    faults::{Endpoint, Faults, Outage},
    test_issuer::TestIssuer,
    token_changes::{Signer, TokenChanges},
};
