use std::fmt;

use http::Extensions;
#[cfg(feature = "axum")]
use http::Request;

use crate::{error::BearerErrorKind, scope::TemplateError};

/// The path parameters of a request, for scopes such as `book:{id}:read` for a stack without axum's
/// router: let your router insert them into the request's extensions.
///
/// Values are percent-decoded already. Each fills one component of a scope, whatever it holds: it
/// is never parsed as a scope.
///
/// ```
/// use tower_bearer::require::PathParams;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(PathParams::new([("id", "1")]));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PathParams(Vec<(Box<str>, Box<str>)>);

/// Stands in for a route without templates.
pub(super) const NONE: &PathParams = &PathParams(Vec::new());

impl PathParams {
    /// Parameters by name, with their values.
    pub fn new<N: Into<Box<str>>, V: Into<Box<str>>>(
        params: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Self(params.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of the one parameter of this name.
    pub(super) fn value(&self, name: &str) -> Result<&str, TemplateError> {
        let mut values = self.0.iter().filter(|(each, _)| **each == *name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Ok(value),
            (None, _) => Err(TemplateError::missing(name)),
            (Some(_), Some(_)) => Err(TemplateError::repeated(name)),
        }
    }
}

/// Shows names only: the values come from the caller.
impl fmt::Debug for PathParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The path parameters of a request, and whether a route matched.
pub(super) struct RouteParams {
    pub(super) params: PathParams,
    /// The request is in the fallback of a router.
    pub(super) is_unrouted: bool,
}

/// Returns the path parameters of a request: [`PathParams`] if the stack inserted some, else axum's.
///
/// # Errors
/// A value is not UTF-8.
pub(super) fn from_extensions(extensions: &mut Extensions) -> Result<RouteParams, BearerErrorKind> {
    match extensions.get::<PathParams>() {
        Some(params) => Ok(RouteParams { params: params.clone(), is_unrouted: false }),
        None => from_router(extensions),
    }
}

#[cfg(feature = "axum")]
fn from_router(extensions: &mut Extensions) -> Result<RouteParams, BearerErrorKind> {
    use std::{
        future::Future as _,
        mem,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use axum::extract::{
        FromRequestParts as _, MatchedPath, RawPathParams,
        rejection::RawPathParamsRejection as Rejection,
    };

    // axum's extractor takes a whole request head but reads only extensions, so it never waits.
    let (mut head, ()) = Request::new(()).into_parts();
    mem::swap(&mut head.extensions, extensions);
    let raw = pin!(RawPathParams::from_request_parts(&mut head, &()))
        .poll(&mut Context::from_waker(Waker::noop()));
    mem::swap(&mut head.extensions, extensions);
    match raw {
        Poll::Ready(Ok(params)) => Ok(RouteParams {
            params: PathParams::new(&params),
            // axum inserts the parameters in fallbacks, too, but no path.
            is_unrouted: extensions.get::<MatchedPath>().is_none(),
        }),
        Poll::Ready(Err(Rejection::InvalidUtf8InPathParam(_))) => Err(BearerErrorKind::InvalidPath),
        Poll::Ready(Err(_)) | Poll::Pending => Ok(RouteParams::none()),
    }
}

#[cfg(not(feature = "axum"))]
fn from_router(_: &mut Extensions) -> Result<RouteParams, BearerErrorKind> {
    Ok(RouteParams::none())
}

impl RouteParams {
    /// The parameters of a stack that inserts none.
    fn none() -> Self {
        Self { params: PathParams::default(), is_unrouted: false }
    }
}
