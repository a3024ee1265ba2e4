//! What the log says about refused requests.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use tower_bearer::{
    RequireScope,
    error::{BearerError, TokenFaultKind},
};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::*;

/// The lines about refusals on this thread, by level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push((*event.metadata().level(), line.0));
    }
}

impl Log {
    fn listen() -> (Self, DefaultGuard) {
        let log = Self::default();
        let guard = tracing_subscriber::registry().with(log.clone()).set_default();
        (log, guard)
    }

    fn take(&self, level: Level) -> Vec<String> {
        let mut lines = self.0.lock().unwrap();
        lines.extract_if(.., |(of, _)| *of == level).map(|(_, line)| line).collect()
    }
}

#[tokio::test]
async fn w42_a_wrong_setting_is_logged_at_info_with_the_apis_own_side() {
    let (log, _guard) = Log::listen();
    let mint = Mint::new();
    let app = open_app(&mint);
    for (bad, expected) in [
        (mint.clone().claim("iss", "https://other.example/"), ["unknown", Mint::ISSUER]),
        (mint.clone().claim("aud", "urn:other"), [Mint::ISSUER, Mint::AUDIENCE]),
        (mint.clone().header("alg", "HS256"), [Mint::ISSUER, "EdDSA"]),
    ] {
        assert_eq!(get_with(&app, "/", &bad.sign()).await.status(), 401);
        let lines = log.take(Level::INFO);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(expected.iter().all(|it| lines[0].contains(it)), "{expected:?} in {lines:?}");
        assert!(!lines[0].contains("other"), "nothing from the token: {lines:?}");
    }
    assert_eq!(get_with(&app, "/", &mint.sign()).await.status(), 200);
    assert!(log.take(Level::INFO).is_empty());
}

#[tokio::test]
async fn w42_info_lines_are_limited_for_each_reason_and_count_what_was_left_out() {
    let (log, _guard) = Log::listen();
    let mint = Mint::new();
    let clock = ManualClock::at(NOW);
    let api = builder(&mint).clock(clock.clone()).build().unwrap();
    let app = Router::new().route("/", get(|| async {})).layer(api.layer());
    let bad = mint.clone().claim("aud", "urn:other").sign();
    for _ in 0..5 {
        assert_eq!(get_with(&app, "/", &bad).await.status(), 401);
    }
    assert_eq!(log.take(Level::INFO).len(), 1);
    let expired = mint.clone().claim("exp", 1).sign();
    assert_eq!(get_with(&app, "/", &expired).await.status(), 401);
    assert_eq!(log.take(Level::INFO).len(), 1, "another reason has a line of its own");
    clock.advance(Duration::from_secs(60));
    assert_eq!(get_with(&app, "/", &bad).await.status(), 401);
    let lines = log.take(Level::INFO);
    assert!(lines.len() == 1 && lines[0].contains("left_out=4"), "{lines:?}");
}

#[tokio::test]
async fn w42_debug_lines_show_both_sides_bounded_and_escaped() {
    let (log, _guard) = Log::listen();
    let mint = Mint::new();
    let app = open_app(&mint);
    let long = format!("line\nbreak{}", "x".repeat(500));
    let bad = mint.clone().claim("aud", long).sign();
    let response = get_with(&app, "/", &bad).await;
    let lines = log.take(Level::DEBUG).join("\n");
    assert!(lines.contains(Mint::AUDIENCE) && lines.contains("line\\nbreakxxx"), "{lines}");
    assert!(!lines.contains("line\nbreak") && !lines.contains(&"x".repeat(65)), "{lines}");
    let error = response.extensions().get::<BearerError>().unwrap();
    assert_eq!(*error.fault().unwrap().kind(), TokenFaultKind::WrongAudience);
}

#[tokio::test]
async fn w42_a_403_is_logged_at_debug_with_the_scope_that_was_needed() {
    let (log, _guard) = Log::listen();
    let mint = Mint::new().scope("other");
    let app = Router::new()
        .route("/", get(|| async {}).route_layer(RequireScope("announce:read")))
        .layer(api(&mint).layer());
    assert_eq!(get_with(&app, "/", &mint.sign()).await.status(), 403);
    let lines = log.take(Level::DEBUG);
    assert!(lines.iter().any(|line| line.contains("required=announce:read")), "{lines:?}");
}
