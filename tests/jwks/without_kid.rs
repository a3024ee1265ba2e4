//! Keys without `kid`, through the Layer (row W27).

use serde_json::{Value, json};

use super::*;

/// A set whose keys are published without `kid`.
fn without_kids<'a>(mints: impl IntoIterator<Item = &'a Mint>) -> Reply {
    let without_kid = |mint: &Mint| {
        let mut key = mint.key().public_jwk();
        key.remove("kid");
        Value::Object(key)
    };
    let keys: Vec<_> = mints.into_iter().map(without_kid).collect();
    Reply::json(json!({ "keys": keys }).to_string())
}

/// The mint, but its tokens have no `kid`.
fn nameless(mint: &Mint) -> Mint {
    mint.clone().without_header("kid")
}

#[tokio::test]
async fn w27_keys_without_kid_verify_tokens_with_any_kid_and_cost_no_fetch() {
    let (one, two, other) = (Mint::new(), Mint::new(), Mint::new());
    let api = Api::start(without_kids([&one, &two])).await;
    for mint in [&one, &two, &nameless(&one), &nameless(&two), &stranger(&two, "new")] {
        assert_eq!(api.get(mint).await, ADMITTED);
    }
    let fetches = api.keys.count();
    for _ in 0..20 {
        assert_eq!(api.get(&one).await, ADMITTED);
        assert_eq!(api.get(&nameless(&two)).await, ADMITTED);
    }
    assert_eq!(api.keys.count(), fetches);
    assert_eq!(api.get(&other).await, REFUSED, "a key that is not published");
    assert_eq!(api.get(&nameless(&other)).await, REFUSED);
}

#[tokio::test]
async fn w27_a_kid_that_is_published_is_tried_with_its_key_only() {
    let (named, plain) = (Mint::new(), Mint::new());
    let mut keys = vec![named.key().public_jwk(), plain.key().public_jwk()];
    keys[1].remove("kid");
    let api = Api::start(Reply::json(json!({ "keys": keys }).to_string())).await;
    assert_eq!(api.get(&named).await, ADMITTED);
    assert_eq!(api.get(&plain).await, ADMITTED);
    let kid = named.key().kid().to_owned();
    assert_eq!(api.get(&plain.clone().header("kid", kid)).await, REFUSED);
    assert_eq!(api.get(&nameless(&named)).await, REFUSED, "only keys without `kid` are tried");
}

#[tokio::test]
async fn w27_a_rotation_of_keys_without_kid_is_found_at_the_first_token() {
    for has_kid in [true, false] {
        let (old, new) = (Mint::new(), Mint::new());
        let tokens = |mint: &Mint| if has_kid { mint.clone() } else { nameless(mint) };
        let api = Api::start(without_kids([&old])).await;
        assert_eq!(api.get(&tokens(&old)).await, ADMITTED);
        api.keys.always(without_kids([&new]));
        assert_eq!(api.get(&tokens(&new)).await, ADMITTED);
        assert_eq!(api.keys.count(), 2);
        assert_eq!(api.get(&tokens(&old)).await, REFUSED, "its key is not published any more");
        assert_eq!(api.get(&tokens(&new)).await, ADMITTED);
    }
}

#[tokio::test]
async fn w27_tokens_without_kid_share_the_fetches_of_one_unknown_kid() {
    let (known, forged) = (Mint::new(), nameless(&Mint::new()));
    let api = Api::start(without_kids([&known])).await;
    assert_eq!(api.get(&nameless(&known)).await, ADMITTED);
    for _ in 0..20 {
        assert_eq!(api.get(&forged).await, REFUSED);
        assert_eq!(api.get(&nameless(&known)).await, ADMITTED);
    }
    assert_eq!(api.keys.count(), 2, "a fetch has just shown that there is no such key");
    api.clock.advance(Duration::from_secs(12));
    assert_eq!(api.get(&forged).await, REFUSED);
    assert_eq!(api.keys.count(), 3);
}

#[tokio::test]
async fn w27_a_token_that_no_key_verifies_is_undecided_while_the_issuer_is_down() {
    let (known, new) = (Mint::new(), Mint::new());
    let api = Api::start(without_kids([&known])).await;
    assert_eq!(api.get(&known).await, ADMITTED);
    api.keys.always(Reply::status(500));
    for mint in [&new, &nameless(&new)] {
        assert!(unavailable(api.get(mint).await));
    }
    for mint in [&known, &nameless(&known)] {
        assert_eq!(api.get(mint).await, ADMITTED, "its key is there");
    }
    api.clock.advance(STALE);
    assert_eq!(api.get(&nameless(&known)).await, ADMITTED, "stale keys are still used");
    assert_eq!(api.get(&known).await, ADMITTED);
    api.clock.advance(MINUTE);
    api.keys.always(without_kids([&known, &new]));
    assert_eq!(api.get(&new).await, ADMITTED);
    assert_eq!(api.get(&nameless(&new)).await, ADMITTED);
}

#[tokio::test]
async fn w27_an_issuer_whose_keys_all_have_a_kid_is_not_asked_about_tokens_without() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&nameless(&mint)).await, ADMITTED, "it has only one key");
    assert_eq!(api.get(&nameless(&Mint::new())).await, REFUSED);
    assert_eq!(api.keys.count(), 1);
}
