//! The credentials that a token request presents (RFC 6749 §2.3.1, RFC 7521 §4.2).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, Uri, header::AUTHORIZATION};
use zeroize::Zeroizing;

use crate::{
    issuer::{error::TokenError, form, workload::form::AssertionForm},
    jwt::{TokenLimits, UnverifiedToken},
};

/// The credentials of a client. Nothing is verified yet.
pub(in crate::issuer) struct ClientCredentials {
    /// The parameter `client_id`; a secret's client is in its [`Proof`].
    pub(super) named: Option<String>,
    pub(super) proof: Proof,
}

pub(super) enum Proof {
    Secret { client_id: String, secret: Zeroizing<String> },
    Assertion { form: AssertionForm, token: Box<UnverifiedToken> },
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").finish_non_exhaustive()
    }
}

/// The members of the body that authenticate the client.
#[derive(Default)]
pub(in crate::issuer) struct BodyCredentials {
    pub(in crate::issuer) client_id: Option<String>,
    pub(in crate::issuer) secret: Option<Zeroizing<String>>,
    pub(in crate::issuer) assertion: Option<Zeroizing<String>>,
    pub(in crate::issuer) assertion_type: Option<String>,
    /// The assertion of a grant that needs no other authentication.
    pub(in crate::issuer) grant: Option<(AssertionForm, Zeroizing<String>)>,
}

impl ClientCredentials {
    /// Takes the credentials from the header, from the body or from the grant, never from two of them
    /// (RFC 6749 §2.3).
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
        let methods =
            [authorization.is_some(), body.secret.is_some(), has_assertion, body.grant.is_some()];
        if methods.into_iter().filter(|used| *used).count() > 1 {
            return Err(TokenError::invalid_request("more than one client authentication method"));
        }
        let named = body.client_id;
        if let Some(value) = authorization {
            let proof = basic(value.as_bytes()).ok_or_else(TokenError::invalid_client)?;
            return Self { named, proof }.with_named_client();
        }
        if let Some((form, assertion)) = body.grant {
            return Self::from_assertion(named, form, &assertion);
        }
        if has_assertion {
            let (Some(assertion), Some(kind)) = (body.assertion, body.assertion_type) else {
                return Err(TokenError::invalid_request(
                    "client_assertion and client_assertion_type belong together",
                ));
            };
            let form = AssertionForm::from_assertion_type(&kind);
            return Self::from_assertion(
                named,
                form.ok_or_else(TokenError::invalid_client)?,
                &assertion,
            );
        }
        match (named, body.secret) {
            (Some(client_id), Some(secret)) => {
                Ok(Self { named: None, proof: Proof::Secret { client_id, secret } })
            }
            _ => Err(TokenError::invalid_client()),
        }
    }

    fn from_assertion(
        named: Option<String>,
        form: AssertionForm,
        assertion: &str,
    ) -> Result<Self, TokenError> {
        let token = UnverifiedToken::parse(assertion.as_bytes(), &TokenLimits::default())
            .map_err(|_| form.refusal())?;
        Ok(Self { named, proof: Proof::Assertion { form, token: Box::new(token) } })
    }

    /// Checks that a `client_id` beside a secret names the same client.
    fn with_named_client(self) -> Result<Self, TokenError> {
        match (&self.named, &self.proof) {
            (Some(named), Proof::Secret { client_id, .. }) if named != client_id => {
                Err(TokenError::another_client())
            }
            _ => Ok(self),
        }
    }
}

/// Refuses credentials in the URI, where every log would keep them (RFC 6749 §2.3.1).
pub(in crate::issuer) fn refuse_credentials_in_uri(uri: &Uri) -> Result<(), TokenError> {
    const NAMES: [&str; 6] = [
        "client_id",
        "client_secret",
        "client_assertion",
        "assertion",
        "subject_token",
        "actor_token",
    ];
    let is_credential =
        |pair: Option<form::Pair<'_>>| pair.is_none_or(|(name, _)| NAMES.contains(&&*name));
    if form::pairs(uri.query().unwrap_or_default().as_bytes()).any(is_credential) {
        return Err(TokenError::invalid_request("credentials do not belong in the URI"));
    }
    Ok(())
}

/// Reads `Basic base64(form(id) ":" form(secret))`. RFC 6749 adds the form encoding to RFC 7617.
fn basic(value: &[u8]) -> Option<Proof> {
    let (scheme, credentials) = value.split_at_checked(b"Basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(credentials.trim_ascii()).ok()?);
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (client_id, secret) = decoded.split_at(colon);
    let secret = form::decode(secret.strip_prefix(b":")?)?;
    Some(Proof::Secret {
        client_id: form::decode(client_id)?.into_owned(),
        secret: Zeroizing::new(secret.into_owned()),
    })
}
