//! The responses of a guarded operation.

/// A refusal that the crate answers with.
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// The response header that goes with it, and what it holds.
    pub(super) header: (&'static str, &'static str),
}

const CHALLENGE: (&str, &str) =
    ("WWW-Authenticate", "The challenge, with `error` and `scope` (RFC 6750 §3)");

const UNAUTHORIZED: Refused = Refused {
    status: 401,
    description: "The token is missing, invalid or expired",
    header: CHALLENGE,
};
const FORBIDDEN: Refused = Refused {
    status: 403,
    description: "The token lacks a required scope, which the challenge names",
    header: CHALLENGE,
};
const UNAVAILABLE: Refused = Refused {
    status: 503,
    description: "Tokens cannot be verified at the moment",
    header: ("Retry-After", "How long to wait before the next attempt, in seconds"),
};

/// How an operation that needs a token can be refused.
pub(super) const WITHOUT_SCOPES: &[Refused] = &[UNAUTHORIZED, UNAVAILABLE];
/// How an operation that needs scopes can be refused.
pub(super) const WITH_SCOPES: &[Refused] = &[UNAUTHORIZED, FORBIDDEN, UNAVAILABLE];
