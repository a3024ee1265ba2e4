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
async fn distinct_junk_kids_cost_four_fetches_a_minute_and_harm_nobody() {
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
    assert!((1..=4).contains(&fetches), "{fetches} fetches");
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
        assert!(waited <= Duration::from_secs(31), "longer than one refill of the budget");
    }
    assert_eq!(api.get(&old).await, ADMITTED);
}

#[tokio::test]
async fn junk_kids_in_an_outage_cost_attempts_and_no_more() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(Reply::Close);
    for n in 0..2_000 {
        let outcome = api.get(&stranger(&mint, &format!("junk-{n}"))).await;
        if n >= 4 {
            assert!(unavailable(outcome), "nobody can tell: {outcome:?}");
        }
        if n % 100 == 0 {
            assert_eq!(api.get(&mint).await, ADMITTED);
            api.clock.advance(Duration::from_secs(3));
        }
    }
    let attempts = api.keys.count() - 1;
    assert!(attempts <= 4, "{attempts} attempts in a minute");
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
