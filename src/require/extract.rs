//! The extractors for axum: a token, a token or none, and a token with scopes.

use std::{fmt, marker::PhantomData, ops::Deref};

use axum::{
    body::Body,
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, request::Parts};

use super::{
    RequireScope,
    decide::{self, Refused},
    literal::Required,
};
use crate::{
    error::BearerError,
    refusal::{Protocol, Unauthenticated},
    scope::Requirement,
    token::AccessToken,
};

/// An access token that was verified and grants the scopes of a [`RequireScope!`] literal.
///
/// [`RequireScope!`]: macro@crate::RequireScope
pub struct Granted<L> {
    token: AccessToken,
    literal: PhantomData<fn() -> L>,
}

impl<L> Granted<L> {
    /// The token without the proof that it grants anything.
    #[must_use]
    pub fn into_token(self) -> AccessToken {
        self.token
    }
}

impl<L> Deref for Granted<L> {
    type Target = AccessToken;

    fn deref(&self) -> &AccessToken {
        &self.token
    }
}

impl<L> Clone for Granted<L> {
    fn clone(&self) -> Self {
        Self { token: self.token.clone(), literal: PhantomData }
    }
}

impl<L> fmt::Debug for Granted<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Granted").field(&self.token).finish()
    }
}

impl<L: Required> Required for RequireScope<Granted<L>> {
    const REQUIREMENT: Requirement = L::REQUIREMENT;
}

impl<L: Required, S: Sync> FromRequestParts<S> for RequireScope<Granted<L>> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let token = decide::permit(&mut parts.extensions, &const { L::REQUIREMENT })
            .map_err(|refused| Rejection::new(refused, &parts.headers))?;
        Ok(Self(Granted { token: token.clone(), literal: PhantomData }))
    }
}

/// Any valid token, whatever its scopes.
impl<S: Sync> FromRequestParts<S> for AccessToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let token = decide::token(&parts.extensions);
        Ok(token.map_err(|refused| Rejection::new(refused, &parts.headers))?.clone())
    }
}

/// `None` for a request without credentials, behind a layer that is
/// [`optional`](crate::server::BearerLayer::optional).
impl<S: Sync> OptionalFromRequestParts<S> for AccessToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        match decide::token(&parts.extensions) {
            Ok(token) => Ok(Some(token.clone())),
            Err(_) if parts.extensions.get::<Unauthenticated>().is_some() => Ok(None),
            Err(refused) => Err(Rejection::new(refused, &parts.headers)),
        }
    }
}

/// The reason why an extractor refused a request; as a response it carries what RFC 6750 §3 asks
/// for.
#[derive(Debug)]
pub struct Rejection(Box<(Refused, Protocol)>);

impl Rejection {
    fn new(refused: Refused, headers: &HeaderMap) -> Self {
        let protocol = refused.protocol(headers);
        Self(Box::new((refused, protocol)))
    }

    /// The refusal, for a `Result<RequireScope![..], Rejection>` argument of a handler.
    #[must_use]
    pub fn error(&self) -> &BearerError {
        &self.0.0.error
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let (refused, protocol) = *self.0;
        refused.response::<Body>(protocol)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error().fmt(f)
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.error())
    }
}
