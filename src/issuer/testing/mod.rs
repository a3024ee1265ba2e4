//! An issuer with faults on demand, for tests of an API or of a client.
//!
//! [`start_testing`](super::TokenIssuerBuilder::start_testing) runs an issuer on loopback that a test
//! controls: it rotates and withdraws keys, closes connections, hangs, answers 429 or 5xx, flaps
//! between two key sets, shifts its clock, and makes tokens with any header and any claims. Test
//! suites in other languages control it over HTTP below `/testing/`; `docs/testing.md` shows that in
//! Python and in Node.
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
//! issuer.set_faults(Faults::none().outage(Outage::Close).endpoints([Endpoint::Jwks]));
//! // .. it answers 503 while it has no keys
//!
//! issuer.set_faults(Faults::none().token(TokenChanges::none().claim("aud", "urn:other")));
//! // .. it refuses the tokens that are issued now
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
//! | `GET /testing/faults` | returns the current faults, a JSON object as [`Faults`] describes it |
//! | `PUT /testing/faults` | replaces the faults; a member that is left out is no fault |
//! | `DELETE /testing/faults` | removes all faults |
//! | `POST /testing/mint` | `{"access_token": ".."}`: a token with the [`TokenChanges`] of the body |
//! | `POST /testing/rotate` | signing key rotated; `{"kid": ".."}` names it |
//! | `POST /testing/withdraw` | stops publishing the key of `{"kid": ".."}`, or the one that signs; the answer names the one that signs now |
//!
//! An empty body is an empty object. Faults never apply to these paths.
//!
//! Anybody who can reach such an issuer can get any token. It listens on loopback, and nothing but
//! tests should trust it; the installed program contains none of this.

mod fault_control;
mod faults;
mod faulty_issuer;
mod http;
mod published_keys;
mod service;
mod test_issuer;
mod token_changes;

pub use self::{
    faults::{Endpoint, Faults, Outage},
    test_issuer::TestIssuer,
    token_changes::{Signer, TokenChanges},
};
