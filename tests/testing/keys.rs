//! The issuer's keys come, go and disagree.

use tower_bearer::issuer::testing::Signer;

use super::*;

#[tokio::test]
async fn after_a_rotation_tokens_of_both_keys_are_admitted() {
    let world = World::warm().await;
    let before = world.mint(&good());
    world.issuer.rotate().unwrap();
    assert_eq!(world.call_well().await, admitted());
    assert_eq!(world.call(&before).await, admitted());
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_once_the_keys_were_fetched_again() {
    let world = World::warm().await;
    let before = world.mint(&good());
    let kid = world.issuer.kid();
    assert!(world.issuer.withdraw_key(&kid).unwrap());
    assert_eq!(world.call(&before).await, admitted(), "the API cannot know yet");
    world.clock.advance(KEPT);
    assert_eq!(world.call(&before).await, refused());
    assert_eq!(world.call_well().await, admitted(), "signing key rotated");
}

#[tokio::test]
async fn replicas_that_flap_are_served_both_once_each_was_seen() {
    let world = World::warm().await;
    world.set(Faults::none().flapping());
    let (own, other) = (world.issued().await, world.issued().await);
    assert_eq!(world.call(&own).await, admitted());
    assert_eq!(world.call(&other).await, refused(), "the first set is the issuer's own");
    world.clock.advance(MINUTE);
    assert_eq!(world.call(&other).await, admitted());
    let mut seen = [0, 0];
    for _ in 0..20 {
        world.clock.advance(Duration::from_secs(20));
        for (token, seen) in [&own, &other].into_iter().zip(&mut seen) {
            *seen += u32::from(world.call(token).await == admitted());
        }
    }
    assert!(seen.iter().all(|seen| *seen >= 15), "{seen:?}");
    world.issuer.clear_faults();
    world.clock.advance(KEPT);
    assert_eq!(world.call(&own).await, admitted());
    assert_eq!(world.call(&other).await, refused(), "nobody publishes it any more");
}

#[tokio::test]
async fn a_key_that_nobody_publishes_is_refused_under_its_own_kid_and_under_a_known_one() {
    let world = World::warm().await;
    let stranger = good().signer(Signer::Stranger);
    assert_eq!(world.call(&world.mint(&stranger)).await, refused());
    let posing = stranger.clone().header("kid", world.issuer.kid());
    assert_eq!(world.call(&world.mint(&posing)).await, refused());
    assert_eq!(world.call(&world.mint(&posing.signer(Signer::Own))).await, admitted());
}
