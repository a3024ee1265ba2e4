//! Which URLs may be fetched (RFC 6750 §5.3, RFC 8414 §2).

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use http::{Uri, uri::Authority};

/// The addresses of a loopback name, which no resolver is asked for (RFC 6761 §6.3).
#[cfg(feature = "reqwest")]
pub(super) const LOOPBACK: [IpAddr; 2] =
    [IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Which URLs may be fetched: `https`, and `http` where a setting allows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct UrlRule {
    allows_loopback: bool,
    /// Hosts with their ports in lower case, as the setting lists them.
    plain_hosts: Arc<[Box<str>]>,
}

impl UrlRule {
    /// Allows plain http to this machine's loopback addresses, too.
    pub(crate) fn allow_loopback(self) -> Self {
        Self { allows_loopback: true, ..self }
    }

    /// Allows plain http to these hosts, too.
    pub(crate) fn allow_hosts(self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let more = hosts.into_iter().map(|host| host.into().to_ascii_lowercase().into());
        Self { plain_hosts: self.plain_hosts.iter().cloned().chain(more).collect(), ..self }
    }

    /// Returns the rule without its named hosts.
    pub(crate) fn without_hosts(&self) -> Self {
        Self { allows_loopback: self.allows_loopback, plain_hosts: Arc::default() }
    }

    /// Returns the rule that allows what either of the two allows.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            allows_loopback: self.allows_loopback || other.allows_loopback,
            ..self.clone().allow_hosts(other.plain_hosts.iter().map(|host| &**host))
        }
    }

    /// Checks an absolute URL; the error is the end of a sentence that begins with the URL's name.
    pub(crate) fn check(&self, url: &Uri) -> Result<(), &'static str> {
        if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("must not carry user information");
        }
        match (url.scheme_str(), url.host()) {
            (_, None | Some("")) => Err("must be an absolute https URL"),
            (Some("https"), _) => Ok(()),
            (Some("http"), Some(_)) if self.names(url) => Ok(()),
            (Some("http"), Some(host)) if is_loopback(host) => {
                if self.allows_loopback {
                    Ok(())
                } else {
                    Err("must be https; for a test on this machine, \
                         allow http to loopback addresses with `allow_loopback_http`")
                }
            }
            (Some("http"), _) => Err("must be https; if only plain http reaches this host, and \
                the network up to it is your own, name host and port in `allow_http_to`"),
            _ => Err("must be https"),
        }
    }

    /// Returns true if the setting lists this host and port.
    pub(super) fn names(&self, url: &Uri) -> bool {
        let Some(host) = url.host().filter(|_| !self.plain_hosts.is_empty()) else { return false };
        let place = format!("{}:{}", host.to_ascii_lowercase(), url.port_u16().unwrap_or(80));
        self.plain_hosts.iter().any(|listed| **listed == *place)
    }

    /// Returns what is wrong with a listed host; the end of a sentence that begins with the setting.
    pub(crate) fn fault(&self) -> Option<String> {
        let wrong = self.plain_hosts.iter().find(|host| !is_host_and_port(host))?;
        let shown: String = wrong.chars().take(100).collect();
        Some(format!(
            "cannot list {shown:?}: give one host and its port, such as `keycloak:8080`, without a \
             pattern"
        ))
    }

    /// Logs which hosts are reached by plain http.
    pub(crate) fn warn(&self) {
        if !self.plain_hosts.is_empty() {
            tracing::warn!(
                hosts = self.plain_hosts.join(" "),
                "plain http is allowed to these hosts: anyone on the way to them can replace what \
                 they send, keys included"
            );
        }
    }
}

impl fmt::Debug for UrlRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlRule")
            .field("allows_loopback", &self.allows_loopback)
            .field("plain_hosts", &self.plain_hosts)
            .finish()
    }
}

fn is_host_and_port(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else { return false };
    let host = authority.host();
    let is_name = host.split('.').all(|label| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    });
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_address = address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    let port = authority.port_u16().filter(|port| *port != 0);
    (is_name || is_address) && port.is_some_and(|port| format!("{host}:{port}") == text)
}

/// Returns true if a URL's host is this machine, without asking a resolver: a loopback address,
/// `localhost` or a name that ends in `.localhost` (RFC 6761 §6.3).
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    is_loopback_name(host) || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Returns true for `localhost` and names that end in `.localhost`, in any case, with or without the
/// dot of the root.
pub(crate) fn is_loopback_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name.rsplit('.').next().is_some_and(|label| label.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rule: &UrlRule, url: &str) -> bool {
        url.parse().is_ok_and(|url| rule.check(&url).is_ok())
    }

    #[test]
    fn w22_loopback_names_are_compared_without_case() {
        let rule = UrlRule::default().allow_loopback();
        for host in [
            "localhost",
            "LOCALHOST",
            "LocalHost.",
            "keycloak.localhost",
            "a.b.LOCALHOST",
            "keycloak.localhost.",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
        ] {
            let url = format!("http://{host}:8080/keys");
            assert!(allows(&rule, &url), "{url}");
            assert!(!allows(&UrlRule::default(), &url), "{url} needs its setting");
        }
        for host in [
            "localhost.example",
            "notlocalhost",
            "localhost.localdomain",
            "localhost..",
            "128.0.0.1",
            "[::2]",
            "127.1",
            "0.0.0.0",
            "%6cocalhost",
            "example",
        ] {
            let url = format!("http://{host}:8080/keys");
            assert!(!allows(&rule, &url), "{url}");
        }
    }

    #[test]
    fn w22_plain_http_is_allowed_to_a_named_host_and_port_and_no_other() {
        let rule =
            UrlRule::default().allow_hosts(["Keycloak:8080", "10.0.0.7:80", "[fd00::7]:8080"]);
        assert_eq!(rule.fault(), None);
        for url in [
            "http://keycloak:8080/realms/a",
            "http://KEYCLOAK:8080",
            "http://10.0.0.7/keys",
            "http://10.0.0.7:80/keys",
            "http://[fd00::7]:8080/",
        ] {
            assert!(allows(&rule, url), "{url}");
        }
        for url in [
            "http://keycloak/realms/a",
            "http://keycloak:8081",
            "http://a.keycloak:8080",
            "http://keycloak.example:8080",
            "http://keycloak.:8080",
            "http://a@keycloak:8080",
            "http://localhost:8080",
            "http://127.0.0.1",
            "ftp://keycloak:8080",
        ] {
            assert!(!allows(&rule, url), "{url}");
        }
        assert!(!allows(&rule.without_hosts(), "http://keycloak:8080"));
        assert!(allows(&UrlRule::default().or(&rule), "http://keycloak:8080"));
    }

    #[test]
    fn w22_a_host_that_could_stand_for_several_is_refused() {
        for wrong in [
            "keycloak",
            "*:8080",
            "*.example:80",
            "keycloak:*",
            "keycloak:0",
            "keycloak:08080",
            "http://keycloak:8080",
            "keycloak:8080/realms",
            "a@keycloak:8080",
            "",
            ":8080",
            "a..b:80",
            "fd00::7:80",
            "keycloak:8080 b:1",
            "key?loak:80",
        ] {
            let rule = UrlRule::default().allow_hosts([wrong]);
            let fault = rule.fault().unwrap_or_else(|| panic!("{wrong:?} is refused"));
            assert!(fault.contains("keycloak:8080"), "{fault}");
        }
    }
}
