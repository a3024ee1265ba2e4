//! A configuration that is replaced while the issuer runs.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, TokenModifications},
};

use super::client::{SECRET, basic, by_basic, display, outsourcer_a, secret, without_accounts};

#[tokio::test]
async fn a_new_configuration_replaces_the_old_one_as_a_whole() {
    let issuer = display().build().unwrap();
    let (kid, token) = (issuer.kid(), basic().of(&issuer).await.member("access_token"));
    let other = Account::new("outsourcer-b").secret(&secret()).allow("display", "revenue:*:read");
    let next = without_accounts().account(other).lifetime(Duration::from_secs(60));
    issuer.reconfigure(next).unwrap();
    assert_eq!(basic().of(&issuer).await.error(), (401, "invalid_client".into()));
    let answer = by_basic("outsourcer-b", SECRET).of(&issuer).await;
    assert_eq!(answer.json()["expires_in"], 60);
    assert_eq!(answer.scopes().0, "revenue:*:read");
    assert_eq!(issuer.kid(), kid, "the keys stay");
    assert!(super::tokens::verified(&issuer, &token).is_some(), "and with them old tokens");
}

#[tokio::test]
async fn after_an_error_the_old_configuration_serves_on() {
    let issuer = display().build().unwrap();
    let wrong = || without_accounts().account(outsourcer_a().allow("display", "announce:*:raed"));
    let error = issuer.reconfigure(wrong().lifetime(Duration::ZERO)).unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
    let moved =
        tower_bearer::issuer::TokenIssuer::builder("https://other.example".parse().unwrap());
    let error = issuer.reconfigure(moved).unwrap_err();
    assert!(error.to_string().contains("it is `https://issuer.example`"), "{error}");
    assert_eq!(basic().of(&issuer).await.status, 200);
}

#[tokio::test]
async fn a_request_that_has_begun_is_answered_by_what_it_found() {
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (in_hook, released) = (asked.clone(), go.clone());
    let hook = move |_| {
        let (in_hook, released) = (in_hook.clone(), released.clone());
        async move {
            in_hook.notify_one();
            released.notified().await;
            Ok(TokenModifications::none())
        }
    };
    let issuer = display().hook(hook).build().unwrap();
    let pending = tokio::spawn({
        let issuer = issuer.clone();
        async move { basic().of(&issuer).await }
    });
    asked.notified().await;
    let next = display().lifetime(Duration::from_secs(60));
    issuer.reconfigure(next).unwrap();
    assert_eq!(basic().of(&issuer).await.json()["expires_in"], 60);
    go.notify_one();
    assert_eq!(pending.await.unwrap().json()["expires_in"], 3_600);
}

/// A token that is taken back before it is issued would not be seen by whoever takes it back.
#[tokio::test]
async fn a_request_that_has_begun_gets_nothing_that_was_withdrawn_meanwhile() {
    for delete in [false, true] {
        let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (in_hook, released) = (asked.clone(), go.clone());
        let hook = move |_| {
            let (in_hook, released) = (in_hook.clone(), released.clone());
            async move {
                in_hook.notify_one();
                released.notified().await;
                Ok(TokenModifications::none())
            }
        };
        let issuer = display().hook(hook).build().unwrap();
        let pending = tokio::spawn({
            let issuer = issuer.clone();
            async move { basic().of(&issuer).await }
        });
        asked.notified().await;
        if delete {
            assert!(issuer.delete_account("outsourcer-a").unwrap());
        } else {
            issuer.reconfigure(without_accounts()).unwrap();
        }
        assert_eq!(basic().of(&issuer).await.status, 401, "no such account any more");
        go.notify_one();
        assert_eq!(pending.await.unwrap().error(), (401, "invalid_client".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn guesses_are_remembered_across_configurations() {
    let issuer = display().build().unwrap();
    let guess = by_basic("outsourcer-a", &SECRET.replace('p', "q"));
    for _ in 0..10 {
        assert_eq!(guess.of(&issuer).await.status, 401);
    }
    issuer.reconfigure(display()).unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(guess.of(&issuer).await.status, 401);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn another_algorithm_is_that_of_the_next_key() {
    let issuer = display().build().unwrap();
    issuer.reconfigure(display().algorithm(Algorithm::EdDSA)).unwrap();
    assert_eq!(issuer.published_keys()[0].algorithm, Algorithm::ES256);
    issuer.rotate().unwrap();
    assert_eq!(issuer.published_keys()[0].algorithm, Algorithm::EdDSA);
}
