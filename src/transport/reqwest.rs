//! The default transport: reqwest over rustls.

use std::{sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::{Client, ClientBuilder, redirect::Policy};

use super::{Transport, TransportError, TransportFuture, is_loopback};

/// The time limit for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// HTTP/1.1 by reqwest: certificates are checked against the machine's roots, redirects are not
/// followed, nothing is decompressed.
///
/// Each of its two clients is built at its first use, so a program still starts on a machine
/// without CA roots: only its fetches fail. Plain http to a loopback address uses neither roots nor
/// a proxy.
#[derive(Debug, Default)]
pub struct ReqwestTransport {
    https: OnceLock<Client>,
    loopback: OnceLock<Client>,
}

impl ReqwestTransport {
    /// A transport with no connection yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn client(&self, request: &Request<Bytes>) -> Result<&Client, TransportError> {
        let plain = request.uri().scheme_str() == Some("http");
        if plain && !request.uri().host().is_some_and(is_loopback) {
            return Err(TransportError::new("plain http is sent to loopback addresses only"));
        }
        let (cell, builder): (_, fn(ClientBuilder) -> ClientBuilder) = if plain {
            (&self.loopback, |builder| builder.no_proxy().tls_certs_only([]))
        } else {
            (&self.https, |builder| builder.https_only(true))
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = builder(Client::builder())
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(|error| {
                TransportError::new("the HTTP client cannot be built").with_source(error)
            })?;
        Ok(cell.get_or_init(|| client))
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request<Bytes>, max_body: usize) -> TransportFuture<'_> {
        Box::pin(async move {
            let client = self.client(&request)?;
            let request = reqwest::Request::try_from(request).map_err(failed)?;
            let mut answer = client.execute(request).await.map_err(failed)?;
            let mut head = Response::new(());
            *head.status_mut() = answer.status();
            *head.headers_mut() = std::mem::take(answer.headers_mut());
            let mut body = BytesMut::new();
            while let Some(chunk) = answer.chunk().await.map_err(failed)? {
                if body.len() + chunk.len() > max_body {
                    return Err(TransportError::new(format!(
                        "the answer has more than {max_body} bytes"
                    )));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(head.map(|()| body.freeze()))
        })
    }
}

fn failed(error: reqwest::Error) -> TransportError {
    TransportError::new("the request failed").with_source(error.without_url())
}
