use std::{ops::Deref, sync::Arc};

use http::HeaderMap;

use super::{
    bearer::{credential, is_b64token, may_end_b64token},
    resolver::{Resolved, Resolver},
    verified::{MAX_VERDICT_AGE, Origin, Recalled, Verdict, VerifiedTokens},
};
use crate::{
    error::{BearerError, BearerErrorKind, TokenFault, TokenFaultKind},
    jwks::{Found, KeySource, KeysFuture, Lookup},
    jwt::UnverifiedToken,
    refusal::Refusals,
    time::{Clock, UnixTime},
    token::AccessToken,
    transport::UrlRule,
    verify::{MAX_TOKEN_BYTES, Verifier},
};

/// What all layers, services and requests of one resource server have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) issuers: Box<[Trusted]>,
    pub(super) resolver: Option<Resolver>,
    /// Tokens that need not be verified again.
    pub(super) verified: Option<VerifiedTokens>,
    pub(super) refusals: Arc<Refusals>,
    pub(super) clock: Arc<dyn Clock>,
}

/// An issuer whose tokens are admitted, with its own keys.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) verifier: Verifier,
    pub(super) keys: KeySource,
}

/// What every issuer of one resource server is opened with.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) url_rule: UrlRule,
    pub(super) refusals: Arc<Refusals>,
}

/// The issuer that a token names.
enum Chosen<'a> {
    /// One of the settings, by its place there.
    Named(usize, &'a Trusted),
    Resolved(Arc<Resolved>),
}

impl Deref for Chosen<'_> {
    type Target = Trusted;

    fn deref(&self) -> &Trusted {
        match self {
            Self::Named(_, trusted) => trusted,
            Self::Resolved(resolved) => &resolved.trusted,
        }
    }
}

/// What becomes of a request.
pub(super) enum Decision {
    Now(Result<AccessToken, BearerError>),
    /// It depends on keys that are being fetched.
    Wait(KeysFuture),
}

impl Chosen<'_> {
    fn origin(&self) -> Origin {
        match self {
            Self::Named(place, _) => Origin::Named(*place),
            Self::Resolved(resolved) => Origin::Resolved(Arc::downgrade(resolved)),
        }
    }

    fn admitted(&self, now: UnixTime) {
        if let Self::Resolved(resolved) = self {
            resolved.admitted(now);
        }
    }
}

impl Shared {
    pub(super) fn refusals(&self) -> &Arc<Refusals> {
        &self.refusals
    }

    /// Judges a request by its credentials.
    pub(super) fn decide(&self, headers: &HeaderMap) -> Decision {
        match found(headers) {
            Ok(credential) => match self.recall_here(credential) {
                Some(token) => Decision::Now(Ok(token)),
                None => self.examine(credential),
            },
            Err(error) => Decision::Now(Err(error)),
        }
    }

    /// Judges a credential that this thread has not met lately.
    #[cold]
    fn examine(&self, credential: &[u8]) -> Decision {
        self.try_examine(credential, self.clock.now())
            .unwrap_or_else(|error| Decision::Now(Err(error)))
    }

    fn try_examine(&self, credential: &[u8], now: UnixTime) -> Result<Decision, BearerError> {
        if let Some(decision) = self.recall(credential, now) {
            return Ok(decision);
        }
        let token = parse_token(credential)?;
        let issuer = self.issuer_of(&token, now)?;
        Ok(match issuer.keys.lookup(token.key_id(), now) {
            Lookup::Wait(keys) => Decision::Wait(keys),
            Lookup::Found(keys) => Decision::Now(self.admit(credential, &issuer, token, keys, now)),
        })
    }

    /// Judges a request again, with the keys that it waited for.
    pub(super) fn decide_with(
        &self,
        headers: &HeaderMap,
        keys: Found,
    ) -> Result<AccessToken, BearerError> {
        self.judge(found(headers)?, keys, self.clock.now())
    }

    fn judge(
        &self,
        credential: &[u8],
        keys: Found,
        now: UnixTime,
    ) -> Result<AccessToken, BearerError> {
        let token = parse_token(credential)?;
        let issuer = self.issuer_of(&token, now)?;
        self.admit(credential, &issuer, token, keys, now)
    }

    /// The token that this thread met lately, if it is still admitted.
    fn recall_here(&self, credential: &[u8]) -> Option<AccessToken> {
        let verified = self.verified.as_ref()?;
        verified.recall_here(credential, |verdict| self.upholds(verdict, self.clock.now()))
    }

    /// What is known of a token that was verified before; `None` where that is nothing.
    fn recall(&self, credential: &[u8], now: UnixTime) -> Option<Decision> {
        if credential.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let recalled =
            self.verified.as_ref()?.recall(credential, |verdict| self.upholds(verdict, now))?;
        let verdict = match recalled {
            Recalled::Upheld(token) => return Some(Decision::Now(Ok(token))),
            Recalled::Doubted(verdict) => verdict,
        };
        let issuer = self.applicable(&verdict, now)?;
        Some(match issuer.keys.lookup(verdict.token.key_id(), now) {
            Lookup::Wait(keys) => Decision::Wait(keys),
            Lookup::Found(Found::Keys(keys)) if keys.generation() == verdict.generation => {
                issuer.admitted(now);
                Decision::Now(Ok(verdict.token))
            }
            Lookup::Found(keys) => Decision::Now(self.judge(credential, keys, now)),
        })
    }

    /// Whether a token is admitted without being verified again.
    fn upholds(&self, verdict: &Verdict, now: UnixTime) -> bool {
        self.applicable(verdict, now).is_some_and(|issuer| {
            let stand = issuer.keys.stand(verdict.generation, now);
            if stand {
                issuer.admitted(now);
            }
            stand
        })
    }

    /// The issuer of a verdict, if nothing but its keys can speak against it.
    fn applicable(&self, verdict: &Verdict, now: UnixTime) -> Option<Chosen<'_>> {
        if !verdict.in_time.contains(&now) {
            return None;
        }
        let issuer = match &verdict.origin {
            Origin::Named(place) => Chosen::Named(*place, self.issuers.get(*place)?),
            Origin::Resolved(resolved) => {
                let in_use = self.resolver.as_ref()?.in_use_as(verdict.token.issuer())?;
                std::ptr::eq(resolved.as_ptr(), Arc::as_ptr(&in_use))
                    .then_some(Chosen::Resolved(in_use))?
            }
        };
        let addressed = !issuer.verifier.audience().may_change()
            || issuer.verifier.is_addressed_by(verdict.token.audience());
        addressed.then_some(issuer)
    }

    /// The issuer of a token that passes every check for which no key is needed.
    fn issuer_of(&self, token: &UnverifiedToken, now: UnixTime) -> Result<Chosen<'_>, BearerError> {
        let name = token.issuer().ok_or(TokenFault::from(TokenFaultKind::Missing("iss")))?;
        let issuer = self.issuer(name, now)?;
        issuer.verifier.precheck(token, now)?;
        Ok(issuer)
    }

    /// The issuer of this name, by exact match.
    fn issuer(&self, name: &str, now: UnixTime) -> Result<Chosen<'_>, BearerError> {
        let mut issuers = self.issuers.iter().enumerate();
        let named = issuers.find(|(_, it)| it.verifier.issuer().as_str() == name);
        match (named, &self.resolver) {
            (Some((place, trusted)), _) => Ok(Chosen::Named(place, trusted)),
            (None, Some(resolver)) => resolver.issuer(name, now).map(Chosen::Resolved),
            (None, None) => Err(TokenFault::from(TokenFaultKind::UntrustedIssuer).into()),
        }
    }

    fn admit(
        &self,
        credential: &[u8],
        issuer: &Chosen<'_>,
        token: UnverifiedToken,
        keys: Found,
        now: UnixTime,
    ) -> Result<AccessToken, BearerError> {
        let keys = match keys {
            Found::Keys(keys) => keys,
            Found::Unknown => {
                let algorithm = token.algorithm().map_err(TokenFault::from)?;
                return Err(TokenFault::from(TokenFaultKind::UnknownKey(algorithm)).into());
            }
            Found::Unavailable { retry_after } => {
                return Err(BearerErrorKind::KeysUnavailable { retry_after }.into());
            }
        };
        let token = issuer.verifier.finish(token, keys.keys(), now)?;
        issuer.admitted(now);
        if let Some(verified) = &self.verified {
            let in_time = now..issuer.verifier.ends_at(&token).min(now + MAX_VERDICT_AGE);
            let verdict = Verdict {
                token: token.clone(),
                origin: issuer.origin(),
                generation: keys.generation(),
                in_time,
            };
            verified.remember(credential, verdict);
        }
        Ok(token)
    }
}

/// The bearer credential of a request.
fn found(headers: &HeaderMap) -> Result<&[u8], BearerError> {
    let credential = credential(headers).map_err(|_| BearerErrorKind::InvalidRequest)?;
    Ok(credential.ok_or(BearerErrorKind::MissingToken)?)
}

fn parse_token(credential: &[u8]) -> Result<UnverifiedToken, BearerError> {
    match UnverifiedToken::parse(credential) {
        // The header and the payload were decoded, so they have no other character.
        Ok(token) if may_end_b64token(token.signature()) => Ok(token),
        // One that is too long is refused for that, whatever it holds.
        Err(fault) if credential.len() > MAX_TOKEN_BYTES || is_b64token(credential) => {
            Err(fault.into())
        }
        _ => Err(BearerErrorKind::InvalidRequest.into()),
    }
}
