use std::fmt;

use crate::error::{TokenFaultKind as Kind, TokenPart};

/// The checks that a [`Verifier`](super::Verifier) makes, in this order, so that a token which can
/// never be admitted costs neither a signature check nor a key fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The token and its header are not too long.
    Size,
    /// Three parts between two dots, in strict base64url.
    Form,
    /// The header is a JSON object without extensions that are not supported.
    Header,
    /// The payload is a JSON object whose registered claims have the types of RFC 7519.
    Claims,
    /// `typ` is that of an access token.
    TokenType,
    /// `alg` is one of the allowed algorithms.
    Algorithm,
    /// `iss` is the issuer.
    Issuer,
    /// `aud` names this API.
    Audience,
    /// `exp` is present and not past.
    Expiry,
    /// The claims that mark this issuer's access tokens have their values.
    TokenUse,
    /// The token is not an ID token.
    IdToken,
    /// The token is not bound to a sender.
    SenderConstraint,
    /// The signature is strict base64url.
    SignatureForm,
    /// The issuer publishes a key that fits `kid` and `alg`.
    Key,
    /// The signature is that of the key.
    Signature,
    /// `nbf`, if present, is not in the future.
    NotBefore,
    /// `iat`, if present, is not in the future; a greatest age and RFC 9068 require it.
    IssuedAt,
    /// The token is not older than the greatest age.
    Age,
    /// The claims that RFC 9068 requires are present.
    RequiredClaims,
    /// The token does not list too many scopes.
    Scopes,
    /// The issuer says that the token is active (RFC 7662). Only opaque tokens are asked about.
    Introspection,
    /// The token is not denied ([`denylist`](crate::denylist)). A
    /// [`ResourceServer`](crate::ResourceServer) makes this check, a verifier does not.
    Denylist,
    /// The issuer has not taken the token back (feature `status-list`, `status::StatusCheck`). A
    /// [`ResourceServer`](crate::ResourceServer) makes this check, a verifier does not.
    Status,
}

impl Check {
    /// Every check, in the order in which they are made.
    pub const ALL: [Self; 23] = [
        Self::Size,
        Self::Form,
        Self::Header,
        Self::Claims,
        Self::TokenType,
        Self::Algorithm,
        Self::Issuer,
        Self::Audience,
        Self::Expiry,
        Self::TokenUse,
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
        Self::Introspection,
        Self::Denylist,
        Self::Status,
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
            Self::TokenUse => "token use",
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
            Self::Introspection => "introspection",
            Self::Denylist => "denylist",
            Self::Status => "status",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Kind {
    /// The check that a token with this fault fails.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::TooLong { .. } | Self::HeaderTooLong { .. } => Check::Size,
            Self::NotCompact | Self::Encoding(TokenPart::Header | TokenPart::Payload) => {
                Check::Form
            }
            Self::Json(TokenPart::Header)
            | Self::DuplicateMember(TokenPart::Header)
            | Self::TooDeep(TokenPart::Header)
            | Self::TooManyMembers { part: TokenPart::Header, .. }
            | Self::Missing("alg")
            | Self::WrongType("alg" | "typ" | "kid" | "cty")
            | Self::CriticalExtension
            | Self::UnencodedPayload
            | Self::Nested
            | Self::KeyIdTooLong { .. } => Check::Header,
            Self::Missing("status") | Self::WrongType("status") => Check::Status,
            Self::Json(_)
            | Self::DuplicateMember(_)
            | Self::TooDeep(_)
            | Self::TooManyMembers { .. }
            | Self::WrongType(_) => Check::Claims,
            Self::TokenType | Self::AssertionType => Check::TokenType,
            Self::AlgorithmNotAllowed => Check::Algorithm,
            Self::Missing("iss") | Self::UntrustedIssuer => Check::Issuer,
            Self::Missing("aud") | Self::WrongAudience | Self::OtherAudience => Check::Audience,
            Self::Missing("exp") | Self::Expired { .. } => Check::Expiry,
            Self::WrongClaimValue { .. } => Check::TokenUse,
            Self::IdToken => Check::IdToken,
            Self::SenderConstrained => Check::SenderConstraint,
            Self::Encoding(TokenPart::Signature) => Check::SignatureForm,
            Self::UnknownKey(_) => Check::Key,
            Self::BadSignature(_) => Check::Signature,
            Self::NotYetValid { .. } => Check::NotBefore,
            Self::Missing("iat") | Self::IssuedInTheFuture { .. } => Check::IssuedAt,
            Self::TooOld { .. } => Check::Age,
            Self::Missing(_) => Check::RequiredClaims,
            Self::TooManyScopes { .. } => Check::Scopes,
            Self::Inactive => Check::Introspection,
            Self::Denied { .. } => Check::Denylist,
            Self::Revoked { .. } | Self::NoStatus | Self::ForeignStatusList => Check::Status,
        }
    }
}
