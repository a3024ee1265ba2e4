use super::{
    super::shape::{Member, Rule, Shape, Table},
    issuer::ISSUER,
};
use crate::server::MIN_CACHE_BYTES;

/// The bound of sizes that the crate itself does not bound from above: a typing error is likelier
/// than such a value.
const MAX_CACHE_BYTES: u64 = 1 << 40;

/// The whole file.
pub(in crate::config) static RESOURCE_SERVER: Table = Table {
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
            "The address of the API's metadata (RFC 9728), which challenges name. With \
             `protected_resource` it is known, unless a proxy changes the path.",
            Shape::Url,
        ),
        Member::optional(
            "protected_resource",
            "What the API publishes about itself (RFC 9728).",
            Shape::Table(PROTECTED_RESOURCE),
        ),
        Member::optional(
            "allow_loopback_http",
            "Lets keys and metadata be fetched by plain http from this machine's loopback \
             addresses: for tests and development. False by default.",
            Shape::Flag,
        ),
        Member::optional(
            "allow_http_to",
            "Hosts with their ports, such as keycloak:8080, from which keys and metadata may be \
             fetched by plain http. Anyone on the way to them can replace the keys.",
            Shape::Words(&Shape::Text),
        ),
        Member::optional(
            "token_sources",
            "Where requests have their tokens, instead of in `Authorization`. A request with a \
             token in more than one of them is refused.",
            Shape::Tables(TOKEN_SOURCE),
        ),
        Member::optional(
            "limits",
            "The limits of a token's size, for all issuers.",
            Shape::Table(LIMITS),
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

const PROTECTED_RESOURCE: Table = Table {
    members: &[
        Member::required(
            "resource",
            "The address of the API as its clients know it, in front of proxies.",
            Shape::Url,
        ),
        Member::optional("name", "A name of the API for people.", Shape::Text),
        Member::optional("documentation", "The address of a page for developers.", Shape::Url),
        Member::optional(
            "scopes",
            "The scopes that a client should ask for at first.",
            Shape::Words(&Shape::Text),
        ),
        Member::optional(
            "at_root",
            "Whether the metadata is at the root of the host as well. True by default.",
            Shape::Flag,
        ),
    ],
    rules: &[],
};

const TOKEN_SOURCE: Table = Table {
    members: &[
        Member::optional("header", "The name of a header.", Shape::Token),
        Member::optional(
            "scheme",
            "The scheme before the token in the header, such as `Bearer`; none by default.",
            Shape::Token,
        ),
        Member::optional(
            "cookie",
            "The name of a cookie. A browser sends cookies with requests that other sites cause \
             (CSRF): set it with SameSite, and check the origin of requests.",
            Shape::Token,
        ),
    ],
    rules: &[
        Rule::OneAtMost(&["header", "cookie"]),
        Rule::OneAtMost(&["scheme", "cookie"]),
        Rule::OneAtLeast(&["header", "cookie"]),
    ],
};

const CACHE: Table = Table {
    members: &[Member::required(
        "max_bytes",
        "The memory that the tokens and their claims may take up, in bytes; a token takes about \
         1,024.",
        Shape::Integer(MIN_CACHE_BYTES as u64, MAX_CACHE_BYTES),
    )],
    rules: &[],
};

const LIMITS: Table = Table {
    members: &[
        Member::optional(
            "max_token_bytes",
            "The longest token, in bytes; 8,192 by default. The HTTP server in front must accept \
             header lines of this length, too.",
            Shape::Integer(1, 65_536),
        ),
        Member::optional(
            "max_header_bytes",
            "The longest header part of a token, in encoded bytes; 2,048 by default.",
            Shape::Integer(1, 16_384),
        ),
        Member::optional(
            "max_members",
            "The most members of one JSON object in a token; 128 by default.",
            Shape::Integer(1, 1_024),
        ),
        Member::optional(
            "max_scopes",
            "The most scopes of a token; 256 by default.",
            Shape::Integer(1, 2_048),
        ),
    ],
    rules: &[],
};
