use super::*;

#[tokio::test]
async fn r66_a_verdict_is_kept_for_30_seconds_and_never_beyond_exp() {
    let api = Api::build(|it| it, |server| server.leeway(Duration::ZERO)).await.unwrap();
    assert_eq!(api.get("opaque").await, 200);
    api.clock.advance(Duration::from_millis(29_999));
    assert_eq!([api.get("opaque").await as usize, api.asked()], [200, 1]);
    api.clock.advance(Duration::from_millis(1));
    assert_eq!([api.get("opaque").await as usize, api.asked()], [200, 2]);

    api.always(&with(&json!({"exp": NOW.as_secs() + 40})));
    assert_eq!([api.get("short").await as usize, api.asked()], [200, 3]);
    api.clock.advance(Duration::from_millis(9_999));
    assert_eq!([api.get("short").await as usize, api.asked()], [200, 3]);
    api.clock.advance(Duration::from_millis(1));
    // The issuer still says that it is active.
    assert_eq!([api.get("short").await as usize, api.asked()], [401, 4]);
}

#[tokio::test]
async fn a_revoked_token_is_refused_when_its_verdict_ends() {
    let api = Api::with(|it| it.cache_for(seconds(5))).await;
    assert_eq!(api.get("opaque").await, 200);
    api.endpoint.always(inactive());
    api.clock.advance(seconds(4));
    assert_eq!(api.get("opaque").await, 200);
    api.clock.advance(seconds(1));
    assert_eq!(api.get("opaque").await, 401);
}

#[tokio::test]
async fn without_a_cache_each_request_asks() {
    let api = Api::with(|it| it.cache_for(Duration::ZERO).cache_refusals_for(Duration::ZERO)).await;
    for n in 1..=3 {
        assert_eq!([api.get("opaque").await as usize, api.asked()], [200, n]);
    }
    api.endpoint.always(inactive());
    for n in 4..=6 {
        assert_eq!([api.get("opaque").await as usize, api.asked()], [401, n]);
    }
}

#[tokio::test]
async fn a_refusal_is_kept_for_10_seconds() {
    let api = Api::new().await;
    api.endpoint.always(inactive());
    assert_eq!([api.get("junk").await as usize, api.asked()], [401, 1]);
    api.always(&active());
    api.clock.advance(Duration::from_millis(9_999));
    assert_eq!([api.get("junk").await as usize, api.asked()], [401, 1]);
    api.clock.advance(Duration::from_millis(1));
    assert_eq!([api.get("junk").await as usize, api.asked()], [200, 2]);
}

#[tokio::test]
async fn a_clock_that_was_ahead_leaves_no_verdict_that_lasts() {
    let api = Api::new().await;
    api.clock.advance(seconds(1_000));
    assert_eq!(api.get("opaque").await, 200);
    api.endpoint.always(inactive());
    assert_eq!(api.get("junk").await, 401);
    api.clock.set(NOW);
    assert_eq!(api.get("opaque").await, 401);
    api.always(&active());
    assert_eq!(api.get("junk").await, 200);
}

#[tokio::test]
async fn requests_with_one_token_share_one_question_which_no_request_can_cancel() {
    let api = Api::new().await;
    let held = Reply::AnswerWhenReleased(Box::new(json_reply(&active())));
    api.endpoint.always(held);
    let app = api.app.clone();
    let get = move || {
        let request = Request::get("/").header(header::AUTHORIZATION, "Bearer opaque");
        tokio::spawn(app.clone().oneshot(request.body(Body::empty()).unwrap()))
    };
    let cancelled = get();
    crate::support::until(|| api.asked() == 1).await;
    let others: Vec<_> = (0..20).map(|_| get()).collect();
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    let release = async {
        loop {
            api.endpoint.release();
            tokio::task::yield_now().await;
        }
    };
    let wait = async {
        for other in others {
            assert_eq!(other.await.unwrap().unwrap().status(), 200);
        }
    };
    tokio::select! {
        () = wait => {}
        () = release => {}
    }
    assert_eq!([api.get("opaque").await as usize, api.asked()], [200, 1]);
}

/// Nothing that can be used as a token is in memory that `Debug` shows.
#[tokio::test]
async fn debug_output_has_neither_tokens_nor_secrets() {
    let api = Api::new().await;
    assert_eq!(api.get("opaque-token-of-a-caller").await, 200);
    let shown = format!("{:?} {:?}", api.server, Introspection::discover(credentials()));
    assert!(!shown.contains("opaque-token-of-a-caller") && !shown.contains(SECRET), "{shown}");
}
