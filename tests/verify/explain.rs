//! Explanations: they agree with the verdict and list the checks in their order.

use std::time::Duration;

use tower_bearer::{
    algorithm::Algorithm,
    claims::Audience,
    key::KeySet,
    time::UnixTime,
    verify::{AudienceClaim, Check, CheckOutcome, ClaimValue, Verifier},
};

use super::verifier;
use crate::support::{Mint, NOW, vectors, vectors_json};

/// A token, and the verifier that judges it.
struct Case {
    mint: Mint,
    verifier: Verifier,
    /// Applied to the signed token.
    text: fn(String) -> String,
}

type Spoil = fn(Case) -> Case;

/// How each check is failed, in the order of the checks.
const SPOILERS: [(Check, Spoil); 20] = [
    (Check::Size, |case| text(case, |token| token + &"A".repeat(8_192))),
    (Check::Form, |case| text(case, |token| token + ".")),
    (Check::Header, |case| header(case, "crit", "exp")),
    (Check::Claims, |case| claim(case, "sub", 1)),
    (Check::TokenType, |case| header(case, "typ", "other+jwt")),
    (Check::Algorithm, |case| verifier_of(case, |it| it.algorithms([Algorithm::RS256]))),
    (Check::Issuer, |case| claim(case, "iss", "https://other.example")),
    (Check::Audience, |case| claim(case, "aud", "urn:other")),
    (Check::Expiry, |case| claim(case, "exp", NOW.as_secs() - 60)),
    (Check::TokenUse, |case| {
        let claim = AudienceClaim::new("aud", ClaimValue::new("token_use", "access"));
        verifier_of(case, |it| it.audience_claim(claim))
    }),
    (Check::IdToken, |case| claim(case, "at_hash", "1")),
    (Check::SenderConstraint, |case| claim(case, "cnf", "1")),
    (Check::SignatureForm, |case| text(case, |token| token + "=")),
    (Check::Key, |case| header(case, "kid", "of another")),
    (Check::Signature, |case| text(case, |token| format!("{}AAAA", &token[..token.len() - 4]))),
    (Check::NotBefore, |case| claim(case, "nbf", NOW.as_secs() + 60)),
    (Check::IssuedAt, |case| claim(case, "iat", NOW.as_secs() + 60)),
    (Check::Age, |case| {
        let case = verifier_of(case, |it| it.max_token_age(Duration::from_secs(60)));
        claim(case, "iat", NOW.as_secs() - 120)
    }),
    (Check::RequiredClaims, |case| {
        let case = verifier_of(case, Verifier::strict_rfc9068);
        Case { mint: case.mint.without("jti"), ..case }
    }),
    (Check::Scopes, |case| claim(case, "scope", "a ".repeat(257).trim_end())),
];

fn header(case: Case, name: &str, value: &str) -> Case {
    Case { mint: case.mint.header(name, value), ..case }
}

fn claim(case: Case, name: &str, value: impl Into<serde_json::Value>) -> Case {
    Case { mint: case.mint.claim(name, value), ..case }
}

fn text(case: Case, text: fn(String) -> String) -> Case {
    Case { text, ..case }
}

fn verifier_of(case: Case, set: impl FnOnce(Verifier) -> Verifier) -> Case {
    Case { verifier: set(case.verifier), ..case }
}

fn good() -> Case {
    Case { mint: Mint::new(), verifier: verifier(), text: |token| token }
}

fn failed(case: &Case) -> Option<Check> {
    let token = (case.text)(case.mint.sign());
    let explanation = case.verifier.explain(&token, &case.mint.keys(), NOW);
    explanation.checks().find(|(_, outcome)| *outcome == CheckOutcome::Failed).map(|it| it.0)
}

#[test]
fn every_check_has_a_token_that_fails_it_alone() {
    assert_eq!(failed(&good()), None);
    for (check, spoil) in SPOILERS {
        assert_eq!(failed(&spoil(good())), Some(check));
    }
    // The last three are made by a resource server.
    let (of_a_verifier, _) = Check::ALL.split_at(SPOILERS.len());
    assert_eq!(SPOILERS.map(|(check, _)| check), of_a_verifier);
    assert_eq!(Check::ALL.len(), SPOILERS.len() + 3);
}

/// A token that fails several checks is refused for the first.
#[test]
fn the_checks_are_listed_in_the_order_in_which_they_are_made() {
    for first in 0..SPOILERS.len() {
        // The earlier ones last: of two that spoil the same claim the earlier one counts.
        let case = SPOILERS[first..].iter().rev().fold(good(), |case, (_, spoil)| spoil(case));
        assert_eq!(failed(&case), Some(SPOILERS[first].0));
    }
}

#[test]
fn what_is_explained_is_the_verdict_on_every_hostile_token() {
    let Some(document) = vectors_json("hostile-tokens.json") else { return };
    let keys = KeySet::parse(&vectors("hostile-tokens-jwks.json").unwrap()).unwrap();
    let now = UnixTime::from_secs(document["now"].as_u64().unwrap());
    let text = |name: &str| document[name].as_str().unwrap();
    let verifier = Verifier::new(
        text("issuer").parse().unwrap(),
        text("audience").parse::<Audience>().unwrap(),
    );
    for verifier in [verifier.clone(), verifier.strict_rfc9068()] {
        for case in document["cases"].as_array().unwrap() {
            let token = case["token"].as_str().unwrap();
            let explanation = verifier.explain(token, &keys, now);
            let verdict = verifier.verify(token, &keys, now);
            assert_eq!(explanation.verdict().err(), verdict.as_ref().err());
            let outcomes: Vec<_> = explanation.checks().map(|(_, outcome)| outcome).collect();
            let failed = outcomes.iter().filter(|it| **it == CheckOutcome::Failed).count();
            assert_eq!(failed, usize::from(verdict.is_err()));
            let mut order = outcomes.clone();
            order.sort_by_key(|outcome| *outcome as u8);
            assert_eq!(order, outcomes);
        }
    }
}

#[test]
fn each_check_has_a_name_of_its_own() {
    let names = Check::ALL.map(Check::name);
    let distinct: std::collections::BTreeSet<_> = names.into_iter().collect();
    assert_eq!(distinct.len(), Check::ALL.len());
    assert_eq!(Check::Expiry.to_string(), "exp");
}
