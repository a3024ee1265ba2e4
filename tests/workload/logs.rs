//! What the log says about assertions.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use tower::ServiceExt as _;
use tower_bearer::key::KeySet;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

#[tokio::test]
async fn t25_the_log_says_what_was_expected_and_what_came_and_the_answer_does_not() {
    let log = Log::default();
    let _guard = tracing_subscriber::registry().with(log.clone()).set_default();
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys = KeySet::parse(public_jwk_set([&key]).as_bytes()).unwrap();
    let cluster = Issuer::new("https://cluster.example").unwrap();
    let trusted = WorkloadIssuer::new(cluster, Audience::new(AUDIENCE).unwrap(), keys).rule(rule());
    let builder = TokenIssuer::builder("https://issuer.example".parse().unwrap());
    let builder = configured(builder).clock(ManualClock::at(NOW)).account(account());
    let issuer = builder.trusted_issuer(trusted).build().unwrap();
    let good = Mint::with_key(&key)
        .header("typ", "JWT")
        .claim("iss", "https://cluster.example")
        .claim("sub", SUBJECT)
        .claim("aud", AUDIENCE)
        .claim("environment", "production")
        .claim("protected", true)
        .claim("repository_id", 74);
    for (spoiled, expected) in [
        (good.clone().claim("sub", "system:x"), [SUBJECT, "got=\"system:x\""]),
        (good.clone().claim("environment", "staging"), ["environment \\\"production\\\"", SUBJECT]),
        (
            good.clone().claim("aud", "urn:other"),
            ["expected=\"https://issuer.example\"", "aud \"urn:other\""],
        ),
        (
            good.clone().claim("iss", "https://other.example"),
            ["https://cluster.example", "iss \"https://other.example\""],
        ),
        (
            good.clone().header("typ", "at+jwt"),
            ["client-authentication+jwt", "`typ` is not that of an assertion"],
        ),
        (good.clone().claim("exp", NOW.as_secs() + 7_200), ["at most 3600 s", "got=\"7200 s\""]),
        (good.clone().claim("act", json!({})), ["check=\"act\"", "got=\"an actor\""]),
        (good.clone().claim("sub", "a\nb"), ["got=\"a\\\\nb\"", SUBJECT]),
    ] {
        log.0.lock().unwrap().clear();
        let request = Request::new(Form::JwtGrant, &spoiled.sign());
        let body =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.fields).finish();
        let asked = http::Request::post("/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .unwrap();
        let answer = issuer.clone().oneshot(asked).await.unwrap();
        let body = axum::body::to_bytes(axum::body::Body::new(answer.into_body()), 4_096).await;
        let body = String::from_utf8(body.unwrap().to_vec()).unwrap();
        assert_eq!(
            body,
            r#"{"error":"invalid_grant","error_description":"the assertion is not accepted"}"#
        );
        let lines = log.0.lock().unwrap().join("\n");
        for part in expected {
            assert!(lines.contains(part), "{part} in\n{lines}");
        }
    }
}
