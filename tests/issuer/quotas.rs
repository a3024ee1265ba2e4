//! How much a client may ask for.

use std::time::Duration;

use http::header::RETRY_AFTER;
use tower_bearer::{
    issuer::{Account, Quota},
    time::UnixTime,
};

use super::client::{SECRET, basic, by_basic, display, outsourcer_a, secret, without_accounts};
use crate::support::ManualClock;

/// The beginning of a day.
const MORNING: UnixTime = UnixTime::from_secs(1_800_000_000 / 86_400 * 86_400);

#[tokio::test]
async fn t34_a_quota_that_is_used_up_is_429_with_retry_after() {
    let clock = ManualClock::at(MORNING);
    let quota = Quota::unlimited().tokens_per_hour(2);
    let issuer = display().clock(clock.clone()).quota(quota).build().unwrap();
    for _ in 0..2 {
        assert_eq!(basic().of(&issuer).await.status, 200);
    }
    clock.advance(Duration::from_millis(599_500));
    let refused = basic().of(&issuer).await;
    assert_eq!(refused.error(), (429, "too_many_requests".into()));
    assert_eq!(refused.header(RETRY_AFTER), "3001");
    assert_eq!(refused.header(http::header::CACHE_CONTROL), "no-store");
    assert!(!refused.member("error_description").is_empty());
    clock.advance(Duration::from_secs(3_001));
    assert_eq!(basic().of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t34_a_refused_request_uses_up_the_rate_and_no_token() {
    let clock = ManualClock::at(MORNING);
    let quota = Quota::unlimited().requests_per_minute(3).tokens_per_day(1);
    let issuer = display().clock(clock.clone()).quota(quota).build().unwrap();
    for _ in 0..2 {
        let refused = basic().with("scope", "revenue:read").of(&issuer).await;
        assert_eq!(refused.error(), (400, "invalid_scope".into()));
    }
    assert_eq!(basic().of(&issuer).await.status, 200);
    let refused = basic().of(&issuer).await;
    assert_eq!((refused.status, refused.header(RETRY_AFTER)), (429, "60"));
    clock.advance(Duration::from_secs(60));
    let refused = basic().of(&issuer).await;
    assert_eq!((refused.status, refused.header(RETRY_AFTER)), (429, "86340"));
}

#[tokio::test(start_paused = true)]
async fn t34_nobody_uses_up_the_quota_of_another() {
    let quota = Quota::unlimited().requests_per_minute(1);
    let other = Account::new("outsourcer-b").secret(&secret()).allow("display", "revenue:*:read");
    let builder = display().account(other).clock(ManualClock::at(MORNING)).quota(quota);
    let issuer = builder.build().unwrap();
    for _ in 0..3 {
        let guess = by_basic("outsourcer-a", &SECRET.replace('p', "q"));
        assert_eq!(guess.of(&issuer).await.status, 401, "a guess is no request of the client");
    }
    assert_eq!(basic().of(&issuer).await.status, 200);
    assert_eq!(basic().of(&issuer).await.status, 429);
    assert_eq!(by_basic("outsourcer-b", SECRET).of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t34_an_account_has_its_own_quota_and_what_was_used_outlives_a_configuration() {
    let one = || without_accounts().quota(Quota::unlimited().tokens_per_day(1));
    let issuer = one().account(outsourcer_a().quota(Quota::unlimited())).build().unwrap();
    for _ in 0..3 {
        assert_eq!(basic().of(&issuer).await.status, 200);
    }
    issuer.reconfigure(one().account(outsourcer_a())).unwrap();
    assert_eq!(basic().of(&issuer).await.status, 429);
    let three = outsourcer_a().quota(Quota::unlimited().tokens_per_day(4));
    issuer.reconfigure(one().account(three)).unwrap();
    assert_eq!(basic().of(&issuer).await.status, 200);
    assert_eq!(basic().of(&issuer).await.status, 429);
}

#[test]
fn a_quota_of_zero_is_a_configuration_error() {
    let zero = Quota::unlimited().tokens_per_hour(0);
    assert!(display().quota(zero).build().unwrap_err().to_string().starts_with("quota "));
    let account = outsourcer_a().quota(zero);
    assert!(without_accounts().account(account).build().is_err());
    assert!(display().quota(zero.tokens_per_hour(1)).build().is_ok());
}
