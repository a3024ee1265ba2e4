use std::{sync::Arc, time::Duration};

use super::{
    audience::AudienceRule,
    explain::{Check, Explanation},
};
use crate::{
    algorithm::{Algorithm, AllowList},
    claims::Issuer,
    error::{Problems, TokenFault, TokenFaultKind},
    json::{self, Member},
    jwt::{Presented, TokenType, check_signature},
    key::KeySet,
    refusal::Refusals,
    scope::{MAX_SCOPES, Matching, ScopeSet},
    time::UnixTime,
    token::AccessToken,
};

/// The greatest leeway: clocks that differ by more are broken, and a greater one would let expired
/// tokens live on (RFC 7519 §4.1.4 speaks of "a few minutes").
pub const MAX_LEEWAY: Duration = Duration::from_secs(300);

const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);

/// What an API demands of the tokens of one issuer.
///
/// It checks the form of the token, `typ`, `alg`, `iss`, `aud`, `exp`, `nbf`, `iat`, the signature
/// and what a sender-constrained or ID token would carry. It does **not** check scopes (see
/// [`RequireScope`](struct@crate::RequireScope)), whether the token was revoked, or whether its
/// subject still exists.
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: Issuer,
    audience: AudienceRule,
    algorithms: AllowList,
    leeway: Duration,
    max_token_age: Option<Duration>,
    profile: Profile,
    matching: Matching,
    scope_claim: Option<Box<str>>,
    refusals: Option<Arc<Refusals>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    /// `typ` is `at+jwt`, `JWT` or missing; `iss`, `aud` and `exp` are present.
    Lenient,
    /// RFC 9068 to the letter.
    Rfc9068,
}

impl Verifier {
    /// Demands that tokens come from `issuer` and are meant for `audience`; every asymmetric
    /// algorithm is admitted, with a leeway of 30 seconds.
    pub fn new(issuer: Issuer, audience: impl Into<AudienceRule>) -> Self {
        Self {
            issuer,
            audience: audience.into(),
            algorithms: AllowList::default(),
            leeway: DEFAULT_LEEWAY,
            max_token_age: None,
            profile: Profile::Lenient,
            matching: Matching::default(),
            scope_claim: None,
            refusals: None,
        }
    }

    /// Admits these algorithms only (RFC 8725 §3.1).
    #[must_use]
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self { algorithms: algorithms.into_iter().collect(), ..self }
    }

    /// How far the issuer's clock may differ from this one, for `exp`, `nbf` and `iat`: at most
    /// [`MAX_LEEWAY`].
    #[must_use]
    pub fn leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Refuses tokens that were issued longer ago than this, and tokens without `iat`.
    #[must_use]
    pub fn max_token_age(self, age: Duration) -> Self {
        Self { max_token_age: Some(age), ..self }
    }

    /// Demands what RFC 9068 demands: `typ` is `at+jwt`, and `sub`, `client_id`, `iat` and `jti`
    /// are present. Many issuers do not do this.
    #[must_use]
    pub fn strict_rfc9068(self) -> Self {
        Self { profile: Profile::Rfc9068, ..self }
    }

    /// How scopes are compared: [`Matching::Exact`] for an issuer whose scopes are not patterns.
    #[must_use]
    pub fn matching(self, matching: Matching) -> Self {
        Self { matching, ..self }
    }

    /// Reads the scopes from this claim instead of `scope`: a string, or an array of strings, as
    /// some issuers write `scp` or `permissions`.
    #[must_use]
    pub fn scope_claim(self, name: impl Into<Box<str>>) -> Self {
        Self { scope_claim: Some(name.into()), ..self }
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
        let presented = Presented::parse(token.as_bytes())?;
        self.precheck(&presented, now)?;
        self.finish(presented, keys, now)
    }

    /// What [`verify`](Self::verify) says of a token, told check by check.
    #[must_use]
    pub fn explain(&self, token: &str, keys: &KeySet, now: UnixTime) -> Explanation {
        Explanation::of(token, self.verify(token, keys, now), |check| match check {
            Check::Age => self.max_token_age.is_some(),
            Check::RequiredClaims => self.profile == Profile::Rfc9068,
            _ => true,
        })
    }

    /// The checks that need no key, to refuse early; nothing is believed because it passed.
    pub(crate) fn precheck(
        &self,
        presented: &Presented<'_>,
        now: UnixTime,
    ) -> Result<(), TokenFault> {
        let Presented { header, claims, .. } = presented;
        let admitted = match self.profile {
            Profile::Lenient => {
                matches!(
                    header.token_type,
                    TokenType::Absent | TokenType::Jwt | TokenType::AccessToken
                )
            }
            Profile::Rfc9068 => header.token_type == TokenType::AccessToken,
        };
        if !admitted {
            return Err(TokenFaultKind::TokenType.into());
        }
        if !self.algorithms.contains(header.algorithm) {
            return Err(TokenFaultKind::AlgorithmNotAllowed.into());
        }
        if claims.issuer().ok_or(TokenFaultKind::Missing("iss"))? != self.issuer.as_str() {
            return Err(TokenFaultKind::UntrustedIssuer.into());
        }
        if !self.is_addressed_by(claims.audience()) {
            return Err(TokenFaultKind::WrongAudience.into());
        }
        let expires_at = claims.expires_at.ok_or(TokenFaultKind::Missing("exp"))?;
        if now >= expires_at + self.leeway {
            return Err(TokenFaultKind::Expired { expires_at, now, leeway: self.leeway }.into());
        }
        if claims.id_token {
            return Err(TokenFaultKind::IdToken.into());
        }
        if claims.confirmation {
            return Err(TokenFaultKind::SenderConstrained.into());
        }
        Ok(())
    }

    /// The checks from the key on, for a token that passed [`precheck`](Self::precheck).
    pub(crate) fn finish(
        &self,
        presented: Presented<'_>,
        keys: &KeySet,
        now: UnixTime,
    ) -> Result<AccessToken, TokenFault> {
        check_signature(&presented, presented.key_id(), keys)?;
        let claims = presented.claims;
        self.check_times(claims.not_before, claims.issued_at, now)?;
        if self.profile == Profile::Rfc9068 {
            let required = [
                ("sub", claims.subject().is_some()),
                ("client_id", claims.client_id().is_some()),
                ("iat", claims.issued_at.is_some()),
                ("jti", claims.token_id().is_some()),
            ];
            if let Some((name, _)) = required.into_iter().find(|(_, present)| !present) {
                return Err(TokenFaultKind::Missing(name).into());
            }
        }
        let scopes = match &self.scope_claim {
            None => ScopeSet::parse(claims.scope().unwrap_or_default()),
            Some(name) => ScopeSet::parse(&scopes_in(claims.payload(), name)),
        }
        .map_err(|_| TokenFaultKind::TooManyScopes { limit: MAX_SCOPES })?;
        Ok(AccessToken::verified(claims, scopes, self.matching, self.refusals.clone()))
    }

    fn check_times(
        &self,
        not_before: Option<UnixTime>,
        issued_at: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<(), TokenFault> {
        let leeway = self.leeway;
        if let Some(not_before) = not_before
            && now < not_before - leeway
        {
            return Err(TokenFaultKind::NotYetValid { not_before, now, leeway }.into());
        }
        if let Some(issued_at) = issued_at
            && now < issued_at - leeway
        {
            return Err(TokenFaultKind::IssuedInTheFuture { issued_at, now, leeway }.into());
        }
        if let Some(max_age) = self.max_token_age {
            let issued_at = issued_at.ok_or(TokenFaultKind::Missing("iat"))?;
            if now >= issued_at + max_age + leeway {
                return Err(TokenFaultKind::TooOld { issued_at, now, max_age }.into());
            }
        }
        Ok(())
    }

    /// When the time of a token that was admitted is up: by its claims, and from then on.
    pub(crate) fn ends_at(&self, token: &AccessToken) -> UnixTime {
        let oldest = self.max_token_age.zip(token.issued_at());
        let too_old = oldest.map_or(UnixTime::MAX, |(age, issued_at)| issued_at + age);
        token.expires_at().min(too_old) + self.leeway
    }

    /// Whether a token is meant for this API.
    pub(crate) fn is_addressed_by<'a>(&self, mut audience: impl Iterator<Item = &'a str>) -> bool {
        audience.any(|audience| self.audience.accepts(audience))
    }

    /// The same verifier for an API that refuses in this way.
    pub(crate) fn refusing_by(self, refusals: Arc<Refusals>) -> Self {
        Self { refusals: Some(refusals), ..self }
    }

    pub(crate) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    pub(crate) fn audience(&self) -> &AudienceRule {
        &self.audience
    }

    /// Names what is wrong with the settings and how to mend it.
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
        if self.scope_claim.as_deref() == Some("") {
            problems.add("scope_claim", "is empty; name the claim that holds the scopes");
        }
    }
}

/// The scopes in a claim that is not `scope`; one of another type grants nothing.
fn scopes_in(payload: &str, claim: &str) -> String {
    let mut scopes = String::new();
    let read = json::read(payload, &mut |name, value| {
        if name == claim {
            scopes = match value {
                Member::Text(text) => text.into_owned(),
                Member::Texts(items) => {
                    let items: Vec<_> = items.collect();
                    let apart = items.iter().all(|item| !item.contains(' '));
                    if apart { items.join(" ") } else { String::new() }
                }
                _ => String::new(),
            };
        }
    });
    if read.is_ok() { scopes } else { String::new() }
}
