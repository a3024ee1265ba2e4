//! Runs an issuer on a socket of this machine.

use std::{error::Error, fmt, io, net::SocketAddr, ops::Deref, time::Duration};

use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use tower_service::Service;

use super::{endpoint::response::ResponseBody, token_issuer::TokenIssuer};
use crate::error::ConfigError;

/// How long a client may take to send its headers, and how long one whole connection may take.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(300);
/// How long to wait after the system refused a connection, as when it has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// An issuer that listens on a loopback address until this value is dropped.
///
/// It dereferences to its [`TokenIssuer`].
///
/// ```
/// use tower_bearer::{algorithm::Algorithm, issuer::TokenIssuer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TokenIssuer::on_loopback().algorithm(Algorithm::ES256).start().await?;
/// assert_eq!(issuer.jwks_uri(), format!("{}/.well-known/jwks.json", issuer.url()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RunningIssuer {
    issuer: TokenIssuer,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl RunningIssuer {
    pub(super) async fn start<S: Serve>(
        port: u16,
        build: impl FnOnce(SocketAddr) -> Result<TokenIssuer, ConfigError>,
        wrap: impl FnOnce(TokenIssuer) -> S,
    ) -> Result<(Self, S), StartError> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(StartError::Socket)?;
        let address = listener.local_addr().map_err(StartError::Socket)?;
        let issuer = build(address).map_err(StartError::Config)?;
        let service = wrap(issuer.clone());
        let accepting = tokio::spawn(accept(listener, service.clone()));
        Ok((Self { issuer, address, accepting }, service))
    }

    /// The issuer's URL without a trailing slash: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.issuer.issuer().as_str().trim_end_matches('/')
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Deref for RunningIssuer {
    type Target = TokenIssuer;

    fn deref(&self) -> &TokenIssuer {
        &self.issuer
    }
}

impl Drop for RunningIssuer {
    /// Ends the one task, and with it every connection.
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What can be served: the issuer, or the issuer behind something.
pub(super) trait Serve:
    Service<
        Request<Incoming>,
        Response = Response<ResponseBody>,
        Error: Into<Box<dyn Error + Send + Sync>>,
        Future: Send + 'static,
    > + Clone
    + Send
    + 'static
{
}

impl<S> Serve for S where
    S: Service<
            Request<Incoming>,
            Response = Response<ResponseBody>,
            Error: Into<Box<dyn Error + Send + Sync>>,
            Future: Send + 'static,
        > + Clone
        + Send
        + 'static
{
}

async fn accept(listener: TcpListener, service: impl Serve) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(converse(stream, service.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "the issuer could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, service: impl Serve) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Ok(Err(error)) = tokio::time::timeout(CONNECTION_TIMEOUT, connection).await {
        tracing::debug!(%error, "a connection to the issuer ended early");
    }
}

/// Why an issuer does not run.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// Its configuration is wrong.
    Config(ConfigError),
    /// It got no socket.
    Socket(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Socket(_) => f.write_str("the issuer got no socket on 127.0.0.1"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(_) => None,
            Self::Socket(error) => Some(error),
        }
    }
}
