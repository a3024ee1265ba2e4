use super::*;

#[tokio::test]
async fn a_thousand_requests_on_a_cold_cache_cost_one_fetch() {
    let mint = Mint::new();
    let api = Api::start(Reply::AnswerWhenReleased(Box::new(publish([&mint])))).await;
    let token = mint.sign();
    let (api, token) = (std::sync::Arc::new(api), std::sync::Arc::new(token));
    let requests: Vec<_> = (0..1_000)
        .map(|_| {
            let (api, token) = (api.clone(), token.clone());
            tokio::spawn(async move { api.send(&token).await })
        })
        .collect();
    until(|| api.keys.count() == 1).await;
    api.keys.release();
    for request in requests {
        assert_eq!(request.await.unwrap(), ADMITTED);
    }
    assert_eq!(api.keys.count(), 1);
}

/// A hundred thousand of them in a minute, each with a kid of its own.
#[tokio::test]
async fn distinct_junk_kids_cost_seven_fetches_a_minute_and_harm_nobody() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    let good = mint.clone().claim("exp", 9_000_000_000_u64).sign();
    let parts: Vec<&str> = good.split('.').collect();
    for n in 0..100_000_u32 {
        let header = format!("{{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"junk-{n}\"}}");
        let junk = format!("{}.{}.{}", crate::support::encode(header), parts[1], parts[2]);
        let (status, _) = api.send(&junk).await;
        assert!(matches!(status, 401 | 503), "{n}: {status}");
        if n % 1_000 == 0 {
            assert_eq!(api.send(&good).await, ADMITTED, "{n}");
            api.clock.advance(Duration::from_millis(600));
        }
    }
    let fetches = api.keys.count() - 1;
    assert!((1..=7).contains(&fetches), "{fetches} fetches");
    assert_eq!(api.send(&good).await, ADMITTED);
}

#[tokio::test]
async fn junk_kids_do_not_starve_a_rotation() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    for n in 0..100 {
        api.get(&stranger(&old, &format!("junk-{n}"))).await;
    }
    api.keys.always(publish([&old, &new]));
    let mut waited = Duration::ZERO;
    while api.get(&new).await != ADMITTED {
        let step = Duration::from_secs(1);
        api.clock.advance(step);
        waited += step;
        assert!(waited <= Duration::from_secs(13), "longer than one refill of the budget");
    }
    assert_eq!(api.get(&old).await, ADMITTED);
}

/// The junk does not stop: what it asks for brings the new key as well.
#[tokio::test]
async fn a_flood_that_goes_on_during_a_rotation_holds_the_new_key_up_by_one_refill() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    let mut junk = (0..).map(|n| stranger(&old, &format!("junk-{n}")));
    for mint in junk.by_ref().take(100) {
        api.get(&mint).await;
    }
    api.keys.always(publish([&old, &new]));
    let step = Duration::from_millis(100);
    let mut waited = Duration::ZERO;
    while api.get(&new).await != ADMITTED {
        for mint in junk.by_ref().take(10) {
            api.get(&mint).await;
        }
        assert_eq!(api.get(&old).await, ADMITTED);
        api.clock.advance(step);
        waited += step;
    }
    assert!(waited <= Duration::from_secs(12), "{waited:?}");
}

#[tokio::test]
async fn a_token_that_could_never_be_accepted_costs_no_fetch() {
    let mint = Mint::new();
    let junk = stranger(&mint, "junk");
    let api = Api::start(publish([&mint])).await;
    for spoiled in [
        junk.clone().claim("exp", 1),
        junk.clone().claim("iss", "https://other.example"),
        junk.clone().claim("aud", "urn:other"),
        junk.clone().claim("at_hash", "h"),
        junk.clone().claim("cnf", serde_json::json!({"jkt": "x"})),
        junk.clone().header("crit", vec!["exp"]),
        junk.clone().header("alg", "none"),
        junk.clone().header("typ", "dpop+jwt"),
        junk.clone().header("kid", "k".repeat(257)),
    ] {
        assert_eq!(api.send(&spoiled.sign()).await, REFUSED);
        assert_eq!(api.keys.count(), 0, "{}", spoiled.payload());
    }
    assert_eq!(api.send(&junk.sign()).await, REFUSED);
    assert_eq!(api.keys.count(), 1);
}

#[tokio::test]
async fn a_missing_kid_is_remembered_until_the_keys_change_or_12_seconds_are_over() {
    let (old, new) = (Mint::new(), Mint::new());
    let junk = stranger(&old, "junk");
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&junk).await, REFUSED);
    let asked = api.keys.count();
    api.clock.advance(Duration::from_secs(11));
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(api.keys.count(), asked, "it is remembered");
    api.keys.always(publish([&old, &new]));
    assert_eq!(api.get(&new).await, ADMITTED);
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(api.keys.count(), asked + 2, "the keys have changed: it is asked for again");
    api.clock.advance(Duration::from_secs(11));
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(api.keys.count(), asked + 2);
    api.clock.advance(Duration::from_secs(1));
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(api.keys.count(), asked + 3, "the 12 seconds are over");
}

#[tokio::test]
async fn a_missing_kid_is_refused_while_that_is_certain_and_no_other_after_a_failure() {
    let mint = Mint::new();
    let junk = stranger(&mint, "junk");
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(api.get(&junk).await, REFUSED);
    api.keys.always(Reply::status(500));
    assert!(api.server.refresh_now().await.is_err());
    assert_eq!(api.get(&junk).await, REFUSED, "a fetch has shown it");
    assert!(unavailable(api.get(&stranger(&mint, "other")).await), "the last attempt has failed");
    api.clock.advance(Duration::from_secs(12));
    assert!(unavailable(api.get(&junk).await), "that was 12 seconds ago");
    api.keys.always(publish([&mint]));
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.get(&junk).await, REFUSED);
}

/// A stranger's key id began the fetch, which was answered before the new key was published.
#[tokio::test]
async fn m4_a_key_published_during_a_slow_fetch_is_not_refused() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = std::sync::Arc::new(Api::start(publish([&old])).await);
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(Reply::AnswerWhenReleased(Box::new(publish([&old]))));
    let junk = waiting(&api, [stranger(&old, "junk").sign()]).await;
    until(|| api.keys.count() == 2).await;
    let early = waiting(&api, [new.sign()]).await;
    api.keys.always(publish([&old, &new]));
    api.keys.release();
    for token in early {
        assert_eq!(token.await.unwrap(), ADMITTED, "it waits for a fetch that begins after it");
    }
    assert_eq!(api.keys.count(), 3);
    for token in junk {
        assert_eq!(token.await.unwrap(), REFUSED);
    }
    assert_eq!(api.get(&new).await, ADMITTED);
}

/// The sibling: the second fetch shows that the key does not exist.
#[tokio::test]
async fn m4_a_junk_kid_that_finds_a_fetch_in_flight_is_refused_by_the_next_and_remembered() {
    let old = Mint::new();
    let api = std::sync::Arc::new(Api::start(publish([&old])).await);
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(Reply::AnswerWhenReleased(Box::new(publish([&old]))));
    let first = waiting(&api, [stranger(&old, "junk-1").sign()]).await;
    until(|| api.keys.count() == 2).await;
    let second = waiting(&api, [stranger(&old, "junk-2").sign()]).await;
    api.keys.always(publish([&old]));
    api.keys.release();
    for token in first.into_iter().chain(second) {
        assert_eq!(token.await.unwrap(), REFUSED);
    }
    assert_eq!(api.keys.count(), 3);
    for kid in ["junk-1", "junk-2"] {
        assert_eq!(api.get(&stranger(&old, kid)).await, REFUSED);
    }
    assert_eq!(api.keys.count(), 3, "both are remembered");
}

/// Two strangers' key ids spend the budget just before the new key is published.
#[tokio::test]
async fn m4_a_spent_budget_refuses_a_published_key_for_12_seconds_at_most() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    api.clock.advance(MINUTE);
    for kid in ["junk-1", "junk-2"] {
        assert_eq!(api.get(&stranger(&old, kid)).await, REFUSED);
    }
    api.keys.always(publish([&old, &new]));
    let asked = api.keys.count();
    for _ in 0..11 {
        api.clock.advance(Duration::from_secs(1));
        assert_eq!(api.get(&new).await, REFUSED, "no fetch may begin, the last one is young");
    }
    assert_eq!(api.keys.count(), asked);
    api.clock.advance(Duration::from_secs(1));
    assert_eq!(api.get(&new).await, ADMITTED);
}

/// The sibling: the budget is spent, and the last fetch began long ago.
#[tokio::test]
async fn m4_a_spent_budget_never_refuses_by_a_fetch_that_began_12_seconds_ago() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = std::sync::Arc::new(Api::start(publish([&old])).await);
    assert_eq!(api.get(&old).await, ADMITTED);
    api.clock.advance(MINUTE);
    assert_eq!(api.get(&stranger(&old, "junk-1")).await, REFUSED);
    api.clock.advance(Duration::from_secs(11));
    api.keys.always(Reply::AnswerWhenReleased(Box::new(publish([&old]))));
    let slow = waiting(&api, [stranger(&old, "junk-2").sign()]).await;
    until(|| api.keys.count() == 3).await;
    slow[0].abort();
    // The clock passes 5 seconds while the fetch is on its way, and 12 since it began.
    api.clock.advance(Duration::from_secs(5));
    api.keys.always(publish([&old, &new]));
    api.keys.release();
    until(|| api.readiness().age == Some(Duration::ZERO)).await;
    api.clock.advance(Duration::from_secs(6));
    let fetches = api.keys.count();
    assert_eq!(api.get(&stranger(&old, "junk-3")).await, REFUSED, "it began 11 seconds ago");
    assert!(api.keys.count() > fetches, "the budget has one again");
}

#[tokio::test]
async fn m4_a_kid_listed_only_on_unusable_entries_is_refused_without_a_fetch() {
    let mint = Mint::new();
    let encrypting = stranger(&mint, "encrypts");
    let set = public_jwk_set([mint.key()]);
    let entry = r#"{"kty":"RSA","use":"enc","kid":"encrypts","n":"AQAB","e":"AQAB"},"#;
    let set = set.replacen("[", &format!("[{entry}"), 1);
    let api = Api::start(Reply::json(set)).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(Reply::Close);
    assert_eq!(api.get(&encrypting).await, REFUSED);
    assert_eq!(api.keys.count(), 1);
    assert!(unavailable(api.get(&stranger(&mint, "encrypt")).await), "another one");
    assert_eq!(api.keys.count(), 2);
}

#[tokio::test]
async fn l4_junk_in_an_outage_spends_no_budget_so_its_end_is_found_by_the_backoff() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(Reply::status(429).with("retry-after", "315360000"));
    for second in 0..60 {
        assert!(unavailable(api.get(&stranger(&old, &format!("junk-{second}"))).await));
        api.clock.advance(Duration::from_secs(1));
    }
    api.keys.always(publish([&old, &new]));
    let mut waited = 0;
    while api.get(&new).await != ADMITTED {
        api.get(&stranger(&old, &format!("more-{waited}"))).await;
        api.clock.advance(Duration::from_secs(1));
        waited += 1;
        assert!(waited <= 30, "longer than one capped backoff");
    }
}

#[tokio::test]
async fn a_revocation_forgets_no_missing_kid_and_a_clock_that_is_set_back_each() {
    let (kept, stolen) = (Mint::new(), Mint::new());
    let junk = stranger(&kept, "junk");
    let api = Api::start(publish([&kept, &stolen])).await;
    assert_eq!(api.get(&junk).await, REFUSED);
    let asked = api.keys.count();
    api.server.revoke_kid(&Mint::issuer(), stolen.key().kid());
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(api.get(&stolen).await, REFUSED);
    assert_eq!(api.keys.count(), asked);
    api.clock.set(NOW - Duration::from_secs(1));
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(api.keys.count(), asked + 1, "when it was seen to be missing is to come");
}

/// Spends the attempts that never-seen key ids have at once.
async fn spend(api: &Api, mint: &Mint) {
    let asked = api.keys.count();
    for n in 0..20 {
        api.get(&stranger(mint, &format!("junk-{asked}-{n}"))).await;
    }
    assert_eq!(api.keys.count(), asked + 2);
}

#[tokio::test]
async fn a_kid_published_within_a_day_has_attempts_of_its_own_and_later_none() {
    let (kept, gone) = (Mint::new(), Mint::new());
    for (passed, asks) in [(86_399, true), (86_400, false)] {
        let api = Api::start(publish([&kept, &gone])).await;
        assert_eq!(api.get(&gone).await, ADMITTED);
        api.keys.always(publish([&kept]));
        api.clock.advance(Duration::from_secs(passed));
        assert_eq!(api.get(&kept).await, ADMITTED);
        spend(&api, &kept).await;
        let asked = api.keys.count();
        assert_eq!(api.get(&gone).await, REFUSED);
        assert_eq!(api.keys.count() > asked, asks, "after {passed} s");
    }
}

#[tokio::test]
async fn r30_no_more_than_1024_published_kids_are_remembered() {
    let mint = Mint::new();
    let named = |n: usize| stranger(&mint, &format!("key-{n}"));
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    for first in (0..1_100).step_by(100) {
        let keys: Vec<_> = (first..first + 100).map(named).collect();
        api.keys.always(publish(&keys));
        api.server.refresh_now().await.unwrap();
    }
    api.keys.always(publish([&mint]));
    api.server.refresh_now().await.unwrap();
    spend(&api, &mint).await;
    // The first, the keys that came after it, and no more.
    for (n, remembered) in [(0, true), (1_022, true), (1_023, false), (1_099, false)] {
        let asked = api.keys.count();
        assert_eq!(api.get(&named(n)).await, REFUSED);
        assert_eq!(api.keys.count() > asked, remembered, "{n}");
    }
}

/// So many requests with kids of their own, begun and waiting.
async fn waiting(
    api: &std::sync::Arc<Api>,
    tokens: impl IntoIterator<Item = String>,
) -> Vec<tokio::task::JoinHandle<Outcome>> {
    let mut tasks = Vec::new();
    for token in tokens {
        let api = api.clone();
        tasks.push(tokio::spawn(async move { api.send(&token).await }));
        tokio::task::yield_now().await;
    }
    tasks
}

#[tokio::test]
async fn r30_at_most_64_requests_wait_for_an_unknown_key_and_the_rest_is_answered_at_once() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = std::sync::Arc::new(Api::start(publish([&old])).await);
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(Reply::AnswerWhenReleased(Box::new(publish([&old, &new]))));
    let tasks = waiting(&api, vec![new.sign(); 64]).await;
    until(|| api.keys.count() == 2).await;
    assert!(tasks.iter().all(|task| !task.is_finished()));
    assert_eq!(api.get(&new).await, (503, Some(1)), "the sixty-fifth");
    assert_eq!(api.get(&old).await, ADMITTED);
    tasks[0].abort();
    until(|| tasks[0].is_finished()).await;
    let one_more = waiting(&api, [new.sign()]).await;
    assert!(!one_more[0].is_finished(), "there is a place again");
    api.keys.release();
    for task in tasks.into_iter().skip(1).chain(one_more) {
        assert_eq!(task.await.unwrap(), ADMITTED);
    }
    assert_eq!(api.keys.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn r30_at_most_10_000_requests_wait_for_the_first_set() {
    let mint = Mint::new();
    let api = std::sync::Arc::new(Api::start(Reply::Hang).await);
    let tasks = waiting(&api, vec![mint.sign(); 10_000]).await;
    let waiters = tasks.iter().filter(|task| !task.is_finished()).count();
    assert_eq!(waiters, 10_000);
    assert_eq!(api.get(&mint).await, (503, Some(1)));
    for task in tasks {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
}

#[tokio::test]
async fn junk_kids_in_an_outage_cost_attempts_and_no_more() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(Reply::Close);
    for n in 0..2_000 {
        let outcome = api.get(&stranger(&mint, &format!("junk-{n}"))).await;
        if n >= 1 {
            assert!(unavailable(outcome), "nobody can tell: {outcome:?}");
        }
        if n % 100 == 0 {
            assert_eq!(api.get(&mint).await, ADMITTED);
            api.clock.advance(Duration::from_secs(3));
        }
    }
    let attempts = api.keys.count() - 1;
    // Each but the first is a repetition by the backoff: 1, 2, 4, 8, 16, 30 s at most, with jitter.
    assert!((3..=16).contains(&attempts), "{attempts} attempts in a minute");
}

#[tokio::test]
async fn the_first_request_may_be_cancelled_and_its_fetch_serves_the_next() {
    let mint = Mint::new();
    let api = Api::start(Reply::AnswerWhenReleased(Box::new(publish([&mint])))).await;
    let api = std::sync::Arc::new(api);
    let request = || {
        let (api, mint) = (api.clone(), mint.clone());
        tokio::spawn(async move { api.get(&mint).await })
    };
    let elected = request();
    until(|| api.keys.count() == 1).await;
    let next = request();
    elected.abort();
    assert!(elected.await.unwrap_err().is_cancelled());
    api.keys.release();
    assert_eq!(next.await.unwrap(), ADMITTED);
    assert_eq!(api.keys.count(), 1);
}

#[tokio::test]
async fn clients_that_hang_up_cost_nothing_and_the_fetch_goes_on() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = std::sync::Arc::new(Api::start(publish([&old])).await);
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(Reply::AnswerWhenReleased(Box::new(publish([&old, &new]))));
    for n in 0..50 {
        let junk = stranger(&old, &format!("junk-{n}"));
        let request = tokio::spawn({
            let api = api.clone();
            async move { api.get(&junk).await }
        });
        until(|| api.keys.count() == 2).await;
        request.abort();
        let _ = request.await;
    }
    assert_eq!(api.keys.count(), 2, "one fetch, and no budget spent without one");
    let waiting = tokio::spawn({
        let (api, new) = (api.clone(), new.clone());
        async move { api.get(&new).await }
    });
    tokio::task::yield_now().await;
    api.keys.release();
    assert_eq!(waiting.await.unwrap(), ADMITTED);
    assert_eq!(api.keys.count(), 2);
}
