//! Both sides of each check in words: what the API expects, and what the token has.

use std::time::Duration;

use tower_bearer::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    key::KeySet,
    scope::MAX_SCOPES,
    time::UnixTime,
    verify::{Check, MAX_HEADER_BYTES, MAX_TOKEN_BYTES},
};

use super::decode::Decoded;
use crate::ui::format_date;

/// The settings that the token is verified with.
#[derive(Debug)]
pub(super) struct InspectOptions<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) audiences: &'a [Audience],
    pub(super) algorithms: &'a [Algorithm],
    pub(super) keys: &'a KeySet,
    pub(super) now: UnixTime,
    pub(super) leeway: Duration,
    pub(super) max_age: Option<Duration>,
    pub(super) strict: bool,
    pub(super) scope_claim: &'a str,
}

/// The two sides of a check.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) expected: String,
    pub(super) actual: String,
    /// The date of a time claim.
    pub(super) date: String,
}

const ID_TOKEN_CLAIMS: [&str; 3] = ["nonce", "at_hash", "c_hash"];
const REQUIRED_CLAIMS: [&str; 4] = ["sub", "client_id", "iat", "jti"];

/// The two sides that a check compares. Only the verifier decides whether it fails.
pub(super) fn compare(check: Check, options: &InspectOptions<'_>, token: &Decoded) -> Comparison {
    let (now, leeway) = (options.now, options.leeway.as_secs());
    let latest = || {
        let latest = show(now + options.leeway);
        format!("absent, or at most {latest}: {leeway} s after now")
    };
    let (expected, actual) = match check {
        Check::Size => (
            format!("at most {MAX_TOKEN_BYTES} bytes, {MAX_HEADER_BYTES} of them in the header"),
            format!("{} bytes", token.bytes),
        ),
        Check::Form => (
            "three parts separated by dots, each in base64url without padding".to_owned(),
            format!("{} parts", token.parts),
        ),
        Check::Header => (
            "a JSON object, each member once, a known `alg`, no `crit`, no `b64`, `cty` not JWT"
                .to_owned(),
            token.header_names(),
        ),
        Check::Claims => (
            "a JSON object, each member once, registered claims of the types of RFC 7519"
                .to_owned(),
            token.claim_names(),
        ),
        Check::TokenType => (
            if options.strict { "at+jwt" } else { "at+jwt, JWT or absent" }.to_owned(),
            token.header("typ"),
        ),
        Check::Algorithm => (algorithms(options.algorithms), token.header("alg")),
        Check::Issuer => (options.issuer.to_string(), token.claim("iss")),
        Check::Audience => (
            options.audiences.iter().map(Audience::as_str).collect::<Vec<_>>().join(" or "),
            token.claim("aud"),
        ),
        Check::Expiry => {
            let earliest = show(now - options.leeway);
            (format!("later than {earliest}: {leeway} s before now"), token.claim("exp"))
        }
        Check::SignatureForm => ("base64url without padding".to_owned(), "present".to_owned()),
        Check::Key => (
            format!("the `kid` of a key for the `alg`: {}", kids(options.keys)),
            format!("kid {}, alg {}", token.header("kid"), token.header("alg")),
        ),
        Check::Signature => (
            "the signature of that key over header and payload".to_owned(),
            format!("by kid {}", token.header("kid")),
        ),
        Check::NotBefore => (latest(), token.claim("nbf")),
        Check::IssuedAt => (latest(), token.claim("iat")),
        Check::Age => (
            format!("issued at most {} s ago", options.max_age.unwrap_or_default().as_secs()),
            token.claim("iat"),
        ),
        Check::IdToken => {
            ("no nonce, at_hash or c_hash".to_owned(), token.present(ID_TOKEN_CLAIMS))
        }
        Check::SenderConstraint => ("no cnf".to_owned(), token.claim("cnf")),
        Check::RequiredClaims => (REQUIRED_CLAIMS.join(", "), token.present(REQUIRED_CLAIMS)),
        Check::Scopes => (format!("at most {MAX_SCOPES} scopes"), token.claim(options.scope_claim)),
        _ => (String::new(), String::new()),
    };
    let date = match check {
        Check::Expiry => token.date("exp", now),
        Check::NotBefore => token.date("nbf", now),
        Check::IssuedAt | Check::Age => token.date("iat", now),
        _ => String::new(),
    };
    Comparison { expected, actual, date }
}

/// The seconds since 1970, and the date.
fn show(time: UnixTime) -> String {
    let date = format_date(time).map_or_else(String::new, |date| format!(" ({date})"));
    format!("{time}{date}")
}

fn algorithms(named: &[Algorithm]) -> String {
    let named = if named.is_empty() { &Algorithm::ALL } else { named };
    named.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ")
}

fn kids(keys: &KeySet) -> String {
    match keys.kids().map(|kid| format!("{kid:?}")).collect::<Vec<_>>() {
        kids if kids.is_empty() => format!("none of the {} keys has one", keys.len()),
        kids => kids.join(", "),
    }
}
