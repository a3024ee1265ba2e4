use std::{fmt, time::Duration};

use crate::{
    algorithm::Algorithm,
    json::{JsonFault, MAX_DEPTH},
    time::UnixTime,
};

/// The reason for refusing a token, for logs. It holds numbers and the API's own configuration,
/// never text from the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFault {
    kind: TokenFaultKind,
}

/// The fault of a refused token; [`check`](Self::check) returns the check that it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFaultKind {
    /// The text is longer than the limit, both in bytes.
    TooLong {
        /// The length of the text.
        length: usize,
        /// The longest text allowed.
        limit: usize,
    },
    /// The header part is longer than the limit, both in encoded bytes.
    HeaderTooLong {
        /// The length of the header part.
        length: usize,
        /// The longest header part allowed.
        limit: usize,
    },
    /// The text is not three parts between two dots (RFC 7515 §7.1).
    NotCompact,
    /// A part is not strict base64url: no padding, no white space, no stray bits (RFC 7515 §2).
    Encoding(TokenPart),
    /// A part is not one JSON object in UTF-8 (RFC 7515 §5.2, RFC 7519 §7.2).
    Json(TokenPart),
    /// A member name occurs twice in one object.
    DuplicateMember(TokenPart),
    /// A part nests deeper than 16 objects and arrays.
    TooDeep(TokenPart),
    /// An object in a part has more members than the limit.
    TooManyMembers {
        /// The part.
        part: TokenPart,
        /// The most members allowed.
        limit: usize,
    },
    /// The named header parameter or claim is missing.
    Missing(&'static str),
    /// The named header parameter or claim has a type that its RFC does not allow.
    WrongType(&'static str),
    /// The header names critical extensions (RFC 7515 §4.1.11); none is supported.
    CriticalExtension,
    /// The header declares the payload unencoded (RFC 7797), which no JWT may be.
    UnencodedPayload,
    /// The payload is another token (`cty: JWT`).
    Nested,
    /// The token's `typ` is not that of an access token in this profile.
    TokenType,
    /// The `typ` of an assertion is that of another kind of token, such as an access token.
    AssertionType,
    /// The token's `alg` is not an allowed algorithm.
    AlgorithmNotAllowed,
    /// The key id is longer than the limit, in bytes.
    KeyIdTooLong {
        /// The longest key id allowed.
        limit: usize,
    },
    /// The token's `iss` is not a trusted issuer.
    UntrustedIssuer,
    /// None of the token's audiences is this API.
    WrongAudience,
    /// An assertion names an audience besides those that are expected, which could use it as well.
    OtherAudience,
    /// The token has expired (RFC 7519 §4.1.4).
    Expired {
        /// Its `exp`.
        expires_at: UnixTime,
        /// The API's time.
        now: UnixTime,
        /// The leeway, which was added to `exp` before the comparison.
        leeway: Duration,
    },
    /// No published key has the token's key id and fits its algorithm.
    UnknownKey(Algorithm),
    /// The signature is not that of the key.
    BadSignature(Algorithm),
    /// The token is not valid yet (RFC 7519 §4.1.5).
    NotYetValid {
        /// Its `nbf`.
        not_before: UnixTime,
        /// The API's time.
        now: UnixTime,
        /// The leeway, which was subtracted from `nbf` before the comparison.
        leeway: Duration,
    },
    /// The token's `iat` is in the future (RFC 7519 §4.1.6).
    IssuedInTheFuture {
        /// Its `iat`.
        issued_at: UnixTime,
        /// The API's time.
        now: UnixTime,
        /// The leeway, which was subtracted from `iat` before the comparison.
        leeway: Duration,
    },
    /// The token was issued longer ago than this API allows.
    TooOld {
        /// Its `iat`.
        issued_at: UnixTime,
        /// The API's time.
        now: UnixTime,
        /// The greatest age allowed.
        max_age: Duration,
    },
    /// The token is an ID token: it carries `nonce`, `at_hash` or `c_hash` (RFC 8725 §3.12).
    IdToken,
    /// The token is bound to its sender (`cnf`, RFC 7800), which a bearer cannot prove.
    SenderConstrained,
    /// A claim does not have the value that marks access tokens.
    WrongClaimValue {
        /// The claim.
        claim: Box<str>,
        /// The value that the API requires.
        expected: Box<str>,
    },
    /// The issuer says that the token is not active (RFC 7662 §2.2): it expired, was revoked, or is
    /// not a token of this issuer.
    Inactive,
    /// The token is valid, and an entry of the API's denylist matches it.
    Denied {
        /// The claim or header parameter that the entry is about.
        member: &'static str,
        /// The time at which the entry ends.
        until: UnixTime,
    },
    /// The issuer has taken the token back: its status is not zero.
    Revoked {
        /// The status, such as 1 (invalid) or 2 (suspended).
        status: u8,
    },
    /// The status list that the token names does not have its index.
    NoStatus,
    /// The status list that the token names is at an origin that the API does not allow.
    ForeignStatusList,
    /// The token lists more scopes than the limit.
    TooManyScopes {
        /// The number of scopes in the token.
        scopes: usize,
        /// The most scopes allowed.
        limit: usize,
    },
}

/// The part of a compact token that a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPart {
    /// The JOSE header.
    Header,
    /// The claims set.
    Payload,
    /// The signature.
    Signature,
}

impl TokenFault {
    /// Returns the kind of the fault.
    #[must_use]
    pub const fn kind(&self) -> &TokenFaultKind {
        &self.kind
    }

    /// Converts the JSON fault of a part that was read with this limit of members.
    pub(crate) const fn json(part: TokenPart, fault: JsonFault, limit: usize) -> Self {
        Self {
            kind: match fault {
                JsonFault::Syntax => TokenFaultKind::Json(part),
                JsonFault::Duplicate => TokenFaultKind::DuplicateMember(part),
                JsonFault::TooDeep => TokenFaultKind::TooDeep(part),
                JsonFault::TooMany => TokenFaultKind::TooManyMembers { part, limit },
            },
        }
    }
}

impl From<TokenFaultKind> for TokenFault {
    fn from(kind: TokenFaultKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for TokenPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use TokenFaultKind as Kind;
        match &self.kind {
            Kind::TooLong { length, limit } => {
                write!(f, "the token has {length} bytes, the limit `max_token_bytes` is {limit}")
            }
            Kind::HeaderTooLong { length, limit } => {
                write!(f, "the header has {length} bytes, the limit `max_header_bytes` is {limit}")
            }
            Kind::NotCompact => f.write_str("the token is not three parts between two dots"),
            Kind::Encoding(part) => write!(f, "the {part} is not strict base64url"),
            Kind::Json(part) => write!(f, "the {part} is not one JSON object in UTF-8"),
            Kind::DuplicateMember(part) => write!(f, "the {part} has a member name twice"),
            Kind::TooDeep(part) => write!(f, "the {part} nests deeper than {MAX_DEPTH}"),
            Kind::TooManyMembers { part, limit } => write!(
                f,
                "an object in the {part} has more members than the limit `max_members`, {limit}"
            ),
            Kind::Missing(name) => write!(f, "`{name}` is missing"),
            Kind::WrongType(name) => write!(f, "`{name}` has a wrong type"),
            Kind::CriticalExtension => f.write_str("the header names critical extensions"),
            Kind::UnencodedPayload => f.write_str("the header announces an unencoded payload"),
            Kind::Nested => f.write_str("the payload is another token"),
            Kind::TokenType => f.write_str("`typ` is not that of an access token"),
            Kind::AssertionType => f.write_str("`typ` is not that of an assertion"),
            Kind::AlgorithmNotAllowed => f.write_str("`alg` is not an allowed algorithm"),
            Kind::KeyIdTooLong { limit } => write!(f, "`kid` has more than {limit} bytes"),
            Kind::UntrustedIssuer => f.write_str("`iss` is not a trusted issuer"),
            Kind::WrongAudience => f.write_str("`aud` does not name this API"),
            Kind::OtherAudience => f.write_str("`aud` names another server as well"),
            Kind::Expired { expires_at, now, leeway } => {
                write!(f, "expired at {expires_at} (now {now}, leeway {} s)", leeway.as_secs())
            }
            Kind::UnknownKey(algorithm) => {
                write!(f, "the issuer publishes no {algorithm} key with the token's key id")
            }
            Kind::BadSignature(algorithm) => {
                write!(f, "the {algorithm} signature is not that of the issuer's key")
            }
            Kind::NotYetValid { not_before, now, leeway } => {
                let leeway = leeway.as_secs();
                write!(f, "not valid before {not_before} (now {now}, leeway {leeway} s)")
            }
            Kind::IssuedInTheFuture { issued_at, now, leeway } => {
                let leeway = leeway.as_secs();
                write!(f, "issued in the future, at {issued_at} (now {now}, leeway {leeway} s)")
            }
            Kind::TooOld { issued_at, now, max_age } => {
                let max_age = max_age.as_secs();
                write!(f, "issued at {issued_at} (now {now}), older than {max_age} s")
            }
            Kind::IdToken => f.write_str("the token is an ID token"),
            Kind::SenderConstrained => {
                f.write_str("the token is bound to its sender (`cnf`), which a bearer cannot prove")
            }
            Kind::WrongClaimValue { claim, expected } => {
                write!(f, "the claim `{claim}` is not `{expected}`, as access tokens must have it")
            }
            Kind::Inactive => f.write_str("the issuer says that the token is not active"),
            Kind::Denied { member, until } => {
                write!(f, "denied by its `{member}` until {until}")
            }
            Kind::Revoked { status } => {
                write!(f, "the issuer has taken the token back: its status is {status}")
            }
            Kind::NoStatus => f.write_str("the token's index is not in its status list"),
            Kind::ForeignStatusList => f.write_str(
                "the token's status list is neither at the issuer's origin nor at one of `origins`",
            ),
            Kind::TooManyScopes { scopes, limit } => {
                write!(f, "the token has {scopes} scopes, the limit `max_scopes` is {limit}")
            }
        }
    }
}

impl std::error::Error for TokenFault {}
