use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use http::{
    HeaderName, HeaderValue, Uri,
    header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, UPGRADE},
};

use super::{
    Transport,
    client_settings::{ClientSettings, ProxySetting},
    credentials::{Credential, WithCredentials},
    default::built_transport,
    origin::Origin,
    url_rule::UrlRule,
};

/// Shortest and longest time limit of opening a connection.
const CONNECT_TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(30);

/// Settings of the requests for keys and metadata, for a server that needs more than an address:
/// certificates of an authority of its own, a proxy, a header.
///
/// ```
/// use tower_bearer::{claims::Issuer, jwks::RemoteJwks, transport::HttpSettings};
///
/// // The keys of a Kubernetes cluster, read from inside a pod.
/// let account = "/var/run/secrets/kubernetes.io/serviceaccount";
/// let http = HttpSettings::new()
///     .root_certificates_file(format!("{account}/ca.crt"))
///     .bearer_file(format!("{account}/token"));
/// let keys = RemoteJwks::new("https://kubernetes.default.svc/openid/v1/jwks".parse()?).http(http);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Environment
///
/// Where nothing is set, the default transport follows the environment: `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` replace the machine's root certificates, `HTTPS_PROXY` and `ALL_PROXY` (also in
/// lower case) name a proxy, and `NO_PROXY` lists the hosts that are reached without it. Plain http
/// and loopback names never use a proxy.
///
/// # Where credentials are sent
///
/// A header and a bearer token are sent only to the origin (scheme, host and port) of the configured
/// address, which is the issuer's where the keys are discovered, and to the origins of
/// [`credentials_to`](Self::credentials_to); and only over https. They are not part of any log line,
/// error or `Debug` output.
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct HttpSettings {
    roots: Option<Roots>,
    proxy: Option<ProxySetting>,
    connect_timeout: Option<Duration>,
    credentials: Vec<Credential>,
    origins: Vec<Box<str>>,
}

#[derive(Clone, PartialEq, Eq)]
enum Roots {
    Pem(Box<[u8]>),
    File(PathBuf),
}

impl HttpSettings {
    /// No settings: what the environment says applies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts certificates of these authorities **instead of** the machine's: certificates as PEM
    /// blocks.
    pub fn root_certificates(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { roots: Some(Roots::Pem(pem.into().into())), ..self }
    }

    /// Accepts certificates of the authorities in this PEM file **instead of** the machine's. It is
    /// read when the server is built.
    pub fn root_certificates_file(self, path: impl AsRef<Path>) -> Self {
        Self { roots: Some(Roots::File(path.as_ref().to_owned())), ..self }
    }

    /// Sends https requests by this proxy: an `http` or `https` URL, which may hold a user's name
    /// and password. What the environment says about proxies is ignored.
    pub fn proxy(self, url: Uri) -> Self {
        Self { proxy: Some(ProxySetting::At(url)), ..self }
    }

    /// Sends requests directly, whatever the environment says about proxies.
    pub fn no_proxy(self) -> Self {
        Self { proxy: Some(ProxySetting::None), ..self }
    }

    /// Sets the time limit for opening a connection: 2 seconds by default, 0.1 to 30. The limit of a
    /// whole fetch is [`RemoteJwks::fetch_timeout`](crate::jwks::RemoteJwks::fetch_timeout).
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: Some(timeout), ..self }
    }

    /// Sends a header with each request. Its value is a secret: it is sent only where the type's
    /// documentation says.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.credentials.push(Credential::fixed(name, value));
        self
    }

    /// Sends a header whose value is the text of a file, without white space around it. The file is
    /// read again for each request, so that a rotated secret needs no restart.
    pub fn header_file(mut self, name: HeaderName, path: impl AsRef<Path>) -> Self {
        self.credentials.push(Credential::file(name, path.as_ref()));
        self
    }

    /// Sends the token in this file as `Authorization: Bearer`. The file is read again for each
    /// request, so that a rotated token needs no restart.
    pub fn bearer_file(mut self, path: impl AsRef<Path>) -> Self {
        self.credentials.push(Credential::bearer_file(path.as_ref()));
        self
    }

    /// Sends header and bearer token to this origin, too, such as `https://10.0.0.1:6443`: for an
    /// issuer whose metadata names another host for its keys.
    pub fn credentials_to(mut self, origin: impl Into<Box<str>>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Makes the transport of requests to `address`. `own` is the transport that was set, `shared`
    /// the one to use if nothing is set. Each problem is reported with its setting.
    pub(crate) fn open(
        &self,
        own: Option<Arc<dyn Transport>>,
        shared: impl FnOnce() -> Arc<dyn Transport>,
        rule: &UrlRule,
        address: Option<&Uri>,
        report: &mut dyn FnMut(&'static str, String),
    ) -> Arc<dyn Transport> {
        let mut problems = Vec::new();
        let mut note = |setting, help| problems.push((setting, help));
        // An address that is not allowed at all is reported with its own setting.
        let plain = address.filter(|url| url.scheme_str() == Some("http"));
        let is_plain = plain.is_some_and(|url| rule.check(url).is_ok());
        self.check(own.is_some(), is_plain, &mut note);
        let client = self.client(&mut note);
        let is_wrong = !problems.is_empty();
        problems.into_iter().for_each(|(setting, help)| report(setting, help));
        let transport = match own {
            Some(own) => own,
            None if is_wrong || client.is_default() => shared(),
            None => built_transport(client, rule, report),
        };
        if self.credentials.is_empty() {
            return transport;
        }
        let named = self.origins.iter().filter_map(|origin| parse_origin(origin));
        let configured = address.cloned().and_then(Origin::from_url);
        let origins = configured.into_iter().chain(named).filter(Origin::is_https).collect();
        Arc::new(WithCredentials::new(transport, self.credentials.clone(), origins))
    }

    fn client(&self, report: &mut dyn FnMut(&'static str, String)) -> ClientSettings {
        let roots = match &self.roots {
            None => None,
            Some(Roots::Pem(pem)) => Some(pem.clone()),
            Some(Roots::File(path)) => match std::fs::read(path) {
                Ok(pem) => Some(pem.into()),
                Err(error) => {
                    let help = format!("cannot be read: {}: {error}", path.display());
                    report("root_certificates", help);
                    None
                }
            },
        };
        ClientSettings { roots, proxy: self.proxy.clone(), connect_timeout: self.connect_timeout }
    }

    fn check(&self, has_own: bool, is_plain: bool, report: &mut dyn FnMut(&'static str, String)) {
        let only_default = "applies to the default transport only; set it in the `transport`";
        for (setting, is_set) in [
            ("root_certificates", self.roots.is_some()),
            ("proxy", self.proxy.is_some()),
            ("connect_timeout", self.connect_timeout.is_some()),
        ] {
            if is_set && has_own {
                report(setting, only_default.to_owned());
            }
        }
        if let Some(ProxySetting::At(url)) = &self.proxy
            && !(matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some())
        {
            // The URL may hold a password, so it is not repeated.
            report("proxy", "is not an http or https URL; give one with its port".to_owned());
        }
        if self.connect_timeout.is_some_and(|limit| !CONNECT_TIMEOUTS.contains(&limit)) {
            report("connect_timeout", "is not between 100 milliseconds and 30 seconds".to_owned());
        }
        for (place, credential) in self.credentials.iter().enumerate() {
            let (setting, name) = (credential.setting(), credential.name());
            if [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE].contains(name) {
                report(setting, format!("cannot be `{name}`, which the transport sets by itself"));
            }
            if self.credentials.iter().take(place).any(|earlier| earlier.name() == name) {
                let help = if *name == AUTHORIZATION {
                    "is given together with another `authorization`; keep one".to_owned()
                } else {
                    format!("`{name}` is given twice; keep one")
                };
                report(setting, help);
            }
            if credential.has_empty_path() {
                report(setting, "names no file; give the path of one".to_owned());
            }
            if is_plain {
                report(setting, "is sent only over https, and the address is http".to_owned());
            }
        }
        for origin in &self.origins {
            if parse_origin(origin).is_none() {
                let shown: String = origin.chars().take(100).collect();
                let help = format!(
                    "cannot list {shown:?}: give an https origin, such as https://10.0.0.1:6443"
                );
                report("credentials_to", help);
            }
        }
        if self.credentials.is_empty() && !self.origins.is_empty() {
            let help = "names an origin, and there is no header or bearer file to send there";
            report("credentials_to", help.to_owned());
        }
    }
}

/// Parses an https origin: a URL with neither path nor query.
fn parse_origin(text: &str) -> Option<Origin> {
    let url: Uri = text.parse().ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && !text.contains(['@', '#', '*']);
    Origin::from_url(url).filter(|origin| is_bare && origin.is_https())
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roots = self.roots.as_ref().map(|roots| match roots {
            Roots::Pem(pem) => format!("{} bytes", pem.len()),
            Roots::File(path) => path.display().to_string(),
        });
        f.debug_struct("HttpSettings")
            .field("root_certificates", &roots)
            .field("proxy", &self.proxy)
            .field("connect_timeout", &self.connect_timeout)
            .field("credentials", &self.credentials)
            .field("credentials_to", &self.origins)
            .finish()
    }
}
