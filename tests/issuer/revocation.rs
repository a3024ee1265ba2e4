//! The revocation endpoint (RFC 7009): T32.

use std::time::Duration;

use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use tower_bearer::issuer::{KeyStore, Profile};

use super::{
    client::{Asked, NOW, SECRET, bare, by_basic, display, post, without_accounts},
    statuses::{Scratch, is_valid, outsourcer_b, token_of},
};
use crate::support::ManualClock;

const PATHS: [&str; 2] = ["/oauth/revoke", "/oidc/token/revocation"];

fn revoke(asked: Asked, token: &str) -> Asked {
    asked.without("grant_type").at(PATHS[0]).with("token", token)
}

#[tokio::test]
async fn t32_a_client_takes_its_token_back_by_every_path_and_hint() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).build().unwrap();
    for path in PATHS {
        for hint in [None, Some("access_token"), Some("refresh_token"), Some("other")] {
            let token = token_of(&issuer, "outsourcer-a").await;
            let kept = token_of(&issuer, "outsourcer-a").await;
            let asked = revoke(by_basic("outsourcer-a", SECRET), &token).at(path);
            let asked = hint.iter().fold(asked, |asked, hint| asked.with("token_type_hint", hint));
            let answer = asked.of(&issuer).await;
            assert_eq!((answer.status, answer.body.len()), (200, 0));
            assert_eq!(answer.header(CACHE_CONTROL), "no-store");
            assert_eq!(asked.of(&issuer).await.status, 200, "again");
            clock.advance(Duration::from_secs(1));
            assert!(!is_valid(&issuer, &token).await);
            assert!(is_valid(&issuer, &kept).await);
        }
    }
}

#[tokio::test]
async fn t32_a_token_that_is_not_valid_is_answered_200() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).build().unwrap();
    let other = display().build().unwrap();
    let foreign = token_of(&other, "outsourcer-a").await;
    let expired = token_of(&issuer, "outsourcer-a").await;
    let good = token_of(&issuer, "outsourcer-a").await;
    clock.advance(Duration::from_secs(3_600));
    for token in ["opaque", "a.b.c", &good[..good.len() - 1], &foreign, &expired] {
        let answer = revoke(post(), token).of(&issuer).await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn t32_a_token_of_another_client_stays_valid() {
    let clock = ManualClock::at(NOW);
    let issuer = display().account(outsourcer_b()).clock(clock.clone()).build().unwrap();
    let of_b = token_of(&issuer, "outsourcer-b").await;
    let answer = revoke(post(), &of_b).of(&issuer).await;
    assert_eq!(answer.error(), (400, "invalid_grant".into()));
    clock.advance(Duration::from_secs(1));
    assert!(is_valid(&issuer, &of_b).await);
    let answer = revoke(by_basic("outsourcer-b", SECRET), &of_b).of(&issuer).await;
    assert_eq!(answer.status, 200);
    clock.advance(Duration::from_secs(1));
    assert!(!is_valid(&issuer, &of_b).await);
}

#[tokio::test]
async fn t32_only_a_client_that_authenticates_takes_a_token_back() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    let wrong = SECRET.replace('p', "q");
    for asked in
        [bare(), bare().with("client_id", "outsourcer-a"), by_basic("outsourcer-a", &wrong)]
    {
        let answer = revoke(asked, &token).of(&issuer).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()));
        assert!(answer.header(WWW_AUTHENTICATE).starts_with("Basic"));
    }
    for (malformed, why) in [
        (revoke(post(), &token).without("token"), "without a token"),
        (revoke(post(), ""), "an empty one"),
        (revoke(post(), &token).with("token", "again"), "two"),
        (revoke(post(), &token).without_header("content-type"), "not a form"),
        (revoke(post(), &token).at("/oauth/revoke?client_id=a"), "credentials in the URI"),
    ] {
        let answer = malformed.of(&issuer).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()), "{why}");
    }
    assert_eq!(revoke(post(), &token).by("GET").of(&issuer).await.status, 405);
    clock.advance(Duration::from_secs(1));
    assert!(is_valid(&issuer, &token).await);
    assert_eq!(revoke(post(), &token).of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t32_a_token_without_a_status_is_an_unsupported_type() {
    let builder = || display().profile(Profile::Authing);
    let issuer = builder().build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    let answer = revoke(post(), &token).of(&issuer).await;
    assert_eq!(answer.error(), (400, "unsupported_token_type".into()));
    issuer.reconfigure(builder().status_lists(true)).unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    assert_eq!(revoke(post(), &token).of(&issuer).await.status, 200);
    assert_eq!(revoke(post(), "opaque").of(&issuer).await.status, 200);
}

/// RFC 7009 §2.2.1: the client must take the token for valid.
#[cfg(unix)]
#[tokio::test]
async fn t32_a_revocation_that_cannot_be_recorded_is_503() {
    use std::fs;

    let folder = Scratch::new("revocation-503");
    let keys = folder.path().join("keys");
    let clock = ManualClock::at(NOW);
    let store = KeyStore::new(&keys);
    let issuer = display().clock(clock.clone()).key_store(store).build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    let lock = keys.join("status.lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let answer = revoke(post(), &token).of(&issuer).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
    assert_eq!(answer.header(RETRY_AFTER), "5");
    assert!(issuer.delete_account("outsourcer-a").is_err());
    assert!(issuer.reconfigure(without_accounts()).is_err());
    let next = post().of(&issuer).await;
    assert_eq!(next.error(), (500, "server_error".into()), "it could not be taken back, either");
    fs::remove_dir(&lock).unwrap();
    clock.advance(Duration::from_secs(1));
    assert!(is_valid(&issuer, &token).await);
    assert_eq!(revoke(post(), &token).of(&issuer).await.status, 200);
    clock.advance(Duration::from_secs(1));
    assert!(!is_valid(&issuer, &token).await);
}

/// Without status lists the folder of the keys may be read-only.
#[cfg(unix)]
#[tokio::test]
async fn without_status_lists_nothing_is_written_for_them() {
    use std::fs;

    let folder = Scratch::new("revocation-read-only");
    let keys = folder.path().join("keys");
    fs::create_dir_all(keys.join("status.lock")).unwrap();
    let issuer = |on| display().key_store(KeyStore::new(&keys)).status_lists(on).build().unwrap();
    let off = issuer(false);
    assert!(!token_of(&off, "outsourcer-a").await.is_empty());
    assert!(!off.revoke_withdrawn().unwrap());
    assert!(off.delete_account("outsourcer-a").unwrap());
    off.reconfigure(display().status_lists(false)).unwrap();
    let on = issuer(true);
    let error = on.revoke_withdrawn().unwrap_err();
    assert!(error.to_string().contains("status.lock"), "{error}");
}
