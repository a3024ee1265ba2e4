//! A verdict told check by check, for people who look for what is wrong with a token.

use std::fmt;

use crate::{
    error::{TokenFault, TokenFaultKind as Kind, TokenPart},
    jwt::Presented,
    token::AccessToken,
};

/// A check that a [`Verifier`](super::Verifier) makes; they are made in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The token and its header are not too long.
    Size,
    /// Three parts between two dots, in strict base64url.
    Form,
    /// The header is a JSON object that asks for nothing which is not understood here.
    Header,
    /// The payload is a JSON object whose registered claims have the types of RFC 7519.
    Claims,
    /// `typ` is that of an access token.
    TokenType,
    /// `alg` is one of those admitted.
    Algorithm,
    /// `iss` is the issuer.
    Issuer,
    /// `aud` names this API.
    Audience,
    /// `exp` is to come.
    Expiry,
    /// The token is no ID token.
    IdToken,
    /// The token is not bound to a sender.
    SenderConstraint,
    /// The signature is strict base64url.
    SignatureForm,
    /// The issuer publishes a key that fits `kid` and `alg`.
    Key,
    /// The signature is that of the key.
    Signature,
    /// `nbf`, where there is one, is past.
    NotBefore,
    /// `iat`, where there is one, is past.
    IssuedAt,
    /// The token is not older than this verifier admits.
    Age,
    /// Every claim that RFC 9068 requires is there.
    RequiredClaims,
    /// The token does not list too many scopes.
    Scopes,
}

/// What became of a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckOutcome {
    /// The token passes it.
    Passed,
    /// The token fails it, which is the verdict.
    Failed,
    /// It was not made, for another one failed before.
    NotReached,
}

/// What a [`Verifier`](super::Verifier) makes of a token, check by check.
///
/// ```
/// # use tower_bearer::{claims::{Audience, Issuer}, key::KeySet, time::UnixTime};
/// # use tower_bearer::verify::{Check, CheckOutcome, Verifier};
/// # let verifier = Verifier::new(Issuer::new("https://issuer.example")?, Audience::new("urn:a")?);
/// # let (keys, now) = (KeySet::default(), UnixTime::from_secs(1_800_000_000));
/// let explanation = verifier.explain("not a token", &keys, now);
/// let failed = explanation.checks().find(|(_, outcome)| *outcome == CheckOutcome::Failed);
/// assert_eq!(failed, Some((Check::Form, CheckOutcome::Failed)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Explanation {
    checks: Vec<(Check, CheckOutcome)>,
    verdict: Result<AccessToken, TokenFault>,
}

impl Explanation {
    /// Sorts a verdict on `token` into the checks that were made on the way to it; `made` says
    /// whether the verifier makes a check at all.
    pub(super) fn of(
        token: &str,
        verdict: Result<AccessToken, TokenFault>,
        made: impl Fn(Check) -> bool,
    ) -> Self {
        let failed = verdict.as_ref().err().map(|fault| failed(fault.kind(), token, &made));
        let outcome = |check| match failed {
            Some(failed) if check == failed => CheckOutcome::Failed,
            Some(failed) if check > failed => CheckOutcome::NotReached,
            // Bytes that are no text are found before the header is looked into.
            Some(Check::Claims) if check == Check::Header && !header_passes(token) => {
                CheckOutcome::NotReached
            }
            _ => CheckOutcome::Passed,
        };
        let checks = Check::ALL.into_iter().filter(|check| made(*check) || Some(*check) == failed);
        Self { checks: checks.map(|check| (check, outcome(check))).collect(), verdict }
    }

    /// The checks that the verifier makes, in their order.
    pub fn checks(&self) -> impl Iterator<Item = (Check, CheckOutcome)> {
        self.checks.iter().copied()
    }

    /// What [`Verifier::verify`](super::Verifier::verify) says of the token.
    ///
    /// # Errors
    /// The check that the token fails.
    pub const fn verdict(&self) -> Result<&AccessToken, &TokenFault> {
        self.verdict.as_ref()
    }
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 19] = [
        Self::Size,
        Self::Form,
        Self::Header,
        Self::Claims,
        Self::TokenType,
        Self::Algorithm,
        Self::Issuer,
        Self::Audience,
        Self::Expiry,
        Self::IdToken,
        Self::SenderConstraint,
        Self::SignatureForm,
        Self::Key,
        Self::Signature,
        Self::NotBefore,
        Self::IssuedAt,
        Self::Age,
        Self::RequiredClaims,
        Self::Scopes,
    ];

    /// A short name: that of the header parameter or claim where the check is about one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Form => "form",
            Self::Header => "header",
            Self::Claims => "claims",
            Self::TokenType => "typ",
            Self::Algorithm => "alg",
            Self::Issuer => "iss",
            Self::Audience => "aud",
            Self::Expiry => "exp",
            Self::IdToken => "no id token",
            Self::SenderConstraint => "cnf",
            Self::SignatureForm => "signature form",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::NotBefore => "nbf",
            Self::IssuedAt => "iat",
            Self::Age => "age",
            Self::RequiredClaims => "required claims",
            Self::Scopes => "scopes",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The check that a fault belongs to.
fn failed(kind: &Kind, token: &str, made: impl Fn(Check) -> bool) -> Check {
    match kind {
        Kind::TooLong { .. } | Kind::HeaderTooLong { .. } => Check::Size,
        Kind::NotCompact | Kind::Encoding(TokenPart::Header | TokenPart::Payload) => Check::Form,
        Kind::Json(TokenPart::Header)
        | Kind::DuplicateMember(TokenPart::Header)
        | Kind::TooComplex(TokenPart::Header)
        | Kind::Missing("alg")
        | Kind::WrongType("alg" | "typ" | "kid" | "cty")
        | Kind::CriticalExtension
        | Kind::UnencodedPayload
        | Kind::Nested
        | Kind::KeyIdTooLong { .. } => Check::Header,
        Kind::Json(_) | Kind::DuplicateMember(_) | Kind::TooComplex(_) | Kind::WrongType(_) => {
            Check::Claims
        }
        Kind::TokenType => Check::TokenType,
        // An algorithm that this crate does not know is refused with the header.
        Kind::AlgorithmNotAllowed if header_passes(token) => Check::Algorithm,
        Kind::AlgorithmNotAllowed => Check::Header,
        Kind::Missing("iss") | Kind::UntrustedIssuer => Check::Issuer,
        Kind::WrongAudience => Check::Audience,
        Kind::Missing("exp") | Kind::Expired { .. } => Check::Expiry,
        Kind::IdToken => Check::IdToken,
        Kind::SenderConstrained => Check::SenderConstraint,
        Kind::Encoding(TokenPart::Signature) => Check::SignatureForm,
        Kind::UnknownKey(_) => Check::Key,
        Kind::BadSignature(_) => Check::Signature,
        Kind::NotYetValid { .. } => Check::NotBefore,
        Kind::IssuedInTheFuture { .. } => Check::IssuedAt,
        Kind::TooOld { .. } => Check::Age,
        Kind::Missing("iat") if made(Check::Age) => Check::Age,
        Kind::Missing(_) => Check::RequiredClaims,
        Kind::TooManyScopes { .. } => Check::Scopes,
    }
}

/// Whether the header is understood by itself, whatever follows it.
fn header_passes(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    Presented::parse(format!("{header}.e30.").as_bytes()).is_ok()
}
