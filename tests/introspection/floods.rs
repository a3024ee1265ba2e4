use tokio::task::JoinSet;

use super::*;
use crate::support::until;

/// Known tokens have requests of their own: here 2 of 4.
#[tokio::test]
async fn a_flood_of_junk_does_not_delay_a_known_token() {
    let api = Api::with(|it| it.max_in_flight(4)).await;
    assert_eq!(api.get("known").await, 200);
    api.endpoint.follow(|request| match &*form(request)["token"] {
        "known" => json_reply(&active()),
        _ => Reply::AnswerWhenReleased(Box::new(inactive())),
    });
    let mut junk = JoinSet::new();
    for n in 0..50 {
        let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer junk{n}"));
        junk.spawn(api.app.clone().oneshot(request.body(Body::empty()).unwrap()));
    }
    until(|| api.asked() == 3).await;
    for _ in 0..3 {
        // Its verdict has ended, so that the endpoint is asked.
        api.clock.advance(seconds(31));
        assert_eq!(api.get("known").await, 200);
    }
    assert_eq!(api.asked(), 6, "two junk tokens are in flight, and no more");
    api.endpoint.always(inactive());
    let mut refused = 0;
    let finish = async {
        while let Some(response) = junk.join_next().await {
            assert_eq!(response.unwrap().unwrap().status(), 401);
            refused += 1;
        }
    };
    let release = async {
        loop {
            api.endpoint.release();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = finish => {}
        () = release => {}
    }
    assert_eq!((refused, api.asked()), (50, 54));
}

#[tokio::test]
async fn the_line_of_unseen_tokens_is_bounded_and_the_rest_is_answered_503() {
    let api = Api::with(|it| it.max_in_flight(2)).await;
    assert_eq!(api.get("known").await, 200);
    api.endpoint.follow(|request| match &*form(request)["token"] {
        "known" => json_reply(&active()),
        _ => Reply::Hang,
    });
    let mut junk = JoinSet::new();
    for n in 0..1_024 {
        let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer junk{n}"));
        junk.spawn(api.app.clone().oneshot(request.body(Body::empty()).unwrap()));
    }
    until(|| api.asked() == 2).await;
    let response = api.response("/", "one-more").await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    api.clock.advance(seconds(31));
    assert_eq!(api.get("known").await, 200);
    assert_eq!(api.asked(), 3);
}

/// Refused tokens have a store of their own.
#[tokio::test]
async fn junk_evicts_no_active_token() {
    let api = Api::new().await;
    assert_eq!(api.get("known").await, 200);
    api.endpoint.always(inactive());
    for n in 0..500 {
        assert_eq!(api.get(&format!("junk{n}")).await, 401);
    }
    assert_eq!([api.get("known").await as usize, api.asked()], [200, 501]);
}
