//! The HTTP transport that fetches documents and tokens: one small trait over `http` types.
//!
//! The default transport (feature `reqwest`) speaks HTTP over rustls. Implement the trait to use a
//! proxy, to use another HTTP client, or to answer from memory in a test.

mod fields;
#[cfg(feature = "reqwest")]
mod reqwest;

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, Uri};

pub(crate) use self::fields::{date, field, retry_after};
#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;

/// The future that [`Transport::send`] returns.
pub type TransportFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

/// Sends one HTTP request and returns the whole answer.
///
/// An implementation must not follow redirects, must not decompress, and must stop reading with
/// an error once the body has more than `max_body` bytes. The caller bounds the whole exchange in
/// time; dropping the future must end it.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends `request`.
    ///
    /// # Errors
    /// No complete answer of at most `max_body` bytes arrived. An answer with an error status is
    /// not an error here.
    fn send(&self, request: Request<Bytes>, max_body: usize) -> TransportFuture<'_>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request<Bytes>, max_body: usize) -> TransportFuture<'_> {
        (**self).send(request, max_body)
    }
}

/// Returns the transport for a configuration that does not set one.
#[cfg(feature = "reqwest")]
pub(crate) fn default_transport() -> Arc<dyn Transport> {
    Arc::new(ReqwestTransport::new())
}

/// Returns a placeholder: without the feature `reqwest` a configuration must set a transport.
#[cfg(not(feature = "reqwest"))]
pub(crate) fn default_transport() -> Arc<dyn Transport> {
    Arc::new(NoTransport)
}

/// A placeholder that is never asked to send: the configuration is refused.
#[cfg(not(feature = "reqwest"))]
#[derive(Debug)]
struct NoTransport;

#[cfg(not(feature = "reqwest"))]
impl Transport for NoTransport {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        Box::pin(async { Err(TransportError::new("there is no transport")) })
    }
}

/// The reason why no complete answer arrived.
#[derive(Debug)]
pub struct TransportError {
    message: Box<str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// An error that says what happened, in a lower-case sentence without secrets.
    pub fn new(message: impl Into<Box<str>>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The rule for URLs that may be fetched (RFC 6750 §5.3, RFC 8414 §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UrlRule {
    /// `https` only.
    #[default]
    Https,
    /// `https`, and `http` to this machine's loopback addresses.
    HttpsOrLoopback,
}

impl UrlRule {
    /// Checks an absolute URL; the error is the end of a sentence that begins with the URL's name.
    pub(crate) fn check(self, url: &Uri) -> Result<(), &'static str> {
        if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("must not carry user information");
        }
        match (url.scheme_str(), url.host()) {
            (_, None | Some("")) => Err("must be an absolute https URL"),
            (Some("https"), _) => Ok(()),
            (Some("http"), Some(host)) if is_loopback(host) => match self {
                Self::HttpsOrLoopback => Ok(()),
                Self::Https => Err("must be https; for a test on this machine, \
                    allow http to loopback addresses with `allow_loopback_http`"),
            },
            _ => Err("must be https"),
        }
    }
}

/// Returns true if a URL's host is this machine, without asking a resolver.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
