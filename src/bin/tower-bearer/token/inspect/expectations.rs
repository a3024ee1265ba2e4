//! Both sides of each comparison, in words: what the API demands, and what the token says.

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

/// What the token is judged by.
#[derive(Debug)]
pub(super) struct Asked<'a> {
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

/// The two sides of a comparison.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) expected: String,
    pub(super) found: String,
}

const ID_TOKEN_CLAIMS: [&str; 3] = ["nonce", "at_hash", "c_hash"];
const REQUIRED_CLAIMS: [&str; 4] = ["sub", "client_id", "iat", "jti"];

/// What a check compares. That it fails is said by the verifier alone.
pub(super) fn sides(check: Check, asked: &Asked<'_>, token: &Decoded) -> Sides {
    let (now, leeway) = (asked.now, asked.leeway.as_secs());
    let latest = || {
        let latest = now + asked.leeway;
        format!("absent, or {latest} at the latest: now, {now}, and {leeway} s of leeway")
    };
    let (expected, found) = match check {
        Check::Size => (
            format!("{MAX_TOKEN_BYTES} bytes at most, {MAX_HEADER_BYTES} of them in the header"),
            format!("{} bytes", token.bytes),
        ),
        Check::Form => (
            "three parts between two dots, each in base64url without padding".to_owned(),
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
            if asked.strict { "at+jwt" } else { "at+jwt, JWT or absent" }.to_owned(),
            token.header("typ"),
        ),
        Check::Algorithm => (algorithms(asked.algorithms), token.header("alg")),
        Check::Issuer => (asked.issuer.to_string(), token.claim("iss")),
        Check::Audience => (
            asked.audiences.iter().map(Audience::as_str).collect::<Vec<_>>().join(" or "),
            token.claim("aud"),
        ),
        Check::Expiry => {
            let earliest = now - asked.leeway;
            (format!("after {earliest}: now, {now}, less {leeway} s of leeway"), token.claim("exp"))
        }
        Check::SignatureForm => ("base64url without padding".to_owned(), "a signature".to_owned()),
        Check::Key => (
            format!("the `kid` of a key that serves the `alg`: {}", kids(asked.keys)),
            format!("kid {}, alg {}", token.header("kid"), token.header("alg")),
        ),
        Check::Signature => (
            "the signature of that key over header and payload".to_owned(),
            "a signature".to_owned(),
        ),
        Check::NotBefore => (latest(), token.claim("nbf")),
        Check::IssuedAt => (latest(), token.claim("iat")),
        Check::Age => (
            format!(
                "issued {} s before {now} at most",
                asked.max_age.unwrap_or_default().as_secs()
            ),
            token.claim("iat"),
        ),
        Check::IdToken => ("no nonce, at_hash or c_hash".to_owned(), token.those(ID_TOKEN_CLAIMS)),
        Check::SenderConstraint => ("no cnf".to_owned(), token.claim("cnf")),
        Check::RequiredClaims => (REQUIRED_CLAIMS.join(", "), token.those(REQUIRED_CLAIMS)),
        Check::Scopes => (format!("{MAX_SCOPES} scopes at most"), token.claim(asked.scope_claim)),
        _ => (String::new(), String::new()),
    };
    Sides { expected, found }
}

fn algorithms(named: &[Algorithm]) -> String {
    let named = if named.is_empty() { &Algorithm::ALL } else { named };
    named.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ")
}

fn kids(keys: &KeySet) -> String {
    match keys.kids().map(|kid| format!("{kid:?}")).collect::<Vec<_>>() {
        kids if kids.is_empty() => format!("there are {} keys without one", keys.len()),
        kids => kids.join(", "),
    }
}
