//! A cached token is checked against the time at each request.

use super::*;

#[tokio::test]
async fn r47_a_cached_token_is_refused_from_exp_plus_leeway_on() {
    let mint = Mint::new().claim("exp", NOW.as_secs() + 60);
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    let token = mint.sign();
    assert_eq!(api.get("/open", &token).await, 200);
    for wait in [1_000, 88_999] {
        api.clock.advance(Duration::from_millis(wait));
        assert_eq!(api.get("/open", &token).await, 200);
        assert_eq!(api.get("/open", &token).await, 200);
    }
    api.clock.advance(Duration::from_millis(1));
    assert_eq!(api.get("/open", &token).await, 401);
}

#[tokio::test]
async fn a_cached_token_is_refused_when_the_clock_is_set_back_before_nbf() {
    let key = Mint::new();
    // The first moment at which it is valid is `NOW`: 30 seconds of leeway.
    let mint = lasting(&key).claim("nbf", NOW.as_secs() + 30);
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    // The keys are fetched before the token is valid.
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
        assert_eq!(api.get("/open", &token).await, 401, "{back} ms back");
        api.clock.set(NOW);
        assert_eq!(api.get("/open", &token).await, 200);
    }
}
