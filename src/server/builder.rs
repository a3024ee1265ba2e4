use std::{fmt, sync::Arc, time::Duration};

use http::{Uri, response::Parts};

use super::{
    ResourceServer,
    shared::{Shared, Trusted},
};
use crate::{
    algorithm::Algorithm,
    claims::Issuer,
    error::{BearerError, ConfigError, Problems},
    jwks::Keys,
    refusal::Refusals,
    scope::Matching,
    time::{Clock, SystemClock},
    transport::UrlRule,
    verify::{AudienceRule, Verifier},
};

/// Sets up a [`ResourceServer`]; made by [`ResourceServer::builder`] and
/// [`ResourceServer::discover`].
///
/// The settings of tokens (`algorithms`, `leeway` and so on) apply to the issuer named last.
#[must_use]
pub struct ResourceServerBuilder {
    issuers: Vec<(Verifier, Keys)>,
    realm: Option<Box<str>>,
    resource_metadata: Option<Uri>,
    hook: Option<Box<dyn FnOnce(Refusals) -> Refusals + Send>>,
    clock: Arc<dyn Clock>,
    url_rule: UrlRule,
}

impl ResourceServerBuilder {
    pub(super) fn new(verifier: Verifier, keys: Keys) -> Self {
        Self {
            issuers: vec![(verifier, keys)],
            realm: None,
            resource_metadata: None,
            hook: None,
            clock: Arc::new(SystemClock),
            url_rule: UrlRule::Https,
        }
    }

    /// Trusts one more issuer, with its own audience, keys and settings. The token's `iss` picks
    /// one by exact match; a key of one never admits a token of another (RFC 8725 §3.8).
    pub fn issuer(
        mut self,
        issuer: Issuer,
        audience: impl Into<AudienceRule>,
        keys: impl Into<Keys>,
    ) -> Self {
        self.issuers.push((Verifier::new(issuer, audience), keys.into()));
        self
    }

    /// Admits these algorithms only (RFC 8725 §3.1); all asymmetric ones by default.
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.last(|verifier| verifier.algorithms(algorithms))
    }

    /// How far the issuer's clock may differ from this one: 30 seconds by default, at most 5
    /// minutes.
    pub fn leeway(self, leeway: Duration) -> Self {
        self.last(|verifier| verifier.leeway(leeway))
    }

    /// Refuses tokens that were issued longer ago than this, and tokens without `iat`.
    pub fn max_token_age(self, age: Duration) -> Self {
        self.last(|verifier| verifier.max_token_age(age))
    }

    /// Demands what RFC 9068 demands; see [`Verifier::strict_rfc9068`].
    pub fn strict_rfc9068(self) -> Self {
        self.last(Verifier::strict_rfc9068)
    }

    /// How scopes are compared: [`Matching::Exact`] for an issuer whose scopes are not patterns.
    pub fn matching(self, matching: Matching) -> Self {
        self.last(|verifier| verifier.matching(matching))
    }

    /// Reads the scopes from this claim instead of `scope`; see [`Verifier::scope_claim`].
    pub fn scope_claim(self, name: impl Into<Box<str>>) -> Self {
        self.last(|verifier| verifier.scope_claim(name))
    }

    fn last(mut self, set: impl FnOnce(Verifier) -> Verifier) -> Self {
        if let Some((verifier, keys)) = self.issuers.pop() {
            self.issuers.push((set(verifier), keys));
        }
        self
    }

    /// The `realm` of challenges (RFC 9110 §11.5); the first audience by default.
    pub fn realm(self, realm: impl Into<Box<str>>) -> Self {
        Self { realm: Some(realm.into()), ..self }
    }

    /// Where the API's metadata (RFC 9728) lies: challenges name it in `resource_metadata`.
    pub fn resource_metadata(self, url: Uri) -> Self {
        Self { resource_metadata: Some(url), ..self }
    }

    /// Makes the body of refused responses; status, challenge and `Retry-After` are set already.
    ///
    /// `B` is the body type that the guarded service answers with: with axum,
    /// `axum::body::Body`. Were it another, bodies would be empty and the log would say so.
    ///
    /// ```
    /// # use tower_bearer::{claims::{Audience, Issuer}, jwks::RemoteJwks, server::ResourceServer};
    /// # use http_body_util::Full;
    /// # let builder = ResourceServer::builder(
    /// #     Issuer::new("https://issuer.example").unwrap(),
    /// #     Audience::new("urn:worldmappers").unwrap(),
    /// #     RemoteJwks::new("https://issuer.example/jwks".parse().unwrap()),
    /// # );
    /// builder.on_refusal(|error, _parts| Full::<bytes::Bytes>::from(error.to_string()));
    /// ```
    pub fn on_refusal<B: 'static>(
        self,
        body: impl Fn(&BearerError, &mut Parts) -> B + Send + Sync + 'static,
    ) -> Self {
        Self { hook: Some(Box::new(|refusals: Refusals| refusals.with_hook(body))), ..self }
    }

    /// Gives refused responses of axum a JSON problem body (RFC 9457); see
    /// [`problem_details`](crate::refusal::problem_details).
    #[cfg(feature = "axum")]
    pub fn problem_details(self) -> Self {
        self.on_refusal(crate::refusal::problem_details::<axum::body::Body>)
    }

    /// Lets keys and metadata be fetched by plain http from this machine's loopback addresses: for
    /// tests and development.
    pub fn allow_loopback_http(self) -> Self {
        Self { url_rule: UrlRule::HttpsOrLoopback, ..self }
    }

    /// Tells the time; the system's clock by default.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Builds the server. Nothing is fetched yet.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn build(self) -> Result<ResourceServer, ConfigError> {
        let mut problems = Problems::default();
        self.check(&mut problems);
        let audience = self.issuers.iter().find_map(|(verifier, _)| verifier.audience().name());
        let realm = self.realm.as_deref().or(audience).unwrap_or("api");
        let metadata = self.resource_metadata.as_ref().map(Uri::to_string);
        let refusals = Refusals::new(realm, metadata.as_deref());
        let refusals = Arc::new(match self.hook {
            Some(hook) => hook(refusals),
            None => refusals,
        });
        let issuers = self
            .issuers
            .into_iter()
            .map(|(verifier, keys)| Trusted {
                keys: keys.open(verifier.issuer(), &self.clock, self.url_rule, &mut problems),
                verifier: verifier.refusing_by(refusals.clone()),
            })
            .collect();
        problems.or(ResourceServer(Arc::new(Shared { issuers, refusals, clock: self.clock })))
    }

    fn check(&self, problems: &mut Problems) {
        for (place, (verifier, _)) in self.issuers.iter().enumerate() {
            verifier.check(problems);
            let earlier = self.issuers.iter().take(place);
            if earlier.into_iter().any(|(other, _)| other.issuer() == verifier.issuer()) {
                let issuer = verifier.issuer();
                problems.add("issuer", format!("{issuer} is named twice; name it once"));
            }
        }
        if self.realm.as_deref() == Some("") {
            problems.add("realm", "is empty; name the API, or leave the setting out");
        }
        if let Some(url) = &self.resource_metadata
            && let Err(cure) = self.url_rule.check(url)
        {
            problems.add("resource_metadata", cure);
        }
    }
}

impl fmt::Debug for ResourceServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceServerBuilder")
            .field("issuers", &self.issuers)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}
