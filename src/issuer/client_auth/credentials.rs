//! The credentials that a token request presents (RFC 6749 §2.3.1, RFC 7521 §4.2).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, Uri, header::AUTHORIZATION};
use zeroize::Zeroizing;

use super::assertion::ASSERTION_TYPE;
use crate::{
    issuer::{error::TokenError, form},
    jwt::{TokenLimits, UnverifiedToken},
};

/// The credentials of a client. Nothing is verified yet.
pub(in crate::issuer) struct ClientCredentials {
    pub(super) client_id: String,
    pub(super) proof: Proof,
}

pub(super) enum Proof {
    Secret(Zeroizing<String>),
    Assertion(Box<UnverifiedToken>),
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The members of the body that authenticate the client.
#[derive(Default)]
pub(in crate::issuer) struct BodyCredentials {
    pub(in crate::issuer) client_id: Option<String>,
    pub(in crate::issuer) secret: Option<Zeroizing<String>>,
    pub(in crate::issuer) assertion: Option<Zeroizing<String>>,
    pub(in crate::issuer) assertion_type: Option<String>,
}

impl ClientCredentials {
    /// Takes the credentials from the header or from the body, never from both (RFC 6749 §2.3).
    pub(in crate::issuer) fn read(
        headers: &HeaderMap,
        body: BodyCredentials,
    ) -> Result<Self, TokenError> {
        let mut authorizations = headers.get_all(AUTHORIZATION).iter();
        let authorization = authorizations.next();
        if authorizations.next().is_some() {
            return Err(TokenError::invalid_request("more than one Authorization header"));
        }
        let has_assertion = body.assertion.is_some() || body.assertion_type.is_some();
        let methods = [authorization.is_some(), body.secret.is_some(), has_assertion];
        if methods.into_iter().filter(|used| *used).count() > 1 {
            return Err(TokenError::invalid_request("more than one client authentication method"));
        }
        if let Some(value) = authorization {
            let basic = basic(value.as_bytes()).ok_or_else(TokenError::invalid_client)?;
            return basic.with_named_client(body.client_id);
        }
        if has_assertion {
            return Self::from_assertion(body);
        }
        match (body.client_id, body.secret) {
            (Some(client_id), Some(secret)) => Ok(Self { client_id, proof: Proof::Secret(secret) }),
            _ => Err(TokenError::invalid_client()),
        }
    }

    /// Takes the client from the `sub` of the assertion.
    fn from_assertion(body: BodyCredentials) -> Result<Self, TokenError> {
        let (Some(assertion), Some(kind)) = (body.assertion, body.assertion_type) else {
            return Err(TokenError::invalid_request(
                "client_assertion and client_assertion_type belong together",
            ));
        };
        if kind != ASSERTION_TYPE {
            return Err(TokenError::invalid_client());
        }
        let token = UnverifiedToken::parse(assertion.as_bytes(), &TokenLimits::default())
            .map_err(|_| TokenError::invalid_client())?;
        let client_id = token.subject().ok_or_else(TokenError::invalid_client)?.to_owned();
        Self { client_id, proof: Proof::Assertion(Box::new(token)) }
            .with_named_client(body.client_id)
    }

    /// Checks that a `client_id` beside the credentials names the same client.
    fn with_named_client(self, named: Option<String>) -> Result<Self, TokenError> {
        match named {
            Some(named) if named != self.client_id => {
                Err(TokenError::invalid_request("client_id is not the authenticated client"))
            }
            _ => Ok(self),
        }
    }
}

/// Refuses credentials in the URI, where every log would keep them (RFC 6749 §2.3.1).
pub(in crate::issuer) fn refuse_credentials_in_uri(uri: &Uri) -> Result<(), TokenError> {
    const NAMES: [&str; 3] = ["client_id", "client_secret", "client_assertion"];
    let is_credential =
        |pair: Option<form::Pair<'_>>| pair.is_none_or(|(name, _)| NAMES.contains(&&*name));
    if form::pairs(uri.query().unwrap_or_default().as_bytes()).any(is_credential) {
        return Err(TokenError::invalid_request("credentials do not belong in the URI"));
    }
    Ok(())
}

/// Reads `Basic base64(form(id) ":" form(secret))`. RFC 6749 adds the form encoding to RFC 7617.
fn basic(value: &[u8]) -> Option<ClientCredentials> {
    let (scheme, credentials) = value.split_at_checked(b"Basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(credentials.trim_ascii()).ok()?);
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (client_id, secret) = decoded.split_at(colon);
    let secret = form::decode(secret.strip_prefix(b":")?)?;
    Some(ClientCredentials {
        client_id: form::decode(client_id)?.into_owned(),
        proof: Proof::Secret(Zeroizing::new(secret.into_owned())),
    })
}
