//! Every setting that a file may have: the one description of a resource server.

use std::time::Duration;

use super::shape::{Member, Rule, Shape, Table};
use crate::{server::MIN_CACHE_BYTES, verify::MAX_LEEWAY};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const HOUR: Duration = seconds(3_600);
const YEAR: Duration = seconds(365 * 24 * 3_600);

/// The bound of counts and sizes that the crate itself does not bound from above: a typing error is
/// likelier than such a value.
const MANY: u64 = 1 << 40;

pub(super) const MATCHING: [&str; 2] = ["patterns", "exact"];
pub(super) const PROFILES: [&str; 2] = ["lenient", "rfc9068"];
pub(super) const ALGORITHMS: [&str; 11] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "Ed25519",
];

/// The whole file.
pub(super) static RESOURCE_SERVER: Table = Table {
    members: &[
        Member::required(
            "issuers",
            "The issuers whose access tokens are admitted. The `iss` of a token picks one by exact \
             match.",
            Shape::Tables(ISSUER),
        ),
        Member::optional(
            "realm",
            "The `realm` of challenges (RFC 9110 section 11.5); the first audience by default.",
            Shape::Text,
        ),
        Member::optional(
            "resource_metadata",
            "The address of the API's metadata (RFC 9728), which challenges name.",
            Shape::Url,
        ),
        Member::optional(
            "allow_loopback_http",
            "Lets keys and metadata be fetched by plain http from this machine's loopback \
             addresses: for tests and development. False by default.",
            Shape::Flag,
        ),
        Member::optional(
            "cache",
            "Remembers tokens that were verified, so that one that comes again costs no signature \
             check. Off by default.",
            Shape::Table(CACHE),
        ),
    ],
    rules: &[],
};

const CACHE: Table = Table {
    members: &[Member::required(
        "max_bytes",
        "The memory that the tokens and their claims may take up, in bytes; a token takes about \
         1,024.",
        Shape::Integer(MIN_CACHE_BYTES as u64, MANY),
    )],
    rules: &[],
};

const ISSUER: Table = Table {
    members: &[
        Member::required(
            "issuer",
            "The `iss` of the tokens, byte for byte: a trailing slash counts.",
            Shape::Identifier,
        ),
        Member::required(
            "audience",
            "The identifiers of this API at the issuer: one of them must be in `aud`. Several are \
             a list, or one string with spaces between them.",
            Shape::Words(&Shape::Identifier),
        ),
        Member::optional(
            "algorithms",
            "The signature algorithms that are admitted (RFC 8725 section 3.1); all asymmetric \
             ones by default.",
            Shape::Words(&Shape::Choice(&ALGORITHMS)),
        ),
        Member::optional(
            "profile",
            "`rfc9068` demands `typ` `at+jwt` and the claims `sub`, `client_id`, `iat` and `jti`; \
             `lenient`, the default, does not.",
            Shape::Choice(&PROFILES),
        ),
        Member::optional(
            "leeway",
            "How far the issuer's clock may differ from this machine's; 30s by default.",
            Shape::Duration(Duration::ZERO, MAX_LEEWAY),
        ),
        Member::optional(
            "max_token_age",
            "Refuses tokens that were issued longer ago than this, and tokens without `iat`.",
            Shape::Duration(seconds(1), YEAR),
        ),
        Member::optional(
            "matching",
            "How scopes are compared: as patterns (`announce` grants `announce:read`), which is \
             the default, or byte for byte.",
            Shape::Choice(&MATCHING),
        ),
        Member::optional(
            "scope_claim",
            "The claim that holds the scopes, if it is not `scope`.",
            Shape::Identifier,
        ),
        Member::optional(
            "keys",
            "Where the issuer's keys are, and how they are kept; discovered by default.",
            Shape::Table(KEYS),
        ),
    ],
    rules: &[],
};

const KEYS: Table = Table {
    members: &[
        Member::optional(
            "jwks_uri",
            "The address of the issuer's JWK Set. Without it and `file` the address is read from \
             the issuer's metadata (RFC 8414, then OpenID Connect Discovery).",
            Shape::Url,
        ),
        Member::optional(
            "file",
            "A file with the issuer's JWK Set, read at the start.",
            Shape::File,
        ),
        Member::optional(
            "max_ttl",
            "The longest time for which fetched keys are fresh, if the issuer allows as much; 5m \
             by default.",
            Shape::Duration(seconds(300), HOUR),
        ),
        Member::optional(
            "stale_if_error",
            "For how long stale keys are used while the issuer cannot be reached; 1h by default.",
            Shape::Duration(Duration::ZERO, seconds(24 * 3_600)),
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
    ],
    rules: &[Rule::OneAtMost(&["jwks_uri", "file"])],
};
