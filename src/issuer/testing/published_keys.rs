//! An issuer's keys for an API in the same test, without a network.

use crate::{issuer::TokenIssuer, jwks::Keys, key::KeySet};

/// The keys that the issuer publishes now. A later rotation does not reach them.
///
/// ```
/// use tower_bearer::{
///     Audience, ResourceServer,
///     issuer::{Application, TokenIssuer},
/// };
///
/// let display = Application::new("display").audience("https://display.example");
/// let issuer = TokenIssuer::builder("https://issuer.example".parse()?).application(display).build()?;
/// let audience = Audience::new("https://display.example")?;
/// let api = ResourceServer::builder(issuer.issuer().clone(), audience, &issuer).build()?;
/// let token = issuer.token().scope("announce:read").sign()?; // `api` admits it
/// # let _ = (api, token);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If the issuer's own JWK Set is not valid, which is a bug.
impl From<&TokenIssuer> for Keys {
    fn from(issuer: &TokenIssuer) -> Self {
        KeySet::parse(issuer.jwk_set().as_bytes())
            .expect("an issuer publishes a valid JWK Set")
            .into()
    }
}
