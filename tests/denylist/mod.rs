//! Tokens that are refused although they are valid: at once, on every thread, until the entry ends.

mod clock;
mod full;
mod shared;
mod waiting;

use std::time::Duration;

use axum::{Router, body::Body, routing::get};
use http::{Request, header};
use tower::ServiceExt;
use tower_bearer::{
    ResourceServer,
    denylist::{Denial, Denied},
    jwks::Keys,
    time::UnixTime,
};

use crate::support::{ManualClock, Mint, NOW};

const HOUR: Duration = Duration::from_secs(3_600);
const OTHER_ISSUER: &str = "https://other.example";

/// An API at a clock that a test moves, which caches verified tokens.
struct Api {
    clock: ManualClock,
    server: ResourceServer,
    app: Router,
}

impl Api {
    /// An API that trusts the keys of `mint` as those of two issuers.
    fn new(mint: &Mint) -> Self {
        Self::with_keys(mint.keys(), mint)
    }

    fn with_keys(keys: impl Into<Keys>, other: &Mint) -> Self {
        let clock = ManualClock::at(NOW);
        let server = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys)
            .issuer(OTHER_ISSUER, Mint::audience(), other.keys())
            .clock(clock.clone())
            .cache_verified_tokens(1 << 20)
            .build()
            .unwrap();
        let app = Router::new().route("/", get(async || ())).layer(server.layer());
        Self { clock, server, app }
    }

    fn deny(&self, denied: Denied, until: UnixTime) {
        self.server.deny(Denial::new(Mint::issuer(), denied, until)).unwrap();
    }

    async fn get(&self, token: &str) -> u16 {
        let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response = self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        response.unwrap().status().as_u16()
    }

    /// Sends a token until it is in the cache of this thread.
    async fn warm(&self, token: &str) {
        for _ in 0..4 {
            assert_eq!(self.get(token).await, 200);
        }
    }
}

/// What an entry can be about, and a token that differs from the good one so that it does not match.
fn kinds(mint: &Mint) -> Vec<(Denied, Mint)> {
    let other = |name: &str| mint.clone().claim(name, "another");
    vec![
        (Denied::token_id("1"), other("jti")),
        (Denied::token_id("1"), mint.clone().without("jti")),
        (Denied::subject("somebody"), other("sub")),
        (Denied::subject("somebody"), mint.clone().without("sub")),
        (Denied::client("gift-deliveries"), other("client_id")),
        (Denied::client("gift-deliveries"), mint.clone().without("client_id")),
        (Denied::issued_before("somebody", NOW + Duration::from_secs(1)), other("sub")),
        (
            Denied::issued_before("somebody", NOW + Duration::from_millis(1)),
            mint.clone().claim("iat", NOW.as_secs() + 1),
        ),
    ]
}

#[tokio::test]
async fn a_cached_token_is_refused_from_the_next_request_on_until_the_entry_ends() {
    let mint = Mint::new().claim("exp", (NOW + 3 * HOUR).as_secs());
    for (denied, twin) in kinds(&mint) {
        let api = Api::new(&mint);
        let (token, twin) = (mint.sign(), twin.sign());
        let elsewhere = mint.clone().claim("iss", OTHER_ISSUER).sign();
        for token in [&token, &twin, &elsewhere] {
            api.warm(token).await;
        }
        api.deny(denied.clone(), NOW + HOUR);
        assert_eq!(api.get(&token).await, 401, "{denied:?}");
        assert_eq!(api.get(&token).await, 401, "{denied:?}");
        assert_eq!(api.get(&twin).await, 200, "{denied:?}");
        assert_eq!(api.get(&elsewhere).await, 200, "{denied:?}");
        api.clock.advance(HOUR - Duration::from_secs(1));
        assert_eq!([api.get(&token).await, api.get(&twin).await], [401, 200], "{denied:?}");
        api.clock.advance(Duration::from_secs(1));
        assert_eq!([api.get(&token).await, api.get(&twin).await], [200, 200], "{denied:?}");
    }
}

#[tokio::test]
async fn a_token_that_comes_for_the_first_time_is_refused() {
    let mint = Mint::new();
    for (denied, twin) in kinds(&mint) {
        let api = Api::new(&mint);
        api.deny(denied, NOW + HOUR);
        assert_eq!([api.get(&mint.sign()).await, api.get(&twin.sign()).await], [401, 200]);
    }
}

#[tokio::test]
async fn a_token_without_iat_was_issued_before_any_time() {
    let mint = Mint::new();
    let api = Api::new(&mint);
    let denied = Denied::issued_before("somebody", NOW - HOUR);
    api.deny(denied, NOW + HOUR);
    assert_eq!(api.get(&mint.sign()).await, 200);
    assert_eq!(api.get(&mint.clone().without("iat").sign()).await, 401);
    assert_eq!(api.get(&mint.without("iat").claim("sub", "another").sign()).await, 200);
}

/// Whoever has a stolen key chooses the header: leaving the `kid` out does not help.
#[tokio::test]
async fn a_token_of_a_denied_key_is_refused_with_its_key_id_and_without() {
    let mint = Mint::new();
    let api = Api::new(&mint);
    let named = mint.sign();
    let unnamed = mint.clone().without_header("kid").sign();
    let elsewhere = mint.clone().claim("iss", OTHER_ISSUER).sign();
    for token in [&named, &unnamed, &elsewhere] {
        api.warm(token).await;
    }
    api.deny(Denied::key_id("another"), NOW + HOUR);
    assert_eq!([api.get(&named).await, api.get(&unnamed).await], [200, 200]);
    api.deny(Denied::key_id(mint.key().kid()), NOW + HOUR);
    assert_eq!([api.get(&named).await, api.get(&unnamed).await], [401, 401]);
    assert_eq!(api.get(&elsewhere).await, 200);
}

#[tokio::test]
async fn an_entry_that_has_ended_denies_nothing() {
    let mint = Mint::new();
    let api = Api::new(&mint);
    api.deny(Denied::token_id("1"), NOW);
    assert_eq!(api.get(&mint.sign()).await, 200);
    assert!(api.server.denylist().snapshot().is_empty());
    api.deny(Denied::token_id("1"), NOW + Duration::from_millis(1));
    assert_eq!(api.get(&mint.sign()).await, 401);
}

/// Each thread has a cache of its own.
#[test]
fn every_thread_refuses_what_any_thread_denied() {
    const THREADS: usize = 4;
    let mint = Mint::new();
    let api = Api::new(&mint);
    let (token, twin) = (mint.sign(), mint.clone().claim("jti", "2").sign());
    let barrier = std::sync::Barrier::new(THREADS + 1);
    std::thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(api.warm(&token));
                runtime.block_on(api.warm(&twin));
                barrier.wait();
                barrier.wait();
                assert_eq!(runtime.block_on(api.get(&token)), 401);
                assert_eq!(runtime.block_on(api.get(&twin)), 200);
            });
        }
        barrier.wait();
        api.deny(Denied::token_id("1"), NOW + HOUR);
        barrier.wait();
    });
}

#[test]
fn the_reason_names_the_claim_and_nothing_of_the_token() {
    let mint = Mint::new();
    let api = Api::new(&mint);
    api.deny(Denied::subject("somebody"), NOW + HOUR);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let request =
        Request::get("/").header(header::AUTHORIZATION, format!("Bearer {}", mint.sign()));
    let response = api.app.clone().oneshot(request.body(Body::empty()).unwrap());
    let response = runtime.block_on(response).unwrap();
    let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    assert!(!challenge.contains("denied"), "{challenge}");
    let error = response.extensions().get::<tower_bearer::error::BearerError>().unwrap();
    assert_eq!(
        error.fault().unwrap().to_string(),
        format!("denied by its `sub` until {}", (NOW + HOUR).as_secs())
    );
}
