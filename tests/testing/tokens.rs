//! The issuer makes wrong tokens.

use serde_json::json;

use super::*;

/// Changes that spoil a good token.
fn wrong() -> [(&'static str, TokenChanges); 11] {
    let changes = TokenChanges::none;
    [
        ("aud", changes().claim("aud", "urn:other")),
        ("no aud", changes().claim("aud", Value::Null)),
        ("iss", changes().claim("iss", "https://other.example")),
        ("no exp", changes().claim("exp", Value::Null)),
        ("expired", changes().expires_in(-31)),
        ("not yet", changes().claim("nbf", NOW.as_secs() + 60)),
        ("alg", changes().header("alg", "ES384")),
        ("symmetric alg", changes().header("alg", "HS256")),
        ("alg none", changes().header("alg", "none")),
        ("typ", changes().header("typ", "logout+jwt")),
        ("crit", changes().header("crit", json!(["exp"]))),
    ]
}

#[tokio::test]
async fn a_wrong_token_from_the_token_endpoint_is_refused_and_the_repaired_one_admitted() {
    let world = World::warm().await;
    for (what, changes) in wrong() {
        world.set(Faults::none().token(changes));
        assert_eq!(world.call(&world.issued().await).await, refused(), "{what}");
        world.issuer.clear_faults();
        assert_eq!(world.call(&world.issued().await).await, admitted(), "{what}");
    }
}

#[tokio::test]
async fn a_wrong_token_that_was_minted_is_refused_and_the_repaired_one_admitted() {
    let world = World::warm().await;
    for (what, changes) in wrong() {
        let changes = changes.claim("scope", "announce:read");
        assert_eq!(world.call(&world.mint(&changes)).await, refused(), "{what}");
    }
    assert_eq!(world.call_well().await, admitted());
    let poor = good().claim("scope", "revenue:read");
    let outcome = world.call(&world.mint(&poor)).await;
    assert_eq!((outcome.status, outcome.error.as_deref()), (403, Some("insufficient_scope")));
}

#[tokio::test]
async fn a_clock_that_is_wrong_makes_tokens_of_the_past_and_of_the_future() {
    let world = World::warm().await;
    for skew in [-2 * 3_600, 2 * 3_600] {
        world.set(Faults::none().clock_skew(skew));
        assert_eq!(world.call(&world.issued().await).await, refused(), "{skew}");
        assert_eq!(world.call_well().await, refused(), "{skew}");
    }
    for skew in [-20, 0, 20] {
        world.set(Faults::none().clock_skew(skew));
        assert_eq!(world.call(&world.issued().await).await, admitted(), "{skew}: within leeway");
    }
}

#[tokio::test]
async fn the_faults_of_issued_tokens_are_none_of_minted_ones() {
    let world = World::warm().await;
    world.set(Faults::none().token(TokenChanges::none().claim("aud", "urn:other")));
    assert_eq!(world.call_well().await, admitted());
    assert_eq!(world.call(&world.issued().await).await, refused());
}
