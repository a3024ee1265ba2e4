use http::Uri;

/// Scheme, host and port of an address (RFC 6454 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an http or https address; `None` for any other, and for one with user
    /// information.
    pub(super) fn of(url: &Uri) -> Option<Self> {
        let scheme = url.scheme_str()?.to_ascii_lowercase();
        let default = match &*scheme {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let authority = url.authority()?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return None;
        }
        let host = authority.host().to_ascii_lowercase();
        let has_port = authority.as_str().len() > authority.host().len();
        let port = if has_port { authority.port_u16()? } else { default };
        Some(Self { scheme, host, port })
    }

    /// Returns true if an address is an origin and nothing more.
    pub(super) fn is_whole(url: &Uri) -> bool {
        Self::of(url).is_some() && matches!(url.path(), "" | "/") && url.query().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Option<Origin> {
        Origin::of(&url.parse().unwrap())
    }

    #[test]
    fn s12_an_origin_is_scheme_host_and_port() {
        for same in [
            "https://issuer.example/lists/1",
            "https://ISSUER.example:443/",
            "HTTPS://issuer.example?x",
        ] {
            assert_eq!(origin(same), origin("https://issuer.example"), "{same}");
        }
        for other in [
            "http://issuer.example/",
            "https://issuer.example:8443/",
            "https://issuer.example.evil.example/",
            "https://lists.issuer.example/",
            "https://issuer.example./",
        ] {
            assert_ne!(origin(other), origin("https://issuer.example"), "{other}");
        }
        for none in ["/lists/1", "ftp://issuer.example/", "https://a@issuer.example/", "a:1"] {
            assert_eq!(origin(none), None, "{none}");
        }
    }
}
