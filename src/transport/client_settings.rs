use std::{fmt, time::Duration};

use http::Uri;

/// How requests leave this network.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum ProxySetting {
    /// By this proxy.
    At(Uri),
    /// Directly, whatever the environment says.
    None,
}

/// The settings of an HTTP client.
#[derive(Clone, Default)]
#[cfg_attr(
    not(feature = "reqwest"),
    allow(dead_code, reason = "only the default transport reads them")
)]
pub(super) struct ClientSettings {
    pub(super) roots: Option<Box<[u8]>>,
    pub(super) proxy: Option<ProxySetting>,
    pub(super) connect_timeout: Option<Duration>,
}

impl ClientSettings {
    pub(super) fn is_default(&self) -> bool {
        self.roots.is_none() && self.proxy.is_none() && self.connect_timeout.is_none()
    }
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSettings")
            .field("roots", &self.roots.as_ref().map(|pem| pem.len()))
            .field("proxy", &self.proxy)
            .field("connect_timeout", &self.connect_timeout)
            .finish()
    }
}

impl fmt::Debug for ProxySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(url) => write!(f, "{}", url.host().unwrap_or_default()),
            Self::None => f.write_str("none"),
        }
    }
}
