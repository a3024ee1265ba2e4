use std::time::Duration;

use super::{audience::AudienceRule, check::Check, explain::Explanation};
use crate::{
    algorithm::{Algorithm, AllowList},
    claims::Issuer,
    error::{Problems, TokenFault, TokenFaultKind},
    json::{self, Member},
    jwt::{
        TokenType, UnverifiedToken, check_expiry, check_issued_at, check_not_before,
        check_signature,
    },
    key::KeySet,
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
        let token = UnverifiedToken::parse(token.as_bytes())?;
        self.precheck(&token, now)?;
        self.finish(token, keys, now).map(|(token, _)| token)
    }

    /// Verifies a token as [`verify`](Self::verify) does, and lists the outcome of each check.
    #[must_use]
    pub fn explain(&self, token: &str, keys: &KeySet, now: UnixTime) -> Explanation {
        Explanation::new(self.verify(token, keys, now), |check| match check {
            Check::Age => self.max_token_age.is_some(),
            Check::RequiredClaims => self.profile == Profile::Rfc9068,
            _ => true,
        })
    }

    /// Makes the checks that need no key, in the order of [`Check`], to refuse early: nothing that
    /// the token says is trusted because it passed.
    pub(crate) fn precheck(
        &self,
        token: &UnverifiedToken,
        now: UnixTime,
    ) -> Result<(), TokenFault> {
        let is_access_token = match self.profile {
            Profile::Lenient => {
                matches!(
                    token.token_type(),
                    TokenType::Absent | TokenType::Jwt | TokenType::AccessToken
                )
            }
            Profile::Rfc9068 => token.token_type() == TokenType::AccessToken,
        };
        if !is_access_token {
            return Err(TokenFaultKind::TokenType.into());
        }
        if !self.algorithms.contains(token.algorithm()?) {
            return Err(TokenFaultKind::AlgorithmNotAllowed.into());
        }
        if token.issuer().ok_or(TokenFaultKind::Missing("iss"))? != self.issuer.as_str() {
            return Err(TokenFaultKind::UntrustedIssuer.into());
        }
        if !self.is_addressed_by(token.audience()) {
            return Err(TokenFaultKind::WrongAudience.into());
        }
        self.check_expiry(token, now)?;
        if token.is_id_token() {
            return Err(TokenFaultKind::IdToken.into());
        }
        if token.is_sender_constrained() {
            return Err(TokenFaultKind::SenderConstrained.into());
        }
        Ok(())
    }

    /// Checks that the token's time has not run out.
    pub(crate) fn check_expiry(
        &self,
        token: &UnverifiedToken,
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
        check_signature(&token, token.algorithm()?, token.key_id(), keys)?;
        let (token, compact) = token.into_parts();
        check_not_before(token.not_before(), now, self.leeway)?;
        self.check_age(token.issued_at(), now)?;
        if self.profile == Profile::Rfc9068 {
            let required = [
                ("sub", token.subject().is_some()),
                ("client_id", token.client_id().is_some()),
                ("jti", token.token_id().is_some()),
            ];
            if let Some((name, _)) = required.into_iter().find(|(_, present)| !present) {
                return Err(TokenFaultKind::Missing(name).into());
            }
        }
        let scopes = match &self.scope_claim {
            None => ScopeSet::parse(token.scope().unwrap_or_default()),
            Some(name) => ScopeSet::parse(&scopes_in(token.payload(), name)),
        }
        .map_err(|_| TokenFaultKind::TooManyScopes { limit: MAX_SCOPES })?;
        Ok((AccessToken::verified(token, scopes, self.matching), compact))
    }

    fn check_age(&self, issued_at: Option<UnixTime>, now: UnixTime) -> Result<(), TokenFaultKind> {
        let is_required = self.max_token_age.is_some() || self.profile == Profile::Rfc9068;
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
