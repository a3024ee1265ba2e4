//! Opaque tokens: which tokens are introspected, and which of them are admitted.

use std::sync::Arc;

use super::{
    b64token::is_b64token,
    introspected::ClaimsJudge,
    issuers::{IssuerContext, IssuerState, TrustedIssuer},
};
use crate::{
    error::{BearerError, BearerErrorKind, Problems, TokenFault, TokenFaultKind},
    introspection::{Introspection, Introspector, Lookup, Outcome, Verdict},
    time::UnixTime,
    token::{AccessToken, Attachment},
};

/// Judges opaque tokens by the introspection endpoint of one issuer.
#[derive(Debug)]
pub(crate) struct OpaqueTokens {
    pub(super) issuer: Arc<IssuerState>,
    introspector: Introspector,
    every_token: bool,
    /// The longest token, in bytes.
    max_bytes: usize,
}

/// Returns the issuer that introspects opaque tokens, if there is one, and reports settings that
/// contradict each other.
pub(crate) fn check_introspection<'i>(
    issuers: &'i [TrustedIssuer],
    has_resolver: bool,
    problems: &mut Problems,
) -> Option<&'i TrustedIssuer> {
    let mut introspecting = issuers.iter().filter(|issuer| issuer.introspects().is_some());
    let issuer = introspecting.next()?;
    if introspecting.next().is_some() {
        let help = "is set for several issuers; an opaque token does not say whose it is, so set it \
                    for one";
        problems.add("introspection", help);
    }
    let settings = issuer.introspects()?;
    settings.check(problems);
    if settings.policy.every_token && (issuers.len() > 1 || has_resolver) {
        let help = "would send the tokens of the other issuers to this one; trust one issuer alone";
        problems.add("every_token", help);
    }
    Some(issuer)
}

impl OpaqueTokens {
    /// Opens the introspection of the issuer that has one, which is among `issuers`. If every token
    /// is introspected, no issuer is left to verify JWTs. Nothing is fetched yet.
    pub(crate) fn among(
        issuers: Box<[Arc<IssuerState>]>,
        introspecting: Option<TrustedIssuer>,
        context: &IssuerContext,
        attachment: Attachment,
        problems: &mut Problems,
    ) -> (Box<[Arc<IssuerState>]>, Option<Self>) {
        let issuer = introspecting.as_ref().and_then(|introspecting| {
            let name = introspecting.verifier().issuer();
            issuers.iter().find(|issuer| issuer.verifier.issuer() == name)
        });
        let issuer = issuer.cloned();
        let settings = introspecting.and_then(TrustedIssuer::into_introspection);
        let Some((settings, issuer)) = settings.zip(issuer) else { return (issuers, None) };
        let opaque = Self::new(settings, issuer, context, attachment, problems);
        let issuers = if opaque.every_token { Box::default() } else { issuers };
        (issuers, Some(opaque))
    }

    fn new(
        settings: Introspection,
        issuer: Arc<IssuerState>,
        context: &IssuerContext,
        attachment: Attachment,
        problems: &mut Problems,
    ) -> Self {
        let IssuerContext { clock, url_rule, transport, limits, .. } = context;
        let policy = settings.policy;
        let judge = Arc::new(ClaimsJudge {
            issuer: issuer.clone(),
            client_id: settings.client_id().into(),
            policy,
            clock: clock.clone(),
            limits: *limits,
            attachment: Some(attachment),
        });
        let name = issuer.verifier.issuer().clone();
        let introspector =
            Introspector::new(settings, &name, judge, clock, url_rule.clone(), transport, problems);
        let (every_token, max_bytes) = (policy.every_token, limits.token_bytes);
        Self { issuer, introspector, every_token, max_bytes }
    }

    /// Returns true if a credential is introspected. A token of three parts is a JWT where JWTs are
    /// verified, whether it can be verified or not: no token has two ways in.
    pub(super) fn takes(&self, credential: &[u8]) -> bool {
        self.every_token || memchr::memchr_iter(b'.', credential).count() != 2
    }

    /// Judges a credential.
    ///
    /// # Errors
    /// It cannot be a token.
    pub(super) fn look_up(&self, credential: &[u8], now: UnixTime) -> Result<Lookup, BearerError> {
        if credential.len() > self.max_bytes {
            let (length, limit) = (credential.len(), self.max_bytes);
            return Err(TokenFault::from(TokenFaultKind::TooLong { length, limit }).into());
        }
        let token = std::str::from_utf8(credential).ok().filter(|_| is_b64token(credential));
        let token = token.ok_or(BearerErrorKind::InvalidRequest)?;
        Ok(self.introspector.look_up(token, now))
    }

    /// Admits a token by its verdict, as far as the verdict of before still holds.
    ///
    /// # Errors
    /// The token is refused, or nothing is known about it.
    pub(super) fn admit(
        &self,
        outcome: Outcome,
        now: UnixTime,
    ) -> Result<AccessToken, BearerError> {
        let verifier = &self.issuer.verifier;
        match outcome {
            Outcome::Unavailable { retry_after } => {
                Err(BearerErrorKind::IntrospectionUnavailable { retry_after }.into())
            }
            Outcome::Verdict(Verdict::Refused(fault)) => Err(fault.into()),
            Outcome::Verdict(Verdict::Active(token, _))
                if verifier.audience().may_change()
                    && token.audience().next().is_some()
                    && !verifier.accepts_audience_of(&token) =>
            {
                Err(TokenFault::from(TokenFaultKind::WrongAudience).into())
            }
            Outcome::Verdict(Verdict::Active(token, ends_at)) if ends_at <= now => {
                let (expires_at, leeway) = (token.expires_at(), verifier.clock_leeway());
                Err(TokenFault::from(TokenFaultKind::Expired { expires_at, now, leeway }).into())
            }
            Outcome::Verdict(Verdict::Active(token, _)) => {
                self.issuer.note_admission(now);
                Ok(token)
            }
        }
    }
}
