use http::{Uri, uri::Scheme};

/// Scheme, host and port of a URL (RFC 6454 §4).
#[derive(Clone, Debug)]
pub(super) struct Origin {
    scheme: Scheme,
    host: Box<str>,
    port: u16,
}

impl Origin {
    /// The origin of an absolute http or https URL.
    pub(super) fn of(url: &Uri) -> Option<Self> {
        let (scheme, host) = (url.scheme()?, url.host()?);
        let port = url.port_u16().or_else(|| default_port(scheme))?;
        Some(Self { scheme: scheme.clone(), host: host.into(), port })
    }

    /// Whether `url` has this origin; a default port counts as written (RFC 6454 §5).
    pub(super) fn is_of(&self, url: &Uri) -> bool {
        url.scheme() == Some(&self.scheme)
            && url.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.host))
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
