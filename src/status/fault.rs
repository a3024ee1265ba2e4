use std::fmt;

use crate::error::{TokenFault, TokenFaultKind};

/// The reason for refusing a Status List Token, for logs. It holds numbers and settings, never text
/// from the list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusListFault {
    /// It is not a token of the issuer that is valid now: its form, `alg`, times or signature.
    Token(TokenFault),
    /// The header's `typ` is not `statuslist+jwt`.
    TokenType,
    /// `sub` is not the address of the list.
    WrongSubject,
    /// `iss`, which need not be there, is another issuer.
    WrongIssuer,
    /// The named claim is missing.
    Missing(&'static str),
    /// The named claim has a type or a value that the specification does not allow.
    WrongType(&'static str),
    /// `lst` is not strict base64url.
    Encoding,
    /// `lst` is not a ZLIB stream, or its checksum is wrong.
    Compression,
    /// The ZLIB stream has no end.
    Truncated,
    /// Something follows the ZLIB stream.
    TrailingBytes,
    /// The inflated list is longer than the limit, in bytes.
    TooLong {
        /// The longest list allowed.
        limit: usize,
    },
}

impl From<TokenFault> for StatusListFault {
    fn from(fault: TokenFault) -> Self {
        Self::Token(fault)
    }
}

impl From<TokenFaultKind> for StatusListFault {
    fn from(kind: TokenFaultKind) -> Self {
        Self::Token(kind.into())
    }
}

impl fmt::Display for StatusListFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(fault) => fault.fmt(f),
            Self::TokenType => f.write_str("`typ` is not `statuslist+jwt`"),
            Self::WrongSubject => f.write_str("`sub` is not the address of the list"),
            Self::WrongIssuer => f.write_str("`iss` is another issuer than that of the tokens"),
            Self::Missing(name) => write!(f, "`{name}` is missing"),
            Self::WrongType(name) => write!(f, "`{name}` has a wrong type or value"),
            Self::Encoding => f.write_str("`lst` is not strict base64url"),
            Self::Compression => f.write_str("`lst` is not a ZLIB stream"),
            Self::Truncated => f.write_str("the ZLIB stream in `lst` has no end"),
            Self::TrailingBytes => f.write_str("something follows the ZLIB stream in `lst`"),
            Self::TooLong { limit } => {
                write!(f, "the list has more bytes than the limit `max_inflated_bytes`, {limit}")
            }
        }
    }
}

impl std::error::Error for StatusListFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(fault) => Some(fault),
            _ => None,
        }
    }
}
