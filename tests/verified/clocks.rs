//! What is remembered is held against the time at each request, however coarsely that is told.

use super::*;

/// How far a coarse look may be behind, in milliseconds.
const LAGS: [u64; 5] = [0, 1, 500, 999, 1_000];

#[tokio::test]
async fn r47_a_remembered_token_is_refused_from_exp_plus_leeway_on() {
    let mint = Mint::new().claim("exp", NOW.as_secs() + 60);
    for lag in LAGS {
        let api = Api::caching(1 << 20);
        api.published.publish([&mint]);
        api.clock.lag(Duration::from_millis(lag));
        let token = mint.sign();
        assert_eq!(api.get("/open", &token).await, 200);
        for wait in [1_000, 88_999] {
            api.clock.advance(Duration::from_millis(wait));
            assert_eq!(api.get("/open", &token).await, 200);
            assert_eq!(api.get("/open", &token).await, 200);
        }
        api.clock.advance(Duration::from_millis(1));
        assert_eq!(api.get("/open", &token).await, 401, "{lag}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_nothing_be_taken_on_trust() {
    let key = Mint::new();
    // From now on, less the leeway.
    let mint = lasting(&key).claim("nbf", NOW.as_secs() + 30);
    for lag in LAGS {
        let api = Api::caching(1 << 20);
        api.published.publish([&mint]);
        api.clock.lag(Duration::from_millis(lag));
        // The keys are there before the token is good.
        let earlier = NOW - Duration::from_secs(60);
        api.clock.set(earlier);
        let token = lasting(&key).claim("iat", earlier.as_secs()).sign();
        assert_eq!(api.get("/open", &token).await, 200);
        api.clock.set(NOW);
        let token = mint.sign();
        for _ in 0..3 {
            assert_eq!(api.get("/open", &token).await, 200);
        }
        for back in [1, 500, 31_000] {
            api.clock.set(NOW - Duration::from_millis(back));
            assert_eq!(api.get("/open", &token).await, 401, "{back} ms back, a lag of {lag}");
            api.clock.set(NOW);
            assert_eq!(api.get("/open", &token).await, 200);
        }
    }
}

#[tokio::test]
async fn a_request_whose_token_lasts_takes_a_coarse_look_at_the_clock() {
    let mint = lasting(&Mint::new());
    let api = Api::caching(1 << 20);
    api.published.publish([&mint]);
    api.clock.lag(Duration::from_secs(1));
    let token = mint.sign();
    let exact_looks = async |wait| {
        api.clock.advance(Duration::from_secs(wait));
        let before = api.clock.asked_exactly();
        assert_eq!(api.get("/open", &token).await, 200);
        api.clock.asked_exactly() - before
    };
    assert!(exact_looks(0).await > 0, "it is verified");
    assert!(exact_looks(1).await > 0, "this thread meets it for the first time");
    assert_eq!(exact_looks(0).await, 0);
    assert_eq!(exact_looks(60).await, 0);
    assert!(exact_looks(239).await > 0, "its verdict is near its end");
}
