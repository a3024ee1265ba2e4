//! What an answer of the introspection endpoint means: the checks of its claims, and of its
//! signature if it has one.

use std::sync::Arc;

use super::issuers::IssuerState;
use crate::{
    error::{TokenFault, TokenFaultKind},
    introspection::{Answer, Judge, JudgeFuture, Policy, Unusable, Verdict, is_active},
    json::{self, Member},
    jwks::{KeyLookup, Lookup},
    jwt::{
        DecodedToken, TokenLimits, TokenType, UnverifiedToken, check_issued_at, check_signature,
        media_type,
    },
    time::Clock,
    token::Attachment,
};

/// The `typ` of a signed answer (RFC 9701 §5).
const SIGNED_ANSWER: &str = "token-introspection+jwt";
/// The longest signed answer that is read, in bytes.
const MAX_SIGNED_BYTES: usize = 64 * 1_024;

/// Makes a verdict of an answer by the settings of the issuer.
#[derive(Debug)]
pub(super) struct ClaimsJudge {
    pub(super) issuer: Arc<IssuerState>,
    /// The id by which the issuer knows this API: the `aud` of signed answers.
    pub(super) client_id: Box<str>,
    pub(super) policy: Policy,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: TokenLimits,
    pub(super) attachment: Option<Attachment>,
}

impl Judge for ClaimsJudge {
    fn judge(&self, answer: Answer) -> JudgeFuture<'_> {
        Box::pin(async move {
            let claims = match answer {
                Answer::Json(_) if self.policy.requires_signature => {
                    return Err(Unusable::new("answers without a signature"));
                }
                Answer::Json(claims) => claims,
                Answer::Signed(answer) => self.signed_claims(&answer).await?,
            };
            Ok(match is_active(&claims)? {
                Ok(true) => self.verdict(claims).unwrap_or_else(Verdict::Refused),
                Ok(false) => Verdict::Refused(TokenFaultKind::Inactive.into()),
                Err(fault) => Verdict::Refused(fault),
            })
        })
    }
}

impl ClaimsJudge {
    /// The verdict on a token that the issuer says is active.
    fn verdict(&self, claims: String) -> Result<Verdict, TokenFault> {
        let verifier = &self.issuer.verifier;
        let issuer = verifier.issuer().as_str();
        let token = DecodedToken::introspected(claims, issuer, self.limits.members)?;
        let now = self.clock.now();
        let token = verifier.check_introspected(token, self.policy.admits_absent_audience, now)?;
        let ends_at = verifier.ends_at(&token);
        Ok(Verdict::Active(token.with_attachment(self.attachment.clone()), ends_at))
    }

    /// The claims in a signed answer (RFC 9701 §5), after its signature was checked.
    async fn signed_claims(&self, answer: &[u8]) -> Result<String, Unusable> {
        let limits = self.limits.max_token_bytes(MAX_SIGNED_BYTES);
        let answer = UnverifiedToken::parse(answer, &limits).map_err(|fault| unusable(&fault))?;
        self.check_signed(&answer)?;
        match self.issuer.keys.lookup(answer.key_id(), self.clock.now()) {
            Lookup::Found(found) => self.check_key(&answer, found)?,
            Lookup::Wait(keys) => {
                let found = keys.await;
                self.check_key(&answer, found)?;
            }
        }
        match json::member(answer.payload(), "token_introspection") {
            Some(Member::Object(claims)) => Ok(claims.to_owned()),
            _ => Err(Unusable::new("gives a signed answer without `token_introspection`")),
        }
    }

    /// Makes the checks of a signed answer that need no key.
    fn check_signed(&self, answer: &UnverifiedToken) -> Result<(), Unusable> {
        let is_answer = answer.token_type() == TokenType::Other
            && answer.typ().is_some_and(|typ| media_type(typ).eq_ignore_ascii_case(SIGNED_ANSWER));
        let refuse = |why: &str| Err(Unusable::new(format!("gives a signed answer {why}")));
        let verifier = &self.issuer.verifier;
        if !is_answer {
            return refuse("of another `typ`");
        }
        if !answer.algorithm().is_ok_and(|algorithm| verifier.allows(algorithm)) {
            return refuse("whose `alg` is not allowed");
        }
        if answer.issuer() != Some(verifier.issuer().as_str()) {
            return refuse("of another `iss`");
        }
        if self.client_id.is_empty() || !answer.audience().any(|aud| aud == &*self.client_id) {
            return refuse("whose `aud` is not this API's client id");
        }
        let is_issued = answer.issued_at().is_some()
            && check_issued_at(answer.issued_at(), self.clock.now(), verifier.clock_leeway())
                .is_ok();
        if is_issued { Ok(()) } else { refuse("whose `iat` is missing or in the future") }
    }

    fn check_key(&self, answer: &UnverifiedToken, found: KeyLookup) -> Result<(), Unusable> {
        match found {
            KeyLookup::Keys(keys) => {
                let algorithm = answer.algorithm().map_err(TokenFault::from);
                let signed_by = algorithm
                    .and_then(|it| check_signature(answer, it, answer.key_id(), keys.keys()));
                signed_by.map(|_| ()).map_err(|fault| unusable(&fault))
            }
            KeyLookup::Unknown => {
                Err(Unusable::new("gives an answer that no key of the issuer signed"))
            }
            KeyLookup::Unavailable { retry_after } => Err(Unusable {
                retry_after: Some(retry_after),
                ..Unusable::new("gives a signed answer, and the issuer's keys are unavailable")
            }),
        }
    }
}

fn unusable(fault: &TokenFault) -> Unusable {
    Unusable::new(format!("gives a signed answer that is not valid: {fault}"))
}
