use std::time::Duration;

use super::super::shape::{Member, Rule, Shape, Table};

const AUTHENTICATION: [&str; 2] = ["basic", "post"];

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) const INTROSPECTION: Table = Table {
    members: &[
        Member::optional(
            "endpoint",
            "The address of the introspection endpoint (RFC 7662). By default it is read from the \
             issuer's metadata.",
            Shape::Url,
        ),
        Member::required("client_id", "The id of this API as a client of the issuer.", Shape::Text),
        Member::optional(
            "secret_env",
            "The environment variable that holds the client secret.",
            Shape::Text,
        ),
        Member::optional(
            "secret_file",
            "The file that holds the client secret. It is read again for each request.",
            Shape::File,
        ),
        Member::optional(
            "authentication",
            "How the secret is sent: in the header (`basic`), which is the default, or in the form \
             (`post`).",
            Shape::Choice(&AUTHENTICATION),
        ),
        Member::optional(
            "cache_for",
            "For how long an active token is admitted without asking again; 30s by default. A \
             revocation at the issuer has no effect meanwhile.",
            Shape::Duration(Duration::ZERO, seconds(300)),
        ),
        Member::optional(
            "cache_refusals_for",
            "For how long a refused token is refused without asking again; 10s by default.",
            Shape::Duration(Duration::ZERO, seconds(60)),
        ),
        Member::optional(
            "stale_if_error",
            "For how much longer an active token is admitted while the endpoint fails; 0s by \
             default. Tokens that are revoked meanwhile are admitted, too.",
            Shape::Duration(Duration::ZERO, seconds(3_600)),
        ),
        Member::optional(
            "timeout",
            "The time limit of a question, discovery included; 5s by default.",
            Shape::Duration(Duration::from_millis(100), seconds(60)),
        ),
        Member::optional(
            "max_in_flight",
            "How many requests to the endpoint are in flight at most; 64 by default.",
            Shape::Integer(2, 1_024),
        ),
        Member::optional(
            "allow_missing_audience",
            "Admits a token whose answer has no `aud`. A token that was issued for another API of \
             the issuer can then be used here.",
            Shape::True,
        ),
        Member::optional(
            "require_signed_answers",
            "Refuses answers that are not signed (RFC 9701).",
            Shape::True,
        ),
        Member::optional(
            "every_token",
            "Introspects JWTs as well, and verifies none. It needs an issuer that is trusted alone.",
            Shape::True,
        ),
    ],
    rules: &[
        Rule::OneAtMost(&["secret_env", "secret_file"]),
        Rule::OneAtLeast(&["secret_env", "secret_file"]),
    ],
};
