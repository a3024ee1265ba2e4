use std::time::Duration;

#[cfg(feature = "introspection")]
use super::introspection::INTROSPECTION;
#[cfg(feature = "status-list")]
use super::status::STATUS;
use super::{
    super::shape::{Member, Rule, Shape, Table},
    keys::KEYS,
};
use crate::verify::MAX_LEEWAY;

const MATCHING: [&str; 2] = ["patterns", "exact"];
const PROFILES: [&str; 2] = ["lenient", "rfc9068"];
const ALGORITHMS: [&str; 11] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "Ed25519",
];
const YEAR: Duration = Duration::from_secs(365 * 24 * 3_600);

pub(super) const ISSUER: Table = Table {
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
            "audience_claim",
            "Reads the audience from another claim, for an issuer that does not write `aud`. Any \
             API that receives a token of this client can then use it here.",
            Shape::Table(AUDIENCE_CLAIM),
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
            "token_types",
            "Further values of the header's `typ` that are allowed. Types of other kinds of tokens \
             never are.",
            Shape::Words(&Shape::Text),
        ),
        Member::optional(
            "access_token_claim",
            "A claim that every token must have whose `typ` is not `at+jwt`, for an issuer whose \
             access tokens it tells apart. Such tokens may carry a `nonce`.",
            Shape::Table(CLAIM_VALUE),
        ),
        Member::optional(
            "leeway",
            "How far the issuer's clock may differ from this machine's; 30s by default.",
            Shape::Duration(Duration::ZERO, MAX_LEEWAY),
        ),
        Member::optional(
            "max_token_age",
            "Refuses tokens that were issued longer ago than this, and tokens without `iat`.",
            Shape::Duration(Duration::from_secs(1), YEAR),
        ),
        Member::optional(
            "matching",
            "How scopes are compared: as patterns (`announce` grants `announce:read`), which is \
             the default, or byte for byte.",
            Shape::Choice(&MATCHING),
        ),
        Member::optional(
            "scope_claims",
            "Where the scopes are, if not in `scope`: names of claims or tables, in order. The \
             first that a token has decides, even if it grants nothing.",
            Shape::WordsOrTables(SCOPE_SOURCE),
        ),
        Member::optional(
            "add_user_roles_to_scopes",
            "Joins the scopes of all `scope_claims`. This adds the roles of a user to what the \
             user granted to the app.",
            Shape::True,
        ),
        Member::optional(
            "keys",
            "Where the issuer's keys are, and how they are kept; discovered by default.",
            Shape::Table(KEYS),
        ),
        #[cfg(feature = "introspection")]
        Member::optional(
            "introspection",
            "Asks the issuer about opaque tokens (RFC 7662). One issuer can have this.",
            Shape::Table(INTROSPECTION),
        ),
        #[cfg(feature = "status-list")]
        Member::optional(
            "status",
            "Checks whether the issuer has taken a token back, by its status lists. Not checked by \
             default.",
            Shape::Table(STATUS),
        ),
    ],
    rules: &[],
};

const AUDIENCE_CLAIM: Table = Table {
    members: &[
        Member::required("claim", "The name of the claim, such as `client_id`.", Shape::Text),
        Member::optional(
            "demand",
            "A claim that every token must have, since nothing else tells it from an ID token.",
            Shape::Table(CLAIM_VALUE),
        ),
        Member::optional(
            "without_demand",
            "States that the issuer has no such claim.",
            Shape::True,
        ),
    ],
    rules: &[
        Rule::OneAtMost(&["demand", "without_demand"]),
        Rule::OneAtLeast(&["demand", "without_demand"]),
    ],
};

const CLAIM_VALUE: Table = Table {
    members: &[
        Member::required("claim", "The name of the claim.", Shape::Text),
        Member::required("value", "The string that it must be.", Shape::Text),
    ],
    rules: &[],
};

const SCOPE_SOURCE: Table = Table {
    members: &[
        Member::optional("claim", "The name of a claim.", Shape::Text),
        Member::optional("pointer", "A JSON pointer (RFC 6901) into the claims.", Shape::Pointer),
        Member::optional(
            "member_names",
            "A JSON pointer to an object, the names of whose members are the scopes. Their values \
             are not checked.",
            Shape::Pointer,
        ),
        Member::optional(
            "matching",
            "How the scopes of this source are compared; byte for byte by default unless it is the \
             claim `scope`, `scp` or `permissions`.",
            Shape::Choice(&MATCHING),
        ),
    ],
    rules: &[
        Rule::OneAtMost(&["claim", "pointer", "member_names"]),
        Rule::OneAtLeast(&["claim", "pointer", "member_names"]),
    ],
};
