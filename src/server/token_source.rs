use std::{fmt, sync::Arc};

use http::{
    HeaderMap, HeaderName, Method, Request, Uri,
    header::{AUTHORIZATION, COOKIE},
};

use super::credential::{credential_of, is_token};
use crate::error::{BearerErrorKind, Problems};

/// The place of the token in a request; see
/// [`ResourceServerBuilder::token_source`](super::ResourceServerBuilder::token_source).
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenSource(Kind);

#[derive(Clone)]
enum Kind {
    Header { name: HeaderName, scheme: Option<Box<str>> },
    Cookie(Box<str>),
    Function(Arc<FindToken>),
}

type FindToken = dyn for<'r> Fn(RequestHead<'r>) -> Option<&'r str> + Send + Sync;

/// The head of a request: what a [`TokenSource::from_fn`] sees of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestHead<'r> {
    /// The method.
    pub method: &'r Method,
    /// The request target. **A token in the query ends up in logs and histories**
    /// (RFC 9700 §4.3.2): do not take one from there.
    pub uri: &'r Uri,
    /// The headers.
    pub headers: &'r HeaderMap,
}

impl TokenSource {
    /// The header `Authorization` with the scheme `Bearer` (RFC 6750 §2.1): the source if none is
    /// set. Name it to accept another source beside it.
    pub fn authorization() -> Self {
        Self::header_with_scheme(AUTHORIZATION, "Bearer")
    }

    /// A header whose whole value is the token, such as `Cf-Access-Jwt-Assertion`.
    ///
    /// Every caller of the API can send the header: the token in it is verified like any other.
    pub const fn header(name: HeaderName) -> Self {
        Self(Kind::Header { name, scheme: None })
    }

    /// A header whose value is a scheme, spaces and the token. The scheme is compared without case
    /// (RFC 9110 §11.1). A header with another scheme has no token.
    pub fn header_with_scheme(name: HeaderName, scheme: impl Into<Box<str>>) -> Self {
        Self(Kind::Header { name, scheme: Some(scheme.into()) })
    }

    /// A cookie whose value is the token (RFC 6265 §4.2).
    ///
    /// **A browser sends a cookie with requests that other sites cause (CSRF).** A token in
    /// `Authorization` is safe from that; a cookie is not. Set it with `SameSite=Strict` or `Lax`,
    /// `Secure`, `HttpOnly` and the name prefix `__Host-`, let no `GET` change anything, and check
    /// `Origin` or `Sec-Fetch-Site` of the other methods, as `tower_http::csrf` does. This crate
    /// checks none of it.
    pub fn cookie(name: impl Into<Box<str>>) -> Self {
        Self(Kind::Cookie(name.into()))
    }

    /// A function of the request's head, `None` if it has no token. For a WebSocket that a browser
    /// opens, the token can be in `Sec-WebSocket-Protocol`:
    ///
    /// ```
    /// use tower_bearer::server::TokenSource;
    ///
    /// // new WebSocket(url, ["announcements", "bearer." + token])
    /// TokenSource::from_fn(|head| {
    ///     let protocols = head.headers.get("sec-websocket-protocol")?.to_str().ok()?;
    ///     protocols.split(',').find_map(|protocol| protocol.trim().strip_prefix("bearer."))
    /// });
    /// ```
    ///
    /// The service must answer with another of the protocols, never with the one that holds the
    /// token. The function decides what a repeated header means.
    pub fn from_fn(
        find: impl for<'r> Fn(RequestHead<'r>) -> Option<&'r str> + Send + Sync + 'static,
    ) -> Self {
        Self(Kind::Function(Arc::new(find)))
    }

    /// Returns the credential that a request has here.
    ///
    /// # Errors
    /// `MissingToken` if it has none; `InvalidRequest` if it is malformed or repeated.
    fn credential<'r>(&self, head: RequestHead<'r>) -> Result<&'r [u8], BearerErrorKind> {
        match &self.0 {
            Kind::Header { name, scheme } => {
                let mut values = head.headers.get_all(name).iter().map(|value| value.as_bytes());
                let value = only(&mut values)?;
                scheme.as_ref().map_or(Ok(value), |scheme| credential_of(scheme.as_bytes(), value))
            }
            Kind::Cookie(name) => {
                let fields = head.headers.get_all(COOKIE).iter();
                let pairs = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b';'));
                only(&mut pairs.filter_map(|pair| {
                    pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")
                }))
            }
            Kind::Function(find) => {
                find(head).map(str::as_bytes).ok_or(BearerErrorKind::MissingToken)
            }
        }
    }

    /// Returns true for the header that RFC 6750 §2.1 defines.
    pub(super) fn is_authorization(&self) -> bool {
        matches!(&self.0, Kind::Header { name, scheme: Some(scheme) }
            if *name == AUTHORIZATION && scheme.eq_ignore_ascii_case("Bearer"))
    }

    /// Names what is wrong with the source and how to fix it.
    pub(super) fn check(&self, problems: &mut Problems) {
        let (Kind::Cookie(name) | Kind::Header { scheme: Some(name), .. }) = &self.0 else {
            return;
        };
        if !is_token(name.as_bytes()) {
            let help = "has a name that no cookie or scheme can have; give an RFC 9110 token";
            problems.add("token_source", help);
        }
    }
}

/// Returns the credential that a request has in one of the sources.
///
/// # Errors
/// `MissingToken` if it has none; `InvalidRequest` if one is malformed, or there are several.
pub(super) fn credential_in<'r, B>(
    sources: &[TokenSource],
    request: &'r Request<B>,
) -> Result<&'r [u8], BearerErrorKind> {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let head = RequestHead { method, uri, headers };
    let mut found = Err(BearerErrorKind::MissingToken);
    for source in sources {
        match source.credential(head) {
            Err(BearerErrorKind::MissingToken) => {}
            Ok(credential) if found.is_err() => found = Ok(credential),
            Ok(_) => return Err(BearerErrorKind::InvalidRequest),
            Err(error) => return Err(error),
        }
    }
    found
}

/// Returns the only value.
fn only<'r>(values: &mut dyn Iterator<Item = &'r [u8]>) -> Result<&'r [u8], BearerErrorKind> {
    let value = values.next().ok_or(BearerErrorKind::MissingToken)?;
    values.next().map_or(Ok(value), |_| Err(BearerErrorKind::InvalidRequest))
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { name, scheme } => {
                f.debug_struct("Header").field("name", name).field("scheme", scheme).finish()
            }
            Self::Cookie(name) => f.debug_tuple("Cookie").field(name).finish(),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}
