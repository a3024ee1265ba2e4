//! Who the request says it is (RFC 6749 §2.3.1, RFC 7521 §4.2).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, Uri, header::AUTHORIZATION};
use zeroize::Zeroizing;

use crate::issuer::{
    client_auth::assertion::{self, ASSERTION_TYPE},
    endpoint::form,
    endpoint::response::TokenError,
};

/// What a client presented; nothing is checked yet.
pub(in crate::issuer) struct Presented {
    pub(in crate::issuer) client_id: String,
    pub(in crate::issuer) proof: Proof,
}

/// What is to prove it.
pub(in crate::issuer) enum Proof {
    Secret(Zeroizing<String>),
    Assertion(Zeroizing<String>),
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// The members of the body that say who the client is.
#[derive(Default)]
pub(in crate::issuer) struct BodyCredentials {
    pub(in crate::issuer) client_id: Option<String>,
    pub(in crate::issuer) secret: Option<Zeroizing<String>>,
    pub(in crate::issuer) assertion: Option<Zeroizing<String>>,
    pub(in crate::issuer) assertion_type: Option<String>,
}

impl Presented {
    /// Takes the credentials from the header or the body, never from both (RFC 6749 §2.3).
    pub(in crate::issuer) fn read(
        headers: &HeaderMap,
        body: BodyCredentials,
    ) -> Result<Self, TokenError> {
        let mut authorizations = headers.get_all(AUTHORIZATION).iter();
        let authorization = authorizations.next();
        if authorizations.next().is_some() {
            return Err(TokenError::invalid_request("more than one Authorization header"));
        }
        let asserts = body.assertion.is_some() || body.assertion_type.is_some();
        let methods = [authorization.is_some(), body.secret.is_some(), asserts];
        if methods.into_iter().filter(|used| *used).count() > 1 {
            return Err(TokenError::invalid_request("more than one client authentication method"));
        }
        if let Some(value) = authorization {
            let basic = basic(value.as_bytes()).ok_or_else(TokenError::invalid_client)?;
            return match body.client_id {
                Some(client_id) if client_id != basic.client_id => {
                    Err(TokenError::invalid_request("client_id is not the authenticated client"))
                }
                _ => Ok(basic),
            };
        }
        if asserts {
            return Self::asserted(body);
        }
        match (body.client_id, body.secret) {
            (Some(client_id), Some(secret)) => Ok(Self { client_id, proof: Proof::Secret(secret) }),
            _ => Err(TokenError::invalid_client()),
        }
    }

    /// The client is the one that the assertion names; a `client_id` beside it must say the same.
    fn asserted(body: BodyCredentials) -> Result<Self, TokenError> {
        let (Some(assertion), Some(kind)) = (body.assertion, body.assertion_type) else {
            return Err(TokenError::invalid_request(
                "client_assertion and client_assertion_type belong together",
            ));
        };
        if kind != ASSERTION_TYPE {
            return Err(TokenError::invalid_client());
        }
        let client_id =
            assertion::claimed_client(&assertion).ok_or_else(TokenError::invalid_client)?;
        match body.client_id {
            Some(named) if named != client_id => {
                Err(TokenError::invalid_request("client_id is not the authenticated client"))
            }
            _ => Ok(Self { client_id, proof: Proof::Assertion(assertion) }),
        }
    }
}

/// Refuses credentials in the URI, where every log would keep them (RFC 6749 §2.3.1).
pub(in crate::issuer) fn none_in(uri: &Uri) -> Result<(), TokenError> {
    const NAMES: [&str; 3] = ["client_id", "client_secret", "client_assertion"];
    let names_one =
        |pair: Option<form::Pair<'_>>| pair.is_none_or(|(name, _)| NAMES.contains(&&*name));
    if form::pairs(uri.query().unwrap_or_default().as_bytes()).any(names_one) {
        return Err(TokenError::invalid_request("credentials do not belong in the URI"));
    }
    Ok(())
}

/// `Basic base64(form(id) ":" form(secret))`; the form encoding is what RFC 6749 adds to RFC 7617.
fn basic(value: &[u8]) -> Option<Presented> {
    let (scheme, credentials) = value.split_at_checked(b"Basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(credentials.trim_ascii()).ok()?);
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (client_id, secret) = decoded.split_at(colon);
    let secret = form::decode(secret.strip_prefix(b":")?)?;
    Some(Presented {
        client_id: form::decode(client_id)?.into_owned(),
        proof: Proof::Secret(Zeroizing::new(secret.into_owned())),
    })
}
