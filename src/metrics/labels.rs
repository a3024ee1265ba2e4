//! The closed sets of label values.

use super::metric::{Label, LabelValues};

/// The label `issuer` of all issuers that a resolver trusts.
pub const RESOLVED_ISSUERS: &str = "resolved";

/// The reasons for admitting a request, and those for refusing one: the kinds of refusal, and for an
/// invalid token the check that failed, as logs name it. `other` is one that this list does not know.
pub(super) const REASONS: &[&str] = &[
    "token",
    "no_token",
    "missing_token",
    "invalid_request",
    "keys_unavailable",
    "introspection_unavailable",
    "status_unavailable",
    "misconfigured",
    "size",
    "form",
    "header",
    "claims",
    "typ",
    "alg",
    "iss",
    "aud",
    "exp",
    "token use",
    "no id token",
    "cnf",
    "signature form",
    "key",
    "signature",
    "nbf",
    "iat",
    "age",
    "required claims",
    "scopes",
    "introspection",
    "denylist",
    "status",
    OTHER,
];
pub(super) const ADMITTED: &[&str] = REASONS.split_at(2).0;
pub(super) const REFUSED: &[&str] = REASONS.split_at(2).1;
/// The reasons for which a route refuses a request that the layer admitted.
pub(super) const ROUTE_REFUSED: &[&str] = &[
    "insufficient_scope",
    "missing_token",
    "unlisted_operation",
    "unclear_operation",
    "invalid_path",
    "misconfigured",
    OTHER,
];
/// What stands for a value that its set does not have.
pub(super) const OTHER: &str = "other";

pub(super) const LOOKUPS: &[&str] = &["hit", "miss"];
pub(super) const KEY_STATES: &[&str] = &["empty", "fresh", "due", "stale", "expired", "static"];
pub(super) const FETCH_REASONS: &[&str] =
    &["no_keys", "due", "stale", "unknown_kid", "refresh_now"];
pub(super) const FETCH_RESULTS: &[&str] = &["changed", "unchanged", "failed"];
pub(super) const WAIT_RESULTS: &[&str] = &["found", "unknown", "unavailable"];
pub(super) const LIMITS: &[&str] = &["backoff", "budget", "waiting"];
pub(super) const CLIENT_RESULTS: &[&str] = &[
    "granted",
    "invalid_client",
    "invalid_scope",
    "invalid_target",
    "denied",
    "invalid_request",
    "status",
    "malformed_answer",
    "unreachable",
    "invalid_metadata",
    "credentials",
    OTHER,
];
pub(super) const ISSUER_RESULTS: &[&str] = &[
    "granted",
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
    "too_many_requests",
    OTHER,
];

pub(super) const API: Label = configured(
    "api",
    "the realm of a resource server, or the bundled issuer for the issuers that it trusts",
);
pub(super) const ISSUER: Label =
    configured("issuer", "an issuer that a setting names, or `resolved`");
pub(super) const CLIENT: Label = configured("client", "the client id");

pub(super) const fn closed(name: &'static str, values: &'static [&'static str]) -> Label {
    Label { name, values: LabelValues::Closed(values) }
}

const fn configured(name: &'static str, what: &'static str) -> Label {
    Label { name, values: LabelValues::Configured(what) }
}
