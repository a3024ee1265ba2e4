//! An issuer that fails, and clocks that jump.

use std::time::Duration;

use tower_bearer::client::TokenRequestErrorKind as Kind;

use super::{granted, scripted::ScriptedIssuer, token_of};
use crate::support::{ManualClock, NOW, Reply};

const SECOND: Duration = Duration::from_secs(1);

fn refusal(code: &str) -> Reply {
    match Reply::json(format!("{{\"error\":\"{code}\"}}")) {
        Reply::Answer(_, fields, body) => Reply::Answer(400, fields, body),
        other => other,
    }
}

#[tokio::test]
async fn an_outage_of_ten_minutes_fails_no_call_that_has_a_good_token() {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&clock);
    assert_eq!(token_of(&client).await, "token-1");
    // The earliest moment at which a renewal can be due.
    clock.advance(Duration::from_secs(2_700));
    for outage in [Reply::Close, Reply::status(503)] {
        issuer.always(outage);
        for _ in 0..300 {
            clock.advance(SECOND);
            assert_eq!(token_of(&client).await, "token-1");
            tokio::task::yield_now().await;
        }
    }
    issuer.always(granted("later"));
    // The longest backoff.
    for _ in 0..61 {
        clock.advance(SECOND);
        client.token().await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(token_of(&client).await, "later");
    assert!(issuer.count() < 60, "{}", issuer.count());
}

#[tokio::test]
async fn an_expired_token_is_never_handed_out_while_the_issuer_is_away() {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&clock);
    client.token().await.unwrap();
    issuer.always(Reply::Close);
    clock.advance(Duration::from_secs(3_584));
    assert_eq!(token_of(&client).await, "token-1");
    clock.advance(Duration::from_secs(61));
    assert_eq!(*client.token().await.unwrap_err().kind(), Kind::Unreachable);
}

#[tokio::test]
async fn a_permanent_refusal_cools_off_for_a_minute() {
    for code in [
        "invalid_client",
        "invalid_scope",
        "invalid_target",
        "unauthorized_client",
        "invalid_request",
        "unsupported_grant_type",
    ] {
        let clock = ManualClock::at(NOW);
        let issuer = ScriptedIssuer::granting();
        issuer.always(refusal(code));
        let client = issuer.client(&clock);
        for _ in 0..59 {
            client.token().await.unwrap_err();
            clock.advance(SECOND);
        }
        assert_eq!(issuer.count(), 1, "{code}");
        issuer.always(granted("a"));
        clock.advance(32 * SECOND);
        assert_eq!(token_of(&client).await, "a", "{code}");
    }
}

#[tokio::test]
async fn retry_after_is_kept_to_in_seconds_and_as_a_date() {
    // 2027-01-15T08:00:00Z is NOW.
    for (status, wait) in
        [(429, "40"), (503, "40"), (429, "Fri, 15 Jan 2027 08:00:40 GMT"), (503, "86400")]
    {
        let clock = ManualClock::at(NOW);
        let issuer = ScriptedIssuer::granting();
        issuer.always(Reply::status(status).with("retry-after", wait));
        let client = issuer.client(&clock);
        client.token().await.unwrap_err();
        issuer.always(granted("a"));
        let held = if wait == "86400" { 300 } else { 40 };
        clock.advance((held - 1) * SECOND);
        client.token().await.unwrap_err();
        assert_eq!(issuer.count(), 1, "{status} {wait}");
        clock.advance(SECOND);
        assert_eq!(token_of(&client).await, "a", "{status} {wait}");
    }
}

#[tokio::test]
async fn a_lifetime_of_zero_is_a_failure_with_a_backoff() {
    for lifetime in ["0", "0.5", "\"0\""] {
        let clock = ManualClock::at(NOW);
        let body = format!(
            "{{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":{lifetime}}}"
        );
        let issuer = ScriptedIssuer::new(move |_| Reply::json(body.clone()));
        let client = issuer.client(&clock);
        for _ in 0..1_000 {
            let error = client.token().await.unwrap_err();
            assert!(matches!(error.kind(), Kind::MalformedAnswer(_)), "{error}");
        }
        assert_eq!(issuer.count(), 1, "{lifetime}");
        issuer.always(granted("b"));
        clock.advance(SECOND);
        assert_eq!(token_of(&client).await, "b", "{lifetime}");
    }
}

#[tokio::test]
async fn a_clock_that_jumps_by_an_hour_costs_one_request_and_no_expired_token() {
    for forward in [true, false] {
        let clock = ManualClock::at(NOW);
        let issuer = ScriptedIssuer::granting();
        let client = issuer.client(&clock);
        client.token().await.unwrap();
        let hour = 3_600 * SECOND;
        clock.set(if forward { NOW + hour } else { NOW - hour });
        for _ in 0..100 {
            assert_eq!(token_of(&client).await, "token-2", "{forward}");
        }
        clock.set(NOW);
        for _ in 0..100 {
            client.token().await.unwrap();
        }
        assert!(issuer.count() <= 3, "{forward}");
        // Back in order, it is renewed as ever.
        clock.advance(hour);
        client.token().await.unwrap();
        assert!(issuer.count() <= 4, "{forward}");
    }
}

/// A backoff that began while the clock was ahead does not hold longer than it may.
#[tokio::test]
async fn a_backoff_survives_a_clock_that_was_ten_years_ahead() {
    let clock = ManualClock::at(NOW + 315_576_000 * SECOND);
    let issuer = ScriptedIssuer::granting();
    issuer.always(Reply::status(503).with("retry-after", "300"));
    let client = issuer.client(&clock);
    client.token().await.unwrap_err();
    issuer.always(granted("a"));
    clock.set(NOW);
    assert_eq!(token_of(&client).await, "a");
}

#[tokio::test]
async fn a_thousand_calls_at_the_moment_of_expiry_make_one_request() {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&clock);
    client.token().await.unwrap();
    clock.advance(Duration::from_secs(3_600));
    let calls: Vec<_> = (0..1_000)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { token_of(&client).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), "token-2");
    }
    assert_eq!(issuer.count(), 2);
}

#[tokio::test]
async fn a_failed_request_fails_all_who_waited_for_it_and_is_made_once() {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::new(|_| Reply::status(500));
    let client = issuer.client(&clock);
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.token().await.unwrap_err() })
        })
        .collect();
    for call in calls {
        assert!(matches!(call.await.unwrap().kind(), Kind::Status(_)));
    }
    assert_eq!(issuer.count(), 1);
}
