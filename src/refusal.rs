//! Turns a [`BearerError`] into a response: status, challenge, `Retry-After`, and a body if the API
//! wants one. The Layer, `RequireScope` and the extractors all answer through here.

use std::{any::Any, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderValue, Response,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    response::Parts,
};
use serde::Serialize;

use crate::{
    challenge::Challenge,
    error::{BearerError, BearerErrorKind},
};

/// Makes the body of a refused response of type `B`.
type Hook<B> = Box<dyn Fn(&BearerError, &mut Parts) -> B + Send + Sync>;

/// The refusals of one API: their challenges and their bodies.
pub(crate) struct Refusals {
    realm: Box<str>,
    resource_metadata: Option<Box<str>>,
    missing_token: HeaderValue,
    invalid_token: HeaderValue,
    /// A [`Hook`] of the body type that the API answers with.
    hook: Option<Arc<dyn Any + Send + Sync>>,
}

/// Inserted by an optional layer when a request has no token.
#[derive(Clone, Debug)]
pub(crate) struct Unauthenticated(pub(crate) Arc<Refusals>);

impl Refusals {
    pub(crate) fn new(realm: &str, resource_metadata: Option<&str>) -> Self {
        let challenge = |kind: BearerErrorKind| {
            Challenge::for_refusal(&kind.into(), realm, resource_metadata)
                .map_or(HeaderValue::from_static("Bearer"), |challenge| challenge.to_header_value())
        };
        Self {
            missing_token: challenge(BearerErrorKind::MissingToken),
            invalid_token: challenge(BearerErrorKind::InvalidToken),
            realm: realm.into(),
            resource_metadata: resource_metadata.map(Into::into),
            hook: None,
        }
    }

    pub(crate) fn with_hook<B: 'static>(
        self,
        hook: impl Fn(&BearerError, &mut Parts) -> B + Send + Sync + 'static,
    ) -> Self {
        let hook: Hook<B> = Box::new(hook);
        Self { hook: Some(Arc::new(hook)), ..self }
    }

    /// The response for a request that is not admitted, with `error` in its extensions.
    pub(crate) fn response<B: Default + 'static>(&self, error: BearerError) -> Response<B> {
        let mut parts = plain(&error);
        if let Some(challenge) = self.challenge(&error) {
            parts.headers.insert(WWW_AUTHENTICATE, challenge);
        }
        let body = match &self.hook {
            None => B::default(),
            Some(hook) => match hook.downcast_ref::<Hook<B>>() {
                Some(hook) => hook(&error, &mut parts),
                None => {
                    tracing::error!(
                        "`on_refusal` makes a body of another type than this service answers \
                         with ({}); the body is left empty",
                        std::any::type_name::<B>()
                    );
                    B::default()
                }
            },
        };
        parts.extensions.insert(error);
        Response::from_parts(parts, body)
    }

    fn challenge(&self, error: &BearerError) -> Option<HeaderValue> {
        match error.kind() {
            BearerErrorKind::MissingToken => Some(self.missing_token.clone()),
            BearerErrorKind::InvalidToken => Some(self.invalid_token.clone()),
            _ => Challenge::for_refusal(error, &self.realm, self.resource_metadata.as_deref())
                .map(|challenge| challenge.to_header_value()),
        }
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusals").field("realm", &self.realm).finish_non_exhaustive()
    }
}

/// The response to a request that no Layer of this crate has seen.
pub(crate) fn unguarded<B: Default>(error: BearerError) -> Response<B> {
    let mut parts = plain(&error);
    parts.extensions.insert(error);
    Response::from_parts(parts, B::default())
}

fn plain(error: &BearerError) -> Parts {
    log(error);
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = error.status();
    if let BearerErrorKind::KeysUnavailable { retry_after } = error.kind() {
        parts.headers.insert(RETRY_AFTER, seconds(*retry_after).into());
    }
    parts
}

/// Returns whole seconds, rounded up so that no caller retries too early; at least 1.
fn seconds(duration: Duration) -> u64 {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    millis.div_ceil(1_000).max(1)
}

fn log(error: &BearerError) {
    match error.kind() {
        BearerErrorKind::Misconfigured { help } => tracing::error!(%help, "request refused"),
        BearerErrorKind::KeysUnavailable { retry_after } => {
            tracing::debug!(retry_after = seconds(*retry_after), "request refused: {error}");
        }
        BearerErrorKind::InsufficientScope { scope } => {
            tracing::debug!(required = %scope, "request refused: {error}");
        }
        _ => match error.fault() {
            Some(fault) => tracing::debug!(%fault, "request refused: {error}"),
            None => tracing::debug!("request refused: {error}"),
        },
    }
}

/// Answers a refusal with a JSON problem document (RFC 9457): `title`, `status`, `detail`, and the
/// `error` code and `scope` of RFC 6750 §3 if the refusal has them. For `on_refusal`.
///
/// ```
/// use tower_bearer::{error::{BearerError, BearerErrorKind}, refusal::problem_details};
///
/// let (mut parts, ()) = http::Response::new(()).into_parts();
/// let body: bytes::Bytes = problem_details(&BearerErrorKind::InvalidToken.into(), &mut parts);
/// assert_eq!(parts.headers["content-type"], "application/problem+json");
/// assert!(body.starts_with(br#"{"title":"Unauthorized","status":401,"#));
/// ```
pub fn problem_details<B: From<Bytes>>(error: &BearerError, parts: &mut Parts) -> B {
    #[derive(Serialize)]
    struct Problem<'a> {
        title: &'a str,
        status: u16,
        detail: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<&'a str>,
    }
    let problem = Problem {
        title: error.status().canonical_reason().unwrap_or_default(),
        status: error.status().as_u16(),
        detail: error.description(),
        error: error.code(),
        scope: match error.kind() {
            BearerErrorKind::InsufficientScope { scope } => Some(scope),
            _ => None,
        },
    };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    Bytes::from(serde_json::to_vec(&problem).unwrap_or_default()).into()
}
