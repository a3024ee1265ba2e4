use std::time::Duration;

use super::{
    super::shape::{Member, Rule, Shape, Table},
    http::HTTP,
};

const MINIMUM_TTL: Duration = seconds(300);
const HOUR: Duration = seconds(3_600);
const DAY: Duration = seconds(24 * 3_600);

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) const KEYS: Table = Table {
    members: &[
        Member::optional(
            "jwks_uri",
            "The address of the issuer's JWK Set. Where no keys are named the address is read from \
             the issuer's metadata (RFC 8414, then OpenID Connect Discovery).",
            Shape::Url,
        ),
        Member::optional(
            "file",
            "A file with the issuer's JWK Set, or with its public keys as PEM. It is read again when \
             it changes.",
            Shape::File,
        ),
        Member::optional(
            "pem",
            "The issuer's public keys as PEM, in the text itself.",
            Shape::Text,
        ),
        Member::optional(
            "max_ttl",
            "The longest time for which fetched keys are fresh, if the issuer allows as much; 5m \
             by default.",
            Shape::Duration(MINIMUM_TTL, HOUR),
        ),
        Member::optional(
            "stale_if_error",
            "For how long stale keys are used while the issuer cannot be reached; 1h by default.",
            Shape::Duration(Duration::ZERO, DAY),
        ),
        Member::optional(
            "max_wait",
            "How long a request waits for keys before it is answered 503; 2s by default.",
            Shape::Duration(Duration::ZERO, seconds(30)),
        ),
        Member::optional(
            "fetch_timeout",
            "The time limit of a whole fetch, metadata included; 5s by default.",
            Shape::Duration(seconds(1), seconds(60)),
        ),
        Member::optional(
            "removed_key_grace",
            "For how long a key that the issuer no longer publishes is still accepted; 0s by \
             default. A stolen key that the issuer withdraws lives on as long.",
            Shape::Duration(Duration::ZERO, HOUR),
        ),
        Member::optional(
            "max_keys",
            "The most keys that a key set may have; 100 by default.",
            Shape::Integer(1, 10_000),
        ),
        Member::optional(
            "max_document_bytes",
            "The longest key set or metadata that is read, in bytes; 262,144 by default.",
            Shape::Integer(1, 1 << 24),
        ),
        Member::optional(
            "http",
            "Settings of the requests for keys and metadata: root certificates, a proxy, a header.",
            Shape::Table(HTTP),
        ),
    ],
    rules: &[
        Rule::OneAtMost(&["jwks_uri", "file", "pem"]),
        Rule::OneAtMost(&["file", "http"]),
        Rule::OneAtMost(&["pem", "http"]),
    ],
};
