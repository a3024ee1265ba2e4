//! The transport of a configuration that does not set one.

use std::sync::Arc;

#[cfg(not(feature = "reqwest"))]
use bytes::Bytes;
#[cfg(not(feature = "reqwest"))]
use http::Request;

#[cfg(feature = "reqwest")]
use super::reqwest::ReqwestTransport;
use super::{Transport, client_settings::ClientSettings, url_rule::UrlRule};
#[cfg(not(feature = "reqwest"))]
use super::{TransportError, TransportFuture};

/// Returns the transport for a configuration that does not set one.
#[cfg(feature = "reqwest")]
pub(crate) fn default_transport(rule: &UrlRule) -> Arc<dyn Transport> {
    Arc::new(ReqwestTransport::with(ClientSettings::default(), rule.clone()))
}

/// Returns the default transport with these settings.
#[cfg(feature = "reqwest")]
pub(super) fn built_transport(
    settings: ClientSettings,
    rule: &UrlRule,
    report: &mut dyn FnMut(&'static str, String),
) -> Arc<dyn Transport> {
    let transport = ReqwestTransport::with(settings, rule.clone());
    if let Err((setting, help)) = transport.check() {
        report(setting, help);
    }
    Arc::new(transport)
}

/// Returns a placeholder: without the feature `reqwest` a configuration must set a transport.
#[cfg(not(feature = "reqwest"))]
pub(crate) fn default_transport(_: &UrlRule) -> Arc<dyn Transport> {
    Arc::new(NoTransport)
}

#[cfg(not(feature = "reqwest"))]
pub(super) fn built_transport(
    _: ClientSettings,
    rule: &UrlRule,
    _: &mut dyn FnMut(&'static str, String),
) -> Arc<dyn Transport> {
    default_transport(rule)
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
