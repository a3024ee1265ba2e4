//! [`AccessToken`]: a token that was verified.

use std::{any::Any, fmt, sync::Arc};

use serde::Deserialize;

use crate::{
    jwt::DecodedToken,
    scope::{Matching, ScopeSet},
    time::UnixTime,
};

/// An access token that was verified: its issuer signed it, it is meant for this API, and it had
/// not expired when the request arrived (RFC 9068).
///
/// Only a verifier can make one. A clone costs a reference count. `Debug` shows neither the token
/// nor what it says.
#[derive(Clone)]
pub struct AccessToken(Arc<Verified>);

/// A value that an API attaches to a token that it admits. Only the code that attaches it knows its
/// type.
pub(crate) type Attachment = Arc<dyn Any + Send + Sync>;

#[derive(Clone)]
struct Verified {
    token: DecodedToken,
    /// The `kid` of the key that verified the token, if it is not the one that the header names.
    key_id: Option<Box<str>>,
    scopes: ScopeSet,
    matching: Matching,
    attachment: Option<Attachment>,
}

impl AccessToken {
    pub(crate) fn verified(token: DecodedToken, scopes: ScopeSet, matching: Matching) -> Self {
        Self(Arc::new(Verified { token, key_id: None, scopes, matching, attachment: None }))
    }

    /// Notes the `kid` of the key that verified a token which has not been cloned yet.
    pub(crate) fn with_key_id(mut self, key_id: Option<Box<str>>) -> Self {
        // Usually there is none to note, and no atomic write to make.
        if key_id.is_some()
            && let Some(verified) = Arc::get_mut(&mut self.0)
        {
            verified.key_id = key_id;
        }
        self
    }

    /// Attaches something to a token that has not been cloned yet.
    pub(crate) fn with_attachment(mut self, attachment: Option<Attachment>) -> Self {
        if let Some(verified) = Arc::get_mut(&mut self.0) {
            verified.attachment = attachment;
        }
        self
    }

    /// Returns the value that the API attached to the token, if it is a `T`.
    pub(crate) fn attachment<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.attachment.clone()?.downcast().ok()
    }

    /// Clones the token's data, so that a thread has its own reference count: a shared count slows
    /// down all its threads.
    pub(crate) fn deep_clone(&self) -> Self {
        Self(Arc::new(Verified::clone(&self.0)))
    }

    pub(crate) fn decoded(&self) -> &DecodedToken {
        &self.0.token
    }

    /// The `kid` of the header, and that of the key which verified the token, if it is another.
    pub(crate) fn key_ids(&self) -> [Option<&str>; 2] {
        [self.0.token.key_id(), self.0.key_id.as_deref()]
    }

    /// Returns roughly how much memory it uses, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let key_id = self.0.key_id.as_deref().map_or(0, str::len);
        size_of::<Verified>() + self.0.token.heap_bytes() + self.0.scopes.bytes() + key_id
    }

    /// The header as the issuer wrote it.
    #[cfg(any(feature = "jsonwebtoken", feature = "issuer"))]
    pub(crate) fn header_json(&self) -> &str {
        self.0.token.header()
    }

    /// `iss`: who issued the token.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.token.issuer().unwrap_or_default()
    }

    /// `aud`: whom the token is meant for; this API is among them.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        self.0.token.audience()
    }

    /// `sub`: on whose behalf the call is made. Some issuers leave it out for client credentials.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.token.subject()
    }

    /// The caller's id: the first present of the claims `client_id` (RFC 9068 §2.2), `azp`, `cid`
    /// (Okta) and `appid` (Entra, version 1). It is unique only together with the
    /// [`issuer`](Self::issuer): two issuers may use the same id for two callers.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.token.caller()
    }

    /// `jti`: the token's id.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.0.token.token_id()
    }

    /// `iat`: when the token was issued.
    #[must_use]
    pub fn issued_at(&self) -> Option<UnixTime> {
        self.0.token.issued_at()
    }

    /// `exp`: when the token expires.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.0.token.expires_at().unwrap_or(UnixTime::EPOCH)
    }

    /// `scope`: what the token permits; empty if the token does not list any scope.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.0.scopes
    }

    /// The way in which the scopes of this token's issuer are compared.
    #[must_use]
    pub fn matching(&self) -> Matching {
        self.0.matching
    }

    /// Deserializes the claims into a type of your own, which may borrow from the token.
    ///
    /// ```
    /// # use tower_bearer::token::AccessToken;
    /// #[derive(serde::Deserialize)]
    /// struct Tenant<'a> {
    ///     #[serde(rename = "https://example.com/tenant")]
    ///     tenant: &'a str,
    /// }
    ///
    /// fn tenant(token: &AccessToken) -> Option<String> {
    ///     token.claims::<Tenant<'_>>().ok().map(|claims| claims.tenant.to_owned())
    /// }
    /// ```
    ///
    /// # Errors
    /// The claims do not have the shape of `T`.
    pub fn claims<'t, T: Deserialize<'t>>(&'t self) -> Result<T, ClaimsError> {
        serde_json::from_str(self.0.token.payload()).map_err(|_| ClaimsError(()))
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// The claims of a token do not have the shape that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimsError(());

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token's claims do not have the shape asked for")
    }
}

impl std::error::Error for ClaimsError {}
