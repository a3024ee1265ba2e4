use std::{
    fmt,
    future::Future as _,
    sync::{Arc, Mutex},
    task::{self, Waker},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::*;

/// What was told while it lives: each event as `LEVEL message field=value ..`.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let timing = ["duration_ms", "retry_in_ms"].contains(&field.name());
        let value = if timing { "#".to_owned() } else { format!("{value:?}") };
        self.0.push_str(&match field.name() {
            "message" => format!(" {value}"),
            name => format!(" {name}={value}"),
        });
    }
}

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "tower_bearer::jwks::events" {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }
}

impl Told {
    fn listen() -> (Self, DefaultGuard) {
        let told = Self::default();
        let guard = tracing_subscriber::registry().with(told.clone()).set_default();
        (told, guard)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// One line is there, with these words.
    fn has(lines: &[String], words: &[&str]) {
        let found = lines.iter().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?} in {lines:#?}");
    }
}

#[tokio::test]
async fn an_operator_can_tell_why_there_was_a_503() {
    let (told, _guard) = Told::listen();
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    let lines = told.take();
    let first = [
        "INFO",
        " keys fetched",
        " issuer=https://issuer.example",
        " state=\"fresh\"",
        " generation=1",
        " reason=\"no_keys\"",
        " outcome=\"changed\"",
        " duration_ms=#",
        " keys=1",
        " skipped=0",
    ];
    Told::has(&lines, &first);
    Told::has(&lines, &["DEBUG", " keys changed state", " from=\"empty\"", " state=\"fresh\""]);

    api.keys.always(Reply::status(500));
    api.clock.advance(STALE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    let lines = told.take();
    Told::has(&lines, &["INFO", " keys changed state", " state=\"stale\""]);
    let failed = [
        "WARN",
        " keys not fetched",
        " state=\"stale\"",
        " generation=1",
        " reason=\"stale\"",
        " outcome=\"failed\"",
        " duration_ms=#",
        " retry_in_ms=#",
        "answers 500",
    ];
    Told::has(&lines, &failed);

    api.clock.advance(65 * MINUTE);
    assert!(unavailable(api.get(&mint).await));
    let lines = told.take();
    Told::has(&lines, &["INFO", " keys changed state", " from=\"stale\"", " state=\"expired\""]);
    Told::has(&lines, &["WARN", " keys not fetched", " state=\"expired\"", " reason=\"no_keys\""]);

    api.keys.always(publish([&mint]));
    api.clock.advance(MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    Told::has(&told.take(), &["INFO", " keys fetched", " outcome=\"unchanged\""]);
}

#[tokio::test]
async fn what_an_operator_does_and_what_a_rotation_does_is_told() {
    let (told, _guard) = Told::listen();
    let (old, new) = (Mint::new(), Mint::new());
    let removal = tower_bearer::jwks::RemovedKeys::Grace(MINUTE);
    let api = Api::with(publish([&old]), |keys| keys.removed_keys(removal)).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(publish([&new]));
    assert_eq!(api.get(&new).await, ADMITTED);
    Told::has(&told.take(), &[" reason=\"unknown_kid\"", " generation=2", " keys=2"]);
    api.clock.advance(MINUTE);
    assert_eq!(api.get(&new).await, ADMITTED);
    Told::has(&told.take(), &["INFO", " grace of removed keys ended", " generation=3"]);
    api.server.revoke_kid(&Mint::issuer(), new.key().kid());
    Told::has(&told.take(), &["WARN", " key revoked", " generation=4", new.key().kid()]);
    api.keys.always(Reply::json(r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#));
    assert!(api.server.refresh_now().await.is_err());
    Told::has(&told.take(), &["WARN", " keys not fetched", " reason=\"refresh_now\""]);
}

#[tokio::test]
async fn a_request_that_needs_no_fetch_tells_nothing() {
    let mint = Mint::new();
    let junk = stranger(&mint, "junk");
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.get(&junk).await, REFUSED);
    let (told, _guard) = Told::listen();
    for _ in 0..10 {
        assert_eq!(api.get(&mint).await, ADMITTED);
        assert_eq!(api.get(&junk).await, REFUSED);
    }
    assert_eq!(told.take(), [""; 0]);
}

#[tokio::test]
async fn the_end_of_a_grace_is_told_though_only_junk_comes() {
    let (told, _guard) = Told::listen();
    let (old, new) = (Mint::new(), Mint::new());
    let removal = tower_bearer::jwks::RemovedKeys::Grace(Duration::from_secs(20));
    let api = Api::with(publish([&old]), |keys| keys.removed_keys(removal)).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(publish([&new]));
    let junk = stranger(&old, "junk");
    assert_eq!(api.get(&junk).await, REFUSED);
    api.clock.advance(Duration::from_secs(19));
    assert_eq!(api.get(&junk).await, REFUSED);
    Told::has(&told.take(), &[" reason=\"unknown_kid\"", " generation=2", " keys=2"]);
    api.clock.advance(Duration::from_secs(1));
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(
        told.take(),
        [format!(
            "INFO grace of removed keys ended issuer={} state=\"fresh\" generation=3",
            Mint::ISSUER
        )]
    );
}

/// Does one thing when the first event is told.
struct AtOnce(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl<S: Subscriber> Layer<S> for AtOnce {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "tower_bearer::jwks::events"
            && let Some(act) = self.0.lock().unwrap().take()
        {
            act();
        }
    }
}

/// The fetch that has landed then may have been answered before the key was published.
#[tokio::test]
async fn a_request_that_comes_while_a_landing_is_told_waits_for_a_fetch_of_its_own() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Arc::new(Api::start(publish([&old])).await);
    let (begun, asked) = std::sync::mpsc::channel();
    let act = {
        let (api, token, both) = (api.clone(), new.sign(), publish([&old, &new]));
        move || {
            api.keys.always(both);
            let mut request = Box::pin(async move { api.send(&token).await });
            assert!(
                request.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending()
            );
            begun.send(tokio::spawn(request)).unwrap();
        }
    };
    let listener = AtOnce(Mutex::new(Some(Box::new(act))));
    let _guard = tracing_subscriber::registry().with(listener).set_default();
    assert_eq!(api.get(&old).await, ADMITTED);
    assert_eq!(asked.recv().unwrap().await.unwrap(), ADMITTED);
    assert_eq!(api.keys.count(), 2);
}

#[tokio::test]
async fn no_event_holds_a_token() {
    let (told, _guard) = Told::listen();
    let mint = Mint::new();
    let api = Api::start(Reply::Close).await;
    let token = mint.sign();
    assert!(unavailable(api.send(&token).await));
    let lines = told.take();
    assert!(!lines.is_empty());
    for part in token.split('.') {
        assert!(lines.iter().all(|line| !line.contains(part)));
    }
}

/// Keys that are found by metadata with these scopes.
async fn listed(scopes: &str, matching: tower_bearer::scope::Matching) -> Vec<String> {
    let (told, _guard) = Told::listen();
    let mint = Mint::new();
    let keys = Server::start(|_| Reply::Close).await;
    let (url, set) = (keys.url(""), public_jwk_set([mint.key()]));
    let metadata =
        format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/jwks","scopes_supported":{scopes}}}"#);
    keys.follow(move |request| {
        Reply::json(if request.head.contains("/.well-known/") { &metadata } else { &set }.clone())
    });
    let clock = ManualClock::at(NOW);
    let server = ResourceServer::discover(&*keys.url(""), Mint::audience())
        .matching(matching)
        .allow_loopback_http()
        .clock(clock.clone())
        .build()
        .unwrap();
    server.warm_up().await.unwrap();
    clock.advance(61 * MINUTE);
    server.refresh_now().await.unwrap();
    assert_eq!(keys.count(), 4, "the metadata was read twice");
    told.take().into_iter().filter(|line| line.contains("covers another")).collect()
}

#[tokio::test]
async fn w09b_a_scope_of_the_metadata_that_covers_another_is_reported_once() {
    use tower_bearer::scope::Matching;
    for scopes in [r#"["read","read:appointments"]"#, r#"["write","read:appointments","read"]"#] {
        let lines = listed(scopes, Matching::Patterns).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        let words = ["WARN", "scope=\"read\"", "covered=\"read:appointments\"", "matching"];
        Told::has(&lines, &words);
        assert_eq!(listed(scopes, Matching::Exact).await, [""; 0], "they are plain strings");
    }
    for scopes in [r#"["openid","email","email:send"]"#, r#"["read:a","read:b"]"#, "7", "[1]"] {
        assert_eq!(listed(scopes, Matching::Patterns).await, [""; 0], "{scopes}");
    }
}
