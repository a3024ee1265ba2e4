//! The forms in which a token request carries an assertion.

use crate::issuer::error::{ErrorCode, TokenError};

/// The token types of a `subject_token` that is a JWT (RFC 8693 §3). Platforms call the same token
/// either.
pub(in crate::issuer) const SUBJECT_TOKEN_TYPES: [&str; 2] =
    ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];

/// The type of the tokens that this issuer signs (RFC 8693 §3).
pub(in crate::issuer) const ACCESS_TOKEN_TYPE: &str =
    "urn:ietf:params:oauth:token-type:access_token";

/// The grant type of a JWT (RFC 7523 §2.1).
pub(in crate::issuer) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The grant type of a token exchange (RFC 8693 §2.1).
pub(in crate::issuer) const TOKEN_EXCHANGE: &str =
    "urn:ietf:params:oauth:grant-type:token-exchange";

/// Where a token request carries its assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::issuer) enum AssertionForm {
    /// `client_assertion` of the type `jwt-bearer` (RFC 7523 §2.2).
    ClientAssertion,
    /// `client_assertion` of the type `jwt-spiffe` (draft-ietf-oauth-spiffe-client-auth).
    SpiffeAssertion,
    /// `assertion` of the JWT grant (RFC 7523 §2.1).
    JwtGrant,
    /// `subject_token` of a token exchange (RFC 8693 §2.1).
    TokenExchange,
}

impl AssertionForm {
    /// Finds the form of a `client_assertion_type`, which is exact.
    pub(in crate::issuer) fn from_assertion_type(kind: &str) -> Option<Self> {
        match kind {
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" => Some(Self::ClientAssertion),
            "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe" => Some(Self::SpiffeAssertion),
            _ => None,
        }
    }

    /// Finds the form of a grant type whose assertion is the authentication.
    pub(in crate::issuer) fn from_grant_type(grant_type: &str) -> Option<Self> {
        match grant_type {
            JWT_BEARER => Some(Self::JwtGrant),
            TOKEN_EXCHANGE => Some(Self::TokenExchange),
            _ => None,
        }
    }

    /// Returns true if the assertion authenticates the client of another grant.
    pub(in crate::issuer) const fn is_client_authentication(self) -> bool {
        matches!(self, Self::ClientAssertion | Self::SpiffeAssertion)
    }

    /// The error response for an assertion that is refused, whatever its fault: RFC 6749 §5.2, RFC
    /// 7521 §4.1.1 and RFC 8693 §2.2.2.
    pub(in crate::issuer) fn refusal(self) -> TokenError {
        match self {
            Self::ClientAssertion | Self::SpiffeAssertion => TokenError::invalid_client(),
            Self::JwtGrant => {
                TokenError::new(ErrorCode::InvalidGrant, "the assertion is not accepted")
            }
            Self::TokenExchange => TokenError::invalid_request("the subject_token is not accepted"),
        }
    }

    /// The name of the parameter.
    pub(super) const fn parameter(self) -> &'static str {
        match self {
            Self::ClientAssertion | Self::SpiffeAssertion => "client_assertion",
            Self::JwtGrant => "assertion",
            Self::TokenExchange => "subject_token",
        }
    }
}
