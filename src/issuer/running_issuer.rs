//! An issuer that runs on a socket of this machine.

use std::{error::Error, fmt, io, net::SocketAddr, ops::Deref};

use super::{serve::Server, token_issuer::TokenIssuer};
use crate::error::ConfigError;

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
    server: Server,
}

impl RunningIssuer {
    pub(super) const fn new(issuer: TokenIssuer, server: Server) -> Self {
        Self { issuer, server }
    }

    /// Returns the issuer's URL without a trailing slash: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.issuer.issuer().as_str().trim_end_matches('/')
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Accepts no more connections and waits until the requests that have begun are answered, for
    /// at most 10 seconds.
    ///
    /// # Cancel safety
    /// Dropping the future closes every connection at once.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

impl Deref for RunningIssuer {
    type Target = TokenIssuer;

    fn deref(&self) -> &TokenIssuer {
        &self.issuer
    }
}

/// An issuer could not be started. `Debug` prints the same sentence as `Display`, so that
/// `fn main() -> Result<(), Box<dyn Error>>` shows it.
#[non_exhaustive]
pub enum StartError {
    /// The configuration is wrong.
    Config(ConfigError),
    /// The socket could not be opened.
    Socket(io::Error),
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Socket(error) => {
                write!(f, "cannot listen on 127.0.0.1: {error}: choose another port")
            }
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
