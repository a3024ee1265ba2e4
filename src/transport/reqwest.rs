//! The default transport: reqwest over rustls.

use std::{net::SocketAddr, sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{Request, Response, Uri};
use reqwest::{
    Certificate, Client, ClientBuilder, Proxy,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use super::{
    Transport, TransportError, TransportFuture,
    client_settings::{ClientSettings, ProxySetting},
    url_rule::{LOOPBACK, UrlRule, is_loopback, is_loopback_name},
};

/// The time limit for opening a connection, by default.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// HTTP/1.1 by reqwest: certificates are checked against the machine's roots, redirects are not
/// followed, nothing is decompressed.
///
/// Each of its clients is built at its first use, so a program still starts on a machine without CA
/// roots: only its fetches fail. `localhost` and names below it are connected to 127.0.0.1 or ::1
/// without a lookup and without a proxy; plain http uses neither roots nor a proxy.
#[derive(Debug, Default)]
pub struct ReqwestTransport {
    settings: ClientSettings,
    rule: UrlRule,
    https: OnceLock<Client>,
    https_loopback: OnceLock<Client>,
    plain: OnceLock<Client>,
    plain_loopback: OnceLock<Client>,
}

impl ReqwestTransport {
    /// A transport with no connection yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn with(settings: ClientSettings, rule: UrlRule) -> Self {
        Self { settings, rule, ..Self::default() }
    }

    /// Builds the client for https, whose settings may be wrong. The error has the setting's name.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let wrong_proxy = |_| ("proxy", "is not a proxy's URL; give http://host:port".to_owned());
        let wrong_roots = |error: String| ("root_certificates", error);
        self.proxy().map_err(wrong_proxy)?;
        let roots = self.roots().map_err(|error| wrong_roots(format!("are not PEM: {error}")))?;
        if roots.is_some_and(|roots| roots.is_empty()) {
            let help = "hold no PEM block `CERTIFICATE`; give the authority's certificate";
            return Err(wrong_roots(help.to_owned()));
        }
        if self.settings.roots.is_none() {
            return Ok(());
        }
        self.https_client(&self.https, false).map(drop).map_err(|error| {
            let why = std::error::Error::source(&error).map(ToString::to_string);
            wrong_roots(format!("cannot be used: {}", why.unwrap_or_else(|| error.to_string())))
        })
    }

    fn roots(&self) -> Result<Option<Vec<Certificate>>, reqwest::Error> {
        self.settings.roots.as_deref().map(Certificate::from_pem_bundle).transpose()
    }

    fn proxy(&self) -> Result<Option<Proxy>, reqwest::Error> {
        match &self.settings.proxy {
            Some(ProxySetting::At(url)) => Proxy::all(url.to_string()).map(Some),
            Some(ProxySetting::None) | None => Ok(None),
        }
    }

    fn client(&self, url: &Uri) -> Result<&Client, TransportError> {
        let host = url.host().unwrap_or_default();
        if url.scheme_str() != Some("http") {
            return if is_loopback_name(host) {
                self.https_client(&self.https_loopback, true)
            } else {
                self.https_client(&self.https, false)
            };
        }
        let plain = |builder: ClientBuilder| builder.no_proxy().tls_certs_only([]);
        if is_loopback(host) {
            self.get(&self.plain_loopback, |builder| Ok(plain(builder).dns_resolver(Loopback)))
        } else if self.rule.names(url) {
            self.get(&self.plain, |builder| Ok(plain(builder)))
        } else {
            Err(TransportError::new(
                "plain http is sent only to loopback addresses and to the hosts of `allow_http_to`",
            ))
        }
    }

    fn https_client<'c>(
        &self,
        cell: &'c OnceLock<Client>,
        is_loopback: bool,
    ) -> Result<&'c Client, TransportError> {
        self.get(cell, |mut builder| {
            builder = builder.https_only(true);
            if let Some(roots) = self.roots()? {
                builder = builder.tls_certs_only(roots);
            }
            if is_loopback {
                return Ok(builder.no_proxy().dns_resolver(Loopback));
            }
            Ok(match (&self.settings.proxy, self.proxy()?) {
                (_, Some(proxy)) => builder.no_proxy().proxy(proxy),
                (Some(ProxySetting::None), None) => builder.no_proxy(),
                _ => builder,
            })
        })
    }

    /// Returns the client of a cell, built if it was not.
    fn get<'c>(
        &self,
        cell: &'c OnceLock<Client>,
        set: impl FnOnce(ClientBuilder) -> Result<ClientBuilder, reqwest::Error>,
    ) -> Result<&'c Client, TransportError> {
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(self.settings.connect_timeout.unwrap_or(CONNECT_TIMEOUT));
        let client = set(builder).and_then(ClientBuilder::build).map_err(|error| {
            TransportError::new("the HTTP client cannot be built").with_source(error)
        })?;
        Ok(cell.get_or_init(|| client))
    }
}

/// Resolves loopback names, and no others.
#[derive(Debug)]
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let is_loopback = is_loopback_name(name.as_str());
        Box::pin(async move {
            if !is_loopback {
                return Err("the name is not that of a loopback address".into());
            }
            // The port of the URL takes the place of the zero.
            Ok(Box::new(LOOPBACK.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request<Bytes>, max_body: usize) -> TransportFuture<'_> {
        Box::pin(async move {
            let client = self.client(request.uri())?;
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
