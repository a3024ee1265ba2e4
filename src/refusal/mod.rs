//! Turns a [`BearerError`] into a response: status, challenge, `Retry-After`, and a body if the API
//! wants one. The Layer, `RequireScope` and the extractors all answer through here; gRPC calls get a
//! gRPC status (feature `grpc`).

#[cfg(feature = "grpc")]
mod grpc;
mod problem;
mod protocol;

use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::{
    HeaderMap, HeaderValue, Response,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
    response::Parts,
};

pub use self::problem::problem_details;
pub(crate) use self::protocol::Protocol;
use crate::{
    challenge::Challenge,
    error::{BearerError, BearerErrorKind},
    metrics::RequestMetrics,
};

/// Makes the body of a refused response of type `B`.
type Hook<B> = Box<dyn Fn(&BearerError, &mut Parts) -> B + Send + Sync>;

/// The refusals of one API: their challenges and their bodies.
pub(crate) struct Refusals {
    realm: Box<str>,
    metrics: RequestMetrics,
    challenges: Challenges,
    /// The challenges once the API serves its own metadata.
    published: OnceLock<Challenges>,
    /// A [`Hook`] of the body type that the API answers with.
    hook: Option<Arc<dyn Any + Send + Sync>>,
    /// Whether gRPC calls get a gRPC status.
    speaks_grpc: bool,
}

/// The challenges, which name the metadata of the API if an address of it is known.
struct Challenges {
    resource_metadata: Option<Box<str>>,
    missing_token: HeaderValue,
    invalid_token: HeaderValue,
}

/// Inserted by an optional layer when a request has no token.
#[derive(Clone, Debug)]
pub(crate) struct Unauthenticated(pub(crate) Arc<Refusals>);

impl Refusals {
    pub(crate) fn new(
        realm: &str,
        resource_metadata: Option<&str>,
        metrics: RequestMetrics,
    ) -> Self {
        Self {
            challenges: Challenges::new(realm, resource_metadata, ""),
            published: OnceLock::new(),
            realm: realm.into(),
            metrics,
            hook: None,
            speaks_grpc: false,
        }
    }

    /// Lets challenges name metadata that the API serves itself, and in a 401 the scopes that a
    /// client should ask for, if any. A second call changes nothing.
    pub(crate) fn publish(&self, resource_metadata: &str, scope: &str) {
        self.published.get_or_init(|| Challenges::new(&self.realm, Some(resource_metadata), scope));
    }

    /// Returns true if the API serves its own metadata.
    pub(crate) fn is_published(&self) -> bool {
        self.published.get().is_some()
    }

    pub(crate) fn with_hook<B: 'static>(
        self,
        hook: impl Fn(&BearerError, &mut Parts) -> B + Send + Sync + 'static,
    ) -> Self {
        let hook: Hook<B> = Box::new(hook);
        Self { hook: Some(Arc::new(hook)), ..self }
    }

    #[cfg(feature = "grpc")]
    pub(crate) fn with_grpc(self) -> Self {
        Self { speaks_grpc: true, ..self }
    }

    /// The protocol in which a request with these headers is refused.
    pub(crate) fn protocol(&self, headers: &HeaderMap) -> Protocol {
        if self.speaks_grpc { Protocol::of(headers) } else { Protocol::Http }
    }

    /// The response for a request that is not admitted, with `error` in its extensions.
    pub(crate) fn response<B: Default + 'static>(
        &self,
        error: BearerError,
        protocol: Protocol,
    ) -> Response<B> {
        let mut parts = plain(&error);
        if let Some(challenge) = self.challenge(&error) {
            parts.headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if protocol != Protocol::Http {
            let metadata = self.challenges().resource_metadata.as_deref();
            translate(protocol, &mut parts, &error, &self.realm, metadata);
            parts.extensions.insert(error);
            return Response::from_parts(parts, B::default());
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

    /// The response for a request that the layer admitted and a route refuses.
    pub(crate) fn response_of_route<B: Default + 'static>(
        &self,
        error: BearerError,
        protocol: Protocol,
    ) -> Response<B> {
        self.metrics.refused_by_route(reason(&error));
        self.response(error, protocol)
    }

    fn challenges(&self) -> &Challenges {
        self.published.get().unwrap_or(&self.challenges)
    }

    fn challenge(&self, error: &BearerError) -> Option<HeaderValue> {
        let challenges = self.challenges();
        match error.kind() {
            BearerErrorKind::MissingToken => Some(challenges.missing_token.clone()),
            BearerErrorKind::InvalidToken => Some(challenges.invalid_token.clone()),
            _ => {
                let metadata = challenges.resource_metadata.as_deref();
                Challenge::for_refusal(error, &self.realm, metadata)
                    .map(|challenge| challenge.to_header_value())
            }
        }
    }
}

impl Challenges {
    fn new(realm: &str, resource_metadata: Option<&str>, scope: &str) -> Self {
        let challenge = |kind: BearerErrorKind| {
            let challenge = Challenge::for_refusal(&kind.into(), realm, resource_metadata);
            challenge.map_or(HeaderValue::from_static("Bearer"), |challenge| {
                let named = !scope.is_empty();
                let challenge = if named { challenge.with_scope(scope) } else { challenge };
                challenge.to_header_value()
            })
        };
        Self {
            resource_metadata: resource_metadata.map(Into::into),
            missing_token: challenge(BearerErrorKind::MissingToken),
            invalid_token: challenge(BearerErrorKind::InvalidToken),
        }
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusals").field("realm", &self.realm).finish_non_exhaustive()
    }
}

/// The reason of a refusal, as metrics name it: the kind, or the check that the token failed.
pub(crate) fn reason(error: &BearerError) -> &'static str {
    error.fault().map_or(error.kind().name(), |fault| fault.kind().check().name())
}

/// The response to a request that no Layer of this crate has seen.
pub(crate) fn unguarded<B: Default>(error: BearerError, protocol: Protocol) -> Response<B> {
    let mut parts = plain(&error);
    translate(protocol, &mut parts, &error, "", None);
    parts.extensions.insert(error);
    Response::from_parts(parts, B::default())
}

/// Turns a refusal of HTTP into one of another protocol.
#[cfg_attr(not(feature = "grpc"), expect(unused_variables, reason = "HTTP is the only one"))]
fn translate(
    protocol: Protocol,
    parts: &mut Parts,
    error: &BearerError,
    realm: &str,
    resource_metadata: Option<&str>,
) {
    match protocol {
        Protocol::Http => {}
        #[cfg(feature = "grpc")]
        Protocol::Grpc | Protocol::GrpcWeb => {
            grpc::translate(protocol, parts, error, realm, resource_metadata);
        }
    }
}

fn plain(error: &BearerError) -> Parts {
    log(error);
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = error.status();
    if let Some(retry_after) = error.retry_after() {
        parts.headers.insert(RETRY_AFTER, seconds(retry_after).into());
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
        BearerErrorKind::KeysUnavailable { retry_after }
        | BearerErrorKind::IntrospectionUnavailable { retry_after }
        | BearerErrorKind::StatusUnavailable { retry_after } => {
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
