//! The limits of a [`Server`](super::Server).

use std::time::Duration;

/// The default number of connections: each costs a file descriptor and at most some 40 KiB.
const CONNECTIONS: usize = 1_000;

/// The default time for a request's headers, and for an idle connection to send the next request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The default time for a request's body: a token request has at most 16 KiB.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The default time from a request's headers to its response: the body's 10 seconds, 10 for hooks,
/// 5 for a delayed answer, and a margin of 5.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The time for which a client may leave a response unread once the socket's buffers are full.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection takes no further request after this time, so that clients reconnect and a load
/// balancer can spread them.
pub(super) const CONNECTION_LIFETIME: Duration = Duration::from_secs(300);

/// The most bytes of an incomplete request head that are buffered, and of a response that is not
/// sent yet. Hyper answers 431 beyond it.
pub(super) const MAX_BUFFER_BYTES: usize = 16 * 1024;

/// The limits of a [`Server`](super::Server): its connections, and the time that a client may take.
///
/// ```
/// use std::time::Duration;
/// use tower_bearer::issuer::ServerLimits;
///
/// let limits = ServerLimits::default()
///     .connections(200)
///     .head_timeout(Duration::from_secs(5))
///     .body_timeout(Duration::from_secs(5))
///     .request_timeout(Duration::from_secs(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ServerLimits {
    pub(super) connections: usize,
    pub(super) head_timeout: Duration,
    pub(super) body_timeout: Duration,
    pub(super) request_timeout: Option<Duration>,
}

impl Default for ServerLimits {
    /// 1,000 connections; 10 seconds for a request's headers, 10 for its body and 30 from its
    /// headers to its response.
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            head_timeout: HEAD_TIMEOUT,
            body_timeout: BODY_TIMEOUT,
            request_timeout: Some(REQUEST_TIMEOUT),
        }
    }
}

impl ServerLimits {
    /// Sets how many connections are open at a time, at least one; 1,000 by default. Each needs a
    /// file descriptor.
    pub fn connections(self, connections: usize) -> Self {
        Self { connections: connections.max(1), ..self }
    }

    /// Sets how long a client may take to send a request's headers, and how long a connection may
    /// stay idle before them; 10 seconds by default.
    pub fn head_timeout(self, timeout: Duration) -> Self {
        Self { head_timeout: timeout, ..self }
    }

    /// Sets how long a client may take to send a request's body; 10 seconds by default.
    pub fn body_timeout(self, timeout: Duration) -> Self {
        Self { body_timeout: timeout, ..self }
    }

    /// Sets how long a request may take from its headers to its response; 30 seconds by default.
    /// The connection is closed without a response then.
    pub fn request_timeout(self, timeout: Duration) -> Self {
        Self { request_timeout: Some(timeout), ..self }
    }

    /// Removes the time limit of requests, for a test issuer that hangs on purpose.
    #[cfg(feature = "testing")]
    pub(in crate::issuer) fn without_request_timeout(self) -> Self {
        Self { request_timeout: None, ..self }
    }
}
