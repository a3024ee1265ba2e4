use std::sync::{Arc, Mutex};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::*;

async fn retry_after(api: &Api, token: &str) -> Option<u64> {
    let response = api.response("/", token).await;
    assert_eq!(response.status(), 503);
    response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()
}

#[tokio::test]
async fn r66_in_an_outage_a_token_is_answered_503_and_the_endpoint_is_left_alone() {
    let api = Api::new().await;
    assert_eq!(api.get("opaque").await, 200);
    api.endpoint.always(Reply::status(500));
    api.clock.advance(seconds(29));
    assert_eq!(api.get("opaque").await, 200, "its verdict has not ended");
    api.clock.advance(seconds(1));
    assert_eq!(retry_after(&api, "opaque").await, Some(1));
    assert_eq!(retry_after(&api, "opaque").await, Some(1));
    assert_eq!(api.asked(), 2);
    api.always(&active());
    api.clock.advance(seconds(1));
    assert_eq!([api.get("opaque").await as usize, api.asked()], [200, 3]);
}

#[tokio::test]
async fn the_endpoint_may_say_when_to_ask_again() {
    for status in [429, 503] {
        let api = Api::new().await;
        api.endpoint.always(Reply::status(status).with("retry-after", "90"));
        assert_eq!(retry_after(&api, "opaque").await, Some(90));
        api.always(&active());
        api.clock.advance(seconds(89));
        assert_eq!(retry_after(&api, "another").await, Some(1));
        api.clock.advance(seconds(1));
        assert_eq!([api.get("opaque").await as usize, api.asked()], [200, 2]);
    }
}

#[tokio::test]
async fn r66_a_verdict_of_before_is_used_in_an_outage_for_as_long_as_a_setting_says() {
    let api = Api::with(|it| it.stale_if_error(seconds(100))).await;
    assert_eq!(api.get("opaque").await, 200);
    api.always(&with(&json!({"exp": NOW.as_secs() + 60})));
    assert_eq!(api.get("short").await, 200);
    api.endpoint.always(Reply::status(500));
    assert_eq!(retry_after(&api, "unseen").await, Some(1));
    api.clock.advance(seconds(89));
    assert_eq!([api.get("opaque").await, api.get("short").await], [200, 200]);
    api.clock.advance(seconds(1));
    assert_eq!(api.get("opaque").await, 200);
    assert_eq!(api.get("short").await, 503, "`exp` and the leeway are over");
    api.clock.advance(seconds(39));
    assert_eq!(api.get("opaque").await, 200);
    api.clock.advance(seconds(1));
    assert_eq!(api.get("opaque").await, 503);
    // The end of the outage.
    api.clock.advance(seconds(60));
    api.endpoint.always(inactive());
    assert_eq!(api.get("opaque").await, 401);
    assert_eq!(api.get("opaque").await, 401, "a refusal is not an outage");
}

/// A caller whose tokens make the endpoint fail holds nobody back but callers like itself.
#[tokio::test]
async fn failures_after_unseen_tokens_do_not_hold_known_tokens_back() {
    let api = Api::new().await;
    assert_eq!(api.get("known").await, 200);
    api.endpoint.follow(|request| match &*form(request)["token"] {
        "known" => json_reply(&active()),
        _ => Reply::status(500).with("retry-after", "300"),
    });
    api.clock.advance(seconds(31));
    assert_eq!(retry_after(&api, "junk").await, Some(300));
    assert_eq!(api.get("known").await, 200);
    assert_eq!(api.asked(), 3);
}

/// Anybody can send a token that the endpoint does not like.
#[tokio::test]
async fn a_token_that_the_endpoint_refuses_to_read_holds_no_other_back() {
    for status in [400, 413, 422] {
        let api = Api::new().await;
        api.endpoint.follow(move |request| match &*form(request)["token"] {
            "good" => json_reply(&active()),
            _ => Reply::status(status),
        });
        assert_eq!(api.get("junk").await, 503);
        assert_eq!(api.get("good").await, 200, "{status}");
    }
}

/// The error lines on this thread.
#[derive(Clone, Default)]
struct Errors(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Errors {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!(" {}={value:?}", field.name()));
            }
        }
        if *event.metadata().level() == Level::ERROR {
            let mut line = Line(String::new());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }
}

#[tokio::test]
async fn refused_credentials_are_503_for_the_caller_and_an_error_for_the_operator() {
    let errors = Errors::default();
    let _guard = tracing_subscriber::registry().with(errors.clone()).set_default();
    for status in [401, 403] {
        let api = Api::new().await;
        api.endpoint.always(Reply::status(status).with("www-authenticate", "Basic"));
        assert_eq!(retry_after(&api, "opaque").await, Some(10));
        assert_eq!(retry_after(&api, "another").await, Some(10));
        assert_eq!(api.asked(), 1);
        let lines = std::mem::take(&mut *errors.0.lock().unwrap());
        let [line] = &lines[..] else { panic!("one line: {lines:?}") };
        assert!(line.contains("check the API's credentials"), "{line}");
        assert!(line.contains(&status.to_string()) && !line.contains(SECRET), "{line}");
        api.always(&active());
        api.clock.advance(seconds(10));
        assert_eq!(api.get("opaque").await, 200);
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_an_outage_too() {
    let missing = SecretSource::file("/nonexistent/secret");
    let endpoint = Server::start(|_| json_reply(&active())).await;
    let url = endpoint.url("/introspect").parse().unwrap();
    let introspection = Introspection::new(url, ClientCredentials::new(CLIENT_ID, missing));
    let server = ResourceServer::builder(Mint::issuer(), Mint::audience(), Mint::new().keys())
        .introspection(introspection)
        .allow_loopback_http()
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    let app = Router::new().route("/", get(async || ())).layer(server.layer());
    let request = Request::get("/").header(header::AUTHORIZATION, "Bearer opaque");
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((response.status().as_u16(), endpoint.count()), (503, 0));
}
