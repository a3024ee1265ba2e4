//! Tokens that an API refuses.

use std::{sync::Arc, time::Duration};

use tower_bearer::client::TokenClient;

use super::{scripted::ScriptedIssuer, token_of};
use crate::support::{ManualClock, NOW};

/// A call to an API that refuses every token: what it was called with is invalidated.
async fn refused_call(client: &TokenClient) {
    let token = client.token().await.unwrap();
    client.invalidate(&token);
}

#[tokio::test]
async fn an_api_that_refuses_every_token_costs_no_token_request_for_each_call() {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&clock);
    for _ in 0..1_000 {
        refused_call(&client).await;
    }
    assert_eq!(issuer.count(), 2, "the first token and its one replacement");
    // An hour with a refused call each 100 ms.
    for _ in 0..36_000 {
        clock.advance(Duration::from_millis(100));
        refused_call(&client).await;
    }
    // At most a request each 100 ms at first; the waits double to a minute, 30 s on average.
    assert!((60..300).contains(&issuer.count()), "{}", issuer.count());
}

#[tokio::test]
async fn after_the_backoff_another_token_is_fetched_and_a_good_one_ends_it() {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&clock);
    refused_call(&client).await;
    refused_call(&client).await;
    assert_eq!(token_of(&client).await, "token-2", "kept until the backoff ends");
    clock.advance(Duration::from_secs(1));
    assert_eq!(token_of(&client).await, "token-3");
    // An hour later the API refuses one: it is replaced at once, as the first one was.
    clock.advance(Duration::from_secs(3_000));
    client.invalidate(&client.token().await.unwrap());
    assert_eq!(token_of(&client).await, "token-4");
}

#[tokio::test]
async fn a_thousand_calls_whose_token_was_refused_share_one_renewal() {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&clock);
    let refused = client.token().await.unwrap();
    clock.advance(Duration::from_secs(60));
    let calls: Vec<_> = (0..1_000)
        .map(|_| {
            let (client, refused) = (client.clone(), refused.clone());
            tokio::spawn(async move {
                client.invalidate(&refused);
                token_of(&client).await
            })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), "token-2");
    }
    assert_eq!(issuer.count(), 2);
}

/// A herd of callers and others who invalidate what it waits for: nobody gets an error, for the
/// issuer answers every request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiter_whose_token_is_gone_waits_for_the_next_one() {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&clock);
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (client, clock) = (client.clone(), clock.clone());
            tokio::spawn(async move {
                for _ in 0..500 {
                    let token = client.token().await.unwrap();
                    clock.advance(Duration::from_secs(10));
                    client.invalidate(&token);
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_herd_of_eight_makes_one_request() {
    let clock = ManualClock::at(NOW);
    for round in 0..2_000 {
        let issuer = ScriptedIssuer::granting();
        let client = Arc::new(issuer.client(&clock));
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.token().await.unwrap() })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        assert_eq!(issuer.count(), 1, "round {round}");
    }
}
