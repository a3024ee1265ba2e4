use std::time::Duration;

use super::rule::WorkloadRule;
use crate::{
    algorithm::Algorithm,
    claims::Issuer,
    jwks::{Keys, RemoteJwks},
    verify::AudienceRule,
};

/// The longest lifetime of a token unless another one is set: that of a projected token of Kubernetes.
const DEFAULT_MAX_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Another issuer whose tokens are credentials of accounts: a Kubernetes cluster, GitHub Actions, or
/// any that signs JWTs for workloads. Without a [rule](Self::rule) it admits nobody.
///
/// A client presents such a token in one of three forms: as `client_assertion` (RFC 7523 §2.2), as
/// `assertion` of the JWT grant (RFC 7523 §2.1), or as `subject_token` of a token exchange (RFC 8693).
/// Its `client_id` need not be sent; if it is, it must be the account's key.
///
/// The token's `typ` is `JWT`, absent or `client-authentication+jwt`; its only audiences are those
/// named here; `exp` is required. A token that is bound to a sender, that acts for another subject
/// (`act`), or that is an ID token with `nonce` is refused. It does **not** check whether the workload
/// still exists: a token is a credential until its `exp`, so let it be short.
///
/// ```
/// use tower_bearer::{
///     Audience, Issuer,
///     issuer::{Account, Application, TokenIssuer, WorkloadIssuer},
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = WorkloadIssuer::discover(
///     Issuer::new("https://oidc.cluster.example")?,
///     Audience::new("https://issuer.example")?,
/// )
/// .subject("system:serviceaccount:gifts:deliveries", "gift-deliveries");
/// let issuer = TokenIssuer::builder("https://issuer.example".parse()?)
/// #   .algorithm(tower_bearer::algorithm::Algorithm::ES256)
///     .application(Application::new("maps").audience("urn:worldmappers").scopes("directions"))
///     .account(Account::new("gift-deliveries").allow("maps", "directions")) // without a secret
///     .trusted_issuer(cluster)
///     .build()?;
/// # let _ = issuer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct WorkloadIssuer {
    pub(super) issuer: Issuer,
    pub(super) audience: AudienceRule,
    pub(super) keys: Keys,
    pub(super) algorithms: Option<Vec<Algorithm>>,
    pub(super) rules: Vec<WorkloadRule>,
    pub(super) replay: ReplayRule,
    pub(super) max_lifetime: Duration,
    /// The issuer is a SPIFFE trust domain.
    pub(super) is_trust_domain: bool,
}

/// Whether an assertion is accepted again before it expires. Used ones are remembered in memory, by
/// `jti`, or by a digest of the token if it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayRule {
    /// A client assertion is accepted once; in the JWT grant and in a token exchange a token is
    /// accepted until it expires.
    #[default]
    ClientAssertionsOnce,
    /// Each token is accepted once, whatever its form.
    Once,
    /// Each token is accepted until it expires, whatever its form: for platforms that hand out the same
    /// token again, as Kubernetes and SPIFFE do.
    UntilExpiry,
}

impl WorkloadIssuer {
    /// Trusts `issuer`, whose keys are found by its metadata, for tokens whose only audiences are
    /// `audience`.
    pub fn discover(issuer: Issuer, audience: impl Into<AudienceRule>) -> Self {
        let keys = RemoteJwks::discover(issuer.clone());
        Self::new(issuer, audience, keys)
    }

    /// Trusts `issuer` with these keys, for tokens whose only audiences are `audience`.
    pub fn new(issuer: Issuer, audience: impl Into<AudienceRule>, keys: impl Into<Keys>) -> Self {
        Self {
            issuer,
            audience: audience.into(),
            keys: keys.into(),
            algorithms: None,
            rules: Vec::new(),
            replay: ReplayRule::default(),
            max_lifetime: DEFAULT_MAX_LIFETIME,
            is_trust_domain: false,
        }
    }

    /// Trusts a SPIFFE trust domain, such as `spiffe://example.org`, whose bundle is `bundle`: its
    /// JWT-SVIDs are client assertions of the type `jwt-spiffe`
    /// (draft-ietf-oauth-spiffe-client-auth-02). They need neither `iss` nor `jti`, and are accepted
    /// until they expire, since workloads use one again. Only keys whose `use` is `jwt-svid` count.
    ///
    /// ```
    /// use tower_bearer::{Audience, Issuer, issuer::WorkloadIssuer, jwks::RemoteJwks};
    ///
    /// let domain = WorkloadIssuer::spiffe(
    ///     Issuer::new("spiffe://example.org")?,
    ///     Audience::new("https://issuer.example")?,
    ///     RemoteJwks::new("https://spire.example/bundle.json".parse()?),
    /// )
    /// .subject("spiffe://example.org/ns/gifts/sa/deliveries", "gift-deliveries");
    /// # let _ = domain;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spiffe(
        trust_domain: Issuer,
        audience: impl Into<AudienceRule>,
        bundle: RemoteJwks,
    ) -> Self {
        let trusted = Self::new(trust_domain, audience, bundle.of_spiffe_bundle());
        Self { is_trust_domain: true, replay: ReplayRule::UntilExpiry, ..trusted }
    }

    /// Makes the subjects that match a pattern an account; see [`WorkloadRule`].
    pub fn subject(self, subject: impl Into<String>, account: impl Into<String>) -> Self {
        self.rule(WorkloadRule::new(subject, account))
    }

    /// Adds a rule. The first one that a token matches decides.
    pub fn rule(mut self, rule: WorkloadRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Admits these algorithms only; every asymmetric one by default.
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self { algorithms: Some(algorithms.into_iter().collect()), ..self }
    }

    /// Sets whether a token is accepted again.
    pub fn replay(self, replay: ReplayRule) -> Self {
        Self { replay, ..self }
    }

    /// Sets the longest lifetime of a token, from `iat`, or from now if it has none, to `exp`: 1 minute
    /// to 24 hours; an hour by default.
    pub fn max_lifetime(self, lifetime: Duration) -> Self {
        Self { max_lifetime: lifetime, ..self }
    }
}
