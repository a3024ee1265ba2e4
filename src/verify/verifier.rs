use std::time::Duration;

use super::{
    audience::AudienceRule,
    audience_claim::AudienceClaim,
    check::Check,
    claim_value::ClaimValue,
    explain::Explanation,
    scopes::{ScopeSource, ScopeSources},
    token_kind::TokenKind,
};
use crate::{
    algorithm::{Algorithm, AllowList},
    claims::Issuer,
    error::{Problems, TokenFault, TokenFaultKind},
    jwt::{
        DecodedToken, TokenLimits, UnverifiedToken, check_expiry, check_issued_at,
        check_not_before, check_signature,
    },
    key::KeySet,
    scope::Matching,
    time::UnixTime,
    token::AccessToken,
};

/// The maximum leeway: clocks that differ by more are broken, and a greater leeway would admit
/// tokens long after they expired (RFC 7519 §4.1.4: "no more than a few minutes").
pub const MAX_LEEWAY: Duration = Duration::from_secs(300);

const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);

/// The requirements of an API for the tokens of one issuer.
///
/// It checks the form of the token, `typ`, `alg`, `iss`, `aud`, `exp`, `nbf`, `iat`, the signature,
/// and that no claim marks the token as sender-constrained or as an ID token. It does **not** check
/// scopes (see [`RequireScope`](struct@crate::RequireScope)), whether the token was revoked, or
/// whether its subject still exists.
///
/// ```
/// use tower_bearer::{
///     Audience, Issuer,
///     key::KeySet,
///     time::UnixTime,
///     verify::{Check, Verifier},
/// };
///
/// let verifier = Verifier::new(Issuer::new("https://issuer.example")?, Audience::new("urn:a")?);
/// let keys = KeySet::parse(br#"{"keys": []}"#)?;
/// let fault = verifier.verify("a.b", &keys, UnixTime::from_secs(1_800_000_000)).unwrap_err();
/// assert_eq!(fault.kind().check(), Check::Form);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: Issuer,
    audience: AudienceRule,
    pub(super) audience_claim: Option<AudienceClaim>,
    pub(super) algorithms: AllowList,
    pub(super) leeway: Duration,
    pub(super) max_token_age: Option<Duration>,
    pub(super) kind: TokenKind,
    /// The issuer is the trust domain of the subject, a SPIFFE ID.
    pub(super) is_trust_domain: bool,
    pub(super) matching: Matching,
    scopes: ScopeSources,
    limits: TokenLimits,
}

impl Verifier {
    /// Requires tokens of `issuer` for `audience`. Every asymmetric algorithm is allowed, with a
    /// leeway of 30 seconds.
    pub fn new(issuer: Issuer, audience: impl Into<AudienceRule>) -> Self {
        Self {
            issuer,
            audience: audience.into(),
            audience_claim: None,
            algorithms: AllowList::default(),
            leeway: DEFAULT_LEEWAY,
            max_token_age: None,
            kind: TokenKind::default(),
            is_trust_domain: false,
            matching: Matching::default(),
            scopes: ScopeSources::default(),
            limits: TokenLimits::default(),
        }
    }

    /// Reads the audience from a claim other than `aud`, for an issuer that does not write `aud`;
    /// see [`AudienceClaim`] for what this gives up.
    #[must_use]
    pub fn audience_claim(self, claim: AudienceClaim) -> Self {
        Self { audience_claim: Some(claim), ..self }
    }

    /// Admits these algorithms only (RFC 8725 §3.1).
    #[must_use]
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self { algorithms: algorithms.into_iter().collect(), ..self }
    }

    /// Sets how far the issuer's clock may differ from this one, for `exp`, `nbf` and `iat`: at
    /// most [`MAX_LEEWAY`].
    #[must_use]
    pub fn leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Refuses tokens that were issued longer ago than this, and tokens without `iat`.
    #[must_use]
    pub fn max_token_age(self, age: Duration) -> Self {
        Self { max_token_age: Some(age), ..self }
    }

    /// Applies the requirements of RFC 9068: `typ` is `at+jwt`, and `sub`, `client_id`, `iat` and
    /// `jti` are present. Many issuers do not meet them.
    #[must_use]
    pub fn strict_rfc9068(mut self) -> Self {
        self.kind.is_strict = true;
        self
    }

    /// Allows further values of the header's `typ`, for an issuer that writes its own. Types of other
    /// kinds of tokens, as `logout+jwt`, are never allowed.
    #[must_use]
    pub fn token_types<T: Into<Box<str>>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.kind.types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Requires this claim of every token whose `typ` is not `at+jwt`, for an issuer that marks its
    /// access tokens by it, as Keycloak does with `typ` = `Bearer`. Such tokens may carry a
    /// `nonce`, which otherwise marks an ID token.
    #[must_use]
    pub fn access_token_claim(mut self, claim: ClaimValue) -> Self {
        self.kind.demanded = Some(claim);
        self
    }

    /// Sets how scopes are compared: [`Matching::Exact`] for an issuer whose scopes are not
    /// patterns. It applies to the claims `scope`, `scp` and `permissions`; see [`ScopeSource`] for
    /// others.
    #[must_use]
    pub fn matching(self, matching: Matching) -> Self {
        Self { matching, ..self }
    }

    /// Reads the scopes from this claim instead of `scope`: its name, or a [`ScopeSource`].
    #[must_use]
    pub fn scope_claim(self, source: impl Into<ScopeSource>) -> Self {
        self.scope_claims([source])
    }

    /// Reads the scopes from several sources in order: the first that a token has decides, even if it
    /// grants nothing.
    #[must_use]
    pub fn scope_claims<S: Into<ScopeSource>>(
        mut self,
        sources: impl IntoIterator<Item = S>,
    ) -> Self {
        self.scopes.sources = sources.into_iter().map(Into::into).collect();
        self
    }

    /// Joins the scopes of all [`scope_claims`](Self::scope_claims) that a token has. **This adds the
    /// roles of a user to what the user granted to the app**: an app that got `read` may then do
    /// whatever its user may. If the sources are compared differently, all are compared byte for byte.
    #[must_use]
    pub fn add_user_roles_to_scopes(mut self) -> Self {
        self.scopes.are_joined = true;
        self
    }

    /// Sets the limits of a token's size. A [`ResourceServer`](crate::ResourceServer) parses tokens
    /// before it knows their issuer, and sets its own limits here.
    #[must_use]
    pub fn limits(self, limits: TokenLimits) -> Self {
        Self { limits, ..self }
    }

    /// Checks a token at the time `now` against the keys that its issuer publishes.
    ///
    /// # Errors
    /// The first check that the token fails.
    pub fn verify(
        &self,
        token: &str,
        keys: &KeySet,
        now: UnixTime,
    ) -> Result<AccessToken, TokenFault> {
        let token = UnverifiedToken::parse(token.as_bytes(), &self.limits)?;
        self.precheck(&token, now)?;
        self.finish(token, keys, now).map(|(token, _)| token)
    }

    /// Verifies a token as [`verify`](Self::verify) does, and lists the outcome of each check.
    #[must_use]
    pub fn explain(&self, token: &str, keys: &KeySet, now: UnixTime) -> Explanation {
        Explanation::new(self.verify(token, keys, now), |check| match check {
            Check::Age => self.max_token_age.is_some(),
            Check::RequiredClaims => self.kind.is_strict,
            Check::TokenUse => self.requires_claims(),
            Check::Introspection | Check::Denylist | Check::Status => false,
            _ => true,
        })
    }

    /// Makes the checks that need no key, in the order of [`Check`], to refuse early. A token that
    /// passes is still untrusted.
    pub(crate) fn precheck(
        &self,
        token: &UnverifiedToken,
        now: UnixTime,
    ) -> Result<(), TokenFault> {
        self.kind.check_type(token)?;
        if !self.algorithms.contains(token.algorithm()?) {
            return Err(TokenFaultKind::AlgorithmNotAllowed.into());
        }
        if self.issuer_of(token)? != self.issuer.as_str() {
            return Err(TokenFaultKind::UntrustedIssuer.into());
        }
        self.check_audience(token)?;
        self.check_early_claims(token, now)
    }

    /// Makes the checks of claims that come before the signature, after the audience.
    pub(super) fn check_early_claims(
        &self,
        token: &DecodedToken,
        now: UnixTime,
    ) -> Result<(), TokenFault> {
        check_expiry(token.expires_at(), now, self.leeway)?;
        self.kind.check_required(token)?;
        if let Some(demanded) = self.audience_claim.as_ref().and_then(|it| it.demanded.as_ref()) {
            demanded.check_token(token)?;
        }
        self.kind.check_id_token(token)?;
        if token.is_sender_constrained() {
            return Err(TokenFaultKind::SenderConstrained.into());
        }
        Ok(())
    }

    /// Checks that the token has not expired.
    pub(crate) fn check_expiry(
        &self,
        token: &DecodedToken,
        now: UnixTime,
    ) -> Result<(), TokenFault> {
        Ok(check_expiry(token.expires_at(), now, self.leeway)?)
    }

    /// Makes the checks from the signature on, for a token that passed
    /// [`precheck`](Self::precheck). Returns the token's text as well, for a cache.
    pub(crate) fn finish(
        &self,
        token: UnverifiedToken,
        keys: &KeySet,
        now: UnixTime,
    ) -> Result<(AccessToken, Box<[u8]>), TokenFault> {
        let key = check_signature(&token, token.algorithm()?, token.key_id(), keys)?;
        let (token, compact) = token.into_parts();
        self.check_late_claims(&token, now)?;
        let key_id = key.kid().filter(|kid| token.key_id() != Some(*kid)).map(Into::into);
        Ok((self.admit(token)?.with_key_id(key_id), compact))
    }

    /// Reads the scopes of a token that passed all other checks.
    pub(super) fn admit(&self, token: DecodedToken) -> Result<AccessToken, TokenFault> {
        let (scopes, matching) =
            self.scopes.scopes_of(&token, self.matching, self.limits.scopes)?;
        Ok(AccessToken::verified(token, scopes, matching))
    }

    /// Makes the checks of claims that come after the signature, the scopes aside.
    pub(super) fn check_late_claims(
        &self,
        token: &DecodedToken,
        now: UnixTime,
    ) -> Result<(), TokenFault> {
        check_not_before(token.not_before(), now, self.leeway)?;
        self.check_age(token.issued_at(), now)?;
        if self.kind.is_strict {
            let required = [
                ("sub", token.subject().is_some()),
                ("client_id", token.client_id().is_some()),
                ("jti", token.token_id().is_some()),
            ];
            if let Some((name, _)) = required.into_iter().find(|(_, present)| !present) {
                return Err(TokenFaultKind::Missing(name).into());
            }
        }
        Ok(())
    }

    /// Checks that the token is meant for this API.
    pub(super) fn check_audience(&self, token: &DecodedToken) -> Result<(), TokenFaultKind> {
        let accepts = |audience: &str| self.audience.accepts(audience);
        if self.kind.is_assertion && token.audience().any(accepts) {
            return Self::check_other_audiences(token, accepts);
        }
        let is_accepted = match &self.audience_claim {
            None if !token.has_audience() => return Err(TokenFaultKind::Missing("aud")),
            None => token.audience().any(accepts),
            Some(claim) => {
                claim.is_accepted(token, accepts)
                    && (!token.has_audience() || token.audience().any(accepts))
            }
        };
        if is_accepted { Ok(()) } else { Err(TokenFaultKind::WrongAudience) }
    }

    /// Returns true if the settings require claims that mark this issuer's access tokens.
    fn requires_claims(&self) -> bool {
        self.kind.demanded.is_some()
            || self.audience_claim.as_ref().is_some_and(|it| it.demanded.is_some())
    }

    fn check_age(&self, issued_at: Option<UnixTime>, now: UnixTime) -> Result<(), TokenFaultKind> {
        let is_required = self.max_token_age.is_some() || self.kind.is_strict;
        if is_required && issued_at.is_none() {
            return Err(TokenFaultKind::Missing("iat"));
        }
        check_issued_at(issued_at, now, self.leeway)?;
        match self.max_token_age.zip(issued_at) {
            Some((max_age, issued_at)) if now >= issued_at + max_age + self.leeway => {
                Err(TokenFaultKind::TooOld { issued_at, now, max_age })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    pub(crate) fn audience(&self) -> &AudienceRule {
        &self.audience
    }

    /// Reports each invalid setting and how to fix it.
    pub(crate) fn check(&self, problems: &mut Problems) {
        if self.audience.is_empty() {
            problems.add("audience", "names none; give the API's identifier at the issuer");
        }
        if self.algorithms.is_empty() {
            problems.add("algorithms", "is empty; name at least one, or leave the setting out");
        }
        if self.leeway > MAX_LEEWAY {
            problems.add("leeway", "is more than 5 minutes; set the clocks instead");
        }
        if self.max_token_age == Some(Duration::ZERO) {
            problems.add("max_token_age", "is zero, so no token could pass; leave the setting out");
        }
        if let Some(claim) = &self.audience_claim {
            claim.check(problems);
        }
        self.kind.check(problems);
        self.scopes.check(problems);
        self.limits.check(problems);
    }
}
