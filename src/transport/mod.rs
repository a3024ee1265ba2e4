//! The HTTP transport that fetches documents and tokens: one small trait over `http` types.
//!
//! The default transport (feature `reqwest`) speaks HTTP over rustls. [`HttpSettings`] sets its root
//! certificates, its proxy, and headers that are secrets. Implement the trait to use another HTTP
//! client, or to answer from memory in a test.

mod client_settings;
mod credentials;
mod default;
mod fields;
mod http_settings;
mod origin;
#[cfg(feature = "reqwest")]
mod reqwest;
mod url_rule;

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};

pub use self::http_settings::HttpSettings;
#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub(crate) use self::{
    default::default_transport,
    fields::{date, field, retry_after},
    url_rule::UrlRule,
};
#[cfg(feature = "client")]
pub(crate) use self::{origin::Origin, url_rule::is_loopback_name};

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
